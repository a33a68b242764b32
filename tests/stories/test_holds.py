"""The inventory half alone, for a platform with orders of its own: place_hold, confirm_reservation, fulfill_order."""

import pytest
from tests.stories.telling import tell

from onhand.rows import Hold

STORIES = {
    "held, confirmed, fulfilled": """
| what happens              | A       | the hold  | refused            |
|---------------------------|---------|-----------|--------------------|
| 100 A arrive              | 100/0/0 |           |                    |
| a platform holds 10 A     | 90/10/0 | held      |                    |
| the platform confirms all | 90/0/10 | reserved  |                    |
| the platform confirms all | 90/0/10 | reserved  |                    |
| the platform ships all    | 90/0/0  | fulfilled |                    |
| the platform ships all    | 90/0/0  | fulfilled |                    |
| the platform releases all | 90/0/0  | fulfilled | invalid_transition |
""",
    "held and released": """
| what happens              | A       | the hold | refused            |
|---------------------------|---------|----------|--------------------|
| 100 A arrive              | 100/0/0 |          |                    |
| a platform holds 10 A     | 90/10/0 | held     |                    |
| the platform releases all | 100/0/0 | released |                    |
| the platform releases all | 100/0/0 | released |                    |
| the platform confirms all | 100/0/0 | released | invalid_transition |
""",
    "in parts": """
| what happens                   | A       | B     | the hold  | refused                                      |
|--------------------------------|---------|-------|-----------|----------------------------------------------|
| 100 A arrive                   | 100/0/0 |       |           |                                              |
| 9 B arrive                     | 100/0/0 | 9/0/0 |           |                                              |
| a platform holds 10 A, 9 B     | 90/10/0 | 0/9/0 | held      |                                              |
| the platform releases 11 A     | 90/10/0 | 0/9/0 | held      | Cannot release more items than are on hold.  |
| the platform releases 3 A      | 93/7/0  | 0/9/0 | held      |                                              |
| the platform confirms 5 A, 9 B | 93/2/5  | 0/0/9 | held      |                                              |
| the platform confirms 3 A      | 93/2/5  | 0/0/9 | held      | hold_exceeded                                |
| the platform ships 6 A         | 93/2/5  | 0/0/9 | held      | Cannot release more items than are reserved. |
| the platform ships 1 A, 9 B    | 93/2/4  | 0/0/0 | held      |                                              |
| the platform confirms all      | 93/0/6  | 0/0/0 | reserved  |                                              |
| the platform releases 1 A      | 94/0/5  | 0/0/0 | reserved  |                                              |
| the platform ships all         | 94/0/0  | 0/0/0 | fulfilled |                                              |
""",
    "all or nothing": """
| what happens                      | A       | B     | refused                                               |
|-----------------------------------|---------|-------|-------------------------------------------------------|
| 100 A arrive                      | 100/0/0 |       |                                                       |
| 9 B arrive                        | 100/0/0 | 9/0/0 |                                                       |
| a platform holds 10 A, 10 B       | 100/0/0 | 9/0/0 | Insufficient stock for B. Available: 9, Requested: 10 |
| a platform holds 5 B, 5 B         | 100/0/0 | 9/0/0 | insufficient_stock                                    |
| a platform holds 1 NOSUCH         | 100/0/0 | 9/0/0 | variant_not_found                                     |
| a platform holds 1 A from nowhere | 100/0/0 | 9/0/0 | store_not_found                                       |
""",
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_story(shop, story):
    tell(shop, story)


def test_a_hold_gives_back_to_the_store_that_it_took_from(shop):
    """The old fault: a release that used the order's store took stock from a store that held none."""
    shop.stocks({"A": 5}, store="east")
    shop.stocks({"A": 5}, store="west")
    hold = shop.hold([("A", 2, "east"), ("A", 3, "west")])
    shop.release_hold(hold, [("A", 2, "west")])
    assert shop.balances("A", "east") == (3, 2, 0)
    assert shop.balances("A", "west") == (4, 1, 0)
    shop.release_hold(hold)
    assert shop.balances("A", "east") == shop.balances("A", "west") == (5, 0, 0)


def test_a_hold_keeps_the_platforms_own_reference(shop):
    shop.stocks({"A": 5})
    shop.hold({"A": 2}, reference="web-7781")
    (hold,) = shop.rows(Hold)
    assert hold.reference == "web-7781"
    assert shop.movements("A")[-1].reason == "Hold web-7781"
    assert shop.movements("A")[-1].order_id == hold.id
