"""What a duty is, and what is known of its last run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from onhand import clock
from onhand.engine import Engine
from onhand.rows import DutyRun


class Duty(NamedTuple):
    """`do` is given how much to take at most, and answers how much it took: as much means that there may be more.

    What waits for others (a mail server, a broker) is `outward`, and runs beside the rest: stock is not kept waiting.
    What goes on all the time, in threads of its own, goes `by_itself`: the loop leaves it alone.
    """

    name: str
    purpose: str
    every_seconds: float
    at_a_time: int
    do: Callable[[Engine, int], int]
    outward: bool = False
    by_itself: bool = False


@dataclass(slots=True)
class DutyAnswer:
    """A duty, and how its last run went, whichever process did it.

    `lag_seconds` is by how much the next run is late; a duty that was never done is as late as can be: null.
    """

    duty: str
    purpose: str
    every_seconds: float
    at_a_time: int
    last_began_at: datetime | None
    last_ended_at: datetime | None
    last_done: int | None
    lag_seconds: float | None
    failures: int
    error: str | None


def duty_answer(duty: Duty, runs: Mapping[str, DutyRun], now: int) -> DutyAnswer:
    run = runs.get(duty.name)
    return DutyAnswer(
        duty=duty.name,
        purpose=duty.purpose,
        every_seconds=duty.every_seconds,
        at_a_time=duty.at_a_time,
        last_began_at=None if run is None else clock.as_datetime(run.began_at),
        last_ended_at=None if run is None else clock.as_datetime(run.ended_at),
        last_done=None if run is None else run.done,
        lag_seconds=None if run is None else round(lag(duty, run, now), 1),
        failures=0 if run is None else run.failures,
        error=None if run is None else run.error,
    )


def lag(duty: Duty, run: DutyRun, now: int) -> float:
    """Seconds by which the next run is late, beyond what goes unrecorded of duties that are done all the time."""
    return max(0.0, (now - run.ended_at) / clock.SECOND - max(duty.every_seconds, RECORDED_EVERY_SECONDS) - 1)


# A run that did nothing is written down no more often than this: it costs a commit.
RECORDED_EVERY_SECONDS = 30.0
