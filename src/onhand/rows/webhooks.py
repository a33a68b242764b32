"""Who is told of events, and what became of each telling."""

from typing import NamedTuple


class Webhook(NamedTuple):
    """A receiver of events. `events` are patterns and `stores` ids, separated by spaces; none: all.

    `position` is the place in the feed up to which every event was tried; `since` is the place from which on its
    present filters hold and no delivery has been forgotten. `status` is enabled, disabled, retired or deleted. `told`
    counts the events about the webhook itself.
    """

    id: str
    url: str
    events: str | None
    stores: str | None
    ordered: int
    format: str
    status: str
    reason: str | None
    secret: str
    former_secret: str | None
    former_until: int | None
    since: int
    position: int
    failing_since: int | None
    actor: str
    created_at: int
    updated_at: int
    told: int


class Delivery(NamedTuple):
    """One event for one webhook: waiting with a next try, delivered, or dead with a reason.

    `attempts` counts those of the present schedule, `log` is JSON: the latest attempts, oldest first.
    """

    webhook_id: str
    position: int
    event_id: str
    subject: str
    type: str
    state: str
    attempts: int
    next_at: int | None
    delivered_at: int | None
    reason: str | None
    log: str
    created_at: int
    updated_at: int
