"""Sixty-four buyers and the last units: exactly what is there is sold, on any run."""

from collections import Counter

import pytest
from tests.races.crowd import taking_turns

from onhand.rows import Order
from onhand.trade.errors import InsufficientStock

BUYERS, TRIES = 64, 500


def kinds(outcomes):
    return Counter(type(outcome).__name__ for outcome in outcomes)


def test_a_hundred_units_are_sold_a_hundred_times(shop):
    shop.stocks({"LAST": 100})
    outcomes = taking_turns(BUYERS, TRIES, lambda _: shop.order({"LAST": 1}))
    assert kinds(outcomes) == {"OrderPicture": 100, "InsufficientStock": 400}
    assert shop.balances("LAST") == (0, 100, 0)
    assert len(shop.rows(Order)) == 100


@pytest.mark.parametrize(
    ("items", "sold"),
    [
        ([("LAST", 1), ("LAST", 1)], 50),
        ([("LAST", 2), ("LAST", 1)], 33),
        ([("LAST", 99), ("LAST", 2)], 0),
    ],
)
def test_the_same_sku_twice_in_an_order_is_one_demand(shop, items, sold):
    shop.stocks({"LAST": 100})
    outcomes = taking_turns(BUYERS, 150, lambda _: shop.order(items, paid=True))
    assert kinds(outcomes) == Counter(OrderPicture=sold, InsufficientStock=150 - sold)
    taken = sold * sum(quantity for _, quantity in items)
    assert shop.balances("LAST") == (100 - taken, 0, taken)


def test_orders_for_several_skus_in_any_order_never_wait_for_each_other_in_a_circle(shop):
    shop.stocks({"A": 40, "B": 40, "C": 40})
    baskets = [["A", "B", "C"], ["C", "B", "A"], ["B", "A"], ["C", "A"]]
    outcomes = taking_turns(32, 200, lambda number: shop.order([(sku, 1) for sku in baskets[number % 4]]))
    sold = Counter(line.sku for outcome in outcomes if not isinstance(outcome, Exception) for line in outcome.lines)
    assert set(kinds(outcomes)) == {"OrderPicture", "InsufficientStock"}
    for sku in "ABC":
        assert shop.balances(sku) == (40 - sold[sku], sold[sku], 0)
    assert 0 in [shop.level(sku).available for sku in "ABC"]


def test_what_is_given_back_can_be_sold_again_at_once(shop):
    """Every buyer cancels and buys again: the stock is never short by what is on its way back, nor over."""
    shop.stocks({"LAST": 10})

    def buy_and_cancel(_):
        try:
            order = shop.order({"LAST": 1})
        except InsufficientStock:
            return "none left"
        shop.cancel(order)
        return "had one"

    outcomes = Counter(taking_turns(32, 200, buy_and_cancel))
    assert set(outcomes) <= {"none left", "had one"}
    assert outcomes["had one"] >= 10
    assert shop.balances("LAST") == (10, 0, 0)


def test_stores_do_not_lend_each_other_stock(shop):
    shop.stocks({"LAST": 30}, store="east")
    shop.stocks({"LAST": 20}, store="west")
    outcomes = taking_turns(BUYERS, 200, lambda number: shop.order([("LAST", 1, ["east", "west"][number % 2])]))
    assert kinds(outcomes) == {"OrderPicture": 50, "InsufficientStock": 150}
    assert shop.balances("LAST", "east") == (0, 30, 0)
    assert shop.balances("LAST", "west") == (0, 20, 0)
