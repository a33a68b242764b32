"""Where goods come from when nobody says where: several stores, waiting customers, and kits."""

import pytest

from onhand.trade.backorders import GiveUpBackorder, GiveUpItem
from onhand.trade.catalog import CreateProduct, CreateStore, VariantSpec
from onhand.trade.errors import InsufficientStock
from onhand.trade.fulfilment import ShipItem, ShipOrder
from onhand.trade.orders import CancelOrder, ConfirmOrder
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.reallocation import Reallocate
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.stock import AdjustStock, SetThresholds
from onhand.views.availability import product_stock
from onhand.views.orders import find_picture


@pytest.fixture
def chain(shop):
    """Three stores; the harbour has the highest priority."""
    for code, priority in (("harbour", 3), ("market", 2), ("hill", 1)):
        shop.run(CreateStore(code, code.title(), priority))
    for sku, price in (("TEA", 45_000), ("CUP", 80_000)):
        shop.run(CreateProduct(sku.title(), (VariantSpec(sku, price),)))
    return shop


def put(shop, sku, store, quantity):
    shop.run(AdjustStock(sku, store, "increment", quantity, "Delivery"))


def order(shop, *items, **more):
    return shop.run(PlaceOrder(tuple(Item(*item) for item in items), **more))


def look(shop, picture):
    """The order as it is now."""
    with shop.engine.database.reading() as connection:
        return find_picture(connection, picture.order.id)


def sources(picture):
    """Units that are still claimed, by store and SKU."""
    found: dict[str, int] = {}
    for claim in picture.reservations:
        if claim.state in ("held", "reserved"):
            code = picture.stores[claim.store_id].code
            found[code] = found.get(code, 0) + claim.quantity
    return found


def test_an_order_of_ten_is_split_over_four_three_and_five(chain):
    for store, quantity in (("harbour", 4), ("market", 3), ("hill", 5)):
        put(chain, "TEA", store, quantity)
    assert sources(order(chain, ("TEA", 10))) == {"hill": 5, "harbour": 4, "market": 1}
    with pytest.raises(InsufficientStock) as refusal:
        order(chain, ("TEA", 3))
    (short,) = refusal.value.data["shortages"]
    assert (short["store"], short["requested"], short["available"]) == (None, 3, 2)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, {"market": 5}),  # one store has it all
        ("priority", {"harbour": 4, "market": 1}),
        ("most_stock", {"hill": 5}),
    ],
)
def test_the_rule_decides(chain, rule, expected):
    for store, quantity in (("harbour", 4), ("market", 6), ("hill", 9)):
        put(chain, "TEA", store, quantity)
    assert sources(order(chain, ("TEA", 5), sourcing=rule)) == expected


LISBON, PORTO = {"latitude": 38.7223, "longitude": -9.1393}, {"latitude": 41.1579, "longitude": -8.6291}
MADRID, BERLIN = {"latitude": 40.4168, "longitude": -3.7038}, {"latitude": 52.52, "longitude": 13.405}


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (LISBON, {"porto": 5}),
        (BERLIN, {"madrid": 4, "porto": 1}),
        ({"city": "Lisbon"}, {"harbour": 5}),  # Nobody knows where that is: the next rule decides.
    ],
)
def test_the_nearest_store_comes_first(chain, to, expected):
    """By great circles: Lisbon is 274 km from Porto and 503 from Madrid, which is nearer to Berlin than Porto is."""
    for code, priority, address in (("porto", 1, PORTO), ("madrid", 9, MADRID)):
        chain.run(CreateStore(code, code.title(), priority, address=address))
    for store, quantity in (("porto", 5), ("madrid", 4), ("harbour", 9)):
        put(chain, "TEA", store, quantity)
    assert sources(order(chain, ("TEA", 5), sourcing="nearest", shipping_address=to)) == expected


def test_all_that_brings_stock_fills_who_waits(chain):
    """In the same transaction, so that nobody can come between: here the queue is looked at after each of them."""
    waiting = order(chain, ("TEA", 6), on_shortage="backorder", paid=True, priority=1)

    def still():
        return look(chain, waiting).lines[0].backordered

    put(chain, "TEA", "market", 1)
    assert still() == 5, "an adjustment"
    chain.run(CreatePurchaseOrder("Leaf Ltd", "market", (PurchaseItem("TEA", 3),), "LEAF-1"))
    chain.run(ReceivePurchaseOrder("LEAF-1", (ReceivedItem(3, 1, "TEA"),)))
    assert still() == 3, "a delivery, but for what was rejected"
    chain.adjusts("TEA", "repair", 1, "market")
    assert still() == 2, "a repair"
    chain.ship(waiting, {"TEA": 1})
    chain.run(ReturnItems(waiting.order.id, (ReturnItem("TEA", 1),), "One too many"))
    assert still() == 1, "a return"
    count = chain.begin_count("TEA", store="hill")
    chain.write_down(count, {"TEA": 1})
    chain.submit(count)
    assert still() == 0, "a count that finds more"


def test_an_order_keeps_to_one_store_if_one_has_everything(chain):
    put(chain, "TEA", "harbour", 5)
    put(chain, "TEA", "hill", 5)
    put(chain, "CUP", "hill", 5)
    assert sources(order(chain, ("TEA", 2), ("CUP", 1))) == {"hill": 3}


def test_those_who_wait_are_served_by_priority_then_age(chain):
    first = order(chain, ("TEA", 2), on_shortage="backorder")
    second = order(chain, ("TEA", 2), on_shortage="backorder", paid=True)
    urgent = order(chain, ("TEA", 2), on_shortage="backorder", priority=1)
    put(chain, "TEA", "market", 3)

    def waiting(picture):
        return look(chain, picture).lines[0].backordered

    assert [waiting(each) for each in (urgent, first, second)] == [0, 1, 2]
    with pytest.raises(InsufficientStock):
        order(chain, ("TEA", 1))
    chain.run(CancelOrder(urgent.order.number))
    assert [waiting(each) for each in (first, second)] == [0, 1]
    put(chain, "TEA", "hill", 5)
    assert waiting(second) == 0
    assert chain.level("TEA", "hill").available == 4


def test_what_waits_can_be_given_up(chain):
    put(chain, "TEA", "hill", 1)
    picture = order(chain, ("TEA", 4), on_shortage="backorder", paid=True)
    left = chain.run(GiveUpBackorder(picture.order.number, (GiveUpItem("TEA", 1),)))
    assert (left.lines[0].backordered, left.lines[0].released) == (2, 1)
    chain.run(ShipOrder(picture.order.number))
    left = chain.run(GiveUpBackorder(picture.order.number))
    assert (left.order.status, left.lines[0].shipped, left.lines[0].released) == ("shipped", 1, 3)
    nothing = order(chain, ("TEA", 1), on_shortage="backorder")
    assert chain.run(GiveUpBackorder(nothing.order.number)).order.status == "cancelled"


def test_partial_takes_what_is_there_and_charges_no_more(chain):
    put(chain, "TEA", "hill", 3)
    picture = order(chain, ("TEA", 5), on_shortage="partial")
    assert (picture.lines[0].released, picture.order.total) == (2, 3 * 450)
    with pytest.raises(InsufficientStock):
        order(chain, ("TEA", 1), on_shortage="partial")


def test_an_order_is_planned_again_before_it_ships(chain):
    put(chain, "TEA", "harbour", 5)
    put(chain, "TEA", "hill", 5)
    picture = order(chain, ("TEA", 2), paid=True)
    assert sources(picture) == {"harbour": 2}
    assert sources(chain.run(Reallocate(picture.order.number, store="hill"))) == {"hill": 2}
    with pytest.raises(InsufficientStock):
        chain.run(Reallocate(picture.order.number, store="market"))
    assert sources(look(chain, picture)) == {"hill": 2}


def test_a_kit_takes_its_components_and_gives_them_back(chain):
    chain.run(CreateProduct("Tea set", (VariantSpec("SET", 190_000, components=(("TEA", 1), ("CUP", 4))),)))
    put(chain, "TEA", "hill", 5)
    put(chain, "CUP", "hill", 9)
    with chain.engine.database.reading() as connection:
        assert product_stock(connection, "SET", 0).available_stock == 2
    picture = order(chain, ("SET", 1), ("CUP", 4))
    assert chain.level("CUP", "hill").available == 1
    with pytest.raises(InsufficientStock):  # The kit and its component in one order are summed.
        order(chain, ("CUP", 1), ("SET", 1))
    number = picture.order.number
    chain.run(ConfirmOrder(number))
    chain.run(ShipOrder(number, (ShipItem("SET", 1),)))
    assert (chain.level("TEA", "hill").on_hand, chain.level("CUP", "hill").on_hand) == (4, 5)
    chain.run(ReturnItems(number, (ReturnItem("SET", 1),), "Not needed"))
    assert (chain.level("TEA", "hill").on_hand, chain.level("CUP", "hill").on_hand) == (5, 9)


def test_safety_stock_is_kept_back(chain):
    put(chain, "TEA", "hill", 5)
    chain.run(SetThresholds("TEA", "hill", safety_stock=2))
    with pytest.raises(InsufficientStock):
        order(chain, ("TEA", 4))
    assert sources(order(chain, ("TEA", 4), use_safety_stock=True)) == {"hill": 4}
