"""The feed: every fact has its batch, and every batch its place."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import func, literal, select, union_all

from onhand import clock
from onhand.db import schema
from onhand.views.verify.findings import Findings, Walk

_B, _E, _M = schema.batches.c, schema.events.c, schema.movements.c


def check_feed(findings: Findings) -> None:
    """What each batch is said to have told against what is there of its time, and the places one after the other."""
    facts = Walk(_facts(findings), 1, lambda at: findings.broke("feed", _named(at), "there is no batch of its facts"))
    for at, position, events, movements in findings.read(
        select(_B.committed_at, _B.position, _B.events, _B.movements).order_by(_B.committed_at)
    ):
        findings.checked["feed"] += 1
        present = [(told, moved) for _, told, moved in facts.of(at)] or [(0, 0)]
        if position is not None and (events, movements) != present[0]:
            said = f"{events} events and {movements} movements"
            findings.broke("feed", _named(at), f"it is said to have told {said}, but told {present[0]}")
        if position == 0 and present != [(0, 0)]:
            findings.broke("feed", _named(at), "what it told has no place")
    facts.end()
    next_place = 1
    placed = select(_B.committed_at, _B.position, _B.events + _B.movements).where(_B.position > 0)
    for at, position, count in findings.read(placed.order_by(_B.position)):
        if position != next_place:
            findings.broke("feed", _named(at), f"its place is {position}, and should be {next_place}")
        next_place = position + count
    last = findings.read(select(schema.counters.c.value).where(schema.counters.c.name == "feed"))
    for (value,) in last:
        if value != next_place - 1:
            findings.broke("feed", "the counter", f"the last place given is {next_place - 1}, but it says {value}")


def _facts(findings: Findings) -> Iterator[tuple[int, int, int]]:
    """(time, events, movements), in the order of time."""
    told = select(_E.occurred_at.label("at"), func.count().label("events"), literal(0).label("movements"))
    moved = select(_M.recorded_at.label("at"), literal(0).label("events"), func.count().label("movements"))
    both = union_all(told.group_by(_E.occurred_at), moved.group_by(_M.recorded_at)).subquery()
    rows: Iterator[Any] = findings.read(select(both).order_by(both.c.at))
    for at, counts in groupby(rows, lambda row: row.at):
        found = list(counts)
        yield at, sum(row.events for row in found), sum(row.movements for row in found)


def _named(at: int) -> str:
    return f"the batch of {clock.as_datetime(at).isoformat()}"
