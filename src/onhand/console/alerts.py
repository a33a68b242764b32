"""Alerts: what somebody should look at, and what is done about it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from onhand import clock
from onhand.api.alerts import AssignBody
from onhand.console.forms import body
from onhand.console.marks import N_
from onhand.console.screen import path_within
from onhand.console.visit import Visit
from onhand.trade.alerts import AcknowledgeAlert, AssignAlert, SnoozeAlert
from onhand.trade.errors import ValidationFailed
from onhand.views import alerts as views
from onhand.views.alerts import AlertFilter
from onhand.views.grid import all_stores

ROWS = 50
STATUSES = ("open", "acknowledged", "snoozed", "closed")
SNOOZES = {"1": N_("for an hour"), "8": N_("for eight hours"), "24": N_("for a day"), "168": N_("for a week")}
KINDS = {
    "low_stock": N_("Low stock"),
    "out_of_stock": N_("Out of stock"),
    "reorder_point": N_("Time to reorder"),
    "back_in_stock": N_("Back in stock"),
    "hold_hoarding": N_("One customer holds a lot"),
    "payment_review": N_("Payment to review"),
    "charged_back": N_("Charged back"),
    "stuck_transfer": N_("Transfer is stuck"),
    "failed_webhook": N_("Webhook cannot be reached"),
    "drift_found": N_("Numbers do not add up"),
}


async def show_alerts(visit: Visit) -> Response:
    query = visit.query
    status = query.get("status", "open")
    stores = await visit.ask(all_stores)
    store = query.get("store") if query.get("store") in {each.code for each in stores} else None
    kind = query.get("kind") if query.get("kind") in KINDS else None
    wanted = AlertFilter(status if status in STATUSES else None, kind, store)
    page = await visit.ask(views.list_alerts, wanted, clock.now(), ROWS, query.get("cursor") or None)
    kept = {name: value for name, value in query.items() if name != "cursor" and value}
    after = urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else None
    return await visit.page(
        "alerts.html",
        page=page,
        wanted=wanted,
        stores=stores,
        statuses=STATUSES,
        kinds=KINDS,
        snoozes=SNOOZES,
        next_query=after,
        kept=kept,
    )


async def act_on_alert(visit: Visit, alert: str) -> Response:
    """Acknowledge, snooze or assign; which one is in the form."""
    command, told = _step(visit, alert)
    await visit.perform(command)
    return visit.see(path_within(visit.form["next"]), told)


def _step(visit: Visit, alert: str) -> tuple[Any, str]:
    form = visit.form
    if form["step"] == "acknowledge":
        return AcknowledgeAlert(alert), visit.gettext("Acknowledged.")
    if form["step"] == "snooze" and form["hours"] in SNOOZES:
        until = clock.as_datetime(clock.now()) + timedelta(hours=int(form["hours"]))
        told = visit.gettext("Snoozed until %(moment)s.") % {"moment": visit.words.short(until)}
        return SnoozeAlert(alert, clock.as_microseconds(until)), told
    if form["step"] == "assign":
        to = body(AssignBody, {"to": form["to"]}).to
        return AssignAlert(alert, to), visit.gettext("Assigned to %(name)s.") % {"name": to}
    raise ValidationFailed(("step", "Acknowledge, snooze or assign."))
