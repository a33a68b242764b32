"""Settings: webhooks, what became of each telling, and telling it again."""

from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from onhand.api.problems import RouteNotFound
from onhand.api.secrets import hash_of, new_webhook_secret
from onhand.api.webhooks import WebhookBody, WebhookChangeBody, patterns_of
from onhand.console.forms import body
from onhand.console.marks import N_
from onhand.console.visit import Visit
from onhand.trade import webhooks
from onhand.trade.errors import Refusal
from onhand.trade.webhooks import DeliveryNotFound
from onhand.views import webhooks as views
from onhand.views.events import last_position
from onhand.views.grid import all_stores
from onhand.views.pages import Page
from onhand.worker.addresses import check_url

ROWS = 50
STATES = ("waiting", "delivered", "dead")


class Step(NamedTuple):
    """What can be done with a webhook by a click."""

    words: str
    command: Callable[[str], Any]
    told: str


STEPS = {
    "test": Step(N_("Send a test"), webhooks.TellTest, N_("A test is on its way: look at the deliveries.")),
    "enable": Step(
        N_("Switch on"), webhooks.EnableWebhook, N_("Switched on: events go out again from where they stopped.")
    ),
    "disable": Step(N_("Switch off"), webhooks.DisableWebhook, N_("Switched off: events wait, and none is lost.")),
    "delete": Step(N_("Delete"), webhooks.DeleteWebhook, N_("The webhook is deleted.")),
}


async def show_webhooks(visit: Visit, refusal: Refusal | None = None) -> Response:
    return await visit.page(
        "webhooks.html",
        refusal,
        page=await visit.ask(views.list_webhooks, ROWS, visit.query.get("cursor") or None),
        stores=await visit.ask(all_stores),
        typed=visit.form if refusal else None,
    )


def _values(visit: Visit) -> dict[str, Any]:
    form = visit.form
    return {
        "url": form["url"],
        "events": form["events"].replace(",", " ").split(),
        "stores": form.all("stores"),
        "ordered": bool(form["ordered"]),
        "format": form["format"],
    }


async def create_webhook(visit: Visit) -> Response:
    """The answer is the webhook's page itself, because it alone can show the secret: sent again, it no longer does."""
    secret = new_webhook_secret()
    try:
        sent = body(WebhookBody, _values(visit))
        await _check(visit, sent.url)
        command = webhooks.CreateWebhook(
            url=sent.url,
            secret=secret,
            position=await visit.ask(last_position),
            events=patterns_of(sent.events) or (),
            stores=tuple(sent.stores or ()),
            ordered=sent.ordered,
            format=sent.format,
        )
        kept = await visit.perform(command, _of_secret(secret))
    except Refusal as refusal:
        return await show_webhooks(visit, refusal)
    return await _page(visit, kept["id"], secret=secret if kept["shown"] == _mark(secret) else None)


def _of_secret(secret: str) -> Callable[[Any], dict[str, str]]:
    """What is kept of an answer with a secret: enough to know it again, and not the secret."""
    return lambda webhook: {"id": webhook.id, "shown": _mark(secret)}


def _mark(secret: str) -> str:
    return hash_of(secret.encode())


async def _check(visit: Visit, url: str) -> None:
    await run_in_threadpool(check_url, url, allow_private=visit.office.desk.settings.webhook_allow_private)


# ── One ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_webhook(visit: Visit, webhook: str) -> Response:
    return await _page(visit, webhook)


async def _page(visit: Visit, webhook: str, refusal: Refusal | None = None, secret: str | None = None) -> Response:
    """A webhook and its deliveries, newest first."""
    found = await visit.ask(views.find_webhook, webhook)
    state = visit.query.get("status") if visit.query.get("status") in STATES else None
    cursor = visit.query.get("cursor") or None
    deliveries: Page[Any] = await visit.ask(views.list_deliveries, found.id, state, ROWS, cursor)
    return await visit.page(
        "webhook.html",
        refusal,
        webhook=found,
        deliveries=deliveries,
        state=state,
        states=STATES,
        stores=await visit.ask(all_stores),
        steps=STEPS,
        secret=secret,
        typed=visit.form if refusal else None,
    )


async def change_webhook(visit: Visit, webhook: str) -> Response:
    """The form shows all of it, so what is left empty there means: all events, all stores."""
    try:
        sent = body(WebhookChangeBody, _values(visit))
        await _check(visit, sent.url or "")
        stores = tuple(sent.stores or ())
        events = patterns_of(sent.events)
        await visit.perform(webhooks.ChangeWebhook(webhook, sent.url, events, stores, sent.ordered, sent.format))
    except Refusal as refusal:
        return await _page(visit, webhook, refusal)
    return visit.see(f"/console/webhooks/{webhook}", visit.gettext("Saved."))


async def rotate_secret(visit: Visit, webhook: str) -> Response:
    """Shows the new secret, once. Messages are signed with both for a day."""
    secret = new_webhook_secret()
    kept = await visit.perform(webhooks.RotateSecret(webhook, secret), _of_secret(secret))
    if kept["shown"] != _mark(secret):
        return visit.see(f"/console/webhooks/{webhook}", visit.gettext("The secret was changed and shown before."))
    return await _page(visit, webhook, secret=secret)


async def take_step(visit: Visit, webhook: str, step: str) -> Response:
    if step not in STEPS:
        raise RouteNotFound(visit.request.url.path)
    await visit.perform(STEPS[step].command(webhook))
    place = "/console/webhooks" if step == "delete" else f"/console/webhooks/{webhook}"
    return visit.see(place, visit.gettext(STEPS[step].told))


async def resend(visit: Visit, webhook: str, delivery: str) -> Response:
    """Tell one event again, now."""
    if not (delivery.isascii() and delivery.isdigit() and len(delivery) < 19):
        raise DeliveryNotFound(delivery)
    await visit.perform(webhooks.ResendDelivery(webhook, int(delivery)))
    return visit.see(f"/console/webhooks/{webhook}", visit.gettext("It is sent again, under the same id."))
