"""The returns desk: what customers say will come back, what does, where, and in which condition."""

import pytest
from tests.shop import Shop

from onhand.rows import Event, Line, Return
from onhand.trade import catalog
from onhand.trade.errors import InvalidTransition, ReturnExceedsShipped
from onhand.trade.returns import (
    CancelReturn,
    ReceiveReturn,
    RequestedItem,
    RequestReturn,
    ReturnItem,
    ReturnNotFound,
)


def requests(shop: Shop, order, items, reason="Wrong size"):
    listed = tuple(RequestedItem(sku, quantity) for sku, quantity in items.items())
    return shop.run(RequestReturn(order.order.id, listed, reason))


def receives(shop: Shop, requested, *items, **more):
    listed = tuple(ReturnItem(*item) for item in items)
    return shop.run(ReceiveReturn(requested.return_.id, listed, **more))


def sold(shop: Shop, items, **more):
    """An order that was paid and has left."""
    order = shop.order(items, paid=True, **more)
    shop.ship(order)
    return order


def returned_units(shop: Shop) -> list[int]:
    return [line.returned for line in shop.rows(Line)]


def test_announced_then_received_in_three_conditions_at_another_store(shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("east")
    order = sold(shop, {"MUG": 6})

    requested = requests(shop, order, {"MUG": 4})
    assert (requested.return_.status, requested.return_.number[:2]) == ("requested", "R-")
    assert shop.balances("MUG") == (4, 0, 0)
    assert shop.status(order) == "shipped"

    received = receives(
        shop, requested, ("MUG", 2), ("MUG", 1, "damaged"), ("MUG", 1, "lost"), store="east", processed_by="Ines"
    )
    assert received.return_.status == "received"
    level = shop.level("MUG", "east")
    assert (level.available, level.unsellable) == (2, 1)
    assert shop.balances("MUG") == (4, 0, 0)
    assert returned_units(shop) == [4]
    assert shop.status(order) == "partially_returned"
    assert {(line.condition, line.quantity) for line in received.lines} == {
        ("sellable", 2),
        ("damaged", 1),
        ("lost", 1),
    }
    told = [(row.type, row.seq) for row in shop.rows(Event) if row.subject == f"return/{received.return_.id}"]
    assert told == [("return.requested", 1), ("return.received", 2)]


def test_more_or_less_may_come_than_was_said_but_never_more_than_was_shipped(shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 10})
    order = sold(shop, {"MUG": 5, "TEA": 1})
    more = requests(shop, order, {"MUG": 1})
    receives(shop, more, ("MUG", 3), ("TEA", 1))
    less = requests(shop, order, {"MUG": 2})
    with pytest.raises(ReturnExceedsShipped) as refused:
        receives(shop, less, ("MUG", 3))
    assert (refused.value.data["requested"], refused.value.data["returnable"]) == (3, 2)
    receives(shop, less, ("MUG", 1))
    assert returned_units(shop) == [4, 1]
    assert shop.status(order) == "partially_returned"
    receives(shop, requests(shop, order, {"MUG": 1}), ("MUG", 1))
    assert shop.status(order) == "returned"


def test_what_is_expected_back_and_what_is_back_are_never_more_than_was_shipped(shop: Shop):
    shop.stocks({"MUG": 10})
    order = sold(shop, {"MUG": 3})
    first = requests(shop, order, {"MUG": 2})
    with pytest.raises(ReturnExceedsShipped) as refused:
        requests(shop, order, {"MUG": 2})
    assert (refused.value.data["returnable"], refused.value.data["expected"]) == (1, 2)
    with pytest.raises(ReturnExceedsShipped):
        shop.take_back(order, {"MUG": 2})
    shop.take_back(order, {"MUG": 1})
    cancelled = shop.run(CancelReturn(first.return_.number, "The customer keeps them"))
    assert cancelled.return_.status == "cancelled"
    assert shop.run(CancelReturn(first.return_.id)).return_ == cancelled.return_
    requests(shop, order, {"MUG": 2})
    with pytest.raises(ReturnExceedsShipped):
        requests(shop, order, {"MUG": 1})


def test_a_return_ends_once(shop: Shop):
    shop.stocks({"MUG": 10})
    order = sold(shop, {"MUG": 3})
    received = requests(shop, order, {"MUG": 1})
    receives(shop, received, ("MUG", 1))
    for step in (
        ReceiveReturn(received.return_.id, (ReturnItem("MUG", 1),)),
        CancelReturn(received.return_.id),
    ):
        with pytest.raises(InvalidTransition):
            shop.run(step)
    cancelled = requests(shop, order, {"MUG": 1})
    shop.run(CancelReturn(cancelled.return_.id))
    with pytest.raises(InvalidTransition, match="Cannot receive a return that is cancelled"):
        receives(shop, cancelled, ("MUG", 1))
    with pytest.raises(ReturnNotFound):
        shop.run(CancelReturn("R-none"))
    assert shop.balances("MUG") == (8, 0, 0)


def test_nothing_is_expected_back_of_what_has_not_left(shop: Shop):
    shop.stocks({"MUG": 10})
    order = shop.order({"MUG": 3}, paid=True)
    with pytest.raises(InvalidTransition):
        requests(shop, order, {"MUG": 1})
    shop.ship(order, {"MUG": 1})
    requests(shop, order, {"MUG": 1})
    with pytest.raises(ReturnExceedsShipped):
        requests(shop, order, {"MUG": 1})


def test_the_desk_takes_back_in_one_step_and_numbers_that_too(shop: Shop):
    shop.stocks({"MUG": 10})
    order = sold(shop, {"MUG": 3})
    back = shop.take_back(order, {"MUG": 3}, refund_amount=None)
    assert (back.return_.status, back.return_.number[:2]) == ("received", "R-")
    assert [row.number for row in shop.rows(Return)] == [back.return_.number]
    assert shop.balances("MUG") == (10, 0, 0)


def test_a_kit_comes_back_as_its_components(shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 20})
    spec = catalog.VariantSpec("TEA-SET", 20_0000, components=(("MUG", 1), ("TEA", 3)))
    shop.run(catalog.CreateProduct("Tea set", (spec,)))
    order = sold(shop, {"TEA-SET": 2}, store="main")
    assert (shop.balances("MUG"), shop.balances("TEA")) == ((8, 0, 0), (14, 0, 0))
    receives(shop, requests(shop, order, {"TEA-SET": 1}), ("TEA-SET", 1))
    assert (shop.balances("MUG"), shop.balances("TEA")) == ((9, 0, 0), (17, 0, 0))
    assert returned_units(shop) == [1]


def test_a_kit_comes_back_as_what_it_was_when_it_was_sold(shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 20, "JAM": 5})
    shop.stocks({"MUG": 1, "TEA": 1}, store="east")
    spec = catalog.VariantSpec("TEA-SET", 20_0000, components=(("MUG", 1), ("TEA", 3)))
    product = shop.run(catalog.CreateProduct("Tea set", (spec,))).product
    order = sold(shop, {"TEA-SET": 2}, store="main")
    shop.run(catalog.ChangeProduct(product.id, variants=(spec._replace(components=(("JAM", 1),)),)))
    shop.take_back(order, {"TEA-SET": 1}, store="east")
    receives(shop, requests(shop, order, {"TEA-SET": 1}), ("TEA-SET", 1), store="east")
    assert (shop.balances("MUG", "east"), shop.balances("TEA", "east")) == ((3, 0, 0), (7, 0, 0))
