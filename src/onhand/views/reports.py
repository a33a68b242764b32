"""Reports: what the stock is worth, how fast it turns, where it ran out, and what becomes of holds."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, case, cast, func, or_, select

from onhand.db.dialect import Whole
from onhand.db.schema import levels, movements, orders, stores, variants
from onhand.trade import money
from onhand.trade.stock import EFFECTS
from onhand.views.days import Days

MOST_NAMED = 20
# What a movement takes was there before it: one of these that leaves nothing has taken the last.
RAN_OUT = and_(
    movements.c.available == 0,
    movements.c.kind.in_([kind for kind, effect in EFFECTS.items() if effect.available < 0]),
)
SHIPPED = movements.c.kind == "ship"


def _sum_where(condition: ColumnElement[bool], of: ColumnElement[int] | int = 1) -> ColumnElement[int]:
    return cast(func.sum(case((condition, of), else_=0)), Whole)


@dataclass(slots=True)
class DayOfStock:
    """Units that left on one day, and how many times a SKU ran out at a store: the last of it was taken."""

    began_at: int
    shipped: int = 0
    ran_out: int = 0


def stock_by_day(connection: Connection, days: Days) -> list[DayOfStock]:
    """Day by day, days without any too."""
    m = movements.c
    day = days.key(m.recorded_at)
    rows = connection.execute(
        select(day, _sum_where(SHIPPED, m.quantity), _sum_where(RAN_OUT))
        .where(m.recorded_at >= days.since, or_(SHIPPED, RAN_OUT))
        .group_by(day)
    )
    found = {int(key): (int(shipped), int(ran_out)) for key, shipped, ran_out in rows}
    return [DayOfStock(began_at, *(numbers or ())) for began_at, numbers in days.each(found)]


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
            cast(func.sum(on_hand * (variants.c.price // money.PRICE_SCALE)), Whole),
            cast(func.sum(on_hand * (variants.c.price % money.PRICE_SCALE)), Whole),
        )
        .select_from(levels)
        .join(variants, variants.c.id == levels.c.variant_id)
        .join(stores, stores.c.id == levels.c.store_id)
        .group_by(stores.c.code, stores.c.name, variants.c.currency)
        .order_by(stores.c.code, variants.c.currency)
    )
    # In two parts: a great many dear things would not fit into 64 bits in ten-thousandths.
    return [
        StoreValue(code, name, currency, int(units), money.price_text(int(whole) * money.PRICE_SCALE + int(parts)))
        for code, name, currency, units, whole, parts in rows
    ]


@dataclass(slots=True)
class Turnover:
    """Units of a SKU that were shipped, and what is on hand now."""

    sku: str
    name: str
    variant_id: str
    shipped: int
    on_hand: int

    @property
    def turns(self) -> float | None:
        """How often what is there now has been shipped; None when nothing is left."""
        return self.shipped / self.on_hand if self.on_hand else None


def turnover(connection: Connection, since: int) -> list[Turnover]:
    """The SKUs of which most was shipped since then."""
    m = movements.c
    shipped = cast(func.sum(m.quantity), Whole)
    top = (
        select(m.variant_id, shipped.label("shipped"))
        .where(m.recorded_at >= since, SHIPPED)
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
    return [Turnover(sku, title, id_, int(units), int(left)) for sku, title, id_, units, left in rows]


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
    """Where it ran out most often since then."""
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
        .where(m.recorded_at >= since, RAN_OUT)
        .group_by(variants.c.sku, variants.c.title, variants.c.id, stores.c.code)
        .order_by(times.desc(), variants.c.sku, stores.c.code)
        .limit(MOST_NAMED)
    )
    return [
        StockOut(sku, title, id_, code, count, last, left == 0) for sku, title, id_, code, count, last, left in rows
    ]


@dataclass(slots=True)
class DayOfHolds:
    """Orders placed on one day, and what became of them. A hold past its time has expired, swept or not."""

    began_at: int
    placed: int = 0
    confirmed: int = 0
    expired: int = 0
    cancelled: int = 0


def hold_conversion(connection: Connection, days: Days, now: int) -> list[DayOfHolds]:
    """Day by day, days without orders too."""
    o = orders.c
    day = days.key(o.created_at)
    expired = or_(
        o.ending == "expired",
        and_(o.status == "pending", o.hold_expires_at <= now),
    )
    rows = connection.execute(
        select(
            day,
            func.count(),
            _sum_where(o.confirmed_at.is_not(None)),
            _sum_where(expired),
            _sum_where(and_(o.status == "cancelled", o.ending.is_distinct_from("expired"))),
        )
        .where(o.created_at >= days.since)
        .group_by(day)
    )
    found = {int(key): tuple(map(int, numbers)) for key, *numbers in rows}
    return [DayOfHolds(began_at, *(numbers or ())) for began_at, numbers in days.each(found)]
