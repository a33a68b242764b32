"""What is coming, who waits for it, and what there is instead. Asked only when something is short or waits.

A batch asks on its own connection after it was saved, a question (`views/`) on its own; the statements are the same.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text

from onhand.books import Books
from onhand.db.catalog import CatalogCopy
from onhand.db.dialect import Id, Writer
from onhand.rows import Line, Order, Variant
from onhand.trade import allocation, orders, substitutes
from onhand.trade.allocation import Supply
from onhand.trade.catalog import substitutes as substitutes_of
from onhand.trade.durations import DAY
from onhand.trade.errors import InsufficientStock, Shortage
from onhand.trade.promise import Coming, Outlook, Queued

Run = Callable[..., Sequence[tuple[Any, ...]]]

# A delivery that is a day late is expected no more: nobody knows when it will come.
_COMING = """
SELECT l.variant_id, p.store_id, coalesce(l.expected_at, p.expected_at), sum(l.ordered - l.received)
FROM purchase_order_lines AS l JOIN purchase_orders AS p ON p.id = l.purchase_order_id
WHERE l.variant_id = ANY(:variants::uuid[]) AND l.received < l.ordered
  AND p.status IN ('open', 'partially_received') AND coalesce(l.expected_at, p.expected_at) > :expected_after
GROUP BY l.variant_id, p.store_id, coalesce(l.expected_at, p.expected_at)
ORDER BY coalesce(l.expected_at, p.expected_at), p.store_id
"""
_QUEUE = """
SELECT w.variant_id, w.order_id, w.line, w.store_id, w.quantity, l.components
FROM waiting AS w JOIN order_lines AS l ON l.order_id = w.order_id AND l.line = w.line
WHERE w.quantity > 0 AND w.variant_id = ANY(:variants::uuid[])
ORDER BY w.priority DESC, w.since, w.order_id, w.line
"""
_FREE = """
SELECT store_id, variant_id, available - safety_stock FROM levels
WHERE variant_id = ANY(:variants::uuid[]) AND available > safety_stock
"""


def coming(run: Run, variant_ids: Collection[str], now: int) -> tuple[list[Coming], list[Queued]]:
    """What should come of these variants, the earliest first, and who waits for what comes, in their turn."""
    rows = run(_COMING, variants=sorted(variant_ids), expected_after=now - DAY) if variant_ids else ()
    lots = [Coming(variant_id, store_id, at, int(units)) for variant_id, store_id, at, units in rows]
    expected = sorted({lot.variant_id for lot in lots})
    return lots, [Queued._make(row) for row in run(_QUEUE, variants=expected)] if expected else []


def run_on(connection: Connection) -> Run:
    """The statements of this file on a connection for questions."""

    def run(statement: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(_question(statement), values)]

    return run


@cache
def _question(statement: str) -> TextClause:
    lists = re.findall(r"= ANY\(:(\w+)::uuid\[\]\)", statement)
    asked = text(re.sub(r"= ANY\(:(\w+)::uuid\[\]\)", r"IN :\1", statement))
    return asked.bindparams(*(bindparam(name, expanding=True, type_=Id) for name in lists))


# ── For a batch that is decided and saved ───────────────────────────────────────────────────────────────────────────


def look_ahead(writer: Writer, catalog: CatalogCopy, books: Books, outcomes: Iterable[Any]) -> None:
    """Complete the answers of a batch with when goods will come. Nothing is asked when nothing is short or waits."""
    refused = list(_shortages(outcomes))
    waiting = _waiting(books) if books.outlook else {}
    if not refused and not waiting:
        return
    short = [shortage for refusal in refused for shortage in refusal.shortages]
    variants = {shortage.variant_id: catalog.variants[shortage.variant_id] for shortage in short}
    catalog.fetch({name for each in variants.values() for name in (*substitutes_of(each), each.product_id)}, writer)
    others = {variant_id: _others(catalog, variant) for variant_id, variant in variants.items()}
    made_of = {part for variant in variants.values() for part, _ in allocation.recipe_of(variant)}
    waited_for = {
        part
        for _, lines in waiting.values()
        for line in lines
        if line.backordered
        for part, _ in allocation.line_recipe(line.variant_id, line.components)
    }
    lines = [line for _, of_order in waiting.values() for line in of_order]
    catalog.fetch(made_of.union(waited_for, (line.variant_id for line in lines)), writer)
    expected = coming(writer.run, made_of | waited_for, books.now)
    stores = catalog.ranked_stores
    outlook = Outlook(books.now, books.policy, books.days_off, catalog.variants, stores, *expected)
    for order_id, (order, lines) in waiting.items():
        books.outlook[order_id].delivery = outlook.delivery(order, lines)
    if refused:
        look_at = made_of | {
            part for each in others.values() for variant in each for part, _ in allocation.recipe_of(variant)
        }
        free = {row[:2]: row[2] for row in writer.run(_FREE, variants=sorted(look_at))}
        supply = Supply(lambda store_id, variant_id: free.get((store_id, variant_id), 0))
        for refusal in refused:
            refusal.complete(
                [
                    _completed(shortage, variants[shortage.variant_id], others, catalog, outlook, supply)
                    for shortage in refusal.shortages
                ]
            )


def _shortages(outcomes: Iterable[Any]) -> Iterator[InsufficientStock]:
    for outcome in outcomes:
        if isinstance(outcome, InsufficientStock):
            yield outcome
        elif type(outcome) is list:
            yield from _shortages(outcome)


def _waiting(books: Books) -> dict[str, tuple[Order, list[Line]]]:
    """The orders whose answers are to say when the last of them comes, as the batch has left them."""
    found = ((order_id, books.orders.get(order_id)) for order_id in books.outlook)
    return {order_id: (order, orders.lines_of(books, order)) for order_id, order in found if order is not None}


def _others(catalog: CatalogCopy, short: Variant) -> list[Variant]:
    named = (catalog.variants.get(sku) for sku in substitutes_of(short))
    return substitutes.candidates(short, named, catalog.variants_of.get(short.product_id, ()))


def _completed(
    shortage: Shortage,
    variant: Variant,
    others: dict[str, list[Variant]],
    catalog: CatalogCopy,
    outlook: Outlook,
    supply: Supply,
) -> Shortage:
    stores, store_id = catalog.ranked_stores, shortage.store_id
    missing = substitutes.missing(variant, shortage.requested, shortage.available, store_id, stores, supply)
    arrival = outlook.restock(variant, missing, store_id)
    return shortage._replace(
        restock_at=arrival.at if arrival else None,
        substitutes=substitutes.ranked(variant, store_id, others[variant.id], stores, supply),
    )
