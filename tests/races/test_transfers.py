"""Vans that are sent, received and recalled at once: no unit is moved twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.races.crowd import at_once, codes, done
from tests.shop import Shop

from onhand.rows import Transfer, TransferLine
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.transfers import Arrival, CancelTransfer, RecallTransfer, ReceiveTransfer, SendTransfer

Run = Callable[..., Any]


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


def test_a_van_is_sent_and_called_back(stores: Shop, doors: list[Run]):
    """Nothing is called back that has not left; what has is back once, however often it is said."""
    for _ in range(6):
        van = stores.transfer({"TEA": 3, "CUP": 1}, "main", "harbour").transfer.id
        outcomes = at_once(
            partial(doors[0], RecallTransfer(van)),
            partial(doors[1], SendTransfer(van)),
            partial(doors[0], SendTransfer(van)),
            partial(doors[1], RecallTransfer(van)),
        )
        assert codes(outcomes) <= {"invalid_transition"}
        (status,) = {row.status for row in stores.rows(Transfer) if row.id == van}
        gone = 0 if status == "recalled" else 1
        assert [stores.balances(sku)[0] for sku in ("TEA", "CUP")] == [40 - 3 * gone, 40 - gone]
        stores.recall(van)
    moved = [row.kind for row in stores.movements("TEA")]
    assert (moved.count("transfer_out"), moved.count("transfer_in")) == (6, 6)


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
    assert codes(outcomes) <= {"insufficient_stock"}
    sent = [row for row in stores.rows(Transfer) if row.status == "sent"]
    available, _, reserved = stores.balances("TEA")
    assert available + reserved + 10 * len(sent) == 40
    assert available < 5 or reserved == 30
