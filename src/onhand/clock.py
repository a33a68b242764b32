"""Time and ids. Nothing else in Onhand asks the clock or makes an id, so that every rule can be replayed.

Times are whole microseconds since 1970-01-01 UTC: exact, ordered, and the same in both databases.
"""

import time
from datetime import UTC, datetime
from typing import overload

import uuid_utils

from onhand.trade.durations import DAY as DAY
from onhand.trade.durations import HOUR as HOUR
from onhand.trade.durations import MINUTE as MINUTE
from onhand.trade.durations import SECOND as SECOND

Microseconds = int


def now() -> Microseconds:
    """The time of the wall clock."""
    return time.time_ns() // 1000


def stopwatch() -> float:
    """Seconds of a clock that never goes back; only differences mean something."""
    return time.perf_counter()


def new_id() -> str:
    """A UUIDv7 (RFC 9562): unique anywhere, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


@overload
def as_datetime(at: Microseconds) -> datetime: ...
@overload
def as_datetime(at: Microseconds | None) -> datetime | None: ...
def as_datetime(at: Microseconds | None) -> datetime | None:
    """The moment in UTC; None stays None."""
    return None if at is None else datetime.fromtimestamp(at / SECOND, UTC)


@overload
def as_microseconds(moment: datetime) -> Microseconds: ...
@overload
def as_microseconds(moment: datetime | None) -> Microseconds | None: ...
def as_microseconds(moment: datetime | None) -> Microseconds | None:
    """The moment in microseconds. One without a time zone is taken as UTC; None stays None."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * SECOND)
