"""Working days, country by country: weekends and public holidays, as the `holidays` library knows them.

They are read when an order first needs them, and then kept, year by year.
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays

WEEKEND = frozenset({5, 6})


@lru_cache(maxsize=2_000)
def days_off(country: str | None, year: int) -> frozenset[date]:
    """The days of a year on which nothing is handled or carried in a country (ISO 3166-1 alpha-2).

    A country that is not named, or not known, has Saturdays and Sundays off.
    """
    first = date(year, 1, 1)
    days = [first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1)]
    try:
        known = holidays.country_holidays(country, years=year) if country else None
    except NotImplementedError:
        known = None
    if known is None:
        return frozenset(day for day in days if day.weekday() in WEEKEND)
    return frozenset(day for day in days if not known.is_working_day(day))
