"""Vans that are sent, received and recalled at once, and counting while the shop sells: no unit is moved twice."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tests.shop import CLERK, Shop

from onhand.books import Actor
from onhand.db.database import Database, open_database
from onhand.engine import Engine
from onhand.rows import Count, CountLine, Movement, Transfer, TransferLine
from onhand.trade.counts import Counted, RecountLines, SaveCounted
from onhand.trade.errors import InsufficientStock, InvalidTransition, Refusal
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.transfers import Arrival, CancelTransfer, RecallTransfer, ReceiveTransfer, SendTransfer
from onhand.trade.variances import ApproveCount, CountOvertaken, SubmitCount
from onhand.views.verify import verify

Run = Callable[..., Any]


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


def done(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]


@pytest.fixture
def doors(shop: Shop, database: Database) -> Iterator[list[Run]]:
    """The ways in: two processes' engines where several may share a database, otherwise the one, twice."""
    run = partial(shop.engine.run, actor=CLERK)
    if not database.is_shared:
        yield [run, run]
    else:
        opened = open_database(database.url)
        other = Engine(opened)
        other.start()
        yield [run, partial(other.run, actor=CLERK)]
        other.close()
        opened.close()
    assert verify(database).broken == []


@pytest.fixture
def stores(shop: Shop) -> Shop:
    shop.stocks({"TEA": 40, "CUP": 40})
    shop.opens("harbour")
    return shop


def test_a_van_is_sent_once_and_not_cancelled_as_well(stores: Shop, doors: list[Run]):
    for _ in range(5):
        van = stores.transfer({"TEA": 2}, "main", "harbour").transfer.id
        before = stores.balances("TEA")[0]
        outcomes = at_once(
            partial(doors[0], SendTransfer(van)),
            partial(doors[1], SendTransfer(van)),
            partial(doors[0], CancelTransfer(van)),
        )
        (status,) = {row.status for row in stores.rows(Transfer) if row.id == van}
        assert before - stores.balances("TEA")[0] == (2 if status == "sent" else 0)
        assert len(done(outcomes)) == (2 if status == "sent" else 1)


def test_what_is_received_is_not_recalled(stores: Shop, doors: list[Run]):
    for _ in range(5):
        van = stores.send(stores.transfer({"TEA": 4, "CUP": 2}, "main", "harbour")).transfer.id
        at_once(
            partial(doors[0], ReceiveTransfer(van, (Arrival("TEA", 3),))),
            partial(doors[1], RecallTransfer(van)),
            partial(doors[0], ReceiveTransfer(van)),
            partial(doors[1], ReceiveTransfer(van, (Arrival("TEA", 3),))),
        )
        lines = [row for row in stores.rows(TransferLine) if row.transfer_id == van]
        assert [line.received + line.recalled for line in lines] == [4, 2]
    for sku in ("TEA", "CUP"):
        assert stores.balances(sku)[0] + stores.balances(sku, "harbour")[0] == 40


def test_the_last_units_are_sent_or_sold_not_both(stores: Shop, doors: list[Run]):
    vans = [stores.transfer({"TEA": 10}, "main", "harbour").transfer.id for _ in range(4)]
    buy = PlaceOrder((Item("TEA", 5),), store="main", paid=True)
    outcomes = at_once(
        *[partial(doors[place % 2], SendTransfer(van)) for place, van in enumerate(vans)],
        *[partial(doors[place % 2], buy) for place in range(6)],
    )
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)} <= {InsufficientStock}
    sent = [row for row in stores.rows(Transfer) if row.status == "sent"]
    available, _, reserved = stores.balances("TEA")
    assert available + reserved + 10 * len(sent) == 40
    assert available < 5 or reserved == 30


def test_sales_while_it_is_counted_and_applied_are_kept(stores: Shop, doors: list[Run]):
    """Four are missing; however sales fall between counting and applying, four are what is put right."""
    count = stores.begin_count("TEA").head.id
    buy = PlaceOrder((Item("TEA", 1),), store="main", paid=True)
    bought = at_once(
        partial(doors[1], SaveCounted(count, (Counted("TEA", 36),))), *[partial(doors[0], buy) for _ in range(8)]
    )[1:]
    at_once(
        partial(doors[1], SubmitCount(count)),
        *[partial(doors[0], buy) for _ in range(8)],
        *[partial(stores.ship, picture) for picture in bought],
    )
    assert stores.level("TEA").on_hand == 40 - 4 - 8
    assert stores.balances("TEA") == (40 - 4 - 16, 0, 8)
    assert [(row.kind, row.quantity) for row in stores.rows(Movement) if row.cause == "count"] == [("lost", 4)]


def test_two_submits_at_once_apply_once(stores: Shop, doors: list[Run]):
    for _ in range(5):
        count = stores.begin_count("TEA", "CUP").head.id
        stores.write_down(count, {"TEA": stores.level("TEA").on_hand - 1, "CUP": stores.level("CUP").on_hand + 1})
        outcomes = at_once(*[partial(doors[place % 2], SubmitCount(count)) for place in range(4)])
        assert {outcome.head.status for outcome in outcomes} == {"applied"}
    assert (stores.level("TEA").on_hand, stores.level("CUP").on_hand) == (35, 45)


def test_an_approval_against_a_recount(stores: Shop, doors: list[Run]):
    """Either it is applied and cannot be counted again, or it is counted again and cannot be approved."""
    for _ in range(5):
        count = stores.begin_count("TEA", approval_units=0).head.id
        before = stores.level("TEA").on_hand
        stores.write_down(count, {"TEA": before - 1}, by="Ana")
        stores.submit(count)
        approved, recounted = at_once(
            partial(doors[0], ApproveCount(count)), partial(doors[1], RecountLines(count, ("TEA",)))
        )
        assert isinstance(approved, InvalidTransition) != isinstance(recounted, InvalidTransition)
        assert stores.level("TEA").on_hand == (before if isinstance(approved, Refusal) else before - 1)


def test_two_counts_of_one_shelf_correct_it_once(stores: Shop, doors: list[Run]):
    for expected in (39, 38, 37):
        counts = [stores.begin_count("TEA").head.id for _ in range(2)]
        for count in counts:
            stores.write_down(count, {"TEA": expected})
        outcomes = at_once(*[partial(door, SubmitCount(count)) for door, count in zip(doors, counts, strict=True)])
        assert [type(outcome) for outcome in outcomes].count(CountOvertaken) == 1
        assert stores.level("TEA").on_hand == expected


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
