"""The words of a reader: the language, and how that place writes numbers, money and times."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations

from onhand import clock

CATALOGS = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "de": "Deutsch"}


@cache
def translations(language: str) -> NullTranslations:
    """The catalog of a language, read from its .po file as translators write it: nothing has to be compiled."""
    path = CATALOGS / language / "console.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


class Words(NamedTuple):
    """One reader's language, place and time zone."""

    language: str
    locale: Locale
    zone: tzinfo

    def gettext(self, message: str) -> str:
        return translations(self.language).gettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return translations(self.language).ngettext(singular, plural, count)

    def number(self, value: int | float | Decimal) -> str:
        return format_decimal(value, locale=self.locale)

    def compact(self, value: int | float | Decimal) -> str:
        """For tiles: 123,456 in full, 1.2M from a million on."""
        if -1_000_000 < value < 1_000_000:
            return self.number(value)
        return format_compact_decimal(value, locale=self.locale, fraction_digits=1)

    def signed(self, value: int) -> str:
        sign = "+" if value > 0 else "−" if value < 0 else "±"
        return sign + self.number(abs(value))

    def percent(self, share: float) -> str:
        return format_percent(share, "#,##0.#%", locale=self.locale)

    def money(self, amount: Decimal | str, currency: str) -> str:
        return format_currency(Decimal(amount), currency, locale=self.locale)

    def day(self, moment: datetime, zone: str | None = None) -> str:
        """The day of a moment, where the reader is or in the given zone."""
        return format_date(moment.astimezone(ZoneInfo(zone) if zone else self.zone), "medium", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Date and time, to the second."""
        return format_datetime(moment, "medium", tzinfo=self.zone, locale=self.locale)

    def full_day(self, zone: str) -> str:
        """Today in that zone, as one writes it at the top of a page."""
        today = clock.as_datetime(clock.now()).astimezone(ZoneInfo(zone))
        return format_date(today, "full", locale=self.locale)

    def short(self, moment: datetime) -> str:
        """The time of today, else the date and the time."""
        here = moment.astimezone(self.zone)
        today = clock.as_datetime(clock.now()).astimezone(self.zone).date()
        if here.date() == today:
            return format_time(here, "short", tzinfo=self.zone, locale=self.locale)
        return format_datetime(here, "short", tzinfo=self.zone, locale=self.locale)

    def span(self, seconds: float) -> str:
        """`15 minutes`, `2 days`; seconds have no fractions."""
        return format_timedelta(timedelta(seconds=seconds), threshold=2, locale=self.locale)

    def ago(self, moment: datetime) -> str:
        """`5 minutes ago`, `in 3 hours`."""
        away: timedelta = moment - clock.as_datetime(clock.now())
        return format_timedelta(away, add_direction=True, locale=self.locale)


def words_for(cookies: Mapping[str, str], accept_language: str) -> Words:
    """What a reader has chosen; else the first language that the browser asks for and we have."""
    tags = [part.partition(";")[0].strip() for part in accept_language.split(",")]
    spoken = [tag for tag in tags if tag.partition("-")[0].lower() in LANGUAGES]
    chosen = cookies.get("onhand_language")
    language = chosen if chosen in LANGUAGES else spoken[0].partition("-")[0].lower() if spoken else "en"
    place = next((tag for tag in spoken if tag.partition("-")[0].lower() == language), language)
    return Words(language, _locale(place, language), _zone(cookies.get("onhand_zone", "")))


# Both are named by the browser, and a stranger's may say anything: only so many are kept.
@lru_cache(maxsize=256)
def _locale(place: str, language: str) -> Locale:
    try:
        return Locale.parse(place.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language)


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    """The zone that the browser has told, in a cookie; UTC where it has not, or where we do not know it."""
    try:
        return ZoneInfo(name.replace("%2F", "/"))
    except (ValueError, OSError, KeyError):
        return UTC
