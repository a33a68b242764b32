"""What waits for a sweep, for a receiver or for a person: numbers for those who watch the service."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from onhand.db.alerts import alerts
from onhand.db.webhooks import deliveries
from onhand.views.mails import failed_mails
from onhand.views.today import count_behind


class Backlog(NamedTuple):
    """`overdue` claims are past their time by more than a sweep that works would leave them; alerts are by kind."""

    overdue: int
    undecided_orders: int
    refunds_due: int
    waiting_deliveries: int
    failed_mails: int
    standing_alerts: Mapping[str, int]


def backlog(connection: Connection, now: int) -> Backlog:
    """Counts stop at `MOST_COUNTED`, but for alerts and deliveries, which have indexes of what is open."""
    standing = (
        select(alerts.c.kind, func.count().label("alerts")).where(alerts.c.closed_at.is_(None)).group_by(alerts.c.kind)
    )
    waiting = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
    return Backlog(
        overdue=count_behind(connection, "stuck", now),
        undecided_orders=count_behind(connection, "undecided", now),
        refunds_due=count_behind(connection, "refunds-due", now),
        waiting_deliveries=connection.execute(waiting).scalar_one(),
        failed_mails=failed_mails(connection),
        standing_alerts={row.kind: row.alerts for row in connection.execute(standing)},
    )
