"""Two people at one shelf, at one order, at one return: each unit is picked, given back and taken back once."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.races.crowd import at_once, codes, done
from tests.shop import Shop

from onhand.rows import Line, Order, Pick, Reservation
from onhand.trade.fulfilment import ShipOrder
from onhand.trade.orders import CancelOrder
from onhand.trade.packing import PackItem, PackParcel
from onhand.trade.picking import RecordPick, Short
from onhand.trade.returns import ReceiveReturn, RequestedItem, RequestReturn, ReturnItem, ReturnItems

Run = Callable[..., Any]
ROUNDS = 6


def rounds(shop: Shop, doors: list[Run], commands: Callable[[str], list[Any]], **more: Any) -> list[list[Any]]:
    """So many orders of six mugs, and at each of them all the commands at once, in a shuffled order."""
    shop.stocks({"MUG": 6 * ROUNDS})
    chance = random.Random(7)
    told = []
    for _ in range(ROUNDS):
        order = shop.order({"MUG": 6}, paid=True).order.id
        if more.get("shipped"):
            shop.ship(order)
        made = commands(order)
        chance.shuffle(made)
        told.append(at_once(*[partial(doors[place % 2], command) for place, command in enumerate(made)]))
    return told


def refused(told: list[list[Any]]) -> set[str]:
    return {code for outcomes in told for code in codes(outcomes)}


def test_two_pickers_on_one_line_never_pick_more_than_is_reserved(shop: Shop, doors: list[Run]):
    told = rounds(shop, doors, lambda order: [RecordPick(order, 1, "main", 2) for _ in range(5)])
    assert [len(done(outcomes)) for outcomes in told] == [3] * ROUNDS
    assert refused(told) == {"pick_exceeds_reserved"}
    assert {row.picked for row in shop.rows(Reservation)} == {6}
    assert sum(pick.quantity for pick in shop.rows(Pick)) == 6 * ROUNDS


def test_short_picks_on_one_line_give_each_unit_back_once(shop: Shop, doors: list[Run]):
    short = Short(2, "missing", "release")
    told = rounds(shop, doors, lambda order: [RecordPick(order, 1, "main", 1, short) for _ in range(4)])
    assert [len(done(outcomes)) for outcomes in told] == [2] * ROUNDS
    assert {(line.released, line.quantity) for line in shop.rows(Line)} == {(4, 6)}
    assert shop.balances("MUG") == (0, 0, 2 * ROUNDS)


def test_a_cancel_during_the_pick_wins_or_comes_after_it(shop: Shop, doors: list[Run]):
    def commands(order: str) -> list[Any]:
        short = Short(1, "missing", "backorder")
        return [CancelOrder(order), RecordPick(order, 1, "main", 3), RecordPick(order, 1, "main", 1, short)]

    told = rounds(shop, doors, commands)
    assert {row.status for row in shop.rows(Order)} == {"cancelled"}
    assert refused(told) <= {"invalid_transition"}
    lost = 6 * ROUNDS - shop.level("MUG").available
    assert lost == sum(pick.quantity for pick in shop.rows(Pick) if pick.outcome == "short")
    assert shop.balances("MUG")[1:] == (0, 0)


def test_a_parcel_is_never_packed_of_what_has_left(shop: Shop, doors: list[Run]):
    def commands(order: str) -> list[Any]:
        pack = PackParcel(order, (PackItem("MUG", 4),))
        return [pack, pack, ShipOrder(order), RecordPick(order, 1, "main", 3)]

    told = rounds(shop, doors, commands)
    assert refused(told) <= {"parcel_exceeds_picked", "pick_exceeds_reserved", "invalid_transition"}
    assert shop.balances("MUG") == (0, 0, 0)


def test_return_against_return_takes_back_what_was_shipped_and_no_more(shop: Shop, doors: list[Run]):
    def commands(order: str) -> list[Any]:
        announced = shop.run(RequestReturn(order, (RequestedItem("MUG", 4),), "Too blue")).return_.id
        back = ReturnItems(order, (ReturnItem("MUG", 2),), "Too blue")
        received = ReceiveReturn(announced, (ReturnItem("MUG", 4),))
        return [back, back, received, received, RequestReturn(order, (RequestedItem("MUG", 1),), "Too blue")]

    told = rounds(shop, doors, commands, shipped=True)
    assert refused(told) <= {"return_exceeds_shipped", "invalid_transition"}
    for line in shop.rows(Line):
        assert 4 <= line.returned <= 6
    assert shop.level("MUG").available == sum(line.returned for line in shop.rows(Line))
