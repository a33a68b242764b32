"""Transfers and counts from Python."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from onhand import Onhand
from onhand.trade.counts import SecondPersonNeeded
from onhand.trade.errors import ValidationFailed


@pytest.fixture
def pantry(database_url: str) -> Iterator[Onhand]:
    with Onhand(database_url) as shop:
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        shop.catalog.create_store("harbour", "Harbour shop")
        shop.inventory.adjust("TEA", increment=20, reason="Opening stock")
        yield shop
        assert shop.verify().clean


def test_a_transfer(pantry: Onhand):
    van = pantry.transfers.create("main", "harbour", [{"sku": "TEA", "quantity": 9}], number="VAN-1", note="Morning")
    assert pantry.transfers.send("VAN-1").in_transit == 9
    with pytest.raises(ValidationFailed, match="reason"):
        pantry.transfers.receive(van.id, [{"sku": "TEA", "received": 7, "lost": 1}])
    pantry.transfers.receive(van.id, [{"sku": "TEA", "received": 7, "lost": 1, "reason": "Fell off"}])
    assert pantry.transfers.recall("VAN-1").status == "recalled"
    assert [pantry.inventory.level("TEA", store).quantity_available for store in ("main", "harbour")] == [12, 7]
    assert [entry.type for entry in pantry.transfers.timeline(van.id)][-1] == "transfer.recalled"
    draft = pantry.transfers.create("main", "harbour", [{"sku": "TEA", "quantity": 1}])
    assert pantry.transfers.cancel(draft.number).status == "cancelled"
    assert [row.number for row in pantry.transfers.list(status="recalled").data] == ["VAN-1"]
    with pytest.raises(ValidationFailed):
        pantry.transfers.create("main", "harbour", [])


def test_a_count(pantry: Onhand):
    count = pantry.counts.create(approval_over_value="5.00")
    assert [line.sku for line in pantry.counts.get(count.id).lines] == ["TEA"]
    saved = pantry.counts.write_down(count.id, {"TEA": 18}, by="Ana", reason="Two gone")
    assert saved.lines[0].book_quantity is None
    assert pantry.counts.submit(count.id, by="Ana").status == "needs_approval"
    with pytest.raises(SecondPersonNeeded):
        pantry.counts.approve(count.id, by="Ana")
    assert pantry.counts.approve(count.id, by="Ben").approved_by == "Ben"
    assert pantry.inventory.level("TEA").quantity_available == 18
    (accuracy,) = pantry.counts.accuracy("main")
    assert (accuracy.units_off, accuracy.accuracy) == (2, Decimal("0.00"))
    again = pantry.counts.create("main", ["TEA"], number="AGAIN")
    pantry.counts.write_down("AGAIN", {"TEA": 1})
    assert pantry.counts.recount("AGAIN", ["TEA"]).lines[0].counted is None
    assert pantry.counts.cancel(again.number).status == "cancelled"
    assert [row.number for row in pantry.counts.list(status="applied").data] == [count.number]
    assert len(pantry.counts.timeline(count.id)) == 3
