"""The days of a shop: from midnight to midnight in its time zone. A day has 23 or 25 hours when clocks are changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, case, select

from onhand.clock import DAY, SECOND, Microseconds, as_datetime, as_microseconds
from onhand.db.schema import stores

Found = TypeVar("Found")


def shop_zone(connection: Connection) -> str:
    """The time zone that all stores share; UTC where they share none, so that everybody sees the same day."""
    zones = connection.execute(select(stores.c.time_zone).distinct()).scalars().all()
    return zones[0] if len(zones) == 1 else "UTC"


class Days(NamedTuple):
    """Whole days in a row, oldest first; the last one is still going on. `began`: when each of them did."""

    zone: ZoneInfo
    began: Sequence[Microseconds]

    @property
    def since(self) -> Microseconds:
        return self.began[0]

    def key(self, moment: ColumnElement[int]) -> ColumnElement[int]:
        """For a statement: the day of a moment, to group by. It is the midnight as the clock on the wall shows it."""
        end = self.began[-1] + DAY
        changes = [(moment < at, before) for at, before in _clock_changes(self.zone, self.since, end)]
        wall = moment + (case(*changes, else_=_offset(self.zone, end)) if changes else _offset(self.zone, end))
        return wall - wall % DAY

    def each(self, found: Mapping[int, Found]) -> Iterator[tuple[Microseconds, Found | None]]:
        """When each day began, and what was found under its key."""
        for began in self.began:
            wall = began + _offset(self.zone, began)
            yield began, found.get(wall - wall % DAY)


def last_days(zone: str, now: Microseconds, count: int) -> Days:
    """Today, and the days before it: so many in all."""
    here = ZoneInfo(zone)
    today = as_datetime(now).astimezone(here).date()
    dates = [today - timedelta(days=ago) for ago in range(count - 1, -1, -1)]
    return Days(here, [as_microseconds(datetime.combine(date, time.min, here)) for date in dates])


def _offset(zone: ZoneInfo, at: Microseconds) -> int:
    """By how much the clock on the wall is ahead of UTC."""
    ahead = as_datetime(at).astimezone(zone).utcoffset() or timedelta()
    return round(ahead.total_seconds()) * SECOND


def _clock_changes(zone: ZoneInfo, since: Microseconds, until: Microseconds) -> Iterator[tuple[Microseconds, int]]:
    """When clocks are changed in that time, and what the offset was until then."""
    for day in range(since, until, DAY):
        low, high = day, day + DAY
        before = _offset(zone, low)
        if before == _offset(zone, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
        yield high, before
