"""What waits for a sweep, for a receiver or for a person: numbers for those who watch the service."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, literal, select

from onhand.db.alerts import alerts
from onhand.db.schema import orders
from onhand.db.webhooks import deliveries
from onhand.views.today import MOST_COUNTED, conditions, stuck_holds


class Backlog(NamedTuple):
    """`overdue` claims are past their time by more than a sweep that works would leave them; alerts are by kind."""

    overdue: int
    undecided_orders: int
    refunds_due: int
    waiting_deliveries: int
    standing_alerts: Mapping[str, int]


def backlog(connection: Connection, now: int) -> Backlog:
    """Counts stop at `MOST_COUNTED`, but for alerts and deliveries, which have indexes of what is open."""
    meets = conditions(now, now)

    def count(name: str) -> int:
        some = select(literal(1)).select_from(orders).where(meets[name]).limit(MOST_COUNTED).subquery()
        return connection.execute(select(func.count()).select_from(some)).scalar_one()

    standing = (
        select(alerts.c.kind, func.count().label("alerts")).where(alerts.c.closed_at.is_(None)).group_by(alerts.c.kind)
    )
    waiting = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
    return Backlog(
        overdue=count("stuck") + stuck_holds(connection, now),
        undecided_orders=count("undecided"),
        refunds_due=count("refunds-due"),
        waiting_deliveries=connection.execute(waiting).scalar_one(),
        standing_alerts={row.kind: row.alerts for row in connection.execute(standing)},
    )
