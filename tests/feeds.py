"""The feed as a reader has it, and what must be true of it whatever was done."""

from collections import Counter
from typing import Any

import jsonschema_rs
import orjson
from tests.shop import Shop

from onhand.api.answers import to_json
from onhand.db.feed import number_all
from onhand.rows import Event, Movement
from onhand.trade.events import CATALOGUE
from onhand.views.events import EventAnswer, EventFilter, list_events


def read_all(shop: Shop, limit: int = 500, wanted: EventFilter | None = None) -> list[EventAnswer]:
    """The whole feed, page by page, once everything has its place."""
    writer = shop.engine.database.writer()
    number_all(writer)
    writer.close()
    found: list[EventAnswer] = []
    after = -1
    page = None
    while page is None or page.next_after > after:
        after = page.next_after if page else 0
        with shop.engine.database.reading() as connection:
            page = list_events(connection, after, limit, wanted)
        assert len(page.data) <= limit
        found += page.data
    return found


def faults_of_feed(shop: Shop) -> list[str]:
    """Every event and movement once, numbered without gaps, each subject in its order, as the catalogue says."""
    read = read_all(shop)
    faults = []
    if [event.position for event in read] != list(range(1, len(read) + 1)):
        faults.append(f"places are {[event.position for event in read][:50]}")
    expected = {f"{row.subject}/{row.seq}" for row in shop.rows(Event)}
    expected |= {f"level/{row.store_id}/{row.variant_id}/{row.version}" for row in shop.rows(Movement)}
    if Counter(event.id for event in read) != Counter(expected):
        faults.append(f"told {len(read)} of {len(expected)} facts")
    numbers: Counter[str] = Counter()
    for event in read:
        subject = event.id.rpartition("/")[0]
        numbers[subject] += 1
        if event.seq != numbers[subject]:
            faults.append(f"{event.subject} #{event.seq} stands at its place {numbers[subject]}")
    return faults + [fault for event in read for fault in faults_of(orjson.loads(to_json(event)))]


def faults_of(event: dict[str, Any]) -> list[str]:
    """Where an event differs from what the catalogue promises."""
    listed = CATALOGUE.get(event["type"])
    if listed is None:
        return [f"{event['type']} is not listed in trade/events.py"]
    if event["subject"].partition("/")[0] != listed.subject.partition("/")[0]:
        return [f"{event['type']} is told of {event['subject']}, not of {listed.subject}"]
    validator = jsonschema_rs.validator_for(listed.schema, validate_formats=True)
    faults = [f"{event['type']}: {error.message}" for error in validator.iter_errors(event["data"])]
    return faults + [f"{event['type']}: {name} is not listed" for name in event["data"].keys() - listed.fields.keys()]
