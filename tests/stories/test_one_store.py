"""A till that may use its own store only takes nothing from another one, and lets nobody wait for what lies there."""

from decimal import Decimal

import pytest
from tests.shop import Shop

from onhand.books import Actor
from onhand.rows import Line
from onhand.trade.amend import AmendOrder
from onhand.trade.payments import RecordPayment
from onhand.trade.placing import Item, PlaceOrder


@pytest.fixture
def stores(shop: Shop) -> Shop:
    """Five mugs at the till's own store, three in the annex."""
    shop.stocks({"MUG": 5})
    shop.stocks({"MUG": 3}, "annex")
    return shop


def till(shop: Shop) -> Actor:
    return Actor("till", stores=frozenset({shop.store("main").id}))


def backordered(shop: Shop, order) -> int:
    return sum(row.backordered for row in shop.rows(Line) if row.order_id == order.order.id)


def test_placed(stores):
    order = stores.run(PlaceOrder((Item("MUG", 7),), paid=True, on_shortage="backorder"), till(stores))
    assert (stores.balances("MUG"), stores.balances("MUG", "annex")) == ((0, 0, 5), (1, 0, 2))
    assert backordered(stores, order) == 0


def test_amended(stores):
    order = stores.order({"MUG": 4}, on_shortage="backorder")
    stores.run(AmendOrder(order.order.id, (Item("MUG", 9),)), till(stores))
    assert (stores.balances("MUG"), stores.balances("MUG", "annex")) == ((0, 5, 0), (0, 3, 0))
    assert backordered(stores, order) == 1


def test_paid_late(stores):
    stores.engine.policy = stores.engine.policy._replace(on_late_payment="backorder")
    order = stores.order({"MUG": 2}, hold_minutes=1)
    stores.moment.passes(minutes=2)
    stores.expire(order)
    stores.order([("MUG", 4, "main")], paid=True)
    stores.run(RecordPayment(order.order.id, "C-1", Decimal("20.00"), "USD", "cash"), till(stores))
    assert (stores.balances("MUG"), stores.balances("MUG", "annex")) == ((0, 0, 5), (2, 0, 1))
    assert backordered(stores, order) == 0
