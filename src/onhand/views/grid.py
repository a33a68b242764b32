"""The stock grid: SKUs down, stores across. A page costs the same in a catalog of a hundred thousand SKUs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from onhand.db.schema import levels, stores, variants
from onhand.rows import Store
from onhand.views.availability import LevelAnswer, levels_of
from onhand.views.pages import Page, after, page
from onhand.views.search import mentions


class GridFilter(NamedTuple):
    """What the grid is narrowed to: a text in SKU, name or barcode; `low`, `out` or `in` at any of the stores shown."""

    q: str | None = None
    store: str | None = None
    status: str | None = None


@dataclass(slots=True)
class GridRow:
    """A SKU and its levels by store code; a store that has never stocked it is absent."""

    sku: str
    name: str
    variant_id: str
    barcode: str | None
    is_kit: bool
    levels: dict[str, LevelAnswer]
    available: int
    on_hand: int


_AVAILABLE = levels.c.available
_STATUS: dict[str, ColumnElement[bool]] = {
    "out": _AVAILABLE == 0,
    "low": and_(_AVAILABLE > 0, levels.c.low_stock_threshold >= _AVAILABLE),
    "in": levels.c.low_stock_threshold < _AVAILABLE,
    "unsellable": levels.c.unsellable > 0,
    "held": levels.c.on_hold > 0,
}
STATUSES = tuple(_STATUS)


def all_stores(connection: Connection) -> list[Store]:
    """Every store, as people expect them: by priority, then code."""
    question = select(stores).order_by(stores.c.priority.desc(), stores.c.code)
    return [Store._make(row) for row in connection.execute(question)]


def stock_grid(
    connection: Connection, wanted: GridFilter, shown: Sequence[Store], now: int, limit: int, cursor: str | None
) -> Page[GridRow]:
    """One page of SKUs, with their levels at the stores shown: two statements, however many stores there are."""
    statement = select(variants.c.id, variants.c.sku, variants.c.title, variants.c.barcode, variants.c.components)
    if wanted.q:
        statement = statement.where(
            or_(mentions(wanted.q, variants.c.sku, variants.c.title), variants.c.barcode == wanted.q)
        )
    if wanted.status in _STATUS:
        statement = _with_status(statement, wanted, shown)
    if cursor:
        statement = statement.where(after(cursor, (variants.c.sku,), descending=False))
    rows = connection.execute(statement.order_by(variants.c.sku).limit(limit + 1)).all()
    codes = {store.id: store.code for store in shown}
    cells: dict[str, dict[str, LevelAnswer]] = {}
    for level in levels_of(connection, [row.id for row in rows[:limit]], now):
        if level.store_id in codes:
            cells.setdefault(level.variant_id, {})[level.store] = level
    return page(rows, limit, lambda row: (row.sku,), lambda row: _row(row, cells.get(row.id, {})))


def _row(row: Any, cells: dict[str, LevelAnswer]) -> GridRow:
    return GridRow(
        row.sku,
        row.title,
        row.id,
        row.barcode,
        row.components is not None,
        cells,
        sum(level.quantity_available for level in cells.values()),
        sum(level.current_stock for level in cells.values()),
    )


def _with_status(statement: Select[Any], wanted: GridFilter, shown: Sequence[Store]) -> Select[Any]:
    """SKUs with a level in that state at a store that is shown."""
    meets = select(levels.c.variant_id).where(
        levels.c.variant_id == variants.c.id, _STATUS[wanted.status or ""], levels.c.version > 0
    )
    if wanted.store is not None:
        meets = meets.where(levels.c.store_id.in_([store.id for store in shown]))
    return statement.where(meets.exists())
