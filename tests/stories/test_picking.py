"""Pickers and packers: what they find, what they do not, what goes into which box and leaves with it."""

import pytest
from tests.shop import Shop

from onhand.rows import Count, CountLine, Event, Line, Order, Parcel, Pick, Reservation
from onhand.trade import catalog, fulfilment
from onhand.trade.errors import InsufficientStock, InvalidTransition, ValidationFailed
from onhand.trade.packing import PackedElsewhere, PackItem, PackParcel, ParcelExceedsPicked, ParcelNotFound
from onhand.trade.picking import PickExceedsReserved, RecordPick, Short


def picks(shop: Shop, order, quantity, line=1, store="main", short=None, substitute=None):
    return shop.run(RecordPick(order.order.id, line, store, quantity, Short(*short) if short else None, substitute))


def packs(shop: Shop, order, items, **more):
    listed = tuple(PackItem(sku, quantity) for sku, quantity in items.items())
    return shop.run(PackParcel(order.order.id, listed, **more))


def ships(shop: Shop, order, *parcels):
    return shop.run(fulfilment.ShipOrder(order.order.id, parcels=parcels))


def line(shop: Shop, number=1) -> Line:
    return next(row for row in shop.rows(Line) if row.line == number)


def told(shop: Shop, order) -> list[str]:
    return [row.type for row in shop.rows(Event) if row.subject == f"order/{order.order.id}"]


def counted(shop: Shop) -> list[tuple[str, str]]:
    """(store, SKU) of the counts that are asked for."""
    codes = {count.id: shop_code(shop, count.store_id) for count in shop.rows(Count)}
    return [(codes[row.count_id], row.sku) for row in shop.rows(CountLine)]


def shop_code(shop: Shop, store_id: str) -> str:
    return next(code for code in ("main", "east") if shop.store(code).id == store_id)


# ── Picked ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_pick_begins_the_work_and_no_pick_exceeds_what_is_reserved(shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 10})
    order = shop.order({"MUG": 5, "TEA": 2}, paid=True)
    picks(shop, order, 2)
    assert shop.status(order) == "processing"
    with pytest.raises(PickExceedsReserved) as refused:
        picks(shop, order, 4)
    assert {"requested": 4, "to_pick": 3}.items() <= refused.value.data.items()
    picks(shop, order, 3)
    picks(shop, order, 2, line=2)
    with pytest.raises(PickExceedsReserved):
        picks(shop, order, 1)
    assert [(row.line, row.quantity, row.outcome) for row in shop.rows(Pick)] == [
        (1, 2, "picked"),
        (1, 3, "picked"),
        (2, 2, "picked"),
    ]
    assert shop.balances("MUG") == (5, 0, 5)
    assert told(shop, order)[2:] == ["order.processing", *["order.picked"] * 3]


def test_what_is_not_to_be_picked_is_refused(shop: Shop):
    shop.stocks({"MUG": 10})
    shop.stocks({"MUG": 10}, store="east")
    unpaid = shop.order({"MUG": 1})
    with pytest.raises(InvalidTransition):
        picks(shop, unpaid, 1)
    order = shop.order([("MUG", 1, "main")], paid=True)
    with pytest.raises(PickExceedsReserved):
        picks(shop, order, 1, store="east")
    with pytest.raises(ValidationFailed):
        picks(shop, order, 1, line=2)
    with pytest.raises(ValidationFailed):
        picks(shop, order, 0)
    shop.cancel(order)
    with pytest.raises(InvalidTransition):
        picks(shop, order, 1)


def test_a_kit_is_picked_as_a_whole(shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 20})
    spec = catalog.VariantSpec("TEA-SET", 20_0000, components=(("MUG", 1), ("TEA", 3)))
    shop.run(catalog.CreateProduct("Tea set", (spec,)))
    order = shop.order({"TEA-SET": 3}, paid=True, store="main")
    picks(shop, order, 1)
    assert {(row.quantity, row.picked) for row in shop.rows(Reservation)} == {(3, 1), (9, 3)}
    with pytest.raises(ValidationFailed, match="name the component"):
        picks(shop, order, 0, short=(1, "missing", "release"))
    picks(shop, order, 1, short=(1, "missing", "release", "TEA"))
    assert (shop.balances("MUG"), shop.balances("TEA")) == ((8, 0, 2), (11, 0, 6))
    assert (line(shop).released, counted(shop)) == (1, [("main", "TEA")])
    shop.ship(order)
    assert shop.status(order) == "shipped"


# ── Short ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_short_and_released_the_customer_goes_without(shop: Shop):
    shop.stocks({"MUG": 5, "TEA": 5})
    order = shop.order({"MUG": 5, "TEA": 1}, paid=True)
    picks(shop, order, 3, short=(2, "missing", "release"))
    assert (line(shop).released, line(shop).backordered) == (2, 0)
    assert shop.balances("MUG") == (0, 0, 3)
    assert [movement.kind for movement in shop.movements("MUG")][-2:] == ["unreserve", "lost"]
    assert counted(shop) == [("main", "MUG")]
    assert [(row.quantity, row.outcome, row.reason) for row in shop.rows(Pick)] == [
        (3, "picked", None),
        (2, "short", "missing"),
    ]
    shop.ship(order)
    assert shop.status(order) == "shipped"


def test_an_order_of_which_all_is_short_and_released_has_ended(shop: Shop):
    shop.stocks({"MUG": 2})
    order = shop.order({"MUG": 2}, paid=True)
    picks(shop, order, 0, short=(2, "missing", "release"))
    (row,) = shop.rows(Order)
    assert (row.status, row.cancel_reason) == ("cancelled", "given_up")


def test_short_because_damaged_the_units_are_kept_apart(shop: Shop):
    shop.stocks({"MUG": 5})
    order = shop.order({"MUG": 4}, paid=True)
    picks(shop, order, 3, short=(1, "damaged", "release"))
    level = shop.level("MUG")
    assert (level.available, level.reserved, level.unsellable) == (1, 3, 1)


def test_short_and_backordered_the_units_wait_and_what_arrives_is_theirs(shop: Shop):
    shop.stocks({"MUG": 5})
    order = shop.order({"MUG": 5}, paid=True)
    picks(shop, order, 3, short=(2, "not on the shelf", "backorder"))
    assert (line(shop).backordered, shop.balances("MUG")) == (2, (0, 0, 3))
    with pytest.raises(InsufficientStock):
        shop.order({"MUG": 1})
    shop.ship(order)
    assert shop.status(order) == "partially_shipped"
    shop.adjusts("MUG", "increment", 1)
    assert (line(shop).backordered, shop.balances("MUG")) == (1, (0, 0, 1))
    picks(shop, order, 0, short=(1, "missing", "backorder"))
    assert line(shop).backordered == 2
    shop.adjusts("MUG", "increment", 5)
    assert (line(shop).backordered, shop.balances("MUG")) == (0, (3, 0, 2))
    picks(shop, order, 2)
    shop.ship(order)
    assert shop.status(order) == "shipped"


def test_short_and_reallocated_another_store_gives_it(shop: Shop):
    shop.stocks({"MUG": 5})
    shop.stocks({"MUG": 1}, store="east")
    order = shop.order([("MUG", 5, "main")], paid=True)
    picks(shop, order, 2, short=(3, "missing", "reallocate"))
    assert (shop.balances("MUG"), shop.balances("MUG", "east")) == ((0, 0, 2), (0, 0, 1))
    assert line(shop).backordered == 2
    with pytest.raises(PickExceedsReserved):
        picks(shop, order, 1)
    picks(shop, order, 1, store="east")
    shop.ship(order)
    assert shop.status(order) == "partially_shipped"


def test_what_turns_up_in_the_count_is_sold_again_and_a_second_short_joins_the_count(shop: Shop):
    shop.stocks({"MUG": 9, "TEA": 9})
    first = shop.order({"MUG": 2, "TEA": 2}, paid=True)
    picks(shop, first, 0, short=(2, "missing", "release"))
    picks(shop, first, 1, line=2, short=(1, "missing", "release"))
    assert counted(shop) == [("main", "MUG"), ("main", "TEA")]
    assert len(shop.rows(Count)) == 1


# ── Substituted ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_substitute_goes_at_the_price_of_what_was_ordered(shop: Shop):
    shop.sells("MUG", price="12.00")
    shop.sells("CUP", price="15.00")
    shop.stocks({"MUG": 5, "CUP": 5})
    order = shop.order({"MUG": 3}, paid=True)
    picks(shop, order, 1, short=(2, "damaged", "release"), substitute="CUP")
    old, new = shop.rows(Line)
    assert (old.released, old.total, new.sku, new.quantity, new.unit_price, new.total) == (
        *(2, 1200),
        *("CUP", 2, 12_0000, 2400),
    )
    assert shop.rows(Order)[0].total == 3600
    assert (shop.balances("MUG"), shop.balances("CUP")) == ((2, 0, 1), (3, 0, 2))
    assert [row.outcome for row in shop.rows(Pick)] == ["picked", "short", "substituted"]
    shop.ship(order)
    assert shop.status(order) == "shipped"
    shop.take_back(order, {"CUP": 2, "MUG": 1})
    assert shop.status(order) == "returned"


def test_a_customer_who_wants_another_one_leaves_the_first_on_sale(shop: Shop):
    shop.stocks({"MUG": 5, "CUP": 1})
    order = shop.order({"MUG": 1}, paid=True)
    with pytest.raises(ValidationFailed):
        picks(shop, order, 1, substitute="MUG")
    picks(shop, order, 1, substitute="CUP")
    assert (shop.balances("MUG"), shop.balances("CUP"), counted(shop)) == ((5, 0, 0), (0, 0, 1), [])
    with pytest.raises(InsufficientStock):
        picks(shop, shop.order({"MUG": 1}, paid=True), 1, substitute="CUP")


# ── Packed and shipped ──────────────────────────────────────────────────────────────────────────────────────────────


def test_parcels_hold_what_was_picked_and_leave_with_a_shipment(shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 10})
    order = shop.order({"MUG": 5, "TEA": 2}, paid=True)
    picks(shop, order, 4)
    with pytest.raises(ParcelExceedsPicked) as refused:
        packs(shop, order, {"MUG": 5})
    assert refused.value.data["to_pack"] == 4
    packs(shop, order, {"MUG": 3}, weight_grams=900, checked_by="Ines")
    with pytest.raises(ParcelExceedsPicked):
        packs(shop, order, {"MUG": 2})
    packs(shop, order, {"MUG": 1, "TEA": 2})
    second = ships(shop, order, 2)
    assert [parcel.parcel for parcel in second.parcels] == [2]
    assert (shop.balances("MUG"), shop.balances("TEA")) == ((5, 0, 4), (8, 0, 0))
    with pytest.raises(InvalidTransition, match="Parcel 2 has left"):
        ships(shop, order, 2)
    with pytest.raises(ParcelNotFound):
        ships(shop, order, 3)
    with pytest.raises(PackedElsewhere):
        shop.ship(order, {"MUG": 2})
    shop.ship(order, {"MUG": 1})
    ships(shop, order)
    assert [(row.parcel, row.shipment) for row in shop.rows(Parcel)] == [(1, 3), (2, 1)]
    assert shop.status(order) == "shipped"


def test_a_shipment_of_everything_takes_the_open_parcels(shop: Shop):
    shop.stocks({"MUG": 10})
    order = shop.order({"MUG": 5}, paid=True)
    packs(shop, order, {"MUG": 3})
    assert shop.status(order) == "processing"
    with pytest.raises(PickExceedsReserved):
        picks(shop, order, 0, short=(3, "missing", "release"))
    picks(shop, order, 1, short=(1, "missing", "release"))
    assert [parcel.parcel for parcel in ships(shop, order).parcels] == [1]
    assert shop.status(order) == "shipped"


def test_what_was_picked_leaves_first(shop: Shop):
    shop.stocks({"MUG": 2})
    shop.stocks({"MUG": 2}, store="east")
    order = shop.order([("MUG", 2, "main"), ("MUG", 2, "east")], paid=True)
    picks(shop, order, 1, line=2, store="east")
    shop.ship(order, [("MUG", 1, "east")])
    left = [(row.quantity, row.picked, row.state) for row in shop.rows(Reservation) if row.line == 2]
    assert sorted(left) == [(1, 0, "reserved"), (1, 1, "fulfilled")]
