"""What is low or out of stock, by how soon it will be missed and what that costs.

A level's demand is what was claimed of it and not given back, over the 28 days before now; of one that is out of stock,
over the 28 days before it ran out, since what is not there cannot be sold. Only the ledgers of levels that are low
are read.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Row, and_, bindparam, case, cast, func, literal, or_, select

from onhand.clock import HOUR, as_datetime
from onhand.db.alerts import alerts
from onhand.db.dialect import Whole
from onhand.db.schema import levels, movements, products, stores, variants
from onhand.trade import money, stock
from onhand.trade.alerts import OUT
from onhand.views.names import store_id_of
from onhand.views.overdue import overdue_units
from onhand.views.pages import Page, after, page

HOURS_LOOKED_AT = 28 * 24
NEVER = 10**15
SIGNS = {"hold": 1, "reserve": 1, "release": -1, "expire": -1, "unreserve": -1}


@dataclass(slots=True)
class LowStock:
    """A level that is low or out, and what to order for it.

    `days_of_cover` is null where nothing of it was sold; `lost_sales_per_day` counts only while it is out.
    """

    sku: str
    name: str
    store: str
    stock_status: str
    quantity_available: int
    low_stock_threshold: int
    min_stock_level: int
    reorder_point: int
    reorder_quantity: int
    units_per_day: Decimal
    days_of_cover: Decimal | None
    lost_sales_per_day: Decimal
    currency: str
    alert_id: str
    alert_status: str
    since: datetime


class Goods(NamedTuple):
    """Which goods: of a product (its id), of a category; None: of any."""

    product_id: str | None = None
    category: str | None = None


ANY_GOODS = Goods()


def low_stock(
    connection: Connection,
    store: str | None,
    status: str | None,
    now: int,
    limit: int,
    cursor: str | None,
    goods: Goods = ANY_GOODS,
) -> Page[LowStock]:
    """Levels with an alert that is open or acknowledged, most urgent first. `status` is theirs (low, out) or its own.

    Raises StoreNotFound.
    """
    found = _found(status, None if store is None else store_id_of(connection, store), goods)
    is_out = found.c.kind == "out_of_stock"
    per_day = found.c.per_day
    covered = found.c.free * literal(1_000_000, Whole) // case((per_day < 1, 1), else_=per_day)
    cover = cast(case((is_out, 0), (per_day == 0, NEVER), else_=covered), Whole)
    missed = _at_most(per_day, 10**7) * _at_most(found.c.price, 10**11)
    order: tuple[ColumnElement[Any], ...] = (
        cover,
        cast(case((is_out, -missed), else_=0), Whole),
        cast(found.c.free * literal(1000) // (found.c.low_stock_threshold + 1), Whole),
        found.c.sku,
        found.c.code,
    )
    statement = select(found, *(column.label(f"k{place}") for place, column in enumerate(order)))
    if cursor:
        statement = statement.where(after(cursor, order, descending=False))
    rows = connection.execute(statement.order_by(*order).limit(limit + 1), {"now": now}).all()
    return page(rows, limit, lambda row: row[-len(order) :], _answer)


def _found(status: str | None, store_id: str | None, goods: Goods) -> CTE:
    """The levels, with what is free and what a day takes of each. One that is out is listed once: not as low, too."""
    overdue = overdue_units()
    question = (
        select(
            levels,
            variants.c.sku,
            variants.c.title,
            variants.c.price,
            variants.c.currency,
            stores.c.code,
            alerts.c.id.label("alert_id"),
            alerts.c.kind,
            alerts.c.status,
            alerts.c.opened_at,
            cast(levels.c.available + func.coalesce(overdue.c.units, 0), Whole).label("free"),
            _thousandths_per_day().label("per_day"),
        )
        .select_from(alerts)
        .join(levels, and_(levels.c.store_id == alerts.c.store_id, levels.c.variant_id == alerts.c.variant_id))
        .join(variants, variants.c.id == levels.c.variant_id)
        .join(stores, stores.c.id == levels.c.store_id)
        .outerjoin(overdue, and_(overdue.c.store_id == levels.c.store_id, overdue.c.variant_id == levels.c.variant_id))
        .where(
            alerts.c.status.in_(("open", "acknowledged")),
            or_(
                alerts.c.kind == "out_of_stock",
                and_(alerts.c.kind == "low_stock", levels.c.alerts.op("&")(literal(OUT)) == 0),
            ),
        )
    )
    if status in ("low", "out"):
        question = question.where(alerts.c.kind == {"low": "low_stock", "out": "out_of_stock"}[status])
    elif status is not None:
        question = question.where(alerts.c.status == status)
    if store_id is not None:
        question = question.where(alerts.c.store_id == store_id)
    if goods.product_id is not None:
        question = question.where(variants.c.product_id == goods.product_id)
    if goods.category is not None:
        of_category = select(products.c.id).where(products.c.category == goods.category)
        question = question.where(variants.c.product_id.in_(of_category))
    return question.cte("found").prefix_with("MATERIALIZED")  # What a day takes is then looked up once for each level.


def _thousandths_per_day() -> ColumnElement[int]:
    """Thousandths of a unit that a day takes, on average over the time that was looked at, of a day at least."""
    m = movements.c
    ends = case((alerts.c.kind == "out_of_stock", alerts.c.opened_at), else_=bindparam("now", type_=Whole))
    is_same = and_(m.store_id == levels.c.store_id, m.variant_id == levels.c.variant_id)
    units = case(*((m.kind == kind, sign * m.quantity) for kind, sign in SIGNS.items()), else_=0)
    sold = (
        select(cast(func.coalesce(func.sum(units), 0), Whole))
        .where(is_same, m.recorded_at > ends - HOURS_LOOKED_AT * HOUR, m.recorded_at <= ends)
        .correlate(alerts, levels)
        .scalar_subquery()
    )
    begun = select(m.recorded_at).where(is_same, m.version == 1).correlate(levels).scalar_subquery()
    hours = (ends - begun) // literal(HOUR, Whole)
    looked_at = case((hours < 24, 24), (hours > HOURS_LOOKED_AT, HOURS_LOOKED_AT), else_=hours)
    per_day = cast(sold * literal(24_000, Whole) // looked_at, Whole)
    return case((per_day < 0, 0), else_=per_day)


def _at_most(value: ColumnElement[int], most: int) -> ColumnElement[int]:
    """So that what they make together fits the database's whole numbers."""
    return case((value > most, most), else_=value)


def _answer(row: Row[Any]) -> LowStock:
    is_out = row.kind == "out_of_stock"
    per_day = Decimal(row.per_day).scaleb(-3)
    lost = per_day * Decimal(row.price).scaleb(-money.PRICE_DECIMALS) if is_out else Decimal(0)
    unit = Decimal(1).scaleb(-money.decimals(row.currency))
    return LowStock(
        sku=row.sku,
        name=row.title,
        store=row.code,
        stock_status=stock.status(row.free, row.low_stock_threshold),
        quantity_available=row.free,
        low_stock_threshold=row.low_stock_threshold,
        min_stock_level=row.min_stock_level,
        reorder_point=row.reorder_point,
        reorder_quantity=row.reorder_quantity,
        units_per_day=per_day.quantize(Decimal("0.01")),
        days_of_cover=None if row.k0 == NEVER else Decimal(row.k0).scaleb(-3).quantize(Decimal("0.1")),
        lost_sales_per_day=lost.quantize(unit, ROUND_HALF_UP),
        currency=row.currency,
        alert_id=row.alert_id,
        alert_status=row.status,
        since=as_datetime(row.opened_at),
    )
