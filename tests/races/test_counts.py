"""Counting while the shop sells, picks and ships: what differs is put right once, what moved meanwhile is kept."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.races.crowd import at_once, done
from tests.shop import Shop

from onhand.books import Actor
from onhand.rows import Count, CountLine, Movement, Reservation
from onhand.trade.counts import Counted, RecountLines, SaveCounted
from onhand.trade.errors import InvalidTransition, PreconditionFailed, Refusal
from onhand.trade.fulfilment import ShipOrder
from onhand.trade.picking import RecordPick, Short
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.variances import ApproveCount, CountOvertaken, SubmitCount

Run = Callable[..., Any]


@pytest.fixture
def pantry(shop: Shop) -> Shop:
    shop.stocks({"TEA": 40, "CUP": 40})
    return shop


def test_sales_while_it_is_counted_and_applied_are_kept(pantry: Shop, doors: list[Run]):
    """Four are missing; however sales fall between counting and applying, four are what is put right."""
    count = pantry.begin_count("TEA").head.id
    buy = PlaceOrder((Item("TEA", 1),), store="main", paid=True)
    bought = at_once(
        partial(doors[1], SaveCounted(count, (Counted("TEA", 36),))), *[partial(doors[0], buy) for _ in range(8)]
    )[1:]
    at_once(
        partial(doors[1], SubmitCount(count)),
        *[partial(doors[0], buy) for _ in range(8)],
        *[partial(pantry.ship, picture) for picture in bought],
    )
    assert pantry.level("TEA").on_hand == 40 - 4 - 8
    assert pantry.balances("TEA") == (40 - 4 - 16, 0, 8)
    assert [(row.kind, row.quantity) for row in pantry.rows(Movement) if row.cause == "count"] == [("lost", 4)]


def test_a_count_while_its_shelf_is_picked_and_shipped(pantry: Shop, doors: list[Run]):
    """One is missing when it is counted: one is put right, whoever picks and ships before or after."""
    for round_ in range(1, 5):
        to_ship = [pantry.order({"TEA": 2}, paid=True).order.id for _ in range(4)]
        count = pantry.begin_count("TEA").head.id
        pantry.write_down(count, {"TEA": pantry.level("TEA").on_hand - 1})

        def picks_and_ships(run: Run, order: str) -> None:
            run(RecordPick(order, 1, "main", 1))
            run(RecordPick(order, 1, "main", 1))
            run(ShipOrder(order))

        outcomes = at_once(
            partial(doors[round_ % 2], SubmitCount(count)),
            *[partial(picks_and_ships, doors[place % 2], order) for place, order in enumerate(to_ship)],
        )
        assert done(outcomes) == outcomes
        assert pantry.balances("TEA") == (40 - 9 * round_, 0, 0)
    put_right = [(row.kind, row.quantity) for row in pantry.rows(Movement) if row.cause == "count"]
    assert put_right == [("lost", 1)] * 4
    assert {(row.quantity, row.picked, row.state) for row in pantry.rows(Reservation)} == {(2, 2, "fulfilled")}


def test_a_number_is_written_down_while_what_it_counts_is_shipped(pantry: Shop, doors: list[Run]):
    """Either it was counted before the goods left, or it has to be counted again: never are they taken for missing."""
    for _ in range(5):
        order = pantry.order({"TEA": 3}, paid=True).order.id
        count = pantry.begin_count("TEA").head.id
        seen = pantry.level("TEA")
        written, _ = at_once(
            partial(doors[0], SaveCounted(count, (Counted("TEA", seen.on_hand, expected_version=seen.version),))),
            partial(doors[1], ShipOrder(order)),
        )
        if isinstance(written, PreconditionFailed):
            pantry.write_down(count, {"TEA": seen.on_hand - 3})
        pantry.submit(count)
        assert pantry.level("TEA").on_hand == seen.on_hand - 3
    assert [row for row in pantry.rows(Movement) if row.cause == "count"] == []


def test_a_short_pick_against_a_count_of_its_shelf(pantry: Shop, doors: list[Run]):
    """The pick that comes first makes the count one to do again; the count that comes first is put right by itself."""
    for round_ in range(6):
        order = pantry.order({"TEA": 3}, paid=True).order.id
        before = pantry.level("TEA").on_hand
        count = pantry.begin_count("TEA").head.id
        pantry.write_down(count, {"TEA": before - 1})
        short = RecordPick(order, 1, "main", 2, Short(1, "missing", "release"))
        submitted, picked = at_once(
            partial(doors[round_ % 2], SubmitCount(count)), partial(doors[1 - round_ % 2], short)
        )
        assert isinstance(submitted, CountOvertaken) or not isinstance(submitted, Refusal)
        assert not isinstance(picked, Refusal)
        put_right = 0 if isinstance(submitted, CountOvertaken) else 1
        assert pantry.level("TEA").on_hand == before - 1 - put_right
        asked_for = {row.id for row in pantry.rows(Count) if (row.origin, row.status) == ("short_pick", "counting")}
        assert [(line.sku, line.counted) for line in pantry.rows(CountLine) if line.count_id in asked_for] == [
            ("TEA", None)
        ]


def test_two_submits_at_once_apply_once(pantry: Shop, doors: list[Run]):
    for _ in range(5):
        count = pantry.begin_count("TEA", "CUP").head.id
        pantry.write_down(count, {"TEA": pantry.level("TEA").on_hand - 1, "CUP": pantry.level("CUP").on_hand + 1})
        outcomes = at_once(*[partial(doors[place % 2], SubmitCount(count)) for place in range(4)])
        assert {outcome.head.status for outcome in outcomes} == {"applied"}
    assert (pantry.level("TEA").on_hand, pantry.level("CUP").on_hand) == (35, 45)


def test_an_approval_against_a_recount(pantry: Shop, doors: list[Run]):
    """Either it is applied and cannot be counted again, or it is counted again and cannot be approved."""
    for _ in range(5):
        count = pantry.begin_count("TEA", approval_units=0).head.id
        before = pantry.level("TEA").on_hand
        pantry.write_down(count, {"TEA": before - 1}, by="Ana")
        pantry.submit(count)
        approved, recounted = at_once(
            partial(doors[0], ApproveCount(count)), partial(doors[1], RecountLines(count, ("TEA",)))
        )
        assert isinstance(approved, InvalidTransition) != isinstance(recounted, InvalidTransition)
        assert pantry.level("TEA").on_hand == (before if isinstance(approved, Refusal) else before - 1)


def test_two_counts_of_one_shelf_correct_it_once(pantry: Shop, doors: list[Run]):
    for expected in (39, 38, 37):
        counts = [pantry.begin_count("TEA").head.id for _ in range(2)]
        for count in counts:
            pantry.write_down(count, {"TEA": expected})
        outcomes = at_once(*[partial(door, SubmitCount(count)) for door, count in zip(doors, counts, strict=True)])
        assert [type(outcome) for outcome in outcomes].count(CountOvertaken) == 1
        assert pantry.level("TEA").on_hand == expected


def test_many_hands_write_down_one_count(shop: Shop, doors: list[Run]):
    skus = [f"SKU-{number}" for number in range(24)]
    shop.stocks(dict.fromkeys(skus, 5))
    count = shop.begin_count(*skus).head.id
    at_once(
        *[
            partial(doors[place % 2], SaveCounted(count, (Counted(sku, 4),)), actor=Actor(f"counter {place}"))
            for place, sku in enumerate(skus)
        ]
    )
    assert {(line.counted, line.book_quantity) for line in shop.rows(CountLine)} == {(4, 5)}
    shop.submit(count)
    assert [row.status for row in shop.rows(Count)] == ["applied"]
    assert {shop.level(sku).available for sku in skus} == {4}
