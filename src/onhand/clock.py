"""Time and ids. Nothing else in Onhand asks the clock or makes an id, so that every rule can be replayed.

Times are whole microseconds since 1970-01-01 UTC: exact, ordered, and the same in both databases.
"""

import time
from datetime import UTC, datetime

import uuid_utils

Microseconds = int
SECOND: Microseconds = 1_000_000
MINUTE: Microseconds = 60 * SECOND
HOUR: Microseconds = 60 * MINUTE
DAY: Microseconds = 24 * HOUR


def now() -> Microseconds:
    """The time of the wall clock."""
    return time.time_ns() // 1000


def stopwatch() -> float:
    """Seconds of a clock that never goes back; only differences mean something."""
    return time.perf_counter()


def new_id() -> str:
    """A UUIDv7 (RFC 9562): unique anywhere, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


def as_datetime(at: Microseconds) -> datetime:
    return datetime.fromtimestamp(at / SECOND, UTC)


def as_microseconds(moment: datetime) -> Microseconds:
    """The given moment; a moment without a time zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * SECOND)
