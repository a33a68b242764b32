"""Webhooks: receivers of events, and what became of each telling. The calls themselves are the worker's.

A webhook has a place in the feed. Events up to that place were tried and have a delivery; events beyond it wait in the
feed, without a row of their own. So writing an event costs nothing for a webhook, and nothing is lost however long a
receiver is away. A delivery that fails is tried nine times more, over about three days. A receiver that took nothing in
all that time is retired.

enabled → disabled (by hand, or the receiver said 410 Gone) | retired → enabled;   any → deleted
waiting → delivered | dead → waiting (sent again by hand)
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Delivery, Webhook
from onhand.trade import alerts, catalog
from onhand.trade.durations import HOUR
from onhand.trade.errors import Conflict, Forbidden, InvalidTransition, NotFound
from onhand.trade.events import TESTED

# The schedule that Standard Webhooks suggests: at once, then after these, which add up to a little over three days.
RETRY_AFTER_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
FORMER_SECRET_HOURS = 24
MOST_LOGGED = 20


class WebhookNotFound(NotFound):
    code, title, noun = "webhook_not_found", "Webhook not found", "webhook"


class DeliveryNotFound(NotFound):
    code, title, noun = "delivery_not_found", "Delivery not found", "delivery"


class UrlRefused(Conflict):
    """The URL is none that the service may call."""

    status = 422
    code, title = "url_refused", "URL refused"


class DeliveredByAnother(Conflict):
    """Somebody else has moved the webhook on: another worker, or a person who replays it."""

    code, title = "delivered_by_another", "Delivered by another"


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class CreateWebhook(NamedTuple):
    """`position` is the place in the feed after which it is told."""

    url: str
    secret: str
    position: int
    events: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    ordered: bool = False
    format: str = "onhand"


def needs_to_create_webhook(command: CreateWebhook) -> Needs:
    return Needs(stores=command.stores)


def create_webhook(books: Books, command: CreateWebhook, actor: Actor) -> Webhook:
    _permit(actor)
    created: Webhook = books.shelves[Webhook].put(
        Webhook(
            id=books.new_id(),
            url=command.url,
            events=" ".join(command.events) or None,
            stores=_store_ids(books, command.stores),
            ordered=int(command.ordered),
            format=command.format,
            status="enabled",
            reason=None,
            secret=command.secret,
            former_secret=None,
            former_until=None,
            since=command.position,
            position=command.position,
            failing_since=None,
            actor=actor.name,
            created_at=books.now,
            updated_at=books.now,
            told=0,
        )
    )
    return created


class ChangeWebhook(NamedTuple):
    """None leaves a value as it is. `format` and filters hold for what was not tried yet."""

    webhook: str
    url: str | None = None
    events: tuple[str, ...] | None = None
    stores: tuple[str, ...] | None = None
    ordered: bool | None = None
    format: str | None = None


def needs_to_change_webhook(command: ChangeWebhook) -> Needs:
    return Needs(stores=command.stores or (), webhooks=(command.webhook,))


def change_webhook(books: Books, command: ChangeWebhook, actor: Actor) -> Webhook:
    webhook = _find(books, command.webhook, actor)
    changes: dict[str, Any] = {}
    if command.url is not None:
        changes["url"] = command.url
    if command.format is not None:
        changes["format"] = command.format
    if command.events is not None:
        changes["events"] = " ".join(command.events) or None
    if command.stores is not None:
        changes["stores"] = _store_ids(books, command.stores)
    if command.ordered is not None:
        changes["ordered"] = int(command.ordered)
    return _put(books, webhook, since=webhook.position, **changes)


class OfWebhook(NamedTuple):
    """Commands that only name a webhook."""

    webhook: str


class RotateSecret(NamedTuple):
    """The former secret signs beside the new one for a day."""

    webhook: str
    secret: str


class DeleteWebhook(OfWebhook):
    """It is told nothing any more, and shown nowhere. Again: the same answer."""


class DisableWebhook(OfWebhook):
    """It is told nothing until it is enabled. Again: the same answer."""


class EnableWebhook(OfWebhook):
    """It is told from where it stopped on. Again: the same answer."""


class TellTest(OfWebhook):
    """Tell it something that only it is told."""


class ReplayWebhook(NamedTuple):
    """Tell everything after a place once more, under the same ids."""

    webhook: str
    position: int


class ResendDelivery(NamedTuple):
    """Tell one event once more, now."""

    webhook: str
    position: int


def needs_of_webhook(command: Any) -> Needs:
    return Needs(webhooks=(command.webhook,), raises=())


def rotate_secret(books: Books, command: RotateSecret, actor: Actor) -> Webhook:
    webhook = _find(books, command.webhook, actor)
    until = books.now + FORMER_SECRET_HOURS * HOUR
    return _put(books, webhook, secret=command.secret, former_secret=webhook.secret, former_until=until)


def delete_webhook(books: Books, command: DeleteWebhook, actor: Actor) -> Webhook:
    _permit(actor)
    webhook: Webhook | None = books.shelves[Webhook].get(command.webhook)
    if webhook is None:
        raise WebhookNotFound(command.webhook)
    return webhook if webhook.status == "deleted" else _put(books, webhook, status="deleted")


def disable_webhook(books: Books, command: DisableWebhook, actor: Actor) -> Webhook:
    webhook = _find(books, command.webhook, actor)
    if webhook.status != "enabled":
        return webhook
    return _tell(books, webhook, "disabled", actor, reason="Disabled by hand.")


def enable_webhook(books: Books, command: EnableWebhook, actor: Actor) -> Webhook:
    webhook = _find(books, command.webhook, actor)
    if webhook.status == "enabled":
        return webhook
    alerts.close_alert(books, "failed_webhook", f"webhook/{webhook.id}", {"url": webhook.url})
    return _tell(books, webhook, "enabled", actor, reason=None, failing_since=None)


def tell_test(books: Books, command: TellTest, actor: Actor) -> Webhook:
    webhook = _find(books, command.webhook, actor)
    _must_be_enabled(webhook, "test")
    seq = webhook.told + 1
    books.tell(f"webhook/{webhook.id}", seq, TESTED, actor, {"url": webhook.url})
    return _put(books, webhook, told=seq)


def replay_webhook(books: Books, command: ReplayWebhook, actor: Actor) -> Webhook:
    """Also from before the webhook was made."""
    webhook = _find(books, command.webhook, actor)
    _must_be_enabled(webhook, "replay")
    position = min(command.position, webhook.position)
    return _put(books, webhook, position=position, since=min(webhook.since, position))


def needs_to_resend(command: ResendDelivery) -> Needs:
    return Needs(webhooks=(command.webhook,), deliveries=((command.webhook, command.position),), raises=())


def resend_delivery(books: Books, command: ResendDelivery, actor: Actor) -> Delivery:
    webhook = _find(books, command.webhook, actor)
    _must_be_enabled(webhook, "send again to")
    delivery: Delivery | None = books.shelves[Delivery].get((webhook.id, command.position))
    if delivery is None:
        raise DeliveryNotFound(str(command.position))
    again: Delivery = books.shelves[Delivery].put(
        delivery._replace(state="waiting", attempts=0, next_at=books.now, reason=None, updated_at=books.now)
    )
    return again


# ── By the worker ───────────────────────────────────────────────────────────────────────────────────────────────────


class Attempt(NamedTuple):
    """What came of trying to tell one event.

    `outcome`: delivered, failed, gone (the receiver wants no more), or behind (not tried, for its subject has to wait
    for an earlier event). `next_at` is when to try again, if it failed or is behind; `log` says what was seen.
    """

    position: int
    event_id: str
    subject: str
    type: str
    outcome: str
    at: int
    next_at: int
    log: Mapping[str, Any] | None = None


class RecordAttempts(NamedTuple):
    """What came of a round. `seen` and `reached` are the webhook's places before and after, of new events."""

    webhook: str
    seen: int
    reached: int
    attempts: tuple[Attempt, ...]


def needs_to_record(command: RecordAttempts) -> Needs:
    keys = tuple((command.webhook, attempt.position) for attempt in command.attempts)
    return Needs(webhooks=(command.webhook,), deliveries=keys, raises=())


def record_attempts(books: Books, command: RecordAttempts, actor: Actor) -> Webhook:
    webhook: Webhook | None = books.shelves[Webhook].get(command.webhook)
    if webhook is None:
        raise WebhookNotFound(command.webhook)
    if webhook.position != command.seen:
        raise DeliveredByAnother("The webhook is at another place by now.", position=webhook.position)
    for attempt in command.attempts:
        webhook = _record(books, webhook, attempt, actor)
    changed: Webhook = books.shelves[Webhook].put(webhook._replace(position=command.reached))
    return changed


def _record(books: Books, webhook: Webhook, attempt: Attempt, actor: Actor) -> Webhook:
    key = (webhook.id, attempt.position)
    before: Delivery | None = books.shelves[Delivery].get(key)
    fresh = Delivery(
        *key, attempt.event_id, attempt.subject, attempt.type, "waiting", 0, attempt.at, None, None, "[]", books.now, 0
    )
    delivery = (before or fresh)._replace(updated_at=books.now)
    if attempt.outcome == "behind":
        books.shelves[Delivery].put(delivery._replace(state="waiting", next_at=attempt.next_at, reason=None))
        return webhook
    # A replay tells what was settled: its schedule begins again.
    tried = 1 + (delivery.attempts if delivery.state == "waiting" else 0)
    log = [*json.loads(delivery.log), {"at": attempt.at, **(attempt.log or {})}][-MOST_LOGGED:]
    delivery = delivery._replace(attempts=tried, log=json.dumps(log), next_at=None, reason=None)
    if attempt.outcome == "delivered":
        books.shelves[Delivery].put(delivery._replace(state="delivered", delivered_at=attempt.at))
        return webhook._replace(failing_since=None)
    failing_since = webhook.failing_since or attempt.at
    webhook = webhook._replace(failing_since=failing_since)
    if attempt.outcome == "gone":
        reason = "The receiver answered 410 Gone."
        books.shelves[Delivery].put(delivery._replace(state="dead", reason=reason))
        return _end(books, webhook, "disabled", reason, actor)
    if tried <= len(RETRY_AFTER_SECONDS):
        books.shelves[Delivery].put(delivery._replace(state="waiting", next_at=attempt.next_at))
        return webhook
    said = (attempt.log or {}).get("error") or f"the receiver answered {(attempt.log or {}).get('status')}"
    books.shelves[Delivery].put(delivery._replace(state="dead", reason=f"Given up after {tried} attempts: {said}"))
    if failing_since > log[-tried]["at"]:
        return webhook  # It has taken something in the meantime: this one event is what it cannot take.
    reason = f"It took nothing for days; the last time, {said}"
    if webhook.status == "enabled":
        told = {"url": webhook.url, "reason": reason}
        alerts.open_alert(books, "failed_webhook", f"webhook/{webhook.id}", told)
    return _end(books, webhook, "retired", reason, actor)


# ── What the verbs share ────────────────────────────────────────────────────────────────────────────────────────────


def _permit(actor: Actor) -> None:
    if actor.stores is not None:
        raise Forbidden("A key that is bound to stores may not change webhooks.")


def _find(books: Books, reference: str, actor: Actor) -> Webhook:
    _permit(actor)
    webhook: Webhook | None = books.shelves[Webhook].get(reference)
    if webhook is None or webhook.status == "deleted":
        raise WebhookNotFound(reference)
    return webhook


def _must_be_enabled(webhook: Webhook, deed: str) -> None:
    if webhook.status != "enabled":
        raise InvalidTransition(
            f"Cannot {deed} a webhook that is {webhook.status}", present=webhook.status, wanted="enabled"
        )


def _store_ids(books: Books, references: tuple[str, ...]) -> str | None:
    return " ".join(catalog.store(books, reference).id for reference in references) or None


def _put(books: Books, webhook: Webhook, **changes: Any) -> Webhook:
    changed: Webhook = books.shelves[Webhook].put(webhook._replace(updated_at=books.now, **changes))
    return changed


def _end(books: Books, webhook: Webhook, status: str, reason: str, actor: Actor) -> Webhook:
    return _tell(books, webhook, status, actor, reason=reason) if webhook.status == "enabled" else webhook


def _tell(books: Books, webhook: Webhook, status: str, actor: Actor, *, reason: str | None, **more: Any) -> Webhook:
    seq = webhook.told + 1
    told = {
        "url": webhook.url,
        "from": webhook.status,
        "to": status,
        "reason": reason,
        "failing_since_at": webhook.failing_since,
    }
    books.tell(f"webhook/{webhook.id}", seq, f"webhook.{status}", actor, told)
    return _put(books, webhook, status=status, reason=reason, told=seq, **more)
