"""A day in the warehouse, done from a shell: on one database, each step a command of its own."""

from typing import Any

import pytest
from tests.cli.running import onhand

from onhand import Onhand
from onhand.cli.goods import units


class Day:
    def __init__(self, url: str) -> None:
        self._url = url
        with Onhand(url) as shop:
            shop.catalog.create_product("Mug", sku="MUG", price="9.00")
            shop.catalog.create_store("annex", "The annex")

    def does(self, command: str, *more: str) -> Any:
        ended = onhand(*command.split(), *more, "--json", database_url=self._url)
        assert ended.code == 0, ended.err
        return ended.document

    def is_refused(self, command: str, *more: str) -> str:
        ended = onhand(*command.split(), *more, "--json", database_url=self._url)
        assert ended.code == 1, ended
        assert ended.err.startswith("onhand: ")
        return str(ended.document["code"])

    def says(self, command: str) -> list[str]:
        ended = onhand(*command.split(), database_url=self._url)
        assert ended.code == 0, ended.err
        return ended.out.splitlines()

    def has(self, store: str) -> tuple[int, int]:
        """Mugs of the store that can be sold, and that cannot."""
        (level,) = self.does("stock list --sku MUG --store", store)["data"]
        return level["quantity_available"], level["unsellable"]


def test_a_day_in_the_warehouse(sqlite_url: str):
    day = Day(sqlite_url)
    day.does("purchase-orders create --number BUY-1 --item MUG=12", "Potter & Son")
    came = day.does("purchase-orders receive BUY-1 --item MUG=10:1 --reason Chipped")
    assert (came["status"], came["receipt"]["items"][0]["accepted"]) == ("partially_received", 9)
    assert came["receipt"]["actor"].startswith("cli")
    assert day.is_refused("purchase-orders receive BUY-1 --item MUG=3") == "receipt_exceeds_ordered"
    assert "closed because\tEnough" in day.says("purchase-orders close BUY-1 --reason Enough")
    assert day.has("main") == (9, 1)

    day.does("transfers create --from main --to annex --item MUG=5 --number VAN-1")
    assert day.does("transfers send VAN-1")["in_transit"] == 5
    assert day.is_refused("transfers cancel VAN-1") == "invalid_transition"
    assert day.does("transfers receive VAN-1 --item MUG=2:1 --reason Crushed")["in_transit"] == 2
    assert day.says("transfers recall VAN-1")[-1].split("\t")[3:] == ["5", "0", "2", "1", "0", "2"]
    day.does("transfers create --from main --to annex --item MUG=1 --number VAN-2")
    day.does("transfers send VAN-2")
    assert day.does("transfers receive VAN-2")["status"] == "received"
    day.does("transfers create --from main --to annex --item MUG=1 --number VAN-3")
    assert day.does("transfers cancel VAN-3")["status"] == "cancelled"
    assert (day.has("main"), day.has("annex")) == ((5, 1), (3, 1))

    day.does("counts create --store annex --sku MUG --approval-over 0 --number MONDAY")
    assert day.does("counts save MONDAY --item MUG=9")["lines"][0]["counted"] == 9
    day.does("counts recount MONDAY --sku MUG")
    day.does("counts save MONDAY --item MUG=2")
    assert day.does("counts submit MONDAY")["status"] == "needs_approval"
    assert day.is_refused("counts approve MONDAY") == "second_person_needed"
    assert day.does("counts approve MONDAY --by Ines")["status"] == "applied"
    day.does("counts create --store annex --sku MUG --number TUESDAY")
    assert "status\tcancelled" in day.says("counts cancel TUESDAY")
    assert day.has("annex") == (1, 1)
    assert onhand("verify", database_url=sqlite_url).code == 0


def test_an_order_leaves_and_comes_back(sqlite_url: str):
    day = Day(sqlite_url)
    with Onhand(sqlite_url) as shop:
        shop.inventory.adjust("MUG", increment=9, reason="Opening stock")
        shop.inventory.set_thresholds("MUG", bin="A-01")
        number = shop.orders.place([{"sku": "MUG", "quantity": 4}], paid=True).number
    wave = day.does("picking begin --limit 5")["number"]
    assert day.says(f"picking wave {wave} --zone A --zone-size 1")[-1].split("\t")[:4] == ["A", "1", "A-01", "MUG"]
    assert day.does(f"picking wave {wave} --zone B")["lines"] == []
    picked = day.does(f"picking pick {number} 1 3 --short 1 --then release")
    assert [pick["outcome"] for pick in picked["picks"]] == ["picked", "short"]
    assert day.does(f"picking finish {wave}")["status"] == "picked"
    assert day.is_refused(f"picking cancel {wave}") == "invalid_transition"
    assert f"order\t{number}" in day.says(f"picking ship {number} --item MUG=2 --carrier UPS")
    assert day.does(f"picking ship {number}")["status"] == "shipped"

    first = day.does(f"returns request {number} --item MUG=3 --reason Late")["number"]
    assert day.does(f"returns cancel {first}")["status"] == "cancelled"
    back = day.does(f"returns request {number} --item MUG=3 --reason Late")["number"]
    assert "status\treceived" in day.says(f"returns receive {back} --item MUG=1:2")
    assert day.has("main") == (6, 2)
    assert onhand("verify", database_url=sqlite_url).code == 0


def test_goods_are_named_with_their_quantities():
    assert units(["MUG=5:1", "A=B:C=2"], "received", "rejected") == [
        {"sku": "MUG", "received": 5, "rejected": 1},
        {"sku": "A=B:C", "received": 2},
    ]


@pytest.mark.parametrize("item", ["MUG", "MUG=", "=5", "MUG=-1", "MUG=1:", "MUG=1:2:3", "MUG=1.5", "MUG=٣"])
def test_goods_that_are_named_otherwise_are_wrong_use(item: str, sqlite_url: str):
    ended = onhand("purchase-orders", "receive", "BUY-1", "--item", item, database_url=sqlite_url)
    assert (ended.code, ended.out) == (2, "")
    assert "SKU=RECEIVED[:REJECTED]" in ended.err.replace("\n", " ")
