"""Many hands on one order: it comes to one legal end, and every unit is where that end says."""

import itertools
from collections import Counter

import pytest
from tests.races.crowd import all_at_once

from onhand.rows import Event
from onhand.trade.errors import InvalidTransition
from onhand.trade.fulfilment import Shipped

ENDS = {
    # status: (available, on hold, reserved) of the ten units that there were, four of them ordered
    "confirmed": (6, 0, 4),
    "cancelled": (10, 0, 0),
    "shipped": (6, 0, 0),
}


def events_of(shop, order):
    return [row.type for row in shop.rows(Event) if row.subject == f"order/{order.order.id}"]


@pytest.mark.parametrize("round_", range(3))
def test_confirm_or_cancel(shop, round_):
    shop.stocks({"A": 10})
    order = shop.order({"A": 4})
    acts = [shop.confirm, shop.cancel] * 8
    outcomes = all_at_once(*[lambda act=act: act(order) for act in acts])
    # Paid and then cancelled is legal; cancelled and then paid is refused.
    assert shop.status(order) == "cancelled"
    assert shop.balances("A") == ENDS["cancelled"]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(refusal, InvalidTransition) for refusal in refused)
    assert Counter(events_of(shop, order))["order.cancelled"] == 1
    assert Counter(events_of(shop, order))["order.confirmed"] <= 1


def test_confirm_cancel_and_expire_when_time_is_up(shop):
    shop.stocks({"A": 10})
    order = shop.order({"A": 4})
    shop.moment.passes(minutes=15)
    acts = [shop.confirm, shop.cancel, shop.expire, lambda order: shop.order({"A": 1})] * 6
    outcomes = all_at_once(*[lambda act=act: act(order) for act in acts])
    assert shop.status(order) == "cancelled"
    assert events_of(shop, order) == ["order.placed", "order.expired"]
    assert shop.balances("A") == (4, 6, 0)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(refusal) for refusal in refused] == [InvalidTransition] * 6


def test_ship_or_cancel(shop):
    shop.stocks({"A": 10})
    order = shop.order({"A": 4}, paid=True)
    outcomes = all_at_once(*[lambda act=act: act(order) for act in [shop.ship, shop.cancel, shop.pick] * 6])
    status = shop.status(order)
    assert shop.balances("A") == ENDS[status]
    assert sum(isinstance(outcome, Shipped) for outcome in outcomes) == (status == "shipped")
    assert all(isinstance(outcome, InvalidTransition) for outcome in outcomes if isinstance(outcome, Exception))


def test_ten_parcels_of_one_unit(shop):
    """Twenty packers, ten units: ten parcels leave, each with one unit, and ten packers hear no."""
    shop.stocks({"A": 10})
    order = shop.order({"A": 10}, paid=True)
    outcomes = all_at_once(*[lambda: shop.ship(order, {"A": 1})] * 20)
    parcels = [outcome.shipment.shipment for outcome in outcomes if isinstance(outcome, Shipped)]
    assert sorted(parcels) == list(range(1, 11))
    assert shop.status(order) == "shipped"
    assert shop.balances("A") == (0, 0, 0)


def test_ten_returns_of_one_unit(shop):
    shop.stocks({"A": 10})
    order = shop.order({"A": 4}, paid=True)
    shop.ship(order)
    outcomes = all_at_once(*[lambda: shop.take_back(order, {"A": 1})] * 10)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 4
    assert shop.status(order) == "returned"
    assert shop.balances("A") == (10, 0, 0)


def test_a_bare_hold_in_many_hands(shop):
    shop.stocks({"A": 10})
    hold = shop.hold({"A": 8})
    steps = [shop.confirm_hold, shop.release_hold, shop.fulfill_hold]
    all_at_once(*[lambda step=step: step(hold, {"A": 1}) for step in itertools.islice(itertools.cycle(steps), 24)])
    shop.release_hold(hold) if shop.hold_state(hold) in ("held", "reserved") else None
    available, on_hold, reserved = shop.balances("A")
    shipped = sum(row.quantity for row in shop.movements("A") if row.kind == "ship")
    assert (available + shipped, on_hold, reserved) == (10, 0, 0)


def test_two_counters_set_the_same_level(shop):
    """Both saw ten. One of them is told that it is not ten any more."""
    shop.stocks({"A": 10})
    outcomes = all_at_once(*[lambda to=to: shop.adjusts("A", "set", to, expected_quantity=10) for to in (7, 8, 9)])
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"StockChange": 1, "StockChanged": 2}
    (done,) = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert shop.level("A").available == done.level.available
