"""Alerts over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field

from onhand import clock
from onhand.api.bodies import Nothing, example
from onhand.api.calls import Call
from onhand.api.fields import Body, Moment, Reference
from onhand.api.queries import AlertQuery, AlertRef, PageQuery, SubscriptionRef
from onhand.trade import alerts
from onhand.trade.alerts import AlertPicture
from onhand.trade.subscriptions import Subscribe, Unsubscribe
from onhand.views import alerts as views
from onhand.views import mails as mail_views
from onhand.views.alerts import AlertAnswer


class SnoozeBody(Body):
    """Be quiet about an alert until a time to come."""

    model_config = example({"until": "2030-01-07T08:00:00Z"})

    until: Moment


class AssignBody(Body):
    """Say whose an alert is."""

    model_config = example({"to": "Ana"})

    to: Annotated[str, Field(min_length=1, max_length=255)]


_EMAIL = r"^[^@\s<>,;]+@[^@\s<>,;]+$"


class SubscribeBody(Body):
    """Tell an address about alerts: of a store, of a product (by id or by a SKU of it), of a category, or of all.

    Low stock, out of stock and reorder points are gathered in a mail a day; the others are told at once.
    """

    model_config = example({"email": "ana@shop.example", "kinds": ["low_stock", "out_of_stock"], "store": "main"})

    email: Annotated[str, Field(max_length=254, pattern=_EMAIL, examples=["ana@shop.example"])]
    kinds: Annotated[list[Literal[*alerts.KINDS]], Field(min_length=1, max_length=20)]  # type: ignore[valid-type]
    store: Reference | None = None
    product: Reference | None = None
    category: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None


async def subscribe(call: Call, body: SubscribeBody) -> Response:
    """Subscribe an address to alerts."""
    command = Subscribe(body.email, tuple(body.kinds), body.store, body.product, body.language, body.category)
    return await call.perform(command, mail_views.subscription_answer, 201)


async def list_subscriptions(call: Call, query: Annotated[PageQuery, Query()]) -> Response:
    """List subscriptions to alerts, newest first."""
    return await call.ask(mail_views.list_subscriptions, query.limit, query.cursor)


async def unsubscribe(call: Call, subscription: SubscriptionRef) -> Response:
    """End a subscription.

    Again: the same answer.
    """
    return await call.perform(Unsubscribe(subscription), mail_views.subscription_answer)


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
