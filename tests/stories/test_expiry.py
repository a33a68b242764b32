"""Time runs out: an order that is not paid keeps its stock for fifteen minutes, a bare hold as long as was asked."""

import pytest
from tests.stories.telling import tell

from onhand.db import load
from onhand.rows import Batch, Hold, Order
from onhand.views.orders import find_order

STORIES = {
    "nobody waits for the sweep": """
| what happens           | A      | Ada's order | Bob's order | refused            |
|------------------------|--------|-------------|-------------|--------------------|
| 10 A arrive            | 10/0/0 |             |             |                    |
| Ada orders 10 A        | 0/10/0 | pending     |             |                    |
| 14 minutes pass        | 0/10/0 | pending     |             |                    |
| Bob orders 1 A         | 0/10/0 | pending     |             | insufficient_stock |
| 1 minutes pass         | 0/10/0 | pending     |             |                    |
| Bob orders 10 A        | 0/10/0 | cancelled   | pending     |                    |
| Ada's payment succeeds | 0/10/0 | cancelled   | pending     | invalid_transition |
""",
    "the sweep": """
| what happens             | A      | Ada's order | refused |
|--------------------------|--------|-------------|---------|
| 10 A arrive              | 10/0/0 |             |         |
| Ada orders 4 A           | 6/4/0  | pending     |         |
| overdue orders are swept | 6/4/0  | pending     |         |
| 15 minutes pass          | 6/4/0  | pending     |         |
| overdue orders are swept | 10/0/0 | cancelled   |         |
| overdue orders are swept | 10/0/0 | cancelled   |         |
| Ada cancels              | 10/0/0 | cancelled   |         |
""",
    "paid too late, though nobody swept": """
| what happens           | A      | Ada's order | refused                          |
|------------------------|--------|-------------|----------------------------------|
| 10 A arrive            | 10/0/0 |             |                                  |
| Ada orders 4 A         | 6/4/0  | pending     |                                  |
| 15 minutes pass        | 6/4/0  | pending     |                                  |
| Ada's payment succeeds | 10/0/0 | cancelled   | Cannot confirm a cancelled order |
""",
    "time is extended, and never shortened": """
| what happens                         | A      | Ada's order | refused            |
|--------------------------------------|--------|-------------|--------------------|
| 10 A arrive                          | 10/0/0 |             |                    |
| Ada orders 4 A                       | 6/4/0  | pending     |                    |
| 10 minutes pass                      | 6/4/0  | pending     |                    |
| Ada's time is extended by 30 minutes | 6/4/0  | pending     |                    |
| Ada's time is extended by 1 minutes  | 6/4/0  | pending     |                    |
| 29 minutes pass                      | 6/4/0  | pending     |                    |
| overdue orders are swept             | 6/4/0  | pending     |                    |
| 1 minutes pass                       | 6/4/0  | pending     |                    |
| overdue orders are swept             | 10/0/0 | cancelled   |                    |
| Ada's time is extended by 30 minutes | 10/0/0 | cancelled   | invalid_transition |
""",
    "a confirmed order does not run out": """
| what happens             | A      | Ada's order | refused            |
|--------------------------|--------|-------------|--------------------|
| 10 A arrive              | 10/0/0 |             |                    |
| Ada orders 4 A           | 6/4/0  | pending     |                    |
| 14 minutes pass          | 6/4/0  | pending     |                    |
| Ada's payment succeeds   | 6/0/4  | confirmed   |                    |
| 99999 minutes pass       | 6/0/4  | confirmed   |                    |
| overdue orders are swept | 6/0/4  | confirmed   |                    |
| Bob orders 7 A           | 6/0/4  | confirmed   | insufficient_stock |
""",
    "a bare hold runs out, and what was confirmed stays": """
| what happens                                  | A      | the hold  | refused       |
|-----------------------------------------------|--------|-----------|---------------|
| 10 A arrive                                   | 10/0/0 |           |               |
| a platform holds 6 A                          | 4/6/0  | held      |               |
| the platform confirms 2 A                     | 4/4/2  | held      |               |
| the platform's time is extended by 60 minutes | 4/4/2  | held      |               |
| 59 minutes pass                               | 4/4/2  | held      |               |
| overdue holds are swept                       | 4/4/2  | held      |               |
| 1 minutes pass                                | 4/4/2  | held      |               |
| Bob orders 8 A                                | 0/8/2  | reserved  |               |
| the platform confirms 1 A                     | 0/8/2  | reserved  | hold_exceeded |
| the platform ships all                        | 0/8/0  | fulfilled |               |
""",
    "a bare hold is swept": """
| what happens              | A      | the hold | refused            |
|---------------------------|--------|----------|--------------------|
| 10 A arrive               | 10/0/0 |          |                    |
| a platform holds 6 A      | 4/6/0  | held     |                    |
| 15 minutes pass           | 4/6/0  | held     |                    |
| overdue holds are swept   | 10/0/0 | expired  |                    |
| the platform releases all | 10/0/0 | expired  |                    |
| the platform confirms all | 10/0/0 | expired  | invalid_transition |
| the platform ships all    | 10/0/0 | expired  | invalid_transition |
""",
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_story(shop, story):
    tell(shop, story)


def test_an_expired_order_says_that_time_ran_out(shop):
    shop.stocks({"A": 1})
    order = shop.order({"A": 1})
    shop.moment.passes(minutes=15)
    assert shop.expire(order) == 1
    assert shop.expire(order) == 1
    (row,) = shop.rows(Order)
    assert (row.status, row.cancel_reason) == ("cancelled", "expired")
    opening, hold, expiry = shop.movements("A")
    assert (opening.kind, hold.kind, expiry.kind) == ("increment", "hold", "expire")
    assert expiry.reason == f"Hold expired - Order #{row.number}"
    assert expiry.actor == "onhand"


def test_one_store_running_out_frees_stock_only_where_it_was_held(shop):
    shop.stocks({"A": 5}, store="east")
    shop.stocks({"A": 5}, store="west")
    shop.order([("A", 5, "east")])
    shop.order([("A", 5, "west")], hold_minutes=60)
    shop.moment.passes(minutes=15)
    shop.order([("A", 2, "east")])
    assert shop.balances("A", "east") == (3, 2, 0)
    assert shop.balances("A", "west") == (0, 5, 0)


def test_a_backlog_is_ended_in_parts_and_the_one_who_comes_has_all_of_it(shop, monkeypatch):
    """Nobody has swept for long: what is in the way of an order is ended a few at a time, each few in a transaction
    of their own, and then the order finds everything free.
    """
    monkeypatch.setattr(load, "MOST_OVERDUE", 5)
    shop.stocks({"A": 20})
    for _ in range(12):
        shop.order({"A": 1})
    for number in range(7):
        shop.hold({"A": 1}, f"web-{number}", minutes=5)
    shop.moment.passes(minutes=16)
    before = len(shop.rows(Batch))
    assert shop.order({"A": 20}).order.status == "pending"
    assert len(shop.rows(Batch)) - before == 4, "5 and 5 orders, 5 holds; then 2 of each, and the order"
    assert shop.balances("A") == (0, 20, 0)
    assert [order.status for order in shop.rows(Order)].count("cancelled") == 12
    assert {hold.state for hold in shop.rows(Hold)} == {"expired"}


def test_what_an_overdue_order_held_goes_to_who_waits_for_it_whoever_found_it(shop):
    """Ada holds the only cup, and waits for tea. Her time is up when tea comes: Bob, who waits for a cup, gets hers."""
    shop.stocks({"CUP": 1, "TEA": 0})
    shop.order({"CUP": 1, "TEA": 1}, on_shortage="backorder", hold_minutes=1)
    shop.order({"CUP": 1}, on_shortage="backorder", paid=True)
    shop.moment.passes(minutes=2)
    with shop.engine.database.reading() as connection:
        items = find_order(connection, "1001", shop.moment.now()).items
    assert [item.backordered for item in items] == [0, 0], "what is over waits for nothing, swept or not"
    shop.adjusts("TEA", "increment", 1)
    assert shop.balances("CUP") == (0, 0, 1)
    assert shop.balances("TEA") == (1, 0, 0)
