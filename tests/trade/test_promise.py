"""The arithmetic of promises: which day is a working day, how many of them it takes, and who gets what is coming."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trade.keeper import MAIN, an_id

from onhand.books import Policy
from onhand.calendars import days_off
from onhand.config import Settings
from onhand.rows import Store, Variant
from onhand.trade import allocation, durations, promise
from onhand.trade.promise import Arrival, Coming, Outlook, Queued

LISBON = MAIN._replace(
    cutoff="16:00",
    time_zone="Europe/Lisbon",
    address='{"country": "PT"}',
    handling_days=1,
    transit_days=2,
    transit_by_country='{"PT": 1, "US": 6}',
)
POLICY = Policy(transit_days=3)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * durations.SECOND


DAYS = """
the order comes            to  store                        arrives
2026-11-16T10:00:00+00:00  PT  -                            2026-11-18   Monday, ready on Tuesday, there on Wednesday
2026-11-16T16:00:00+00:00  PT  -                            2026-11-18   the cut-off itself is in time
2026-11-16T16:00:01+00:00  PT  -                            2026-11-19   and a second later it is missed
2026-11-16T10:00:00+00:00  DE  -                            2026-11-19   another country: the store's own two days
2026-11-16T10:00:00+00:00  US  -                            2026-11-25
2026-11-16T10:00:00+00:00  ??  -                            2026-11-19   nobody said where to
2026-11-20T16:30:00+00:00  PT  -                            2026-11-25   Friday evening counts from Monday
2026-11-21T09:00:00+00:00  PT  -                            2026-11-25   so does Saturday morning
2026-11-30T10:00:00+00:00  PT  -                            2026-12-03   the first of December is a holiday in Portugal
2026-11-30T10:00:00+00:00  PT  address=                     2026-12-02   which nobody knows of an unknown country
2026-11-30T10:00:00+00:00  PT  address={"country":"Atlantis"} 2026-12-02
2026-11-30T10:00:00+00:00  PT  address={"country":"ZZ"}     2026-12-02
2026-12-31T10:00:00+00:00  PT  -                            2027-01-05   over the end of the year
2026-07-15T15:30:00+00:00  PT  -                            2026-07-20   summer time: it is half past four in Lisbon
2026-11-16T15:30:00+00:00  PT  -                            2026-11-18   and half past three in winter
2026-11-15T16:30:00+00:00  US  time_zone=Asia/Tokyo         2026-11-25   it is Monday there already
2026-11-18T23:30:00+00:00  DE  cutoff=                      2026-11-23   without a cut-off, until midnight
2026-11-16T10:00:00+00:00  DE  transit_days=                2026-11-20   the shop's usual three days
2026-11-16T10:00:00+00:00  PT  handling_days=0              2026-11-17
2026-11-19T10:00:00+00:00  ??  address={"country":"SA"}     2026-11-24   Friday and Saturday are off in Riyadh
2026-11-16T10:00:00+00:00  pt  -                            2026-11-18   small letters do
"""


@pytest.mark.parametrize("row", DAYS.strip().splitlines()[1:], ids=lambda row: " ".join(row.split()))
def test_a_day_is_promised(row: str):
    moment, country, change, expected, *_ = row.split()
    name, _, value = change.partition("=")
    given: Any = (int(value) if value.isdigit() else value) if value else None
    store = LISBON if change == "-" else LISBON._replace(**{name: given})
    to = promise.country_of({"country": country})
    assert promise.delivery_day(store, at(moment), to, POLICY, days_off) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"country": "PT"}, "PT"),
        ({"country": "Portugal", "country_code": "pt"}, "PT"),
        ({"country": "Portugal"}, None),
        ({"country": 351}, None),
        ({"country": "P1"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_country_is_known_by_its_code(address, code):
    assert promise.country_of(address) == code


def test_the_setting_puts_a_rule_first():
    given = Settings(_env_file=None, sourcing="priority", transit_days=5).policy  # type: ignore[call-arg]
    assert (given.sourcing, given.transit_days) == (("priority", "fewest_splits"), 5)
    assert Settings(_env_file=None).policy == Policy()  # type: ignore[call-arg]
    choices = Settings.model_fields["sourcing"].annotation.__args__  # type: ignore[union-attr]
    assert set(choices) == set(allocation.RULES)


# ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────────

STORES = st.builds(
    lambda cutoff, zone, country, handling, transit: MAIN._replace(
        cutoff=cutoff,
        time_zone=zone,
        address=f'{{"country": "{country}"}}',
        handling_days=handling,
        transit_days=transit,
    ),
    st.sampled_from([None, "00:00", "12:30", "23:59"]),
    st.sampled_from(["UTC", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"]),
    st.sampled_from(["PT", "US", "JP", "SA", "DE", "ZZ"]),
    st.integers(0, 12),
    st.integers(0, 12),
)
MOMENTS = st.integers(at("2024-01-01T00:00:00+00:00"), at("2030-01-01T00:00:00+00:00"))


def arrives(store: Store, moment: int) -> date:
    return promise.delivery_day(store, moment, None, POLICY, days_off)


def works(store: Store, day: date) -> bool:
    country = promise.country_of({"country": store.address[13:15]})  # type: ignore[index]
    return day not in days_off(country, day.year)


@given(STORES, MOMENTS)
def test_what_is_promised_is_so_many_working_days_away(store: Store, moment: int):
    day = arrives(store, moment)
    placed = datetime.fromtimestamp(moment / durations.SECOND, UTC).date()
    between = [placed + timedelta(days=number) for number in range(-1, (day - placed).days + 1)]
    working = [each for each in between if works(store, each)]
    assert works(store, day)
    # From yesterday to tomorrow, for where the store lies and for the cut-off: the first of these days is day nought.
    more = len(working) - 1 - store.handling_days - (store.transit_days or 0)
    assert 0 <= more <= 3


@given(STORES, MOMENTS, st.integers(0, 30 * durations.DAY), st.integers(0, 5))
def test_who_comes_later_is_not_promised_more(store: Store, moment: int, later: int, more: int):
    day = arrives(store, moment)
    assert arrives(store, moment + later) >= day
    slower = store._replace(transit_days=store.transit_days + more)  # type: ignore[operator]
    assert arrives(slower, moment) >= day + timedelta(days=more)


VARIANT = Variant(an_id(7), an_id(8), 1, "TEA", "Tea", 1, "EUR", None, None, None, 0, 0)
PLACES = [MAIN, MAIN._replace(id=an_id(2), code="east"), MAIN._replace(id=an_id(3), code="west")]
LOTS = st.lists(
    st.tuples(st.sampled_from([store.id for store in PLACES]), st.integers(1, 50), st.integers(1, 9)), max_size=6
).map(lambda lots: [Coming(VARIANT.id, *lot) for lot in sorted(lots, key=lambda lot: lot[1])])
QUEUES = st.lists(
    st.tuples(st.sampled_from([None, *(store.id for store in PLACES)]), st.integers(1, 12)), max_size=8
).map(
    lambda rows: [
        Queued(VARIANT.id, an_id(100 + number), 1, store, units, None) for number, (store, units) in enumerate(rows)
    ]
)


def as_they_come(lots: list[Coming], queue: list[Queued]) -> dict[str, Arrival]:
    """Who gets their last unit when, if every delivery is given to those who wait, in their order."""
    left = {row.order_id: row.quantity for row in queue}
    served = {}
    for lot in lots:
        units = lot.units
        for row in queue:
            given = min(units, left[row.order_id]) if row.store_id in (None, lot.store_id) else 0
            units -= given
            left[row.order_id] -= given
            if given and left[row.order_id] == 0:
                served[row.order_id] = Arrival(lot.at, lot.store_id)
    return served


@given(LOTS, QUEUES)
def test_what_is_coming_is_promised_to_whom_it_will_be_given(lots: list[Coming], queue: list[Queued]):
    outlook = Outlook(0, POLICY, days_off, {VARIANT.id: VARIANT}, PLACES, lots, queue)
    promised = {row.order_id: outlook._promised[row[:3]] for row in queue}
    assert {order: arrival for order, arrival in promised.items() if arrival} == as_they_come(lots, queue)


@given(LOTS, QUEUES, st.sampled_from([None, *(store.id for store in PLACES)]), st.integers(1, 20))
def test_who_comes_now_is_told_of_what_the_others_leave(lots, queue, store_id, units):
    outlook = Outlook(0, POLICY, days_off, {VARIANT.id: VARIANT}, PLACES, lots, queue)
    newcomer = Queued(VARIANT.id, an_id(1), 1, store_id, units, None)
    expected = as_they_come(lots, [*queue, newcomer]).get(newcomer.order_id)
    for _ in range(2):  # Asking takes nothing.
        assert outlook.restock(VARIANT, [(VARIANT.id, units)], store_id) == expected
