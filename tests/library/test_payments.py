"""Money from Python."""

from decimal import Decimal

import pytest

from onhand import Onhand
from onhand.trade.errors import RefundExceedsCaptured, TotalMismatch, ValidationFailed


def test_an_order_from_placed_to_refunded(database_url: str):
    with Onhand(database_url, actor="desk") as shop:
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        shop.inventory.adjust("TEA", increment=10, reason="Opening stock")
        with pytest.raises(TotalMismatch):
            shop.orders.place([{"sku": "TEA", "quantity": 2}], shipping="3", expected_total="9")
        order = shop.orders.place([{"sku": "TEA", "quantity": 2, "discount": "1"}], shipping="3", expected_total="11")
        assert shop.payments.report("pending", "pi_1", order.number, "11", "USD", event_id="e-1") == "pinned"
        assert shop.payments.report("paid", "pi_1", order.number, "11", "USD", event_id="e-2") == "confirmed"
        assert shop.payments.report("paid", "pi_1", order.number, "11", "USD", event_id="e-2") == "repeated"
        amended = shop.orders.amend(order.number, [{"sku": "TEA", "quantity": 3}], shipping="2")
        assert (amended.total_amount, amended.payment_difference) == (Decimal("14.00"), Decimal("3.00"))
        assert shop.payments.record(order.number, "cash-1", "3", "USD", "cash").outcome == "confirmed"
        back = shop.payments.refund("pi_1", 5, "Broken")
        assert (back.status, back.refundable, back.actor) == ("partially_refunded", Decimal("6.00"), "library")
        with pytest.raises(RefundExceedsCaptured):
            shop.payments.refund("pi_1", "6.01", "Broken")
        assert [each.payment_id for each in shop.payments.of_order(order.order_id).data] == ["pi_1", "cash-1"]
        assert [each.payment_id for each in shop.payments.list(status="partially_refunded").data] == ["pi_1"]
        assert shop.verify().clean


def test_a_review_and_what_makes_no_sense(database_url: str):
    with Onhand(database_url) as shop:
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        shop.inventory.adjust("TEA", increment=10, reason="Opening stock")
        order = shop.orders.place([{"sku": "TEA", "quantity": 2}])
        assert shop.payments.record(order.number, "cash-1", "8.99", "USD", "cash").order_status == "payment_review"
        assert shop.orders.resolve(order.number, "accept_amount", "Good enough").status == "confirmed"
        for attempt in (
            lambda: shop.orders.resolve(order.number, "guess"),
            lambda: shop.orders.amend(order.number, []),
            lambda: shop.payments.report("stolen", "p", order.number, "1", "USD", event_id="e"),
            lambda: shop.payments.record(order.number, "cash-2", "-1", "USD", "cash"),
            lambda: shop.payments.record(order.number, "cash-2", "1", "XXY", "cash"),
        ):
            with pytest.raises(ValidationFailed):
                attempt()
