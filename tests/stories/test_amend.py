"""Amending an order before it ships: a new list of items, and the difference of stock and money."""

from decimal import Decimal

import pytest
from tests.shop import Shop
from tests.stories.paying import order_row, says, told

from onhand.rows import Line
from onhand.trade.amend import AmendOrder
from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.errors import InsufficientStock, InvalidTransition, TotalMismatch, ValidationFailed
from onhand.trade.placing import Item, PlaceOrder


@pytest.fixture
def china(shop: Shop) -> Shop:
    shop.stocks({"MUG": 5, "BOWL": 5})
    return shop


def amends(shop: Shop, order, items: dict[str, int], **more):
    return shop.run(AmendOrder(order.order.id, tuple(Item(sku, units) for sku, units in items.items()), **more))


def lines(shop: Shop, order) -> dict[str, tuple[int, int]]:
    """Each SKU's (quantity, total)."""
    return {row.sku: (row.quantity, row.total) for row in shop.rows(Line) if row.order_id == order.order.id}


def test_more_less_new_and_gone(china):
    order = china.order({"MUG": 3, "BOWL": 1})
    china.stocks({"JUG": 2})
    amended = amends(china, order, {"MUG": 1, "JUG": 2})
    assert lines(china, order) == {"MUG": (1, 1000), "BOWL": (0, 0), "JUG": (2, 2000)}
    assert (china.balances("MUG"), china.balances("BOWL"), china.balances("JUG")) == ((4, 1, 0), (5, 0, 0), (0, 2, 0))
    assert (amended.total_before, order_row(china, order).total) == (4000, 3000)
    assert told(china, order)[-1] == "order.amended"
    assert says(china, "paid", order, amount="30.00").outcome == "confirmed"
    china.ship(order)
    assert china.status(order) == "shipped"


def test_a_line_that_was_taken_out_comes_back(china):
    order = china.order({"MUG": 3, "BOWL": 1})
    amends(china, order, {"MUG": 1})
    amends(china, order, {"MUG": 1, "BOWL": 4})
    assert lines(china, order) == {"MUG": (1, 1000), "BOWL": (4, 4000)}
    assert china.balances("BOWL") == (1, 4, 0)


def test_a_confirmed_order_reserves_at_once_and_owes_the_difference(china):
    order = china.order({"MUG": 2})
    says(china, "paid", order)
    amended = amends(china, order, {"MUG": 3})
    assert china.balances("MUG") == (2, 0, 3)
    assert (order_row(china, order).total - amended.total_before, order_row(china, order).total - amended.paid) == (
        1000,
        1000,
    )
    assert says(china, "paid", order, "P-2", amount="10.00").outcome == "confirmed", "it is what is owed"
    assert says(china, "paid", order, "P-3", amount="10.00").outcome == "refund_due"


def test_all_or_nothing(china):
    order = china.order({"MUG": 3, "BOWL": 2})
    before = china.books()
    with pytest.raises(InsufficientStock):
        amends(china, order, {"MUG": 1, "BOWL": 6})
    after = china.books()
    assert {kind: rows for kind, rows in after.items() if rows != before[kind] and kind.__name__ != "Batch"} == {}


def test_who_may_wait_waits(china):
    order = china.order({"MUG": 4}, on_shortage="backorder")
    amends(china, order, {"MUG": 7})
    assert china.balances("MUG") == (0, 5, 0)
    amends(china, order, {"MUG": 6})
    china.stocks({"MUG": 3})
    assert china.balances("MUG") == (2, 6, 0), "of the two that waited one was taken off again"


def test_what_is_given_up_goes_to_who_waits(china):
    order = china.order({"MUG": 5})
    waiting = china.order({"MUG": 2}, on_shortage="backorder")
    amends(china, order, {"MUG": 4})
    row = next(row for row in china.rows(Line) if row.order_id == waiting.order.id)
    assert row.backordered == 1


def test_a_kit_gives_its_parts_back(china):
    china.run(CreateProduct("Breakfast", (VariantSpec("SET", 15_0000, components=(("MUG", 2), ("BOWL", 1))),)))
    order = china.order({"SET": 2})
    amends(china, order, {"SET": 1})
    assert (china.balances("MUG"), china.balances("BOWL")) == ((3, 2, 0), (4, 1, 0))


def test_lines_of_one_sku_share_what_is_left(china):
    order = china.order([("MUG", 2), ("MUG", 3)])
    amends(china, order, {"MUG": 3})
    quantities = [row.quantity for row in china.rows(Line) if row.order_id == order.order.id]
    assert (quantities, china.balances("MUG")) == ([2, 1], (2, 3, 0))


def test_prices_are_kept_and_amounts_shared(china):
    item = Item("MUG", 3, 9_9900, discount=Decimal("3.00"), tax=Decimal("1.00"))
    order = china.run(PlaceOrder((item,), shipping=Decimal("4.00")))
    assert order.order.total == 2997 - 300 + 100 + 400
    amends(china, order, {"MUG": 1})
    assert order_row(china, order).total == 999 - 100 + 33 + 400
    with pytest.raises(TotalMismatch):
        amends(china, order, {"MUG": 2}, expected_total=Decimal("1.00"))
    with pytest.raises(ValidationFailed, match="more than what"):
        amends(china, order, {"MUG": 1}, discount=Decimal("100"))
    amends(china, order, {"MUG": 2}, shipping=Decimal(0), expected_total=Decimal("18.64"))


@pytest.mark.parametrize("deed", ["pick", "ship", "cancel"])
def test_not_when_it_is_on_its_way(china, deed):
    order = china.order({"MUG": 2}, paid=True)
    getattr(china, deed)(order)
    with pytest.raises(InvalidTransition):
        amends(china, order, {"MUG": 1})


def test_not_when_its_hold_has_run_out(china):
    order = china.order({"MUG": 2}, hold_minutes=1)
    china.moment.passes(minutes=2)
    with pytest.raises(InvalidTransition):
        amends(china, order, {"MUG": 1})
