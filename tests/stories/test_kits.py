"""A gift set of two cups and a tin of tea: sold as one, and made of what lies there."""

import pytest
from tests.shop import Shop

from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.fulfilment import PickOrder
from onhand.views.picking_start import picking_lists


@pytest.fixture
def sets(shop: Shop) -> Shop:
    shop.stocks({"CUP": 9, "TEA": 0})
    shop.run(CreateProduct("Gift set", (VariantSpec("SET", 250_000, components=(("CUP", 2), ("TEA", 1))),)))
    return shop


@pytest.mark.parametrize("store", [None, "main"])
def test_a_set_that_waits_is_filled_when_its_last_part_comes(sets: Shop, store: str | None):
    waiting = sets.order({"SET": 2}, paid=True, on_shortage="backorder", store=store)
    assert [line.backordered for line in waiting.lines] == [2]
    sets.adjusts("TEA", "increment", 1)
    assert (sets.balances("CUP"), sets.balances("TEA")) == ((7, 0, 2), (0, 0, 1))
    sets.adjusts("TEA", "increment", 5)
    assert (sets.balances("CUP"), sets.balances("TEA")) == ((5, 0, 4), (4, 0, 2))


def test_a_set_is_picked_by_its_parts(sets: Shop):
    sets.adjusts("TEA", "increment", 3)
    order = sets.order({"SET": 2}, paid=True)
    (main,) = picking_lists(sets.run(PickOrder(order.order.id)))
    assert [(line.sku, line.quantity) for line in main.lines] == [("CUP", 4), ("TEA", 2)]
