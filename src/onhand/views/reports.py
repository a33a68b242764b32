"""Reports: what the stock is worth, how fast it turns, where it ran out, and what becomes of holds."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, case, cast, func, select

from onhand.clock import DAY
from onhand.db.database import Whole
from onhand.db.schema import levels, movements, orders, stores, variants
from onhand.trade import money

MOST_NAMED = 20
TAKING = ("hold", "reserve", "decrement", "lost", "damage", "transfer_out")


@dataclass(slots=True)
class StoreValue:
    """On hand at one store, at the prices that customers pay."""

    store: str
    name: str
    currency: str
    units: int
    value: Decimal


def stock_value(connection: Connection) -> list[StoreValue]:
    on_hand = levels.c.available + levels.c.on_hold + levels.c.reserved + levels.c.unsellable
    rows = connection.execute(
        select(
            stores.c.code,
            stores.c.name,
            variants.c.currency,
            cast(func.sum(on_hand), Whole),
            cast(func.sum(on_hand * variants.c.price), Whole),
        )
        .select_from(levels)
        .join(variants, variants.c.id == levels.c.variant_id)
        .join(stores, stores.c.id == levels.c.store_id)
        .group_by(stores.c.code, stores.c.name, variants.c.currency)
        .order_by(stores.c.code, variants.c.currency)
    )
    return [
        StoreValue(code, name, currency, int(units), money.price_text(int(value)))
        for code, name, currency, units, value in rows
    ]


@dataclass(slots=True)
class Turnover:
    """Units of a SKU that were shipped, and how often that is what lies there now. None: nothing is left."""

    sku: str
    name: str
    variant_id: str
    shipped: int
    on_hand: int
    turns: float | None


def turnover(connection: Connection, since: int) -> list[Turnover]:
    """The SKUs of which most was shipped since then."""
    m = movements.c
    shipped = cast(func.sum(m.quantity), Whole)
    top = (
        select(m.variant_id, shipped.label("shipped"))
        .where(m.recorded_at >= since, m.kind == "ship")
        .group_by(m.variant_id)
        .order_by(shipped.desc(), m.variant_id)
        .limit(MOST_NAMED)
        .subquery()
    )
    on_hand = func.coalesce(
        select(func.sum(levels.c.available + levels.c.on_hold + levels.c.reserved + levels.c.unsellable))
        .where(levels.c.variant_id == top.c.variant_id)
        .scalar_subquery(),
        0,
    )
    rows = connection.execute(
        select(variants.c.sku, variants.c.title, variants.c.id, top.c.shipped, on_hand)
        .join(top, top.c.variant_id == variants.c.id)
        .order_by(top.c.shipped.desc(), variants.c.sku)
    )
    return [
        Turnover(sku, title, id_, int(units), int(left), int(units) / int(left) if left else None)
        for sku, title, id_, units, left in rows
    ]


@dataclass(slots=True)
class StockOut:
    """How often a SKU ran out at a store, and when it last did."""

    sku: str
    name: str
    variant_id: str
    store: str
    times: int
    last_at: int
    is_out: bool


def stock_outs(connection: Connection, since: int) -> list[StockOut]:
    """Where it ran out most often since then: a movement left nothing that could be ordered."""
    m = movements.c
    times = func.count()
    rows = connection.execute(
        select(
            variants.c.sku,
            variants.c.title,
            variants.c.id,
            stores.c.code,
            times,
            func.max(m.recorded_at),
            func.min(levels.c.available),
        )
        .select_from(movements)
        .join(variants, variants.c.id == m.variant_id)
        .join(stores, stores.c.id == m.store_id)
        .join(levels, and_(levels.c.store_id == m.store_id, levels.c.variant_id == m.variant_id))
        .where(
            m.recorded_at >= since,
            m.available == 0,
            m.kind.in_(TAKING),
        )
        .group_by(variants.c.sku, variants.c.title, variants.c.id, stores.c.code)
        .order_by(times.desc(), variants.c.sku, stores.c.code)
        .limit(MOST_NAMED)
    )
    return [
        StockOut(sku, title, id_, code, count, last, left == 0) for sku, title, id_, code, count, last, left in rows
    ]


@dataclass(slots=True)
class DayOfHolds:
    """Orders placed on one day (of the clock in UTC), and what became of them."""

    began_at: int
    placed: int
    confirmed: int
    expired: int
    cancelled: int

    @property
    def conversion(self) -> float | None:
        return self.confirmed / self.placed if self.placed else None


def hold_conversion(connection: Connection, since: int, now: int) -> list[DayOfHolds]:
    """Day by day, days without orders too."""
    o = orders.c
    day = o.created_at - o.created_at % DAY

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return cast(func.sum(case((condition, 1), else_=0)), Whole)

    rows = connection.execute(
        select(
            day,
            func.count(),
            count(o.confirmed_at.is_not(None)),
            count(and_(o.status == "cancelled", o.cancel_reason == "expired")),
            count(and_(o.status == "cancelled", o.cancel_reason != "expired")),
        )
        .where(o.created_at >= since)
        .group_by(day)
    )
    found = {int(row[0]): DayOfHolds(int(row[0]), *(int(each) for each in row[1:])) for row in rows}
    first = since - since % DAY
    return [found.get(at, DayOfHolds(at, 0, 0, 0, 0)) for at in range(first, now + 1, DAY)]
