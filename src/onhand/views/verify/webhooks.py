"""Webhooks: for each event that one wants, up to its place, there is exactly one delivery, and none for any other."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from onhand.db.webhooks import deliveries, webhooks
from onhand.rows import Webhook
from onhand.views.events import EventAnswer, list_events
from onhand.views.verify.findings import Findings
from onhand.views.webhooks import wanted_by

AT_A_TIME = 500
# What these are of may come to be of more stores than when they were told: claims move. Their absence proves nothing.
_MOVES = ("order", "hold", "return")


def check_webhooks(findings: Findings, connection: Connection) -> None:
    """Invariant 13. The walk is along the feed, with the deliveries beside it in the same order."""
    told = deliveries.c
    for row in findings.read(select(webhooks).order_by(webhooks.c.id)):
        webhook = Webhook._make(row)
        rows = findings.read(
            select(told.position, told.event_id, told.state, told.attempts)
            .where(told.webhook_id == webhook.id)
            .order_by(told.position)
        )
        present = {position: (event_id, state, attempts) for position, event_id, state, attempts in rows}
        for position, (_, state, attempts) in present.items():
            findings.checked["13"] += 1
            if state != "waiting" and not attempts:
                findings.broke("13", f"webhook {webhook.id}", f"event {position} is {state}, and was never tried")
        for event in _wanted(connection, webhook):
            findings.checked["13"] += 1
            event_id = present.get(event.position, (None,))[0]
            if event_id is None and webhook.stores and event.subject.startswith(_MOVES):
                continue
            if event_id != event.id:
                findings.broke("13", f"webhook {webhook.id}", f"event {event.position} was told as {event_id}")


def _wanted(connection: Connection, webhook: Webhook) -> Iterator[EventAnswer]:
    """What it is to have been told, from where its present filters hold."""
    after: Any = webhook.since
    while True:
        page = list_events(connection, after, AT_A_TIME, wanted_by(webhook))
        for event in page.data:
            if event.position > webhook.position:
                return
            yield event
        if page.next_after == after or page.next_after >= webhook.position:
            return
        after = page.next_after
