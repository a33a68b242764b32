"""Webhooks as answers, and what waits for the worker. A secret is in none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Table, func, select, tuple_

from onhand.clock import as_datetime
from onhand.db.catalog import looks_like_id
from onhand.db.schema import events, movements, stores, variants
from onhand.db.webhooks import deliveries, webhooks
from onhand.rows import Delivery, Movement, Webhook
from onhand.trade.webhooks import DeliveryNotFound, WebhookNotFound
from onhand.views.envelopes import CloudEvent, Envelope, in_envelope
from onhand.views.events import EventAnswer, EventFilter, moved_answer, told_answer
from onhand.views.names import store_codes
from onhand.views.pages import Page, after, page


@dataclass(slots=True)
class WebhookAnswer:
    """A receiver of events. `position` is the place in the feed up to which everything was tried."""

    id: str
    url: str
    events: list[str]
    stores: list[str]
    ordered: bool
    format: Envelope
    status: str
    reason: str | None
    position: int
    waiting: int
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class DeliveryAttempt:
    """One call: what was answered, or why nothing was, and how long it took."""

    at: datetime
    status: int | None
    error: str | None
    latency_ms: int
    response: str


@dataclass(slots=True)
class DeliveryAnswer:
    """One event for one webhook. Its id is the event's place in the feed; `payload` is what is sent."""

    id: str
    webhook_id: str
    event_id: str
    type: str
    subject: str
    status: str
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    reason: str | None
    attempts: list[DeliveryAttempt]
    payload: EventAnswer | CloudEvent | None


class DueDelivery(NamedTuple):
    """An event that is to be told again, and how often it was tried."""

    event: EventAnswer
    attempts: int


# ── For people ──────────────────────────────────────────────────────────────────────────────────────────────────────


def webhook_answer(webhook: Webhook, codes: Mapping[str, str], waiting: int = 0) -> WebhookAnswer:
    """`codes`: store id → store code."""
    return WebhookAnswer(
        id=webhook.id,
        url=webhook.url,
        events=webhook.events.split() if webhook.events else ["*"],
        stores=[codes.get(store, store) for store in webhook.stores.split()] if webhook.stores else [],
        ordered=bool(webhook.ordered),
        format="cloudevents" if webhook.format == "cloudevents" else "onhand",
        status=webhook.status,
        reason=webhook.reason,
        position=webhook.position,
        waiting=waiting,
        failing_since=as_datetime(webhook.failing_since),
        created_at=as_datetime(webhook.created_at),
        updated_at=as_datetime(webhook.updated_at),
    )


def list_webhooks(connection: Connection, limit: int, cursor: str | None) -> Page[WebhookAnswer]:
    """All that are not deleted, oldest first."""
    columns = (webhooks.c.created_at, webhooks.c.id)
    statement = select(webhooks).where(webhooks.c.status != "deleted")
    if cursor:
        statement = statement.where(after(cursor, columns, descending=False))
    found = [Webhook._make(row) for row in connection.execute(statement.order_by(*columns).limit(limit + 1))]
    codes = store_codes(connection)
    waiting = _waiting(connection, [webhook.id for webhook in found])
    return page(
        found,
        limit,
        lambda webhook: (webhook.created_at, webhook.id),
        lambda webhook: webhook_answer(webhook, codes, waiting.get(webhook.id, 0)),
    )


def find_webhook(connection: Connection, reference: str) -> WebhookAnswer:
    """The webhook of that id. Raises WebhookNotFound."""
    webhook = find_row(connection, reference)
    waiting = _waiting(connection, [webhook.id])
    return webhook_answer(webhook, store_codes(connection), waiting.get(webhook.id, 0))


def find_row(connection: Connection, reference: str) -> Webhook:
    """Raises WebhookNotFound."""
    wanted = select(webhooks).where(webhooks.c.id == reference, webhooks.c.status != "deleted")
    row = connection.execute(wanted).first() if looks_like_id(reference) else None
    if row is None:
        raise WebhookNotFound(reference)
    return Webhook._make(row)


def list_deliveries(
    connection: Connection, reference: str, state: str | None, limit: int, cursor: str | None
) -> Page[DeliveryAnswer]:
    """What became of the events of a webhook, newest first. Raises WebhookNotFound."""
    webhook = find_row(connection, reference)
    conditions: list[ColumnElement[bool]] = [deliveries.c.webhook_id == webhook.id]
    if state is not None:
        conditions.append(deliveries.c.state == state)
    columns = (deliveries.c.position,)
    if cursor:
        conditions.append(after(cursor, columns, descending=True))
    statement = select(deliveries).where(*conditions).order_by(deliveries.c.position.desc()).limit(limit + 1)
    found = [Delivery._make(row) for row in connection.execute(statement)]
    told = events_of(connection, {delivery.position: delivery.event_id for delivery in found})
    return page(found, limit, lambda each: (each.position,), lambda each: _answer(each, webhook, told))


def find_delivery(connection: Connection, reference: str, position: int) -> DeliveryAnswer:
    """Raises WebhookNotFound, DeliveryNotFound."""
    webhook = find_row(connection, reference)
    wanted = select(deliveries).where(deliveries.c.webhook_id == webhook.id, deliveries.c.position == position)
    row = connection.execute(wanted).first()
    if row is None:
        raise DeliveryNotFound(str(position))
    delivery = Delivery._make(row)
    return _answer(delivery, webhook, events_of(connection, {position: delivery.event_id}))


def _answer(delivery: Delivery, webhook: Webhook, told: Mapping[int, EventAnswer]) -> DeliveryAnswer:
    event = told.get(delivery.position)
    envelope: Envelope = "cloudevents" if webhook.format == "cloudevents" else "onhand"
    return DeliveryAnswer(
        id=str(delivery.position),
        webhook_id=delivery.webhook_id,
        event_id=delivery.event_id,
        type=delivery.type,
        subject=delivery.subject,
        status=delivery.state,
        next_attempt_at=as_datetime(delivery.next_at),
        delivered_at=as_datetime(delivery.delivered_at),
        reason=delivery.reason,
        attempts=[
            DeliveryAttempt(
                as_datetime(each["at"]), each["status"], each["error"], each["latency_ms"], each["response"]
            )
            for each in orjson.loads(delivery.log)
        ],
        payload=None if event is None else in_envelope(event, envelope),
    )


def delivered_again(found: DeliveryAnswer, delivery: Delivery) -> DeliveryAnswer:
    """The answer, as the delivery is now."""
    return replace(found, status=delivery.state, next_attempt_at=as_datetime(delivery.next_at), reason=delivery.reason)


def _waiting(connection: Connection, webhook_ids: Sequence[str]) -> dict[str, int]:
    counted = select(deliveries.c.webhook_id, func.count()).where(
        deliveries.c.webhook_id.in_(webhook_ids), deliveries.c.state == "waiting"
    )
    return {row[0]: row[1] for row in connection.execute(counted.group_by(deliveries.c.webhook_id))}


# ── For the worker ──────────────────────────────────────────────────────────────────────────────────────────────────


def all_webhook_ids(connection: Connection) -> tuple[str, ...]:
    """Deleted ones too."""
    return tuple(connection.execute(select(webhooks.c.id).order_by(webhooks.c.id)).scalars())


def enabled_webhooks(connection: Connection) -> list[Webhook]:
    return [Webhook._make(row) for row in connection.execute(select(webhooks).where(webhooks.c.status == "enabled"))]


def wanted_by(webhook: Webhook) -> EventFilter:
    """What of the feed is for it: what its filters name, and what is told to it alone."""
    types = tuple((webhook.events or "").split())
    return EventFilter(types, None, tuple((webhook.stores or "").split()), webhook.id)


def due_deliveries(connection: Connection, webhook: Webhook, now: int, at_most: int) -> list[DueDelivery]:
    """What was tried before and is to be tried again by now, oldest events first."""
    d = deliveries.c
    question = select(d.position, d.event_id, d.attempts).where(
        d.webhook_id == webhook.id, d.state == "waiting", d.next_at <= now, d.position <= webhook.position
    )
    found = connection.execute(question.order_by(d.position).limit(at_most)).all()
    told = events_of(connection, {row.position: row.event_id for row in found})
    return [DueDelivery(told[row.position], row.attempts) for row in found if row.position in told]


def blocked_subjects(connection: Connection, webhook: Webhook, now: int) -> dict[str, int]:
    """Subjects of which an event waits for its next try, and until when."""
    d = deliveries.c
    waiting = select(d.subject, func.max(d.next_at)).where(
        d.webhook_id == webhook.id, d.state == "waiting", d.next_at > now, d.position <= webhook.position
    )
    return {row[0]: row[1] for row in connection.execute(waiting.group_by(d.subject))}


def next_due(connection: Connection, webhook_id: str) -> int | None:
    d = deliveries.c
    soonest = select(func.min(d.next_at)).where(d.webhook_id == webhook_id, d.state == "waiting")
    return connection.execute(soonest).scalar()


def events_of(connection: Connection, ids: Mapping[int, str]) -> dict[int, EventAnswer]:
    """The events of these ids, by the places at which they stand. An id names its row."""
    told = {_told_id(id_): position for position, id_ in ids.items() if not id_.startswith("level/")}
    moved = {_level_id(id_): position for position, id_ in ids.items() if id_.startswith("level/")}
    found: dict[int, EventAnswer] = {}
    if told:
        for event in connection.execute(select(events).where(_is_one_of(events, 2, list(told)))):
            position = told[(event.subject, event.seq)]
            found[position] = told_answer(position, event)
    if moved:
        question = (
            select(stores.c.code, variants.c.sku, movements)
            .join(stores, stores.c.id == movements.c.store_id)
            .join(variants, variants.c.id == movements.c.variant_id)
        )
        for code, sku, *row in connection.execute(question.where(_is_one_of(movements, 3, list(moved)))):
            movement = Movement._make(row)
            position = moved[movement[:3]]
            found[position] = moved_answer(position, code, sku, movement)
    return found


def _is_one_of(table: Table, width: int, keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    return tuple_(*list(table.columns)[:width]).in_(keys)


def _told_id(id_: str) -> tuple[str, int]:
    subject, _, seq = id_.rpartition("/")
    return subject, int(seq)


def _level_id(id_: str) -> tuple[str, str, int]:
    _, store_id, variant_id, version = id_.split("/")
    return store_id, variant_id, int(version)
