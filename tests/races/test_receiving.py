"""Deliveries, orders and closings at the same moment: who waits is served in turn, and no unit is given twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.races.crowd import at_once, done
from tests.shop import Shop

from onhand.rows import Line, PurchaseOrderLine
from onhand.trade.errors import InvalidTransition
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    ReceiptExceedsOrdered,
    ReceivedItem,
    ReceivePurchaseOrder,
)

Run = Callable[..., Any]


def bought(shop: Shop, quantity: int) -> str:
    command = CreatePurchaseOrder("Tea & Co", "main", (PurchaseItem("TEA", quantity),))
    return str(shop.run(command).order.id)


def delivery(order: str, units: int) -> ReceivePurchaseOrder:
    return ReceivePurchaseOrder(order, (ReceivedItem(units, 0, "TEA"),))


def wanted(units: int, **more: Any) -> PlaceOrder:
    return PlaceOrder((Item("TEA", units),), store="main", paid=True, **more)


def test_one_delivery_against_two_waiting_orders_and_a_crowd_that_came_later(shop: Shop, doors: list[Run]):
    """Ten come; those who waited have seven of them, the others what is left, and never more."""
    shop.stocks({"TEA": 0})
    waiting, placed = [], 0
    for round_ in range(1, 5):
        waiting += [shop.run(wanted(units, on_shortage="backorder")).order.id for units in (4, 3)]
        order = bought(shop, 10)
        crowd = [partial(doors[place % 2], wanted(1)) for place in range(8)]
        arrived, *others = at_once(partial(doors[round_ % 2], delivery(order, 10)), *crowd)
        assert done([arrived]) == [arrived]
        left = {line.order_id: line.backordered for line in shop.rows(Line)}
        assert {left[order_id] for order_id in waiting} == {0}, "somebody who came later took what they waited for"
        placed += len(done(others))
        assert shop.balances("TEA") == (3 * round_ - placed, 0, 7 * round_ + placed)


def test_four_deliveries_fill_eight_who_wait_once(shop: Shop, doors: list[Run]):
    shop.stocks({"TEA": 0})
    for _ in range(8):
        shop.run(wanted(1, on_shortage="backorder"))
    orders = [bought(shop, 2) for _ in range(4)]
    at_once(*[partial(doors[place % 2], delivery(order, 2)) for place, order in enumerate(orders)])
    assert [line.backordered for line in shop.rows(Line)] == [0] * 8
    assert [line.received for line in shop.rows(PurchaseOrderLine)] == [2] * 4
    assert shop.balances("TEA") == (0, 0, 8)


def test_two_vans_with_the_same_goods_are_not_both_booked(shop: Shop, doors: list[Run]):
    shop.stocks({"TEA": 0})
    order = bought(shop, 10)
    outcomes = at_once(*[partial(doors[place % 2], delivery(order, 10)) for place in range(6)])
    assert sum(isinstance(outcome, ReceiptExceedsOrdered) for outcome in outcomes) == 5
    assert shop.balances("TEA") == (10, 0, 0)


def test_closing_against_a_delivery(shop: Shop, doors: list[Run]):
    """Either the goods are in before it is closed, or it is closed and they are refused."""
    shop.stocks({"TEA": 0})
    for _ in range(5):
        order = bought(shop, 10)
        before = shop.balances("TEA")[0]
        _, came = at_once(
            partial(doors[0], ClosePurchaseOrder(order, "Too late")),
            partial(doors[1], delivery(order, 4)),
        )
        assert shop.balances("TEA")[0] - before == (0 if isinstance(came, InvalidTransition) else 4)
