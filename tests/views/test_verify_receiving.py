"""Deliveries verify clean; and whatever row of them is tampered with is found."""

from collections.abc import Callable

import pytest
from tests.shop import Shop
from tests.views.conftest import Day

from onhand.db.database import Database
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    ReceivedItem,
    ReceivePurchaseOrder,
)
from onhand.views.verify import verify


@pytest.fixture
def deliveries(live: Callable[[Day], Shop]) -> Shop:
    return live(day_at_the_dock)


def day_at_the_dock(shop: Shop) -> None:
    """One order for each thing that can become of it."""
    shop.stocks({"MUG": 0, "TEA": 0})
    shop.opens("annex")

    def buy(number: str, store: str = "main") -> str:
        items = (PurchaseItem("MUG", 10), PurchaseItem("TEA", 5), PurchaseItem("MUG", 10))
        return str(shop.run(CreatePurchaseOrder("Potter & Son", store, items, number)).order.id)

    buy("open")
    partial, whole, closed = buy("partial"), buy("whole", "annex"), buy("closed")
    shop.run(ReceivePurchaseOrder(partial, (ReceivedItem(12, 3, "MUG"), ReceivedItem(1, 1, "TEA", sent_back=True))))
    shop.run(ReceivePurchaseOrder(partial, (ReceivedItem(2, 0, line=3),)))
    shop.run(ReceivePurchaseOrder(whole, (ReceivedItem(23, 0, "MUG"), ReceivedItem(5, 0, "TEA")), allow_over=True))
    shop.run(ReceivePurchaseOrder(closed, (ReceivedItem(4, 4, "TEA"),)))
    shop.run(ClosePurchaseOrder(closed, "Sunk"))


def test_deliveries_are_clean(deliveries: Shop, database: Database):
    found = verify(database)
    assert found.broken == []
    assert found.checked["receiving"] == 4 * 3 + 4


def of(number: str) -> str:
    return f"purchase_order_id = (SELECT id FROM purchase_orders WHERE number = '{number}')"


FAULTS = {
    "a line that got more than came": f"UPDATE purchase_order_lines SET received = 14 WHERE {of('whole')} AND line = 3",
    "a line that rejected more": f"UPDATE purchase_order_lines SET rejected = 4 WHERE {of('partial')} AND line = 1",
    "a delivery that brought more": f"UPDATE receipt_lines SET received = 11 WHERE {of('partial')} AND item = 1",
    "a delivery of no line": f"UPDATE receipt_lines SET line = 9 WHERE {of('whole')} AND line = 2",
    "a delivery without lines": f"DELETE FROM receipt_lines WHERE {of('partial')} AND receipt = 2",
    "a delivery that is not there": f"DELETE FROM receipts WHERE {of('partial')} AND receipt = 1",
    "goods said to have gone back": f"UPDATE receipt_lines SET sent_back = 1 WHERE {of('closed')}",
    "goods said to have stayed": f"UPDATE receipt_lines SET sent_back = 0 WHERE {of('partial')}",
    "a status that is ahead": "UPDATE purchase_orders SET status = 'received' WHERE number = 'partial'",
    "a status that is behind": "UPDATE purchase_orders SET status = 'open' WHERE number = 'whole'",
    "a complete order that was closed": "UPDATE purchase_orders SET status = 'closed' WHERE number = 'whole'",
    "goods that came to another store": "UPDATE purchase_orders SET store_id = "
    "(SELECT id FROM stores WHERE code = 'main') WHERE number = 'whole'",
    "a movement of another cause": "UPDATE movements SET cause = 'import' WHERE kind = 'receive_damaged'",
    "a movement of another order": "UPDATE movements SET cause_id = '00000000-0000-7000-8000-000000000009' "
    "WHERE kind = 'receive_damaged'",
    "a movement of another quantity": "UPDATE movements SET quantity = quantity + 1 WHERE cause = 'receipt'",
}


@pytest.mark.parametrize("statement", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_found(deliveries: Shop, database: Database, statement: str):
    writer = database.writer()
    writer.run(statement)
    writer.close()
    found = verify(database)
    assert "receiving" in {broken.invariant for broken in found.broken}, found.broken
    assert all(broken.subject and broken.detail for broken in found.broken)
