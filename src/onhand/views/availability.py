"""How much there is: of a product, of a level, and in the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from onhand.db.catalog import looks_like_id
from onhand.db.schema import levels, order_lines, stores, variants, waiting
from onhand.rows import Level
from onhand.trade import allocation, stock
from onhand.trade.errors import StoreNotFound, VariantNotFound
from onhand.views.answers import fields_of
from onhand.views.incoming import incoming
from onhand.views.names import is_called, store_id_of, variant_ids_of
from onhand.views.overdue import overdue_units
from onhand.views.pages import Page, after, page
from onhand.views.search import mentions


@dataclass(slots=True)
class LevelAnswer:
    """The stock of one variant in one store. `current_stock` is what a counter finds on the shelf."""

    sku: str
    variant_id: str
    store: str
    store_id: str
    quantity_available: int
    quantity_on_hold: int
    quantity_reserved: int
    unsellable: int
    current_stock: int
    stock_status: str
    min_stock_level: int
    reorder_point: int
    reorder_quantity: int
    safety_stock: int
    low_stock_threshold: int
    bin: str | None
    version: int


def level_answer(level: Level, sku: str, store: str, overdue: int) -> LevelAnswer:
    """A level as its callers see it: units whose hold has run out are available again, swept or not."""
    available = level.available + overdue
    return LevelAnswer(
        sku=sku,
        variant_id=level.variant_id,
        store=store,
        store_id=level.store_id,
        quantity_available=available,
        quantity_on_hold=level.on_hold - overdue,
        quantity_reserved=level.reserved,
        unsellable=level.unsellable,
        current_stock=level.on_hand,
        stock_status=stock.status(available, level.low_stock_threshold),
        min_stock_level=level.min_stock_level,
        reorder_point=level.reorder_point,
        reorder_quantity=level.reorder_quantity,
        safety_stock=level.safety_stock,
        low_stock_threshold=level.low_stock_threshold,
        bin=level.bin,
        version=level.version,
    )


_overdue = overdue_units()
_WITH_OVERDUE = and_(_overdue.c.store_id == levels.c.store_id, _overdue.c.variant_id == levels.c.variant_id)
_OVERDUE = func.coalesce(_overdue.c.units, 0)
_AVAILABLE: ColumnElement[int] = levels.c.available + _OVERDUE


def _levels() -> Select[Any]:
    """Every level with its SKU, its store's code and its overdue units."""
    return (
        select(levels, variants.c.sku, stores.c.code, _OVERDUE.label("overdue"))
        .join(variants, variants.c.id == levels.c.variant_id)
        .join(stores, stores.c.id == levels.c.store_id)
        .outerjoin(_overdue, _WITH_OVERDUE)
    )


def _answer(row: Row[Any]) -> LevelAnswer:
    return level_answer(Level._make(row[:-3]), row.sku, row.code, int(row.overdue))


def find_level(connection: Connection, variant: str, store: str, now: int) -> LevelAnswer:
    """One level: of a kit what its components allow, all zero of what was never stocked there.

    Raises VariantNotFound, StoreNotFound.
    """
    by_store = stores.c.id if looks_like_id(store) else stores.c.code
    variant_id = variant_ids_of(connection, variant)[0]
    row = connection.execute(
        _levels().where(levels.c.variant_id == variant_id, by_store == store), {"now": now}
    ).first()
    if row is not None:
        return _answer(row)
    place = connection.execute(select(stores.c.id, stores.c.code).where(by_store == store)).first()
    if place is None:
        raise StoreNotFound(store)
    called = connection.execute(select(variants.c.sku, variants.c.components).where(variants.c.id == variant_id)).one()
    kits: dict[str, Any] = {variant_id: called} if called.components else {}
    allowed = [level for level in kit_levels(connection, kits, now) if level.store_id == place.id]
    return allowed[0] if allowed else level_answer(Level(place.id, variant_id), called.sku, place.code, 0)


def levels_of(connection: Connection, variant_ids: Sequence[str], now: int) -> list[LevelAnswer]:
    """Every level of these variants, in no order."""
    found = connection.execute(_levels().where(levels.c.variant_id.in_(variant_ids)), {"now": now})
    return [_answer(row) for row in found]


# ── One product ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class StoreStock(LevelAnswer):
    """A level, and the units that open purchase orders will bring to it."""

    incoming: int


@dataclass(slots=True)
class ProductStock:
    """The stock of a product (or of one variant) over all stores, and in each."""

    product_id: str
    sku: str | None
    current_stock: int
    reserved_stock: int
    available_stock: int
    min_stock_level: int
    reorder_point: int
    in_stock: bool
    stock_status: str
    on_hold: int
    reserved: int
    unsellable: int
    backordered: int
    incoming: int
    stores: list[StoreStock]


_WAITING = (
    select(func.sum(waiting.c.quantity)).where(waiting.c.variant_id == variants.c.id).scalar_subquery().label("waiting")
)


def product_stock(connection: Connection, reference: str, now: int) -> ProductStock:
    """The stock of the product or variant of that id or SKU, in two statements. Raises VariantNotFound."""
    rows = connection.execute(
        select(
            levels,
            variants.c.sku,
            stores.c.code,
            _OVERDUE.label("overdue"),
            variants.c.product_id,
            variants.c.id,
            variants.c.components,
            _WAITING,
        )
        .select_from(variants)
        .outerjoin(levels, levels.c.variant_id == variants.c.id)
        .outerjoin(stores, stores.c.id == levels.c.store_id)
        .outerjoin(_overdue, _WITH_OVERDUE)
        .where(is_called(reference))
        .order_by(variants.c.position, stores.c.priority.desc(), stores.c.code),
        {"now": now},
    ).all()
    if not rows:
        raise VariantNotFound(reference)
    found = [
        level_answer(Level._make(row[:-7]), row.sku, row.code, int(row.overdue)) for row in rows if row.code is not None
    ]
    found += kit_levels(connection, {row.id: row for row in rows if row.components}, now)
    in_stores = _with_incoming(connection, found, {row.id for row in rows})
    available = sum(level.quantity_available for level in found)
    on_hold = sum(level.quantity_on_hold for level in found)
    reserved = sum(level.quantity_reserved for level in found)
    skus = {row.sku for row in rows}
    # Of several levels, the product is low when it has no more than the level that wants the most would call low.
    threshold = max((level.low_stock_threshold for level in found), default=0)
    return ProductStock(
        product_id=rows[0].product_id,
        sku=skus.pop() if len(skus) == 1 else None,
        current_stock=sum(level.current_stock for level in found),
        reserved_stock=on_hold + reserved,
        available_stock=available,
        min_stock_level=sum(level.min_stock_level for level in found),
        reorder_point=sum(level.reorder_point for level in found),
        in_stock=available > 0,
        stock_status=stock.status(available, threshold),
        on_hold=on_hold,
        reserved=reserved,
        unsellable=sum(level.unsellable for level in found),
        backordered=_backordered(connection, {row.id: row.components for row in rows if row.waiting or row.components}),
        incoming=sum(level.incoming for level in in_stores),
        stores=in_stores,
    )


def _backordered(connection: Connection, made_of: Mapping[str, str | None]) -> int:
    """Units of variants, given with their components, that orders wait for.

    A kit waits in the queues of its components, and each of those for as many as the kits take.
    """
    recipes = {variant_id: allocation.line_recipe(variant_id, parts) for variant_id, parts in made_of.items()}
    queues = {part for recipe in recipes.values() for part, _ in recipe}
    if not queues:
        return 0
    lines, queued = order_lines.c, waiting.c
    groups = (queued.variant_id, lines.variant_id, lines.components)
    rows = connection.execute(
        select(*groups, func.sum(queued.quantity))
        .select_from(waiting)
        .join(order_lines, and_(lines.order_id == queued.order_id, lines.line == queued.line))
        .where(queued.quantity > 0, queued.variant_id.in_(queues))
        .group_by(*groups)
    )
    units = 0
    for queue, ordered, components, quantity in rows:
        recipe = allocation.line_recipe(ordered, components)
        if queue in recipes:
            units += int(quantity) * dict(recipe)[queue]
        if components and ordered in recipes and queue == recipe[0][0]:
            units += int(quantity)
    return units


def kit_levels(connection: Connection, kits: Mapping[str, Row[Any]], now: int) -> list[LevelAnswer]:
    """What the components of kits allow, store by store: a kit is never stocked itself."""
    recipes = {kit_id: allocation.line_recipe(kit_id, row.components) for kit_id, row in kits.items()}
    components = {variant_id for recipe in recipes.values() for variant_id, _ in recipe}
    if not components:
        return []
    rows = connection.execute(_levels().where(levels.c.variant_id.in_(components)), {"now": now}).all()
    there = {(row.store_id, row.variant_id): _answer(row) for row in rows}
    places = sorted({(row.code, row.store_id) for row in rows})
    found = []
    for kit_id, recipe in recipes.items():
        for code, store_id in places:
            parts = [(there.get((store_id, variant_id)), each) for variant_id, each in recipe]
            units = min(part.quantity_available // each if part else 0 for part, each in parts)
            found.append(level_answer(Level(store_id, kit_id, available=units), kits[kit_id].sku, code, 0))
    return found


def _with_incoming(connection: Connection, found: Sequence[LevelAnswer], variant_ids: set[str]) -> list[StoreStock]:
    """The levels with what is coming to each, and levels that are empty as yet, to which something is coming."""
    known = {(level.store_id, level.variant_id): level for level in found}
    units = dict.fromkeys(known, 0)
    for coming in incoming(connection, variant_ids):
        key = (coming.store_id, coming.variant_id)
        known.setdefault(key, level_answer(Level(*key), coming.sku, coming.store, 0))
        units[key] = units.get(key, 0) + coming.incoming.quantity
    return [StoreStock(**fields_of(level), incoming=units[key]) for key, level in known.items()]


# ── The grid ────────────────────────────────────────────────────────────────────────────────────────────────────────


class LevelFilter(NamedTuple):
    """What the grid is narrowed to. `status` is low, out or in."""

    sku: str | None = None
    store: str | None = None
    status: str | None = None
    q: str | None = None


_STATUS_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "out": _AVAILABLE == 0,
    "low": and_(_AVAILABLE > 0, levels.c.low_stock_threshold >= _AVAILABLE),
    "in": levels.c.low_stock_threshold < _AVAILABLE,
}


def list_levels(
    connection: Connection, wanted: LevelFilter, now: int, limit: int, cursor: str | None
) -> Page[LevelAnswer]:
    """The grid of levels, by SKU and store. Raises VariantNotFound, StoreNotFound."""
    columns = (variants.c.sku, stores.c.code)
    statement = _levels()
    if wanted.sku is not None:
        statement = statement.where(levels.c.variant_id.in_(variant_ids_of(connection, wanted.sku)))
    if wanted.store is not None:
        statement = statement.where(levels.c.store_id == store_id_of(connection, wanted.store))
    if wanted.status is not None:
        statement = statement.where(_STATUS_CONDITIONS[wanted.status])
    if wanted.q:
        statement = statement.where(mentions(wanted.q, variants.c.sku, variants.c.title, variants.c.barcode))
    if cursor:
        statement = statement.where(after(cursor, columns, descending=False))
    rows = connection.execute(statement.order_by(*columns).limit(limit + 1), {"now": now}).all()
    return page(rows, limit, lambda row: (row.sku, row.code), _answer)
