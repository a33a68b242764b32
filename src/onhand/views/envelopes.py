"""What a fact looks like on its way out: as it stands in the feed, or in the envelope of CloudEvents 1.0."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from onhand.views.events import EventAnswer

Envelope = Literal["onhand", "cloudevents"]
SOURCE = "/api/events"


@dataclass(slots=True)
class CloudEvent:
    """An event in the JSON format of CloudEvents 1.0. `position`, `seq` and `actor` are extensions."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"]
    data: dict[str, Any]
    position: int
    seq: int
    actor: str


@dataclass(slots=True)
class EventFeed:
    """Events, oldest first. Ask for those after `next_after` next: it counts events that were not wanted, too."""

    data: list[EventAnswer | CloudEvent]
    next_after: int


def in_envelope(event: EventAnswer, envelope: Envelope) -> EventAnswer | CloudEvent:
    if envelope == "onhand":
        return event
    return CloudEvent(
        specversion="1.0",
        id=event.id,
        source=SOURCE,
        type=event.type,
        subject=event.subject,
        time=event.occurred_at,
        datacontenttype="application/json",
        data=event.data,
        position=event.position,
        seq=event.seq,
        actor=event.actor,
    )
