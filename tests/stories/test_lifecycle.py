"""The life of an order, as a shop that sells 100 units of A lives it."""

import pytest
from tests.stories.telling import tell

STORIES = {
    "paid and shipped": """
| what happens             | A       | A is     | Ada's order | refused |
|--------------------------|---------|----------|-------------|---------|
| 100 A arrive             | 100/0/0 | IN_STOCK |             |         |
| Ada orders 10 A          | 90/10/0 | IN_STOCK | pending     |         |
| Ada's payment succeeds   | 90/0/10 | IN_STOCK | confirmed   |         |
| Ada's order is picked    | 90/0/10 | IN_STOCK | processing  |         |
| Ada's order is shipped   | 90/0/0  | IN_STOCK | shipped     |         |
| Ada's order is delivered | 90/0/0  | IN_STOCK | delivered   |         |
""",
    "the payment fails": """
| what happens        | A       | A is     | Ada's order | refused |
|---------------------|---------|----------|-------------|---------|
| 100 A arrive        | 100/0/0 | IN_STOCK |             |         |
| Ada orders 10 A     | 90/10/0 | IN_STOCK | pending     |         |
| Ada's payment fails | 100/0/0 | IN_STOCK | cancelled   |         |
""",
    "cancelled before it is paid": """
| what happens           | A       | A is     | Ada's order | refused                          |
|------------------------|---------|----------|-------------|----------------------------------|
| 100 A arrive           | 100/0/0 | IN_STOCK |             |                                  |
| Ada orders 10 A        | 90/10/0 | IN_STOCK | pending     |                                  |
| Ada cancels            | 100/0/0 | IN_STOCK | cancelled   |                                  |
| Ada cancels            | 100/0/0 | IN_STOCK | cancelled   |                                  |
| Ada's payment succeeds | 100/0/0 | IN_STOCK | cancelled   | Cannot confirm a cancelled order |
| Ada's order is shipped | 100/0/0 | IN_STOCK | cancelled   | Cannot ship a cancelled order    |
""",
    "cancelled after it is paid": """
| what happens           | A       | Ada's order | refused |
|------------------------|---------|-------------|---------|
| 100 A arrive           | 100/0/0 |             |         |
| Ada orders 10 A        | 90/10/0 | pending     |         |
| Ada's payment succeeds | 90/0/10 | confirmed   |         |
| Ada cancels            | 100/0/0 | cancelled   |         |
| Ada cancels            | 100/0/0 | cancelled   |         |
""",
    "cancelled while it is picked": """
| what happens             | A       | Ada's order | refused |
|--------------------------|---------|-------------|---------|
| 100 A arrive             | 100/0/0 |             |         |
| Ada orders and pays 10 A | 90/0/10 | confirmed   |         |
| Ada's order is picked    | 90/0/10 | processing  |         |
| Ada's order is picked    | 90/0/10 | processing  |         |
| Ada cancels              | 100/0/0 | cancelled   |         |
""",
    "nothing is given back once it left": """
| what happens                | A       | Ada's order       | refused                                 |
|-----------------------------|---------|-------------------|-----------------------------------------|
| 100 A arrive                | 100/0/0 |                   |                                         |
| Ada orders and pays 10 A    | 90/0/10 | confirmed         |                                         |
| Ada's order is shipped: 4 A | 90/0/6  | partially_shipped |                                         |
| Ada cancels                 | 90/0/6  | partially_shipped | Cannot cancel a partially shipped order |
| Ada's order is delivered    | 90/0/6  | partially_shipped | invalid_transition                      |
| Ada's order is shipped      | 90/0/0  | shipped           |                                         |
| Ada cancels                 | 90/0/0  | shipped           | Cannot cancel a shipped order           |
| Ada's order is shipped      | 90/0/0  | shipped           | Cannot ship a shipped order             |
| Ada's order is delivered    | 90/0/0  | delivered         |                                         |
| Ada's order is delivered    | 90/0/0  | delivered         |                                         |
| Ada cancels                 | 90/0/0  | delivered         | Cannot cancel a delivered order         |
""",
    "every word is said twice": """
| what happens           | A       | Ada's order | refused |
|------------------------|---------|-------------|---------|
| 100 A arrive           | 100/0/0 |             |         |
| Ada orders 10 A        | 90/10/0 | pending     |         |
| Ada's payment succeeds | 90/0/10 | confirmed   |         |
| Ada's payment succeeds | 90/0/10 | confirmed   |         |
| Ada's order is shipped | 90/0/0  | shipped     |         |
| Ada's payment succeeds | 90/0/0  | shipped     |         |
""",
    "it cannot leave before it is paid": """
| what happens             | A       | Ada's order | refused            |
|--------------------------|---------|-------------|--------------------|
| 100 A arrive             | 100/0/0 |             |                    |
| Ada orders 10 A          | 90/10/0 | pending     |                    |
| Ada's order is picked    | 90/10/0 | pending     | invalid_transition |
| Ada's order is shipped   | 90/10/0 | pending     | invalid_transition |
| Ada's order is delivered | 90/10/0 | pending     | invalid_transition |
| Ada returns 1 A          | 90/10/0 | pending     | invalid_transition |
""",
    "two parcels": """
| what happens                     | A       | B      | Ada's order       | refused              |
|----------------------------------|---------|--------|-------------------|----------------------|
| 100 A arrive                     | 100/0/0 |        |                   |                      |
| 50 B arrive                      | 100/0/0 | 50/0/0 |                   |                      |
| Ada orders and pays 10 A, 5 B    | 90/0/10 | 45/0/5 | confirmed         |                      |
| Ada's order is shipped: 3 A      | 90/0/7  | 45/0/5 | partially_shipped |                      |
| Ada's order is shipped: 8 A      | 90/0/7  | 45/0/5 | partially_shipped | reservation_exceeded |
| Ada's order is shipped: 7 A, 6 B | 90/0/7  | 45/0/5 | partially_shipped | reservation_exceeded |
| Ada's order is shipped: 7 A, 1 B | 90/0/0  | 45/0/4 | partially_shipped |                      |
| Ada's order is picked            | 90/0/0  | 45/0/4 | partially_shipped |                      |
| Ada's order is shipped           | 90/0/0  | 45/0/0 | shipped           |                      |
""",
    "the same SKU on two lines is one demand": """
| what happens                     | A      | Ada's order        | refused            |
|----------------------------------|--------|--------------------|--------------------|
| 10 A arrive                      | 10/0/0 |                    |                    |
| Bob orders 6 A, 5 A              | 10/0/0 |                    | insufficient_stock |
| Ada orders 6 A, 4 A              | 0/10/0 | pending            |                    |
| Ada's payment succeeds           | 0/0/10 | confirmed          |                    |
| Ada's order is shipped: 7 A      | 0/0/3  | partially_shipped  |                    |
| Ada's order is shipped: 1 A, 2 A | 0/0/0  | shipped            |                    |
| Ada returns 8 A                  | 8/0/0  | partially_returned |                    |
| Ada returns 2 A                  | 10/0/0 | returned           |                    |
""",
    "goods come back": """
| what happens             | A         | Ada's order        | refused                |
|--------------------------|-----------|--------------------|------------------------|
| 100 A arrive             | 100/0/0/0 |                    |                        |
| Ada orders and pays 10 A | 90/0/10/0 | confirmed          |                        |
| Ada returns 1 A          | 90/0/10/0 | confirmed          | invalid_transition     |
| Ada's order is shipped   | 90/0/0/0  | shipped            |                        |
| Ada returns 3 A          | 93/0/0/0  | partially_returned |                        |
| Ada returns 2 A, damaged | 93/0/0/2  | partially_returned |                        |
| Ada returns 1 A, lost    | 93/0/0/2  | partially_returned |                        |
| Ada returns 5 A          | 93/0/0/2  | partially_returned | return_exceeds_shipped |
| Ada returns 4 A          | 97/0/0/2  | returned           |                        |
| Ada returns 1 A          | 97/0/0/2  | returned           | return_exceeds_shipped |
| 1 A are repaired         | 98/0/0/1  | returned           |                        |
| 1 A are written off      | 98/0/0/0  | returned           |                        |
""",
    "a part comes back before the rest has left": """
| what happens                | A      | Ada's order       | refused                |
|-----------------------------|--------|-------------------|------------------------|
| 10 A arrive                 | 10/0/0 |                   |                        |
| Ada orders and pays 10 A    | 0/0/10 | confirmed         |                        |
| Ada's order is shipped: 4 A | 0/0/6  | partially_shipped |                        |
| Ada returns 5 A             | 0/0/6  | partially_shipped | return_exceeds_shipped |
| Ada returns 4 A             | 4/0/6  | partially_shipped |                        |
| Ada's order is shipped      | 4/0/0  | shipped           |                        |
| Ada returns 6 A             | 10/0/0 | returned          |                        |
""",
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_story(shop, story):
    tell(shop, story)


def test_an_order_across_stores_moves_each_stores_own_stock(shop):
    """Order #1: product A from store A, product B from store B, product C from store A."""
    tell(
        shop,
        """
| what happens                                  | A in a  | B in b | C in a | A in b  | B in a | Eve's order        |
|-----------------------------------------------|---------|--------|--------|---------|--------|--------------------|
| 100 A arrive at a                             | 100/0/0 |        |        |         |        |                    |
| 100 A arrive at b                             | 100/0/0 |        |        | 100/0/0 |        |                    |
| 50 B arrive at b                              | 100/0/0 | 50/0/0 |        | 100/0/0 |        |                    |
| 50 B arrive at a                              | 100/0/0 | 50/0/0 |        | 100/0/0 | 50/0/0 |                    |
| 75 C arrive at a                              | 100/0/0 | 50/0/0 | 75/0/0 | 100/0/0 | 50/0/0 |                    |
| Eve orders 5 A from a, 3 B from b, 2 C from a | 95/5/0  | 47/3/0 | 73/2/0 | 100/0/0 | 50/0/0 | pending            |
| Eve's payment succeeds                        | 95/0/5  | 47/0/3 | 73/0/2 | 100/0/0 | 50/0/0 | confirmed          |
| Eve's order is shipped: 3 B from b            | 95/0/5  | 47/0/0 | 73/0/2 | 100/0/0 | 50/0/0 | partially_shipped  |
| Eve's order is shipped                        | 95/0/0  | 47/0/0 | 73/0/0 | 100/0/0 | 50/0/0 | shipped            |
| Eve returns 1 B, to a                         | 95/0/0  | 47/0/0 | 73/0/0 | 100/0/0 | 51/0/0 | partially_returned |
| Eve returns 1 B                               | 95/0/0  | 48/0/0 | 73/0/0 | 100/0/0 | 51/0/0 | partially_returned |
""",
    )


@pytest.mark.parametrize("paid", [False, True])
def test_a_cancelled_order_across_stores_gives_back_to_each_store_what_is_its_own(shop, paid):
    tell(
        shop,
        f"""
| what happens                                                      | A in a | B in b | C in a | Eve's order |
|-------------------------------------------------------------------|--------|--------|--------|-------------|
| 5 A arrive at a                                                   | 5/0/0  |        |        |             |
| 3 B arrive at b                                                   | 5/0/0  | 3/0/0  |        |             |
| 2 C arrive at a                                                   | 5/0/0  | 3/0/0  | 2/0/0  |             |
| Eve orders {"and pays " * paid}5 A from a, 3 B from b, 2 C from a |        |        |        |             |
| Eve cancels                                                       | 5/0/0  | 3/0/0  | 2/0/0  | cancelled   |
""",
    )


def test_thirty_five_units_are_reserved_and_a_hundred_and_ninety_available(shop):
    """100 of A, 50 of B and 75 of C; 10, 5 and 20 are ordered."""
    tell(
        shop,
        """
| what happens               | A       | B      | C       | Ada's order |
|----------------------------|---------|--------|---------|-------------|
| 100 A arrive               | 100/0/0 |        |         |             |
| 50 B arrive                | 100/0/0 | 50/0/0 |         |             |
| 75 C arrive                | 100/0/0 | 50/0/0 | 75/0/0  |             |
| Ada orders 10 A, 5 B, 20 C | 90/10/0 | 45/5/0 | 55/20/0 | pending     |
| Ada's payment succeeds     | 90/0/10 | 45/0/5 | 55/0/20 | confirmed   |
""",
    )
    levels = [shop.level(sku) for sku in "ABC"]
    assert sum(level.on_hold + level.reserved for level in levels) == 35
    assert sum(level.available for level in levels) == 190
    assert sum(level.on_hand for level in levels) == 225


def test_what_the_order_took_leaves_with_it(shop):
    tell(
        shop,
        """
| what happens                        | A       | B      | C       | Ada's order |
|-------------------------------------|---------|--------|---------|-------------|
| 100 A arrive                        | 100/0/0 |        |         |             |
| 50 B arrive                         | 100/0/0 | 50/0/0 |         |             |
| 75 C arrive                         | 100/0/0 | 50/0/0 | 75/0/0  |             |
| Ada orders and pays 10 A, 5 B, 20 C | 90/0/10 | 45/0/5 | 55/0/20 | confirmed   |
| Ada's order is shipped              | 90/0/0  | 45/0/0 | 55/0/0  | shipped     |
""",
    )
    assert sum(shop.level(sku).on_hand for sku in "ABC") == 190
