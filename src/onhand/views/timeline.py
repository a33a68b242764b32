"""Everything that happened to something: its events and its movements, with actor and time, oldest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, select

from onhand.clock import as_datetime
from onhand.db.schema import events, movements, orders, stores, variants
from onhand.rows import Event, Movement
from onhand.views.events import with_times
from onhand.views.ledger import MovementAnswer, movement_answer
from onhand.views.orders import find_row


@dataclass(slots=True)
class TimelineEntry:
    """A fact, and the movements of stock that were recorded with it."""

    seq: int
    type: str
    at: datetime
    actor: str
    data: dict[str, Any]
    movements: list[MovementAnswer]


def timeline(connection: Connection, reference: str) -> list[TimelineEntry]:
    """The history of the order of that id or number. Raises OrderNotFound."""
    order = find_row(connection, reference)
    return history(connection, f"order/{order.id}", movements.c.order_id == order.id)


def history(connection: Connection, subject: str, belongs: ColumnElement[bool]) -> list[TimelineEntry]:
    """The events of a subject, each with those of the movements that belong to it which were recorded with it."""
    moved: dict[int, list[MovementAnswer]] = {}
    m = movements
    for row in connection.execute(
        select(m, variants.c.sku, stores.c.code, orders.c.number)
        .join(variants, variants.c.id == m.c.variant_id)
        .join(stores, stores.c.id == m.c.store_id)
        .outerjoin(orders, orders.c.id == m.c.order_id)
        .where(belongs)
        .order_by(m.c.recorded_at, m.c.store_id, m.c.variant_id, m.c.version)
    ):
        movement = Movement._make(row[:-3])
        moved.setdefault(movement.recorded_at, []).append(movement_answer(movement, row.sku, row.code, row.number))
    entries = []
    told = connection.execute(select(events).where(events.c.subject == subject).order_by(events.c.seq))
    for row in told:
        event = Event._make(row)
        entries.append(
            TimelineEntry(
                seq=event.seq,
                type=event.type,
                at=as_datetime(event.occurred_at),
                actor=event.actor,
                data=with_times(orjson.loads(event.data)),
                movements=moved.pop(event.occurred_at, []),  # A batch has one time, so the first fact of it has them.
            )
        )
    return entries
