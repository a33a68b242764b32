"""Purchase orders from Python."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from onhand import Onhand
from onhand.trade.errors import ValidationFailed
from onhand.trade.receiving import PurchaseOrderNotFound, ReceiptExceedsOrdered

MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)


def test_a_purchase_order_from_ordered_to_closed(database_url: str):
    with Onhand(database_url, actor="dock") as shop:
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        lines = [{"sku": "TEA", "quantity": 100, "unit_cost": "1.25"}]
        made = shop.receiving.create("Tea & Co", lines, number="A-1", expected_at=MONDAY)
        assert (made.status, made.actor, made.lines[0].unit_cost) == ("open", "dock", Decimal("1.25"))
        assert shop.inventory.stock("TEA").incoming == 100
        (coming,) = shop.inventory.explain("TEA").incoming
        assert (coming.expected_at, coming.quantity, coming.purchase_order) == (MONDAY, 100, "A-1")
        came = [{"sku": "TEA", "received": 60, "rejected": 5, "reason": "Wet"}]
        received = shop.receiving.receive("A-1", came, received_at=MONDAY)
        assert (received.status, received.receipt.items[0].accepted) == ("partially_received", 55)
        shop.receiving.receive(made.id, [{"line": 1, "received": 10, "rejected": 10}], return_rejected=True)
        stock = shop.inventory.stock("TEA")
        assert (stock.available_stock, stock.unsellable, stock.incoming) == (55, 5, 30)
        with pytest.raises(ReceiptExceedsOrdered):
            shop.receiving.receive("A-1", [{"line": 1, "received": 31}])
        assert shop.receiving.close("A-1", "Sold out").status == "closed"
        assert len(shop.receiving.get("A-1").receipts) == 2
        assert [order.number for order in shop.receiving.list(status="closed", q="tea &").data] == ["A-1"]
        assert len(shop.receiving.timeline("A-1")) == 4
        assert shop.inventory.stock("TEA").incoming == 0
        assert shop.verify().clean


def test_what_makes_no_sense_is_refused(database_url: str):
    with Onhand(database_url) as shop:
        for lines in ([], [{"sku": "TEA"}], [{"quantity": 1}], [{"sku": "TEA", "quantity": 1, "unit_cost": "dear"}]):
            with pytest.raises(ValidationFailed):
                shop.receiving.create("Tea & Co", lines)
        for items in ([], [{"received": 1}], [{"line": 1}], [{"line": 1, "received": 1, "rejected": -1}]):
            with pytest.raises(ValidationFailed):
                shop.receiving.receive("A-1", items)
        with pytest.raises(PurchaseOrderNotFound):
            shop.receiving.get("A-1")
