"""Red Sneaker, size 42: ten pairs in the main store. A customer buys two and brings one back."""

from decimal import Decimal

import pytest
from tests.stories.telling import tell

from onhand.books import Actor
from onhand.rows import Return
from onhand.trade.errors import InsufficientStock
from onhand.trade.returns import ReturnItem, ReturnItems

SNEAKER = "SNEAKER-RED-42"
JANE = Actor("Jane Smith")
WEB_SHOP = Actor("System")


@pytest.fixture
def sneakers(shop):
    shop.sells(SNEAKER, "Red Sneaker Size 42", price="59.90")
    shop.stocks({SNEAKER: 10})
    return shop


def trail(shop, sku=SNEAKER):
    """The ledger as (operation on what customers can order, quantity, previous → new, reason, notes)."""
    rows, previous = [], 0
    for movement in shop.movements(sku):
        if movement.available != previous:
            operation = "increment" if movement.available > previous else "decrement"
            quantities = f"{previous} → {movement.available}"
            rows.append((operation, movement.quantity, quantities, movement.reason, movement.notes))
        previous = movement.available
    return rows


def test_a_customer_buys_then_returns(sneakers):
    order = sneakers.order({SNEAKER: 2}, customer_id="7")
    number = order.order.number
    assert sneakers.balances(SNEAKER) == (8, 2, 0)
    sneakers.confirm(order)
    sneakers.ship(order)
    pair = (ReturnItem(SNEAKER, 1),)
    back = ReturnItems(order.order.id, pair, "Defective - wrong size", processed_by="124")
    sneakers.run(back, JANE)
    assert sneakers.balances(SNEAKER) == (9, 0, 0)
    assert trail(sneakers) == [
        ("increment", 10, "0 → 10", "Opening stock", None),
        ("decrement", 2, "10 → 8", f"Customer order #{number}", "Customer ID: 7"),
        ("increment", 1, "8 → 9", f"Customer return - Order #{number}", "Defective - wrong size"),
    ]
    movement = sneakers.movements(SNEAKER)[-1]
    assert (movement.actor, movement.on_behalf_of, movement.order_id) == ("Jane Smith", "124", order.order.id)


def test_the_history_of_a_week(sneakers):
    """10 → 8 → 7 → 8: two sold, one sold, one of the wrong size back."""
    first = sneakers.order({SNEAKER: 2}, paid=True, customer_id="7")
    second = sneakers.order({SNEAKER: 1}, paid=True)
    sneakers.ship(second)
    sneakers.take_back(second, {SNEAKER: 1}, reason="Wrong size")
    assert trail(sneakers)[1:] == [
        ("decrement", 2, "10 → 8", f"Customer order #{first.order.number}", "Customer ID: 7"),
        ("decrement", 1, "8 → 7", f"Customer order #{second.order.number}", None),
        ("increment", 1, "7 → 8", f"Customer return - Order #{second.order.number}", "Wrong size"),
    ]


def test_a_cancelled_order_gives_back_exactly_once(sneakers):
    order = sneakers.order({SNEAKER: 2})
    for _ in range(3):
        sneakers.cancel(order, "Changed my mind")
    assert sneakers.balances(SNEAKER) == (10, 0, 0)
    assert trail(sneakers)[1:] == [
        ("decrement", 2, "10 → 8", f"Customer order #{order.order.number}", None),
        ("increment", 2, "8 → 10", f"Order cancelled #{order.order.number}", "Changed my mind"),
    ]


def test_a_whole_return_ends_the_order_and_remembers_the_refund(sneakers):
    order = sneakers.order({SNEAKER: 2}, paid=True)
    sneakers.ship(order)
    sneakers.take_back(order, {SNEAKER: 2}, reason="Too small", refund_amount=Decimal("119.80"), processed_by="124")
    assert sneakers.status(order) == "returned"
    assert sneakers.balances(SNEAKER) == (10, 0, 0)
    (back,) = sneakers.rows(Return)
    assert (back.reason, back.refund_amount, back.processed_by) == ("Too small", 11980, "124")


def test_stock_is_changed_by_hand_with_who_why_and_how_much(sneakers):
    change = sneakers.adjusts(
        SNEAKER,
        "decrement",
        2,
        reason="Customer order #12345",
        notes="Online purchase",
        cause="import",
        cause_id="row 9",
    )
    assert (change.level.available, change.movement.kind) == (8, "decrement")
    sneakers.adjusts(SNEAKER, "increment", 1, reason="Customer return - Order #12345", notes="Defective - wrong size")
    assert trail(sneakers)[1:] == [
        ("decrement", 2, "10 → 8", "Customer order #12345", "Online purchase"),
        ("increment", 1, "8 → 9", "Customer return - Order #12345", "Defective - wrong size"),
    ]
    assert [(row.cause, row.cause_id) for row in sneakers.movements(SNEAKER)[1:]] == [
        ("import", "row 9"),
        ("adjustment", None),
    ]


def test_twenty_are_refused_when_eight_are_left(sneakers):
    sneakers.adjusts(SNEAKER, "decrement", 2)
    with pytest.raises(InsufficientStock) as refused:
        sneakers.adjusts(SNEAKER, "decrement", 20)
    assert refused.value.detail == "Cannot decrement stock below 0. Current: 8, Decrement: 20"
    with pytest.raises(InsufficientStock) as refused:
        sneakers.order({SNEAKER: 20})
    assert refused.value.detail == "Insufficient stock for Red Sneaker Size 42. Available: 8, Requested: 20"
    assert sneakers.balances(SNEAKER) == (8, 0, 0)
    assert len(sneakers.movements(SNEAKER)) == 2


def test_when_one_item_is_short_nothing_of_the_order_happens(shop):
    """Create order, reduce variant 1, reduce variant 2: fails. No order, no stock moved, no movement."""
    names = tell(
        shop,
        """
| what happens          | V1    | V2    | refused            |
|-----------------------|-------|-------|--------------------|
| 5 V1 arrive           | 5/0/0 |       |                    |
| 1 V2 arrive           | 5/0/0 | 1/0/0 |                    |
| Ada orders 2 V1, 2 V2 | 5/0/0 | 1/0/0 | insufficient_stock |
| Ada orders 6 V1, 2 V2 | 5/0/0 | 1/0/0 | insufficient_stock |
""",
    )
    assert names == {}
    assert len(shop.movements("V1")) == len(shop.movements("V2")) == 1
    with pytest.raises(InsufficientStock) as refused:
        shop.order({"V1": 6, "V2": 2})
    assert [short["sku"] for short in refused.value.data["shortages"]] == ["V1", "V2"]


STATUSES = """
| what happens           | A        | A is         | refused            |
|------------------------|----------|--------------|--------------------|
| 0 A arrive             | 0/0/0/0  | OUT_OF_STOCK |                    |
| 1 A are added          | 1/0/0/0  | LOW_STOCK    |                    |
| 9 A are added          | 10/0/0/0 | LOW_STOCK    |                    |
| 1 A are added          | 11/0/0/0 | IN_STOCK     |                    |
| Ada orders 11 A        | 0/11/0/0 | OUT_OF_STOCK |                    |
| Ada cancels            | 11/0/0/0 | IN_STOCK     |                    |
| 4 A are damaged        | 7/0/0/4  | LOW_STOCK    |                    |
| 8 A are damaged        | 7/0/0/4  | LOW_STOCK    | insufficient_stock |
| 5 A are repaired       | 7/0/0/4  | LOW_STOCK    | insufficient_stock |
| 1 A are repaired       | 8/0/0/3  | LOW_STOCK    |                    |
| 3 A are written off    | 8/0/0/0  | LOW_STOCK    |                    |
| 1 A are written off    | 8/0/0/0  | LOW_STOCK    | insufficient_stock |
| A is set from 8 to 12  | 12/0/0/0 | IN_STOCK     |                    |
| A is set from 8 to 3   | 12/0/0/0 | IN_STOCK     | stock_changed      |
| A is set from 12 to 12 | 12/0/0/0 | IN_STOCK     |                    |
| A is set from 12 to 0  | 0/0/0/0  | OUT_OF_STOCK |                    |
| 1 A are taken out      | 0/0/0/0  | OUT_OF_STOCK | insufficient_stock |
"""


def test_stock_by_hand_and_its_status(shop):
    tell(shop, STATUSES)
    assert [movement.version for movement in shop.movements("A")] == list(range(1, 11))
