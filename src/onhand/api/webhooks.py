"""Webhooks over HTTP: who is told of events, and what became of each telling."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, Field

from onhand.api.answers import json_response
from onhand.api.bodies import example
from onhand.api.calls import Call
from onhand.api.events import known_types
from onhand.api.fields import Body, Moment, Reference
from onhand.api.idempotency import Rendering
from onhand.api.queries import PageQuery
from onhand.api.secrets import new_webhook_secret
from onhand.clock import as_microseconds
from onhand.rows import Webhook
from onhand.trade import webhooks
from onhand.trade.webhooks import DeliveryNotFound
from onhand.views import webhooks as views
from onhand.views.events import last_position, position_before
from onhand.views.names import store_codes
from onhand.views.webhooks import WebhookAnswer
from onhand.worker.addresses import check_url

WebhookRef = Annotated[str, Path(max_length=255, description="A webhook, by id")]
DeliveryRef = Annotated[str, Path(max_length=255, description="A delivery, by id: the event's place in the feed")]
Url = Annotated[
    str, Field(min_length=1, max_length=2_000, description="http or https", examples=["https://example.com/hooks"])
]
Pattern = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(known_types)]
Patterns = Annotated[
    list[Pattern],
    Field(max_length=100, description="Types of events; `order.*` is all that begin so; none: all of them"),
]
Stores = Annotated[
    list[Reference],
    Field(max_length=1_000, description="Only events of these stores; none: all of them"),
]
Ordered = Annotated[bool, Field(description="Tell the events of one subject one after the other, never out of order")]
Format = Annotated[Literal["onhand", "cloudevents"], Field(description="The envelope of each event")]


class WebhookBody(Body):
    model_config = example({"url": "https://example.com/hooks", "events": ["order.*", "stock.changed"]})

    url: Url
    events: Patterns | None = None
    stores: Stores | None = None
    ordered: Ordered = False
    format: Format = "onhand"


class WebhookChangeBody(Body):
    model_config = example({"events": ["order.*"]})

    url: Url | None = None
    events: Patterns | None = None
    stores: Stores | None = None
    ordered: Ordered | None = None
    format: Format | None = None


class ReplayBody(Body):
    model_config = example({"from": "2026-11-20T09:30:00Z"})

    from_: Moment = Field(alias="from", description="Everything told at this time or later is told again")


class DeliveryQuery(PageQuery):
    status: Literal["waiting", "delivered", "dead"] | None = None


@dataclass(slots=True)
class NewWebhookAnswer(WebhookAnswer):
    """A webhook with a new secret. It is shown this once: in a repeated answer it is null."""

    secret: str | None


async def create_webhook(call: Call, body: WebhookBody) -> Response:
    """Have events sent to a URL, from now on.

    Messages are signed as Standard Webhooks 1.0 says. The secret is shown once: the answer to a repeat leaves
    it out.
    """
    await _check(call, body.url)
    secret = new_webhook_secret()
    command = webhooks.CreateWebhook(
        url=body.url,
        secret=secret,
        position=await call.find(last_position),
        events=patterns_of(body.events) or (),
        stores=tuple(body.stores or ()),
        ordered=body.ordered,
        format=body.format,
    )
    return await _with_secret(call, command, secret, 201)


async def list_webhooks(call: Call, query: Annotated[PageQuery, Query()]) -> Response:
    """List webhooks, oldest first."""
    return await call.ask(views.list_webhooks, query.limit, query.cursor)


async def get_webhook(call: Call, webhook: WebhookRef) -> Response:
    """Look at a webhook."""
    return await call.ask(views.find_webhook, webhook)


async def change_webhook(call: Call, webhook: WebhookRef, body: WebhookChangeBody) -> Response:
    """Change a webhook: what is left out stays as it is."""
    if body.url is not None:
        await _check(call, body.url)
    stores = None if body.stores is None else tuple(body.stores)
    command = webhooks.ChangeWebhook(webhook, body.url, patterns_of(body.events), stores, body.ordered, body.format)
    return await _perform(call, command)


async def delete_webhook(call: Call, webhook: WebhookRef) -> Response:
    """Delete a webhook: it is told nothing any more.

    Again: the same answer.
    """
    return await _perform(call, webhooks.DeleteWebhook(webhook))


async def rotate_webhook_secret(call: Call, webhook: WebhookRef) -> Response:
    """Give a webhook a new secret, and show it this once.

    For a day messages are signed with both, so that the receiver can change over.
    """
    secret = new_webhook_secret()
    return await _with_secret(call, webhooks.RotateSecret(webhook, secret), secret, 200)


async def send_test_event(call: Call, webhook: WebhookRef) -> Response:
    """Tell a webhook something that only it is told (`webhook.test`): see its deliveries for what came of it."""
    return await _perform(call, webhooks.TellTest(webhook))


async def enable_webhook(call: Call, webhook: WebhookRef) -> Response:
    """Tell a webhook again, from where it stopped on.

    Again: the same answer.
    """
    return await _perform(call, webhooks.EnableWebhook(webhook))


async def disable_webhook(call: Call, webhook: WebhookRef) -> Response:
    """Tell a webhook nothing until it is enabled; nothing is lost.

    Again: the same answer.
    """
    return await _perform(call, webhooks.DisableWebhook(webhook))


async def replay_webhook(call: Call, webhook: WebhookRef, body: ReplayBody) -> Response:
    """Tell a webhook again everything since a time, under the same ids."""
    position = await call.find(position_before, as_microseconds(body.from_))
    return await _perform(call, webhooks.ReplayWebhook(webhook, position))


async def list_deliveries(call: Call, webhook: WebhookRef, query: Annotated[DeliveryQuery, Query()]) -> Response:
    """List what became of a webhook's events, newest first: payload, attempts, answers."""
    return await call.ask(views.list_deliveries, webhook, query.status, query.limit, query.cursor)


async def resend_delivery(call: Call, webhook: WebhookRef, delivery: DeliveryRef) -> Response:
    """Tell one event again, now, under the same id."""
    if not (delivery.isascii() and delivery.isdigit() and len(delivery) < 19):
        raise DeliveryNotFound(delivery)
    found = await call.find(views.find_delivery, webhook, int(delivery))
    return await call.perform(
        webhooks.ResendDelivery(webhook, int(delivery)), lambda again: views.delivered_again(found, again)
    )


async def _check(call: Call, url: str) -> None:
    await run_in_threadpool(check_url, url, allow_private=call.desk.settings.webhook_allow_private)


def patterns_of(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(dict.fromkeys(pattern for pattern in given if pattern != "*"))


async def _perform(call: Call, command: Any) -> Response:
    codes = await call.find(store_codes)
    return await call.perform(command, lambda webhook: views.webhook_answer(webhook, codes))


async def _with_secret(call: Call, command: Any, secret: str, status: int) -> Response:
    codes = await call.find(store_codes)

    def shown(webhook: Webhook, secret: str | None) -> NewWebhookAnswer:
        return NewWebhookAnswer(**asdict(views.webhook_answer(webhook, codes)), secret=secret)

    rendering = Rendering(call.instance, lambda webhook: shown(webhook, None), status)
    outcome = await call.submit(command, rendering.render)
    if isinstance(outcome, Webhook):
        return json_response(shown(outcome, secret), status)
    return rendering.response(outcome)
