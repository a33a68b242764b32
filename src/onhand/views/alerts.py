"""Alerts as answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from onhand.clock import as_datetime
from onhand.db.alerts import alerts
from onhand.db.catalog import looks_like_id
from onhand.rows import Alert
from onhand.trade.alerts import AlertNotFound, level_subject
from onhand.views.names import store_id_of
from onhand.views.pages import Page, after, page


@dataclass(slots=True)
class AlertAnswer:
    """A line that was crossed: open, acknowledged, snoozed or closed. `data` is what was so when it opened.

    `subject` is what it is about: `level/<store>/<sku>`, `order/<id>`, `transfer/<id>` …
    """

    id: str
    kind: str
    status: str
    subject: str
    store: str | None
    sku: str | None
    data: dict[str, Any]
    assigned_to: str | None
    acknowledged_by: str | None
    snoozed_until: datetime | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None


def alert_answer(alert: Alert, now: int) -> AlertAnswer:
    """A snooze that is over counts as over, whether or not the worker has been there."""
    data = orjson.loads(alert.data)
    store, sku = data.get("store"), data.get("sku")
    is_of_level = alert.variant_id is not None and alert.subject == level_subject(
        alert.store_id or "", alert.variant_id
    )
    is_awake = alert.snoozed_until is not None and alert.snoozed_until <= now
    return AlertAnswer(
        id=alert.id,
        kind=alert.kind,
        status="open" if is_awake else alert.status,
        subject=f"level/{store}/{sku}" if is_of_level else alert.subject,
        store=store,
        sku=sku,
        data=data,
        assigned_to=alert.assigned_to,
        acknowledged_by=alert.acknowledged_by,
        snoozed_until=None if is_awake else as_datetime(alert.snoozed_until),
        opened_at=as_datetime(alert.opened_at),
        updated_at=as_datetime(alert.updated_at),
        closed_at=as_datetime(alert.closed_at),
    )


class AlertFilter(NamedTuple):
    """What a list of alerts is narrowed to."""

    status: str | None = None
    kind: str | None = None
    store: str | None = None


def list_alerts(
    connection: Connection, wanted: AlertFilter, now: int, limit: int, cursor: str | None
) -> Page[AlertAnswer]:
    """Alerts, newest first. Raises StoreNotFound."""
    columns = (alerts.c.opened_at, alerts.c.id)
    statement = select(alerts)
    if wanted.status is not None:
        statement = statement.where(is_in(wanted.status, now))
    if wanted.kind is not None:
        statement = statement.where(alerts.c.kind == wanted.kind)
    if wanted.store is not None:
        statement = statement.where(alerts.c.store_id == store_id_of(connection, wanted.store))
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)).all()
    return page(rows, limit, lambda row: (row.opened_at, row.id), lambda row: alert_answer(Alert._make(row), now))


def is_in(status: str, now: int) -> ColumnElement[bool]:
    """The alerts of a status. A snooze that is over counts as over."""
    said = alerts.c.status == status
    if status == "open":
        return or_(said, and_(alerts.c.status == "snoozed", alerts.c.snoozed_until <= now))
    return and_(said, alerts.c.snoozed_until > now) if status == "snoozed" else said


def find_alert(connection: Connection, reference: str, now: int) -> AlertAnswer:
    """The alert of that id. Raises AlertNotFound."""
    row = None
    if looks_like_id(reference):
        row = connection.execute(select(alerts).where(alerts.c.id == reference)).first()
    if row is None:
        raise AlertNotFound(reference)
    return alert_answer(Alert._make(row), now)
