"""What is to be picked, what comes back and what was bought, on the command line: in words and in JSON."""

import json
from typing import Any

import pytest
from tests.shop import Shop
from typer.testing import CliRunner

from onhand.cli import app
from onhand.trade.picking import RecordPick
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import RequestedItem, RequestReturn
from onhand.trade.waves import CreateWave


@pytest.fixture
def url(shop: Shop) -> str:
    """Two orders in a wave, one of them begun; a delivery that came short; and something that will come back."""
    shop.stocks({"MUG": 10, "TEA": 9})
    bought = CreatePurchaseOrder("Potter & Son", "main", (PurchaseItem("MUG", 6),), "BUY-1")
    shop.run(bought)
    shop.run(ReceivePurchaseOrder("BUY-1", (ReceivedItem(5, 1, "MUG"),)))
    orders = [shop.order({"MUG": 2}, paid=True).order for _ in range(2)]
    shop.run(CreateWave("main", tuple(order.id for order in orders)))
    shop.run(RecordPick(orders[0].id, 1, "main", 1))
    sent = shop.order({"TEA": 3}, paid=True)
    shop.ship(sent)
    shop.run(RequestReturn(sent.order.id, (RequestedItem("TEA", 2),), "Too hot"))
    return shop.engine.database.url


def said(*arguments: str, url: str) -> str:
    ended = CliRunner().invoke(app, [*arguments, "--database-url", url], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.output


def document(*arguments: str, url: str) -> Any:
    return json.loads(said(*arguments, "--json", url=url))


def table(*arguments: str, url: str) -> list[list[str]]:
    return [line.split("\t") for line in said(*arguments, url=url).splitlines()]


def test_what_is_to_be_picked(url: str):
    queue = table("picking", "queue", url=url)
    assert [row[3:6] for row in queue[1:]] == [["1", "1", "main"], ["2", "0", "main"]]
    number = queue[1][0]
    assert table("picking", "list", number, url=url)[-1] == ["main", "", "MUG", "MUG", "1", "1", "line 1"]
    (listed,) = document("picking", "waves", url=url)["data"]
    wave = document("picking", "wave", listed["number"], url=url)
    assert wave == listed
    assert table("picking", "wave", listed["number"], url=url)[-1][3:7] == ["MUG", "MUG", "3", "1"]
    assert table("picking", "waves", "--status", "picking", url=url)[1][3:6] == ["2", "3", "1"]


def test_what_was_bought(url: str):
    assert table("purchase-orders", "list", url=url)[1][:6] == ["BUY-1", "partially_received", *_BOUGHT, "1"]
    assert table("purchase-orders", "show", "BUY-1", url=url)[-1][3:7] == ["6", "5", "1", "1"]
    assert document("purchase-orders", "show", "BUY-1", url=url)["receipts"][0]["items"][0]["accepted"] == 4
    assert document("purchase-orders", "list", "--status", "closed", url=url)["data"] == []


_BOUGHT = ["Potter & Son", "main", "1"]


def test_what_will_come_back(url: str):
    (listed,) = table("returns", "list", "--status", "requested", url=url)[1:]
    assert listed[1] == "requested"
    assert listed[3:6] == ["Too hot", "2", "0"]
    assert table("returns", "show", listed[0], url=url)[-1][1:5] == ["TEA", "TEA", "2", "0"]
    assert document("returns", "show", listed[0], url=url)["number"] == listed[0]
