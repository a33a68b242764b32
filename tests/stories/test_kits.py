"""A gift set of two cups and a tin of tea: sold as one, and made of what lies there."""

import pytest
from tests.shop import Shop

from onhand.trade.catalog import ChangeProduct, CreateProduct, VariantSpec
from onhand.trade.errors import InUse
from onhand.trade.fulfilment import PickOrder
from onhand.views.availability import product_stock
from onhand.views.picking_start import picking_lists
from onhand.views.today import today


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


def test_sets_that_wait_are_counted_as_sets_and_their_parts_as_parts(sets: Shop):
    sets.order({"SET": 6}, paid=True, on_shortage="backorder")
    sets.order({"TEA": 1}, paid=True, on_shortage="backorder")
    partly = sets.order({"CUP": 12}, paid=True, on_shortage="partial")
    now = sets.moment.now()
    with sets.engine.database.reading() as connection:
        waiting = {sku: product_stock(connection, sku, now).backordered for sku in ("SET", "CUP", "TEA")}
        numbers = today(connection, now, now - 60_000_000)
    assert waiting == {"SET": 6, "CUP": 12, "TEA": 7}
    assert (numbers.backorders, numbers.backordered_units) == (2, 7)
    assert partly.lines[0].released == 3
    assert numbers.units == 6 + 1 + 9, "what was given up was not sold"


def test_a_set_is_picked_by_its_parts(sets: Shop):
    sets.adjusts("TEA", "increment", 3)
    order = sets.order({"SET": 2}, paid=True)
    (main,) = picking_lists(sets.run(PickOrder(order.order.id)))
    assert [(line.sku, line.quantity) for line in main.lines] == [("CUP", 4), ("TEA", 2)]


def test_what_lies_on_a_shelf_does_not_become_a_set(sets: Shop):
    """A set has no stock of its own: what lies there could be neither sold nor counted any more."""
    made_of_tea = ChangeProduct("CUP", variants=(VariantSpec("CUP", None, components=(("TEA", 1),)),))
    with pytest.raises(InUse, match="CUP has stock of its own"):
        sets.run(made_of_tea)
    sets.adjusts("CUP", "decrement", 9)
    assert sets.run(made_of_tea).variants[0].components is not None
