"""Time runs out: an order that is not paid keeps its stock for fifteen minutes, a bare hold as long as was asked."""

import pytest
from tests.stories.telling import tell

from onhand.rows import Order

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
