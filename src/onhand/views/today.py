"""What a shop looks at in the morning: a few numbers, and the orders and bare holds behind each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from onhand.clock import HOUR, MINUTE, as_datetime
from onhand.db.alerts import alerts
from onhand.db.payments import payments
from onhand.db.schema import holds, order_lines, orders, waiting
from onhand.trade import money
from onhand.views.alerts import is_in
from onhand.views.pages import Page, after, page
from onhand.views.picking import PICKABLE, is_to_pick

MOST_COUNTED = 10_000
RUNS_OUT_WITHIN = 15 * MINUTE
# What a sweep that works has long ended.
STUCK_AFTER = 5 * MINUTE


@dataclass(slots=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(slots=True)
class Today:
    """The numbers of a day. Counts of what is open stop at `MOST_COUNTED`.

    Orders that were cancelled, or whose hold ran out, are not counted, nor are units that were given up. `revenue`
    begins with the currency of most orders. `drift` is the number of rows that the worker's verification found wrong.
    """

    orders: int
    units: int
    revenue: list[Money]
    running_out: int
    to_pick: int
    late: int
    backorders: int
    backordered_units: int
    stuck: int
    alerts: int
    drift: int
    undecided: int
    refunds_due: int


def conditions(now: int, since: int) -> Mapping[str, ColumnElement[bool]]:
    """What makes an order one of those behind a number."""
    o = orders.c
    return {
        "placed": and_(o.created_at >= since, _stands(now)),
        "running-out": and_(o.status == "pending", o.hold_expires_at > now, o.hold_expires_at <= now + RUNS_OUT_WITHIN),
        "to-pick": is_to_pick(),
        "late": and_(o.status.in_(PICKABLE), o.promised_at < now),
        "backordered": exists().where(waiting.c.order_id == o.id, waiting.c.quantity > 0),
        "undecided": or_(o.status == "payment_review", _has_money_in("review")),
        "refunds-due": _has_money_in("refund"),
        "stuck": and_(o.status == "pending", o.hold_expires_at <= now - STUCK_AFTER),
    }


def _hold_conditions(now: int) -> Mapping[str, ColumnElement[bool]]:
    """What makes a bare hold one of those behind a number."""
    h = holds.c
    return {
        "running-out": and_(h.state == "held", h.expires_at > now, h.expires_at <= now + RUNS_OUT_WITHIN),
        "stuck": and_(h.state == "held", h.expires_at <= now - STUCK_AFTER),
    }


def _stands(now: int) -> ColumnElement[bool]:
    """Neither cancelled nor, swept or not, past the end of its hold."""
    o = orders.c
    is_held = or_(o.hold_expires_at.is_(None), o.hold_expires_at > now)
    return and_(o.status != "cancelled", or_(o.status != "pending", is_held))


def _has_money_in(standing: str) -> ColumnElement[bool]:
    """In the words of the index of payments that are undecided or due to go back."""
    p = payments.c
    return orders.c.id.in_(
        select(p.order_id).where(p.state == "captured", p.standing == standing, p.refunded < p.amount)
    )


def today(connection: Connection, now: int, since: int) -> Today:
    """The numbers of the day that began at `since`, and of what is open now."""
    is_placed = conditions(now, since)["placed"]
    sold = connection.execute(
        select(orders.c.currency, func.count(), func.sum(orders.c.total)).where(is_placed).group_by(orders.c.currency)
    ).all()
    units = connection.execute(
        select(func.sum(order_lines.c.quantity - order_lines.c.released))
        .select_from(orders)
        .join(order_lines, order_lines.c.order_id == orders.c.id)
        .where(is_placed)
    ).scalar()
    # A kit waits in the queue of each of its components.
    lines = select(waiting.c.order_id, waiting.c.line, waiting.c.quantity).where(waiting.c.quantity > 0).distinct()
    queued = lines.subquery()
    waiting_for, waiting_units = connection.execute(
        select(func.count(queued.c.order_id.distinct()), func.sum(queued.c.quantity))
    ).one()
    return Today(
        orders=sum(row[1] for row in sold),
        units=int(units or 0),
        revenue=[
            Money(money.amount(int(total), currency), currency)
            for currency, _, total in sorted(sold, key=lambda row: (-row[1], row[0]))
        ],
        running_out=count_behind(connection, "running-out", now),
        to_pick=count_behind(connection, "to-pick", now),
        late=count_behind(connection, "late", now),
        backorders=waiting_for,
        backordered_units=int(waiting_units or 0),
        stuck=count_behind(connection, "stuck", now),
        alerts=_counted(connection, select(literal(1)).select_from(alerts).where(is_in("open", now))),
        drift=_drift(connection),
        undecided=count_behind(connection, "undecided", now),
        refunds_due=count_behind(connection, "refunds-due", now),
    )


def count_behind(connection: Connection, name: str, now: int) -> int:
    """How many orders, and bare holds, are behind a number of what is open."""
    of_orders = select(literal(1)).select_from(orders).where(conditions(now, now)[name])
    counted = _counted(connection, of_orders)
    if name in (of_holds := _hold_conditions(now)):
        counted += _counted(connection, select(literal(1)).select_from(holds).where(of_holds[name]))
    return counted


def _counted(connection: Connection, found: Select[Any]) -> int:
    return connection.execute(select(func.count()).select_from(found.limit(MOST_COUNTED).subquery())).scalar_one()


def _drift(connection: Connection) -> int:
    standing = select(alerts.c.data).where(alerts.c.kind == "drift_found", alerts.c.closed_at.is_(None))
    return sum(orjson.loads(data)["rows"] for data in connection.execute(standing).scalars())


@dataclass(slots=True)
class Claimant:
    """An order, or a bare hold, in one line of a list. A bare hold has a reference and no number."""

    id: str
    number: str | None
    reference: str | None
    customer: str | None
    status: str
    total: Money | None
    created_at: datetime
    hold_expires_at: datetime | None
    promised_at: datetime | None


def claimants_behind(
    connection: Connection, name: str, now: int, since: int, limit: int, cursor: str | None
) -> Page[Claimant]:
    """The orders, and bare holds, behind a number, newest first."""
    o, h = orders.c, holds.c
    of_orders = select(
        o.id,
        o.number,
        o.reference,
        func.coalesce(o.customer_name, o.customer_id).label("customer"),
        o.status,
        o.currency,
        o.total,
        o.created_at,
        o.hold_expires_at,
        o.promised_at,
    ).where(conditions(now, since)[name])
    found = of_orders.subquery()
    if name in (of_holds := _hold_conditions(now)):
        none = {each: cast(null(), o[each].type) for each in ("number", "currency", "total", "promised_at")}
        found = union_all(
            of_orders,
            select(
                h.id,
                none["number"],
                h.reference,
                cast(null(), o.customer_name.type),
                h.state,
                none["currency"],
                none["total"],
                h.created_at,
                h.expires_at,
                none["promised_at"],
            ).where(of_holds[name]),
        ).subquery()
    columns = (found.c.created_at, found.c.id)
    statement = select(found)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)).all()
    return page(rows, limit, lambda row: (row.created_at, row.id), _claimant)


def _claimant(row: Any) -> Claimant:
    return Claimant(
        row.id,
        row.number,
        row.reference,
        row.customer,
        row.status,
        None if row.total is None else Money(money.amount(row.total, row.currency), row.currency),
        as_datetime(row.created_at),
        as_datetime(row.hold_expires_at),
        as_datetime(row.promised_at),
    )


@dataclass(slots=True)
class Hour:
    """Orders placed in one hour."""

    began_at: int
    orders: int


def orders_by_hour(connection: Connection, since: int, now: int) -> list[Hour]:
    """How many orders each hour since then has brought, hours without any too; whole hours of UTC."""
    first = since - since % HOUR
    bucket = orders.c.created_at - orders.c.created_at % HOUR
    rows = connection.execute(
        select(bucket, func.count()).where(orders.c.created_at >= first, _stands(now)).group_by(bucket)
    )
    found = {int(began): count for began, count in rows}
    return [Hour(began, found.get(began, 0)) for began in range(first, now + 1, HOUR)]
