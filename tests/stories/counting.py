"""What a count has come to, for the stories of counting."""

from typing import Any

from tests.shop import Shop

from onhand.rows import CountLine, Movement


def ledger_of(shop: Shop, count: Any) -> list[tuple[str, int]]:
    """What a count has moved, as (kind, quantity)."""
    moved = [row for row in shop.rows(Movement) if row.cause == "count" and row.cause_id == count.head.id]
    return [(row.kind, row.quantity) for row in moved]


def line_of(shop: Shop, count: Any, sku: str) -> CountLine:
    """What was written down of a SKU."""
    return next(row for row in shop.rows(CountLine) if row.count_id == count.head.id and row.sku == sku)
