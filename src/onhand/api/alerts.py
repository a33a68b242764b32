"""Alerts over HTTP."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from onhand import clock
from onhand.api.bodies import Nothing, example
from onhand.api.calls import Call
from onhand.api.fields import Body, Moment
from onhand.api.queries import AlertQuery, AlertRef
from onhand.trade import alerts
from onhand.trade.alerts import AlertPicture
from onhand.views import alerts as views
from onhand.views.alerts import AlertAnswer


class SnoozeBody(Body):
    """Be quiet about an alert until a time to come."""

    model_config = example({"until": "2030-01-07T08:00:00Z"})

    until: Moment


class AssignBody(Body):
    """Say whose an alert is."""

    model_config = example({"to": "Ana"})

    to: Annotated[str, Field(min_length=1, max_length=255)]


async def list_alerts(call: Call, query: Annotated[AlertQuery, Query()]) -> Response:
    """List alerts, newest first.

    A crossing makes one, however many orders cross the line at once; it closes by itself on recovery.
    """
    return await call.ask(views.list_alerts, query.filter(), clock.now(), query.limit, query.cursor)


async def get_alert(call: Call, alert: AlertRef) -> Response:
    """Look at an alert."""
    return await call.ask(views.find_alert, alert, clock.now())


async def acknowledge_alert(call: Call, alert: AlertRef, body: Nothing | None = None) -> Response:
    """Say that somebody has seen it.

    Again: the same answer.
    """
    return await _perform(call, alerts.AcknowledgeAlert(alert))


async def snooze_alert(call: Call, alert: AlertRef, body: SnoozeBody) -> Response:
    """Be quiet about it until a time; if it still stands then, it is open again."""
    return await _perform(call, alerts.SnoozeAlert(alert, clock.as_microseconds(body.until)))


async def assign_alert(call: Call, alert: AlertRef, body: AssignBody) -> Response:
    """Say whose it is.

    Again: the same answer.
    """
    return await _perform(call, alerts.AssignAlert(alert, body.to))


async def _perform(call: Call, command: Any) -> Response:
    def answer(picture: AlertPicture) -> AlertAnswer:
        return views.alert_answer(picture.alert, clock.now())

    return await call.perform(command, answer)
