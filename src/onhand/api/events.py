"""Everything that was told, over HTTP: the feed, the same as a stream, and the catalogue of types."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Header, Query, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from sqlalchemy import Connection

from onhand.api.answers import EventStream, json_response
from onhand.api.calls import Call
from onhand.api.fields import Reference
from onhand.trade.events import CATALOGUE, is_one_of
from onhand.views import events as views
from onhand.views.envelopes import EventFeed, in_envelope
from onhand.views.events import EventFilter, EventTypeAnswer
from onhand.views.names import store_id_of
from onhand.views.pages import DEFAULT_LIMIT, MOST_LIMIT

MOST_POSITION = 2**63 - 1
_PLACE = re.compile(r"[0-9]{1,19}")


def _position(value: object) -> object:
    """A query is text: only plain digits are a number."""
    if isinstance(value, str) and not _PLACE.fullmatch(value):
        raise ValueError("is not a place in the feed")
    return value


def known_types(named: str) -> str:
    """Raises ValueError."""
    for pattern in named.split(","):
        if not any(is_one_of(type_, [pattern]) for type_ in CATALOGUE):
            raise ValueError(f"{pattern!r} is no type of event: GET /api/events/types lists them")
    return named


Position = Annotated[int, Field(ge=0, le=MOST_POSITION, description="A place in the feed"), BeforeValidator(_position)]
Types = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1_000,
        description="Only these types, separated by commas; `order.*` is all that begin so",
        examples=["order.*,stock.changed"],
    ),
    AfterValidator(known_types),
]


class NarrowedQuery(BaseModel):
    type: Types | None = None
    subject: Reference | None = Field(
        None, description="Only what is told of this one", examples=["order/1001", "level/main/SNEAKER-RED-42"]
    )
    store: Reference | None = Field(None, description="Only events of this store, and of orders that it serves")
    format: Literal["onhand", "cloudevents"] = Field("onhand", description="The envelope of each event")

    def filter(self, connection: Connection) -> EventFilter:
        """What is wanted, with the store by id. Raises StoreNotFound."""
        stores = () if self.store is None else (store_id_of(connection, self.store),)
        return EventFilter(tuple(self.type.split(",")) if self.type else (), self.subject, stores)


class EventQuery(NarrowedQuery):
    after: Position = Field(0, description="The `next_after` of the page before; 0: from the beginning")
    limit: Annotated[int, Field(ge=1, le=MOST_LIMIT), BeforeValidator(_position)] = DEFAULT_LIMIT


class StreamQuery(NarrowedQuery):
    after: Position | None = Field(None, description="Begin after this place; null: with what comes now")


@dataclass(slots=True)
class EventTypes:
    data: list[EventTypeAnswer]


async def list_events(call: Call, query: Annotated[EventQuery, Query()]) -> Response:
    """List events, oldest first, from a place in the feed on.

    Never skips one: places are given after the commit, without gaps. Go on with `next_after`, also after a page without
    events.
    """

    def page(connection: Connection) -> EventFeed:
        found = views.list_events(connection, query.after, query.limit, query.filter(connection))
        return EventFeed([in_envelope(event, query.format) for event in found.data], found.next_after)

    return await call.ask(page)


async def list_event_types(call: Call) -> Response:
    """List the types of events, each with the JSON Schema of its data and an example."""
    return json_response(EventTypes(views.event_types()))


async def stream_events(
    call: Call,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[Any, Header(description="Where a broken stream goes on; browsers send it")] = None,
) -> Response:
    """Follow the feed as server-sent events.

    `id` is the place in the feed, `data` the event. A line of its own every 15 seconds at most keeps the connection; it
    moves the place on, too. Begins with what comes now, unless told where.
    """
    after = int(last_event_id) if _is_place(last_event_id) else query.after
    wanted = await call.find(query.filter)
    told = call.desk.tail.follow(after, wanted, query.format, call.caller.id, call.is_still_let_in)
    return EventStream(await told, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _is_place(given: Any) -> bool:
    return isinstance(given, str) and bool(_PLACE.fullmatch(given)) and int(given) <= MOST_POSITION
