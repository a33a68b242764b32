"""Goods on the way between two stores: on no shelf meanwhile, and none is lost unsaid."""

import pytest

from onhand.books import Actor
from onhand.rows import Event, Transfer, TransferLine
from onhand.trade import transfers
from onhand.trade.errors import (
    AlreadyExists,
    Forbidden,
    InsufficientStock,
    InvalidTransition,
    ValidationFailed,
    VariantNotFound,
)
from onhand.trade.transfers import Arrival


@pytest.fixture
def stores(shop):
    """The main store with tea and cups, and a new one at the harbour."""
    shop.stocks({"TEA": 20, "CUP": 6})
    shop.opens("harbour")
    return shop


def in_transit(shop, transfer):
    rows = [row for row in shop.rows(TransferLine) if row.transfer_id == transfer.transfer.id]
    return {row.sku: transfers.in_transit(row) for row in rows}


def test_the_morning_van_to_the_harbour(stores):
    van = stores.transfer({"TEA": 12, "CUP": 6}, "main", "harbour")
    assert van.transfer.status == "draft"
    assert stores.balances("TEA") == (20, 0, 0), "a draft moves nothing"
    stores.send(van)
    assert stores.balances("TEA") == (8, 0, 0)
    assert stores.balances("TEA", "harbour") == (0, 0, 0)
    assert in_transit(stores, van) == {"TEA": 12, "CUP": 6}
    done = stores.arrive(van)
    assert done.transfer.status == "received"
    assert stores.balances("TEA", "harbour") == (12, 0, 0)
    assert stores.balances("CUP", "harbour") == (6, 0, 0)
    movement = stores.movements("CUP", "harbour")[0]
    assert (movement.kind, movement.cause, movement.cause_id) == ("transfer_in", "transfer", van.transfer.id)


def test_a_box_arrives_crushed_and_a_tin_is_missing(stores):
    van = stores.transfer({"TEA": 10, "CUP": 6}, "main", "harbour")
    stores.send(van)
    stores.arrive(van, Arrival("CUP", received=4, damaged=2, reason="The box was crushed"))
    assert stores.arrive(van, Arrival("TEA", received=7)).transfer.status == "partially_received"
    assert in_transit(stores, van) == {"TEA": 3, "CUP": 0}
    done = stores.arrive(van, Arrival("TEA", received=2, lost=1, reason="Fell into the harbour"))
    assert done.transfer.status == "received"
    level = stores.level("CUP", "harbour")
    assert (level.available, level.unsellable) == (4, 2)
    assert stores.movements("CUP", "harbour")[-1].notes == "The box was crushed"
    told = [event.data for event in stores.rows(Event) if event.type == "transfer.received"]
    assert ["Fell into the harbour" in data for data in told] == [False, False, True]


def test_what_is_damaged_or_lost_needs_a_reason_and_an_arrival_units(stores):
    van = stores.transfer({"TEA": 10, "CUP": 6}, "main", "harbour")
    stores.send(van)
    with pytest.raises(ValidationFailed) as refused:
        stores.arrive(van, Arrival("TEA", received=9, lost=1), Arrival("CUP"))
    assert [error["path"] for error in refused.value.data["errors"]] == ["items.0.reason", "items.1"]
    assert in_transit(stores, van) == {"TEA": 10, "CUP": 6}


def test_no_more_arrives_than_is_on_the_way(stores):
    van = stores.transfer({"TEA": 10}, "main", "harbour")
    stores.send(van)
    for arrivals in (
        [Arrival("TEA", received=11)],
        [Arrival("TEA", received=6), Arrival("TEA", received=3, damaged=2, reason="Wet")],
        [Arrival("TEA", received=1), Arrival("CUP", received=1)],
    ):
        with pytest.raises(transfers.ReceiptExceedsInTransit):
            stores.arrive(van, *arrivals)
        assert stores.balances("TEA", "harbour") == (0, 0, 0), "nothing of it arrives"


def test_a_van_that_is_called_back(stores):
    van = stores.transfer({"TEA": 10, "CUP": 2}, "main", "harbour")
    stores.send(van)
    stores.arrive(van, Arrival("TEA", received=4))
    back = stores.recall(van)
    assert (back.transfer.status, [line.recalled for line in back.lines]) == ("recalled", [6, 2])
    assert stores.recall(van) == back
    assert stores.balances("TEA") == (16, 0, 0)
    assert stores.balances("TEA", "harbour") == (4, 0, 0)
    with pytest.raises(InvalidTransition, match="Cannot receive a transfer that is recalled"):
        stores.arrive(van)


def test_every_step_again_is_the_same_answer_and_no_second_effect(stores):
    van = stores.transfer({"TEA": 10}, "main", "harbour")
    assert stores.send(van) == stores.send(van)
    assert stores.arrive(van) == stores.arrive(van)
    assert stores.balances("TEA") == stores.balances("TEA", "harbour") == (10, 0, 0)
    draft = stores.transfer({"TEA": 10}, "main", "harbour")
    cancel = transfers.CancelTransfer(draft.transfer.id)
    assert stores.run(cancel) == stores.run(cancel)
    with pytest.raises(InvalidTransition):
        stores.send(draft)
    with pytest.raises(InvalidTransition):
        stores.run(transfers.CancelTransfer(van.transfer.id))


def test_nothing_is_sent_that_somebody_else_was_promised(stores):
    stores.order({"CUP": 3}, paid=True)
    van = stores.transfer({"TEA": 5, "CUP": 4}, "main", "harbour")
    with pytest.raises(InsufficientStock) as refused:
        stores.send(van)
    assert [(short["sku"], short["available"]) for short in refused.value.data["shortages"]] == [("CUP", 3)]
    assert stores.balances("TEA") == (20, 0, 0), "all of it goes or nothing"


def test_an_overdue_hold_does_not_keep_the_van_waiting(stores):
    stores.order({"CUP": 6}, hold_minutes=1)
    van = stores.transfer({"CUP": 6}, "main", "harbour")
    stores.moment.passes(minutes=2)
    assert stores.send(van).transfer.status == "sent"


def test_what_arrives_goes_first_to_those_who_wait_for_it(stores):
    waiting = stores.order({"CUP": 8}, paid=True, on_shortage="backorder")
    stores.stocks({"CUP": 5}, store="yard")
    assert stores.balances("CUP", "yard") == (3, 0, 2)
    van = stores.transfer({"TEA": 20}, "main", "harbour")
    stores.send(van)
    tea = stores.order([("TEA", 3, "harbour")], paid=True, on_shortage="backorder")
    stores.arrive(van)
    assert stores.balances("TEA", "harbour") == (17, 0, 3)
    assert stores.ship(tea).picture.order.status == "shipped"
    assert stores.ship(waiting).picture.order.status == "shipped"


def test_refused_transfers(stores):
    with pytest.raises(ValidationFailed, match="the store that they are in"):
        stores.transfer({"TEA": 1}, "main", "main")
    with pytest.raises(VariantNotFound):
        stores.transfer({"NOSUCH": 1}, "main", "harbour")
    with pytest.raises(transfers.TransferNotFound):
        stores.send("NOSUCH")
    draft = stores.transfer([("TEA", 2), ("CUP", 1), ("TEA", 3)], "main", "harbour", number="VAN-7")
    assert [(line.sku, line.quantity) for line in draft.lines] == [("TEA", 5), ("CUP", 1)]
    with pytest.raises(AlreadyExists):
        stores.transfer({"TEA": 1}, "main", "harbour", number="VAN-7")
    with pytest.raises(InvalidTransition, match="Cannot receive a transfer that is draft"):
        stores.arrive("VAN-7")
    assert [row.number for row in stores.rows(Transfer)] == ["VAN-7"]


def test_each_end_is_in_the_hands_of_its_own_store(stores):
    here = Actor("main till", stores=frozenset({stores.store("main").id}))
    there = Actor("harbour till", stores=frozenset({stores.store("harbour").id}))
    van = stores.transfer({"TEA": 10}, "main", "harbour").transfer.id
    for step, who in (
        (transfers.CreateTransfer("main", "harbour", (transfers.TransferItem("TEA", 1),)), there),
        (transfers.SendTransfer(van), there),
        (transfers.CancelTransfer(van), there),
    ):
        with pytest.raises(Forbidden):
            stores.run(step, who)
    stores.run(transfers.SendTransfer(van), here)
    with pytest.raises(Forbidden):
        stores.run(transfers.ReceiveTransfer(van, (Arrival("TEA", lost=10, reason="None came"),)), here)
    with pytest.raises(Forbidden):
        stores.run(transfers.RecallTransfer(van), there)
    assert stores.run(transfers.ReceiveTransfer(van), there).transfer.status == "received"
