"""The feed: everything that was told, in the order of its places (db/feed.py), from any place on.

`stock.changed` is not written twice: a movement is that event, read off the ledger. A page reads batches, which are
rows of their own, then only those of their facts that are wanted; a fact's place is its batch's, and its order within.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select, true

from onhand.clock import as_datetime
from onhand.db.catalog import looks_like_id
from onhand.db.schema import batches, counters, events, movements, orders, stores, variants
from onhand.rows import Movement
from onhand.trade.events import CATALOGUE, STOCK_CHANGED, TESTED, EventType, is_one_of
from onhand.trade.stock import EFFECTS
from onhand.views.event_stores import at_stores

CHUNK_OF_BATCHES = 100
CHUNK_OF_FACTS = 1_000
MOST_FACTS_READ = 20_000


@dataclass(slots=True)
class EventAnswer:
    """A fact, as it was told. `position` is its place in the feed, `seq` its number among those of its subject."""

    id: str
    position: int
    type: str
    subject: str
    seq: int
    occurred_at: datetime
    actor: str
    data: dict[str, Any]


@dataclass(slots=True)
class EventPage:
    """Events, oldest first. Ask for those after `next_after` next: it counts events that were not wanted, too."""

    data: list[EventAnswer]
    next_after: int


@dataclass(slots=True)
class EventTypeAnswer:
    """A type of event: what it says, the JSON Schema of its data, and a whole event as an example."""

    type: str
    description: str
    subject: str
    data_schema: dict[str, Any]
    example: dict[str, Any]


class EventFilter(NamedTuple):
    """What a reader wants: types (`order.*` is all of them; none: all), one subject, facts of these stores (ids).

    A `webhook` (id) is told of its own tests, whatever else it wants, and of no others.
    """

    types: Sequence[str] = ()
    subject: str | None = None
    stores: Sequence[str] = ()
    webhook: str | None = None


class _Place(NamedTuple):
    """Where the facts of a batch stand: from `position` on, events first."""

    position: int
    events: int
    movements: int

    @property
    def last(self) -> int:
        return self.position + self.events + self.movements - 1


def last_position(connection: Connection) -> int:
    """The place that was given last; 0 when nothing was told yet."""
    return int(connection.execute(select(counters.c.value).where(counters.c.name == "feed")).scalar_one())


def position_before(connection: Connection, at: int) -> int:
    """The place after which everything stands that was told at that time or later."""
    of_batches = select(func.min(batches.c.position)).where(batches.c.committed_at >= at, batches.c.position > 0)
    first = connection.execute(of_batches).scalar()
    return last_position(connection) if first is None else first - 1


def last_before(connection: Connection, at: int) -> int:
    """The place that came last before a time, by the clock of whoever told it; 0 when nothing was told by then."""
    b = batches.c
    told = select(b.position + b.events + b.movements - 1).where(b.committed_at < at, b.position > 0)
    return connection.execute(told.order_by(b.committed_at.desc()).limit(1)).scalar() or 0


def event_types() -> list[EventTypeAnswer]:
    return [_type_answer(listed) for listed in CATALOGUE.values()]


def list_events(connection: Connection, after: int, limit: int, wanted: EventFilter | None = None) -> EventPage:
    """At most `limit` events after a place. It reads `MOST_FACTS_READ` at most, so a page that is narrowed may be empty
    although its `next_after` has moved on.
    """
    wanted = _with_order_by_id(connection, wanted or EventFilter())
    found: list[EventAnswer] = []
    read = 0
    narrowed = wanted != EventFilter()
    while len(found) < limit and read < MOST_FACTS_READ:
        # Of a feed that is not narrowed, no more is read than is wanted: those who follow ask for few at a time.
        places = _places(connection, after, wanted, CHUNK_OF_FACTS if narrowed else limit - len(found))
        if not places:
            break
        facts, reached = _facts(connection, places, after, limit - len(found), wanted)
        found += facts
        after = found[-1].position if len(found) == limit else reached
        read += sum(place.events + place.movements for place in places)
    return EventPage(found, after)


def _with_order_by_id(connection: Connection, wanted: EventFilter) -> EventFilter:
    """An order may be named by its number, here as everywhere."""
    noun, _, reference = (wanted.subject or "").partition("/")
    if noun != "order" or looks_like_id(reference):
        return wanted
    order_id = connection.execute(select(orders.c.id).where(orders.c.number == reference)).scalar()
    return wanted._replace(subject=f"order/{order_id}")


# ── Batches ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _places(connection: Connection, after: int, wanted: EventFilter, facts_wanted: int) -> list[_Place]:
    """The next batches, up to so many facts; of a subject, only those in which it has facts."""
    question = select(batches.c.position, batches.c.events, batches.c.movements).where(batches.c.position > 0)
    if wanted.subject is not None:
        told = select(events.c.occurred_at).where(events.c.subject == wanted.subject)
        moved = select(movements.c.recorded_at).where(_is_level(connection, wanted.subject))
        times = moved if wanted.subject.startswith("level/") else told
        last = batches.c.position + batches.c.events + batches.c.movements - 1
        question = question.where(batches.c.committed_at.in_(times), last > after)
    else:
        within = select(func.max(batches.c.position)).where(batches.c.position.between(1, after + 1))
        question = question.where(batches.c.position >= func.coalesce(within.scalar_subquery(), 1))
    places: list[_Place] = []
    facts = 0
    for row in connection.execute(question.order_by(batches.c.position).limit(CHUNK_OF_BATCHES)):
        place = _Place(*row)
        if place.last > after and facts < facts_wanted:
            places.append(place)
            facts += place.last - max(after, place.position - 1)
    return places


def _facts(
    connection: Connection, places: Sequence[_Place], after: int, limit: int, wanted: EventFilter
) -> tuple[list[EventAnswer], int]:
    """Up to so many facts of these batches that are wanted, and the place up to which they are all that are."""
    at_most = limit if not wanted.stores else CHUNK_OF_FACTS
    told = _told(connection, places, after, at_most, wanted)
    moved = _moved(connection, places, after, at_most, wanted)
    cut = [each[-1].position for each in (told, moved) if len(each) == at_most]
    reached = min([places[-1].last, *cut])
    if wanted.stores:
        theirs = at_stores(connection, told, wanted.stores)
        told = [event for event in told if event in theirs or (event.type == TESTED and wanted.webhook is not None)]
    facts = sorted(told + moved, key=lambda fact: fact.position)
    return [fact for fact in facts if fact.position <= reached][:limit], reached


# ── Events and movements ────────────────────────────────────────────────────────────────────────────────────────────


def _told(
    connection: Connection, places: Sequence[_Place], after: int, at_most: int, wanted: EventFilter
) -> list[EventAnswer]:
    of_level = wanted.subject is not None and wanted.subject.startswith("level/")
    if of_level or not any(place.events for place in places):
        return []
    within = func.row_number().over(partition_by=events.c.occurred_at, order_by=(events.c.subject, events.c.seq))
    found = (
        select((batches.c.position + within - 1).label("position"), events)
        .join(events, events.c.occurred_at == batches.c.committed_at)
        .where(_is_in(places))
        .subquery()
    )
    conditions = [found.c.position > after, _is_typed(found.c.type, wanted.types)]
    if wanted.webhook is not None:
        is_its_own = (found.c.type == TESTED) & (found.c.subject == f"webhook/{wanted.webhook}")
        conditions[1] = or_(is_its_own, conditions[1] & (found.c.type != TESTED))
    if wanted.subject is not None:
        conditions.append(found.c.subject == wanted.subject)
    question = select(found).where(*conditions).order_by(found.c.position).limit(at_most)
    return [told_answer(row.position, row) for row in connection.execute(question)]


def _moved(
    connection: Connection, places: Sequence[_Place], after: int, at_most: int, wanted: EventFilter
) -> list[EventAnswer]:
    if not is_one_of(STOCK_CHANGED, wanted.types) or not any(place.movements for place in places):
        return []
    conditions: list[ColumnElement[bool]] = []
    if wanted.subject is not None:
        if not wanted.subject.startswith("level/"):
            return []
        conditions.append(_is_level(connection, wanted.subject))
    if wanted.stores:
        conditions.append(movements.c.store_id.in_(wanted.stores))
    key = (movements.c.store_id, movements.c.variant_id, movements.c.version)
    within = func.row_number().over(partition_by=movements.c.recorded_at, order_by=key)
    placed = (
        select((batches.c.position + batches.c.events + within - 1).label("position"), *key)
        .join(movements, movements.c.recorded_at == batches.c.committed_at)
        .where(_is_in(places))
        .subquery()
    )
    question: Select[Any] = (
        select(placed.c.position, stores.c.code, variants.c.sku, movements)
        .select_from(placed)
        .join(movements, (key[0] == placed.c.store_id) & (key[1] == placed.c.variant_id) & (key[2] == placed.c.version))
        .join(stores, stores.c.id == movements.c.store_id)
        .join(variants, variants.c.id == movements.c.variant_id)
        .where(placed.c.position > after, *conditions)
        .order_by(placed.c.position)
        .limit(at_most)
    )
    return [
        moved_answer(position, store, sku, Movement._make(row))
        for position, store, sku, *row in connection.execute(question)
    ]


def _is_in(places: Sequence[_Place]) -> ColumnElement[bool]:
    return (batches.c.position > 0) & batches.c.position.in_([place.position for place in places])


def _is_typed(column: ColumnElement[str], types: Sequence[str]) -> ColumnElement[bool]:
    if not types:
        return true()
    return or_(
        *(
            column.startswith(pattern[:-1], autoescape=True) if pattern.endswith("*") else column == pattern
            for pattern in types
        )
    )


def _is_level(connection: Connection, subject: str) -> ColumnElement[bool]:
    """Movements of `level/<store>/<sku>`. Either name may have a slash in it."""
    parts = subject.split("/")[1:]
    for cut in range(1, len(parts)):
        store_id = connection.execute(select(stores.c.id).where(stores.c.code == "/".join(parts[:cut]))).scalar()
        if store_id is not None:
            variant_id = select(variants.c.id).where(variants.c.sku == "/".join(parts[cut:])).scalar_subquery()
            return and_(movements.c.store_id == store_id, movements.c.variant_id == variant_id)
    return false()


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def told_answer(position: int, row: Any) -> EventAnswer:
    return EventAnswer(
        id=f"{row.subject}/{row.seq}",
        position=position,
        type=row.type,
        subject=row.subject,
        seq=row.seq,
        occurred_at=as_datetime(row.occurred_at),
        actor=row.actor,
        data=with_times(orjson.loads(row.data)),
    )


def moved_answer(position: int, store: str, sku: str, movement: Movement) -> EventAnswer:
    """A movement as the event that it is. Its id is by ids: SKUs and codes may change."""
    before = movement.available - EFFECTS[movement.kind].available * movement.quantity
    on_hand = movement.available + movement.on_hold + movement.reserved + movement.unsellable
    return EventAnswer(
        id=f"level/{movement.store_id}/{movement.variant_id}/{movement.version}",
        position=position,
        type=STOCK_CHANGED,
        subject=f"level/{store}/{sku}",
        seq=movement.version,
        occurred_at=as_datetime(movement.recorded_at),
        actor=movement.actor,
        data={
            "sku": sku,
            "store": store,
            "kind": movement.kind,
            "quantity": movement.quantity,
            "available": movement.available,
            "on_hold": movement.on_hold,
            "reserved": movement.reserved,
            "unsellable": movement.unsellable,
            "on_hand": on_hand,
            "previous_quantity": before,
            "new_quantity": movement.available,
            "order_id": movement.order_id,
            "cause": movement.cause,
            "cause_id": movement.cause_id,
            "reason": movement.reason,
            "notes": movement.notes,
            "happened_at": as_datetime(movement.occurred_at),
        },
    )


def with_times(data: Any) -> Any:
    """Times are kept in microseconds and told as times: the numbers whose name ends with `_at`, or is `until`."""
    if isinstance(data, list):
        return [with_times(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {
        name: as_datetime(value)
        if (name.endswith("_at") or name == "until") and type(value) is int
        else with_times(value)
        for name, value in data.items()
    }


def _type_answer(listed: EventType) -> EventTypeAnswer:
    return EventTypeAnswer(listed.type, listed.says, listed.subject, listed.schema, listed.example)
