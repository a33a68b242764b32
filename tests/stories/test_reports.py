"""Reports: numbers that a shopkeeper can check by hand, day by day, in the shop's own days."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.shop import Shop

from onhand import clock
from onhand.trade.catalog import ChangeStore
from onhand.views import reports
from onhand.views.days import Days, last_days, shop_zone


def asked(shop: Shop, days: int, question, *more):
    with shop.engine.database.reading() as connection:
        of = last_days(shop_zone(connection), clock.now(), days)
        return question(connection, of, *more)


def day_by_day(shop: Shop, days: int) -> list[tuple[int, int]]:
    """(units shipped, times that something ran out) on each day; and the tables beside the charts say the same."""
    found = asked(shop, days, reports.stock_by_day)
    with shop.engine.database.reading() as connection:
        since = last_days(shop_zone(connection), clock.now(), days).since
        assert sum(day.shipped for day in found) == sum(row.shipped for row in reports.turnover(connection, since))
        assert sum(day.ran_out for day in found) == sum(row.times for row in reports.stock_outs(connection, since))
    return [(day.shipped, day.ran_out) for day in found]


def test_it_runs_out_when_the_last_is_taken_and_not_while_it_is_out(shop: Shop):
    shop.stocks({"TEA": 5, "CUP": 1})
    order = shop.order({"TEA": 5})
    assert day_by_day(shop, 1) == [(0, 1)]
    shop.confirm(order)
    shop.ship(order)
    assert day_by_day(shop, 1) == [(5, 1)], "confirmed and shipped: none was available before either"
    shop.stocks({"TEA": 2})
    shop.adjusts("TEA", "decrement", 1)
    assert day_by_day(shop, 1) == [(5, 1)], "one is left"
    shop.adjusts("TEA", "damage", 1)
    shop.adjusts("TEA", "write_off", 1)
    assert day_by_day(shop, 1) == [(5, 2)], "what is written off had left sale before"
    shop.cancel(shop.order({"CUP": 1}))
    assert day_by_day(shop, 1) == [(5, 3)]
    outs = asked(shop, 1, lambda connection, days: reports.stock_outs(connection, days.since))
    assert [(row.sku, row.store, row.times, row.is_out) for row in outs] == [
        ("TEA", "main", 2, True),
        ("CUP", "main", 1, False),
    ]


def test_days_are_those_of_the_clock_on_the_wall(shop: Shop):
    """The clocks of Berlin go back on 25 October: that day has 25 hours. Days without anything are there, too."""
    shop.moment.comes("2026-10-23T12:00:00+02:00")
    shop.run(ChangeStore("main", time_zone="Europe/Berlin"))
    shop.stocks({"TEA": 100})
    for moment, units in {
        "2026-10-24T23:59:59+02:00": 1,
        "2026-10-25T00:00:00+02:00": 2,
        "2026-10-25T23:59:59+01:00": 4,
        "2026-10-26T00:00:00+01:00": 8,
        "2026-10-28T23:30:00+01:00": 16,
    }.items():
        shop.moment.comes(moment)
        shop.ship(shop.order({"TEA": units}, paid=True))
    assert day_by_day(shop, 7) == [(0, 0), (0, 0), (1, 0), (6, 0), (8, 0), (0, 0), (16, 0)]
    assert day_by_day(shop, 3) == [(8, 0), (0, 0), (16, 0)], "whole days, the first of them too"
    became = asked(shop, 7, reports.hold_conversion, clock.now())
    assert [day.placed for day in became] == [0, 0, 1, 2, 1, 0, 1]
    assert became[3].began_at + 25 * clock.HOUR == became[4].began_at


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Santiago"])
def test_a_year_has_365_days_wherever_the_shop_is(shop: Shop, zone: str):
    shop.moment.comes("2025-12-01T12:00:00+00:00")
    shop.run(ChangeStore("main", time_zone=zone))
    shop.stocks({"TEA": 9})
    shop.ship(shop.order({"TEA": 9}, paid=True))
    shop.moment.comes("2026-11-30T12:00:00+00:00")
    assert day_by_day(shop, 365) == [(9, 1), *[(0, 0)] * 364]
    assert day_by_day(shop, 364) == [(0, 0)] * 364


def test_a_day_that_begins_at_one_because_midnight_was_left_out():
    """In Santiago the clocks go forward at midnight."""
    noon = clock.as_microseconds(datetime(2026, 9, 7, 12, tzinfo=UTC))
    days: Days = last_days("America/Santiago", noon, 3)
    assert [clock.as_datetime(at).isoformat() for at in days.began] == [
        "2026-09-05T04:00:00+00:00",
        "2026-09-06T04:00:00+00:00",
        "2026-09-07T03:00:00+00:00",
    ]


def test_what_becomes_of_holds(shop: Shop):
    shop.stocks({"TEA": 100})
    shop.order({"TEA": 1}, paid=True)
    shop.confirm(shop.order({"TEA": 1}))
    shop.cancel(shop.order({"TEA": 1}), "expired")
    swept, unswept = shop.order({"TEA": 1}, hold_minutes=1), shop.order({"TEA": 1}, hold_minutes=1)
    shop.order({"TEA": 1}, hold_minutes=60)
    shop.moment.passes(minutes=2)
    shop.expire(swept)
    (day,) = asked(shop, 1, reports.hold_conversion, clock.now())
    assert (day.placed, day.confirmed, day.expired, day.cancelled) == (6, 2, 2, 1)
    assert shop.status(unswept) == "pending", "nobody has swept it, and it counts as expired all the same"


def test_what_the_stock_is_worth_and_what_turns(shop: Shop):
    shop.sells("TEA", price="2.5075", currency="EUR")
    shop.sells("FAN", price="900", currency="JPY")
    shop.stocks({"TEA": 10, "FAN": 2})
    shop.stocks({"TEA": 4}, "annex")
    shop.adjusts("TEA", "damage", 1)
    shop.ship(shop.order([("TEA", 3, "main"), ("TEA", 4, "annex")], paid=True))
    shop.order({"FAN": 1})
    with shop.engine.database.reading() as connection:
        values = reports.stock_value(connection)
        turns = reports.turnover(connection, 0)
    assert [(row.store, row.currency, row.units, row.value) for row in values] == [
        ("annex", "EUR", 0, Decimal(0)),
        ("main", "EUR", 7, Decimal("17.5525")),
        ("main", "JPY", 2, Decimal(1800)),
    ]
    assert [(row.sku, row.shipped, row.on_hand, row.turns) for row in turns] == [("TEA", 7, 7, 1.0)]
    shop.sells("SHIP", price="999999999.9999", currency="USD")
    shop.stocks({"SHIP": 9_000_000_000})
    with shop.engine.database.reading() as connection:
        values = reports.stock_value(connection)
    assert [row.value for row in values if row.currency == "USD"] == [Decimal("8999999999999100000")]
