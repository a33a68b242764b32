"""What a shop looks at in the morning: a few numbers, and the orders behind each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, or_, select

from onhand.clock import HOUR, MINUTE, as_datetime
from onhand.db.alerts import alerts
from onhand.db.payments import payments
from onhand.db.schema import holds, order_lines, orders, waiting
from onhand.trade import money
from onhand.views.pages import Page, after, page

MOST_COUNTED = 10_000
RUNS_OUT_WITHIN = 15 * MINUTE
# What a sweep that works has long ended.
STUCK_AFTER = 5 * MINUTE
PICKABLE = ("confirmed", "processing", "partially_shipped")


@dataclass(slots=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(slots=True)
class Today:
    """Counts stop at `MOST_COUNTED`. Orders that were cancelled count for nothing."""

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
        "placed": and_(o.created_at >= since, o.status != "cancelled"),
        "running-out": and_(o.status == "pending", o.hold_expires_at > now, o.hold_expires_at <= now + RUNS_OUT_WITHIN),
        "to-pick": o.status.in_(PICKABLE),
        "late": and_(o.status.in_(PICKABLE), o.promised_at < now),
        "backordered": exists().where(waiting.c.order_id == o.id, waiting.c.quantity > 0),
        "undecided": or_(o.status == "payment_review", _has_money_in("review")),
        "refunds-due": _has_money_in("refund"),
        "stuck": and_(o.status == "pending", o.hold_expires_at <= now - STUCK_AFTER),
    }


def _has_money_in(standing: str) -> ColumnElement[bool]:
    """In the words of the index of payments that are undecided or due to go back."""
    p = payments.c
    return orders.c.id.in_(
        select(p.order_id).where(p.state == "captured", p.standing == standing, p.refunded < p.amount)
    )


def today(connection: Connection, now: int, since: int) -> Today:
    """The numbers of the day that began at `since`, and of what is open now."""
    meets = conditions(now, since)

    def count(name: str) -> int:
        some = select(literal(1)).select_from(orders).where(meets[name]).limit(MOST_COUNTED).subquery()
        return connection.execute(select(func.count()).select_from(some)).scalar_one()

    sold = connection.execute(
        select(orders.c.currency, func.count(), func.sum(orders.c.total))
        .where(meets["placed"])
        .group_by(orders.c.currency)
    ).all()
    units = connection.execute(
        select(func.sum(order_lines.c.quantity - order_lines.c.released))
        .select_from(orders)
        .join(order_lines, order_lines.c.order_id == orders.c.id)
        .where(meets["placed"])
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
        revenue=[Money(money.amount(int(row[2]), row[0]), row[0]) for row in sorted(sold, key=lambda row: -row[2])],
        running_out=count("running-out"),
        to_pick=count("to-pick"),
        late=count("late"),
        backorders=waiting_for,
        backordered_units=int(waiting_units or 0),
        stuck=count("stuck") + stuck_holds(connection, now),
        alerts=_open_alerts(connection, alerts.c.status == "open"),
        drift=_open_alerts(connection, alerts.c.kind == "drift_found", alerts.c.closed_at.is_(None)),
        undecided=count("undecided"),
        refunds_due=count("refunds-due"),
    )


def stuck_holds(connection: Connection, now: int) -> int:
    question = select(func.count()).where(holds.c.state == "held", holds.c.expires_at <= now - STUCK_AFTER)
    return connection.execute(question).scalar_one()


def _open_alerts(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    some = select(literal(1)).select_from(alerts).where(*conditions).limit(MOST_COUNTED).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


@dataclass(slots=True)
class OrderLine:
    """An order in one line of a list."""

    number: str
    order_id: str
    customer: str | None
    status: str
    total: Decimal
    currency: str
    created_at: datetime
    hold_expires_at: datetime | None
    promised_at: datetime | None


def orders_behind(
    connection: Connection, name: str, now: int, since: int, limit: int, cursor: str | None
) -> Page[OrderLine]:
    """The orders behind a number, newest first."""
    columns = (orders.c.created_at, orders.c.id)
    statement = select(orders).where(conditions(now, since)[name])
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)).all()
    return page(rows, limit, lambda row: (row.created_at, row.id), _line)


def _line(row: Any) -> OrderLine:
    return OrderLine(
        row.number,
        row.id,
        row.customer_name or row.customer_id,
        row.status,
        money.amount(row.total, row.currency),
        row.currency,
        as_datetime(row.created_at),
        None if row.hold_expires_at is None else as_datetime(row.hold_expires_at),
        None if row.promised_at is None else as_datetime(row.promised_at),
    )


@dataclass(slots=True)
class Hour:
    """Orders placed in one hour."""

    began_at: int
    orders: int


def orders_by_hour(connection: Connection, since: int, now: int) -> list[Hour]:
    """How many orders each hour since then has brought, hours without any too."""
    bucket = orders.c.created_at - orders.c.created_at % HOUR
    rows = connection.execute(
        select(bucket, func.count())
        .where(orders.c.created_at >= since, orders.c.status != "cancelled")
        .group_by(bucket)
    )
    found = {int(began): count for began, count in rows}
    first = since - since % HOUR
    return [Hour(began, found.get(began, 0)) for began in range(first, now + 1, HOUR)]
