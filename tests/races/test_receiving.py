"""Deliveries, orders and closings at the same moment: who waits is served in turn, and no unit is given twice."""

import threading
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any

from tests.shop import CLERK, Shop

from onhand.db.database import Database, open_database
from onhand.engine import Engine
from onhand.rows import Line, PurchaseOrderLine
from onhand.trade.errors import InvalidTransition, Refusal
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    ReceiptExceedsOrdered,
    ReceivedItem,
    ReceivePurchaseOrder,
)
from onhand.views.verify import verify


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each came to, a refusal or a result; all begin at the same moment."""
    outcomes: list[Any] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(place: int, deed: Callable[[], Any]) -> None:
        gate.wait()
        try:
            outcomes[place] = deed()
        except Refusal as refusal:
            outcomes[place] = refusal

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def bought(shop: Shop, quantity: int) -> str:
    command = CreatePurchaseOrder("Tea & Co", "main", (PurchaseItem("TEA", quantity),))
    return str(shop.run(command).order.id)


def delivery(order: str, units: int) -> ReceivePurchaseOrder:
    return ReceivePurchaseOrder(order, (ReceivedItem(units, 0, "TEA"),))


def wanted(units: int, **more: Any) -> PlaceOrder:
    return PlaceOrder((Item("TEA", units),), store="main", paid=True, **more)


def test_one_delivery_against_two_waiting_orders_and_a_crowd_that_came_later(shop: Shop):
    """Ten come; those who waited have seven of them, the others what is left, and never more."""
    shop.stocks({"TEA": 0})
    first = shop.run(wanted(4, on_shortage="backorder")).order.id
    second = shop.run(wanted(3, on_shortage="backorder")).order.id
    order = bought(shop, 10)
    crowd = [partial(shop.run, wanted(1))] * 12
    arrived, *others = at_once(partial(shop.run, delivery(order, 10)), *crowd)
    assert not isinstance(arrived, Refusal)
    waiting = {line.order_id: line.backordered for line in shop.rows(Line)}
    assert (waiting[first], waiting[second]) == (0, 0), "nobody who came later took what they waited for"
    placed = sum(not isinstance(other, Refusal) for other in others)
    assert placed <= 3
    assert shop.balances("TEA") == (3 - placed, 0, 7 + placed)


def test_two_vans_with_the_same_goods_are_not_both_booked(shop: Shop):
    shop.stocks({"TEA": 0})
    order = bought(shop, 10)
    outcomes = at_once(*[partial(shop.run, delivery(order, 10))] * 6)
    assert sum(isinstance(outcome, ReceiptExceedsOrdered) for outcome in outcomes) == 5
    assert shop.balances("TEA") == (10, 0, 0)


def test_closing_against_a_delivery(shop: Shop):
    """Either the goods are in before it is closed, or it is closed and they are refused."""
    shop.stocks({"TEA": 0})
    for _ in range(5):
        order = bought(shop, 10)
        before = shop.balances("TEA")[0]
        _, came = at_once(
            partial(shop.run, ClosePurchaseOrder(order, "Too late")),
            partial(shop.run, delivery(order, 4)),
        )
        assert shop.balances("TEA")[0] - before == (0 if isinstance(came, InvalidTransition) else 4)


def test_two_processes_fill_the_same_waiting_orders_once(shop: Shop, database: Database):
    """Where several engines may share a database, the rows are what they wait for each other at."""
    shop.stocks({"TEA": 0})
    for _ in range(8):
        shop.run(wanted(1, on_shortage="backorder"))
    orders = [bought(shop, 2) for _ in range(4)]
    engines, opened = [shop.engine], []
    if database.is_shared:
        opened.append(open_database(database.url))
        engines.append(Engine(opened[0]))
        engines[1].start()
    at_once(
        *[partial(engine.run, delivery(order, 2), CLERK) for order, engine in zip(orders, cycle(engines), strict=False)]
    )
    for engine in engines[1:]:
        engine.close()
    for each in opened:
        each.close()
    assert [line.backordered for line in shop.rows(Line)] == [0] * 8
    assert [line.received for line in shop.rows(PurchaseOrderLine)] == [2] * 4
    assert shop.balances("TEA") == (0, 0, 8)
    assert verify(database).broken == []
