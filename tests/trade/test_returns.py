"""Goods that come back: never more than were shipped, to the store that is named or that they came from."""

from decimal import Decimal

import pytest
from tests.trade import programs
from tests.trade.invariants import broken
from tests.trade.keeper import CLERK, MAIN, Keeper

from onhand.books import Actor
from onhand.rows import Level, Movement, Return, ReturnLine, Variant
from onhand.trade.errors import Forbidden, Refusal
from onhand.trade.fulfilment import ShipItem, ShipOrder
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.stock import AdjustStock


@pytest.fixture
def keeper():
    keeper = Keeper()
    for command in programs.OPENING[:4]:
        keeper.run(command)
    for sku, store in [("A", "main"), ("A", "east"), ("B", "east")]:
        keeper.run(AdjustStock(sku, store, "increment", 10, "Opening stock"))
    yield keeper
    assert broken(keeper.books()) == []


@pytest.fixture
def order(keeper):
    """Five A of two stores on two lines, and two B; all but one A were shipped."""
    items = (Item("A", 3, store="main"), Item("A", 2, store="east"), Item("B", 2, store="east"))
    order = keeper.run(PlaceOrder(items, paid=True)).order
    keeper.run(ShipOrder(order.id, (ShipItem("A", 3, "main"), ShipItem("A", 1, "east"), ShipItem("B", 2))))
    return order


def stock(keeper):
    """(sku, in main) → (available, unsellable)"""
    skus = {variant.id: variant.sku for variant in keeper.rows[Variant].values()}
    return {
        (skus[level.variant_id], "main" if level.store_id == MAIN.id else "east"): (level.available, level.unsellable)
        for level in keeper.rows[Level].values()
    }


# What comes back of 4 A (3 from main, 1 from east) and 2 B (from east), and what is then in stock.
COMES_BACK = """
items                 to     A main  A east  B east  refused
A:1                   -      8/0     8/0     8/0     -
A:3                   -      10/0    8/0     8/0     -
A:4                   -      10/0    9/0     8/0     -
A:5                   -      7/0     8/0     8/0     return_exceeds_shipped
A:2,A:2               -      10/0    9/0     8/0     -
A:2,A:3               -      7/0     8/0     8/0     return_exceeds_shipped
A:2,A:3:damaged       -      7/0     8/0     8/0     return_exceeds_shipped
A:1:damaged           -      7/1     8/0     8/0     -
A:1:lost              -      7/0     8/0     8/0     -
A:1,A:1:damaged       -      8/1     8/0     8/0     -
A:4                   east   7/0     12/0    8/0     -
A:4:damaged           east   7/0     8/4     8/0     -
B:2                   -      7/0     8/0     10/0    -
A:1,B:1               -      8/0     8/0     9/0     -
B:3                   -      7/0     8/0     8/0     return_exceeds_shipped
A:1,B:3               -      7/0     8/0     8/0     return_exceeds_shipped
C:1                   -      7/0     8/0     8/0     return_exceeds_shipped
X:1                   -      7/0     8/0     8/0     variant_not_found
A:1                   moon   7/0     8/0     8/0     store_not_found
"""


@pytest.mark.parametrize("row", COMES_BACK.strip().splitlines()[1:])
def test_what_comes_back(keeper, order, row):
    items, store, a_main, a_east, b_east, refused = row.split()
    listed = [item.split(":") for item in items.split(",")]
    command = ReturnItems(
        order.id,
        tuple(ReturnItem(sku, int(quantity), *condition) for sku, quantity, *condition in listed),
        "Wrong size",
        None if store == "-" else store,
    )
    outcome = keeper.run(command)
    assert (outcome.code if isinstance(outcome, Refusal) else "-") == refused
    assert stock(keeper) == {
        key: tuple(map(int, cell.split("/")))
        for key, cell in zip([("A", "main"), ("A", "east"), ("B", "east")], (a_main, a_east, b_east), strict=True)
    }


def test_a_store_that_never_had_it_can_take_it_back(keeper, order):
    keeper.run(ReturnItems(order.id, (ReturnItem("B", 1),), "Wrong size", "main"))
    assert stock(keeper)[("B", "main")] == (1, 0)


def test_what_a_return_remembers(keeper, order):
    items = (ReturnItem("A", 4), ReturnItem("B", 1, "lost"))
    returned = keeper.run(
        ReturnItems(order.id, items, "Defective", "east", Decimal("19.90"), processed_by="124", occurred_at=77),
        Actor("Jane Smith"),
    )
    assert returned.return_ == keeper.rows[Return][returned.return_.id]
    remembered = returned.return_
    assert (remembered.reason, remembered.refund_amount, remembered.processed_by) == ("Defective", 1990, "124")
    lines = sorted(keeper.rows[ReturnLine].values())
    assert [(line.order_line, line.quantity, line.condition) for line in lines] == [
        (1, 3, "sellable"),
        (2, 1, "sellable"),
        (3, 1, "lost"),
    ]
    named = [keeper.rows[Movement][(line.store_id, line.variant_id, line.movement)] for line in lines if line.movement]
    assert [(row.kind, row.quantity, row.notes, row.occurred_at) for row in named] == [
        ("return", 3, "Defective", 77),
        ("return", 1, "Defective", 77),
    ]
    assert {(row.actor, row.on_behalf_of, row.cause, row.cause_id) for row in named} == {
        ("Jane Smith", "124", "return", remembered.id)
    }


def test_a_refund_is_in_the_orders_own_coins(keeper, order):
    refused = keeper.run(ReturnItems(order.id, (ReturnItem("A", 1),), "-", refund_amount=Decimal("1.999")))
    assert refused.detail == "refund_amount: USD has 2 decimals"
    assert keeper.rows[Return] == {}


def test_a_till_takes_back_at_its_own_store_only(keeper, order):
    till = CLERK._replace(stores=frozenset({MAIN.id}))
    at_east = ReturnItems(order.id, (ReturnItem("B", 1, "lost"),), "Lost on the way", "east")
    assert isinstance(keeper.run(at_east, till), Forbidden)
    at_main = at_east._replace(store="main")
    assert not isinstance(keeper.run(at_main, till), Refusal)
