"""Where the items of an order would come from if it were placed now, and why. Takes nothing."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from onhand.db.catalog import looks_like_id
from onhand.db.schema import levels, stores, variants
from onhand.rows import Level, Store, Variant
from onhand.trade import allocation, catalog
from onhand.trade.allocation import Planned, Supply, Want
from onhand.trade.errors import StoreNotFound, VariantNotFound
from onhand.views.overdue import overdue_units


@dataclass(slots=True)
class PreviewedAllocation:
    """Units of one item at one store, and the rule that chose it."""

    line: int
    sku: str
    store: str
    quantity: int
    because: str


@dataclass(slots=True)
class PreviewedShortage:
    line: int
    sku: str
    requested: int
    available: int


@dataclass(slots=True)
class SourcingPreview:
    allocations: list[PreviewedAllocation]
    shortages: list[PreviewedShortage]


class WantedItem(NamedTuple):
    """An item as an order would ask for it."""

    variant: str
    quantity: int
    store: str | None = None


class Places(NamedTuple):
    """Every store: by priority, then code; and by its id and its code."""

    ranked: list[Store]
    named: dict[str, Store]


def preview(
    connection: Connection,
    items: Sequence[WantedItem],
    rules: Sequence[str],
    ship_to: Mapping[str, Any] | None,
    now: int,
    within: Collection[str] | None = None,
) -> SourcingPreview:
    """The plan for these items by a chain of rules; `within` are the ids of the stores that the caller may use.

    Raises VariantNotFound, StoreNotFound.
    """
    found = find_variants(connection, [item.variant for item in items])
    places = find_places(connection)
    wants = [want(item, found, places) for item in items]
    free = free_units(connection, {variant_id for want in wants for variant_id, _ in want.recipe}, now)
    destination = allocation.place_of(json.dumps(ship_to)) if ship_to else None
    supply = Supply(lambda store_id, variant_id: free.get((store_id, variant_id), 0))
    stores_to_ask = [store for store in places.ranked if within is None or store.id in within]
    planned = allocation.plan(wants, stores_to_ask, supply, rules, destination)
    return _answer([found[item.variant].sku for item in items], wants, planned, places.named)


def find_places(connection: Connection) -> Places:
    ranked = [Store._make(row) for row in connection.execute(select(stores))]
    ranked.sort(key=lambda store: (-store.priority, store.code))
    return Places(ranked, {name: store for store in ranked for name in (store.id, store.code)})


def want(item: WantedItem, found: Mapping[str, Variant], places: Places) -> Want:
    """What an item takes from stock. Raises StoreNotFound."""
    if item.store is not None and item.store not in places.named:
        raise StoreNotFound(item.store)
    store_id = places.named[item.store].id if item.store else None
    return Want(allocation.recipe_of(found[item.variant]), item.quantity, store_id)


def _answer(
    skus: Sequence[str], wants: Sequence[Want], planned: Sequence[Planned], named: Mapping[str, Store]
) -> SourcingPreview:
    lines = list(enumerate(zip(skus, wants, planned, strict=True), start=1))
    return SourcingPreview(
        [
            PreviewedAllocation(line, sku, named[part.store_id].code, part.quantity, part.because)
            for line, (sku, _, plan) in lines
            for part in plan.parts
        ],
        [
            PreviewedShortage(line, sku, want.quantity, want.quantity - plan.short)
            for line, (sku, want, plan) in lines
            if plan.short
        ],
    )


def find_variants(connection: Connection, references: Sequence[str]) -> dict[str, Variant]:
    """The variants of these SKUs or ids, or of products with one variant, by the name that was used.

    Raises VariantNotFound, ValidationFailed.
    """
    asked = set(references)
    ids = {name for name in asked if looks_like_id(name)}
    named = or_(variants.c.sku.in_(asked), variants.c.id.in_(ids), variants.c.product_id.in_(ids))
    rows = [Variant._make(row) for row in connection.execute(select(variants).where(named))]
    found = {name: variant for variant in rows for name in (variant.id, variant.sku)}
    siblings: dict[str, list[Variant]] = {}
    for variant in rows:
        siblings.setdefault(variant.product_id, []).append(variant)
    unknown = [name for name in dict.fromkeys(references) if name not in found and name not in siblings]
    if unknown:
        raise VariantNotFound(*unknown)
    return {reference: found.get(reference) or _only(siblings[reference]) for reference in asked}


def _only(siblings: Sequence[Variant]) -> Variant:
    if len(siblings) == 1:
        return siblings[0]
    raise catalog.several_variants(siblings)


def free_units(connection: Connection, variant_ids: set[str], now: int) -> dict[tuple[str, str], int]:
    """Units for sale by (store, variant): what is available or overdue, less the safety stock."""
    overdue = overdue_units()
    rows = connection.execute(
        select(levels, overdue.c.units)
        .outerjoin(
            overdue,
            (overdue.c.store_id == levels.c.store_id) & (overdue.c.variant_id == levels.c.variant_id),
        )
        .where(levels.c.variant_id.in_(variant_ids)),
        {"now": now},
    )
    free = {}
    for row in rows:
        level = Level._make(row[:-1])
        free[level[:2]] = max(0, level.available + int(row[-1] or 0) - level.safety_stock)
    return free
