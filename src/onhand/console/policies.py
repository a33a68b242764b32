"""Settings that the server was started with: the shop's policies; and the duties that its worker does by itself."""

from typing import Any

from starlette.responses import Response

from onhand import clock
from onhand.api.mails import ResendBody
from onhand.config import PREFIX
from onhand.console.forms import body
from onhand.console.marks import N_
from onhand.console.visit import Visit
from onhand.trade.mail import ResendMail
from onhand.views.duties import last_runs
from onhand.views.mails import list_mails
from onhand.worker.duty import DutyAnswer, duty_answer
from onhand.worker.schedule import schedule

ROWS = 50
# What each setting means, by group. Of secrets it is only told whether there are any.
POLICIES = {
    N_("Orders"): {
        "hold_minutes": N_("An unpaid order keeps its stock for"),
        "hold_minutes_max": N_("A caller may ask for a hold of at most"),
        "currency": N_("Currency of products that name none"),
        "sourcing": N_("Stores are chosen by"),
        "transit_days": N_("Working days on the way to a customer"),
        "expire_every_seconds": N_("Overdue holds are ended every"),
    },
    N_("Payments"): {
        "payment_window_minutes": N_("A pending payment keeps the stock for"),
        "on_payment_failed": N_("When a payment fails"),
        "on_late_payment": N_("When it is paid after the stock has gone"),
        "payhere_merchant_secret": N_("Callbacks of PayHere are accepted"),
        "stripe_webhook_secrets": N_("Callbacks of Stripe are accepted"),
        "callback_secrets": N_("Callbacks of other providers are accepted"),
    },
    N_("Notifications"): {
        "smtp_url": N_("Mail is sent"),
        "mail_from": N_("Mail comes from"),
        "mail_digest_hour": N_("Daily mails go out from this hour on (UTC)"),
        "webhook_timeout_seconds": N_("The receiver of a webhook may take"),
        "webhook_allow_private": N_("Webhooks may call private addresses"),
        "broker_url": N_("Events are published to a broker"),
        "logs_kept_days": N_("Days that deliveries and mails are kept"),
    },
    N_("The server"): {
        "workers": N_("Server processes"),
    },
}
SECRET = ("payhere_merchant_secret", "stripe_webhook_secrets", "callback_secrets", "smtp_url", "broker_url")
CHOICES = {
    "fewest_splits": N_("the fewest parcels"),
    "priority": N_("the stores' priority"),
    "nearest": N_("the nearest store"),
    "most_stock": N_("the most stock"),
    "release": N_("its stock goes back on sale"),
    "keep": N_("it keeps its stock until the hold runs out"),
    "review": N_("somebody decides"),
    "refund": N_("the money is due to go back"),
    "backorder": N_("the order waits for stock"),
    "substitute": N_("something else is sent instead"),
}


async def show_policies(visit: Visit) -> Response:
    settings = visit.office.desk.settings
    groups = {
        group: [
            (what, _how(visit, name, getattr(settings, name)), PREFIX + name.upper()) for name, what in rows.items()
        ]
        for group, rows in POLICIES.items()
    }
    return await visit.page("policies.html", groups=groups)


def _how(visit: Visit, name: str, value: Any) -> str:
    if name in SECRET or isinstance(value, bool):
        return visit.gettext("yes") if value else visit.gettext("no")
    if name.endswith(("_minutes", "_minutes_max")):
        return visit.words.span(60 * value)
    if name.endswith("_seconds"):
        return visit.words.span(value)
    return visit.words.number(value) if isinstance(value, int) else visit.gettext(CHOICES.get(value, value))


async def show_duties(visit: Visit) -> Response:
    """What the worker does by itself, how the last run of each went, and the mails that nobody got."""
    runs, now = await visit.ask(last_runs), clock.now()
    duties = [duty_answer(duty, runs, now) for duty in schedule(visit.office.desk.settings)]
    failed = await visit.ask(list_mails, "failed", ROWS, visit.query.get("cursor") or None)
    return await visit.page("duties.html", duties=duties, state_of=_state, failed=failed)


async def resend_mail(visit: Visit) -> Response:
    sent = body(ResendBody, {"fact": visit.form["fact"], "recipient": visit.form["recipient"]})
    await visit.perform(ResendMail(sent.fact, sent.recipient))
    return visit.see("/console/duties", visit.gettext("It is sent again in a moment."))


def _state(duty: DutyAnswer) -> str:
    if duty.failures:
        return "failing"
    if duty.lag_seconds is None:
        return "never_done"
    return "overdue" if duty.lag_seconds else "on_time"
