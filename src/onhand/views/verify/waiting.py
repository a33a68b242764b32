"""Invariant 20: what is backordered waits in the right queues, and nothing lies there that it could use."""

from collections import defaultdict

from sqlalchemy import select

from onhand.db import schema
from onhand.trade.allocation import Recipe, line_recipe
from onhand.views.verify.findings import Findings

Place = tuple[str, str]


def check_waiting(findings: Findings) -> None:
    """Only lines that wait are held in memory, and the levels of what they wait for."""
    lines, queued = schema.order_lines.c, schema.waiting.c
    columns = (lines.order_id, lines.line, lines.variant_id, lines.components, lines.store_id, lines.backordered)
    backordered = list(findings.read(select(*columns).where(lines.backordered > 0)))
    asked = select(queued.variant_id, queued.order_id, queued.line, queued.quantity).where(queued.quantity > 0)
    waiting = {(row[1], row[2], row[0]): row[3] for row in findings.read(asked)}
    sellable = _sellable(findings)
    for order_id, line, variant_id, components, store_id, units in backordered:
        findings.checked["20"] += 1
        recipe = line_recipe(variant_id, components)
        for part, _ in recipe:
            waits = waiting.pop((order_id, line, part), 0)
            if waits != units:
                detail = f"{units} of it are backordered, and {waits} wait for {part}"
                findings.broke("20", f"order {order_id} line {line}", detail)
        for store in _could_fill(recipe, store_id, sellable):
            findings.broke(
                "20",
                f"order {order_id} line {line}",
                f"it waits for what lies in {findings.level_name(store, variant_id)}",
            )
    for (order_id, line, variant_id), units in waiting.items():
        findings.broke("20", f"order {order_id} line {line}", f"{units} wait for {variant_id}, but are not backordered")


def _sellable(findings: Findings) -> dict[Place, int]:
    """Units for sale by (store, variant), of what somebody waits for."""
    levels = schema.levels.c
    free = levels.available - levels.safety_stock
    wanted = select(schema.waiting.c.variant_id).where(schema.waiting.c.quantity > 0)
    question = select(levels.store_id, levels.variant_id, free).where(levels.variant_id.in_(wanted), free > 0)
    return {(row[0], row[1]): row[2] for row in findings.read(question)}


def _could_fill(recipe: Recipe, store_id: str | None, sellable: dict[Place, int]) -> list[str]:
    """Stores that could give at least one unit."""
    stores: dict[str, int] = defaultdict(int)
    for part, each in recipe:
        for (store, variant_id), units in sellable.items():
            if variant_id == part and units >= each and store_id in (None, store):
                stores[store] += 1
    return [store for store, parts in stores.items() if parts == len(recipe)]
