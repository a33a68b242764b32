"""Promises and sourcing from Python."""

from datetime import UTC, timedelta

import pytest

from onhand import Onhand, clock
from onhand.trade.errors import ValidationFailed


def test_where_it_comes_from_and_when(database_url: str):
    sold_from = clock.as_datetime(clock.now()) + timedelta(days=30)
    with Onhand(database_url) as shop:
        shop.catalog.create_store("east", "East", transit_days=1)
        shop.catalog.change_store("main", transit_days=4)
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        phone = {"sku": "PHONE", "price": "999", "lead_days": 5, "preorder_until": sold_from}
        (variant,) = shop.catalog.create_product("Phone", variants=[phone]).variants
        assert (variant.lead_days, variant.preorder_until) == (5, sold_from)
        shop.inventory.adjust("TEA", increment=5, reason="Delivery")
        shop.inventory.adjust("TEA", "east", increment=9, reason="Delivery")
        wanted = [{"sku": "TEA", "quantity": 3}]
        (tea,) = shop.inventory.availability(wanted, {"country": "PT"})
        assert (tea.available, tea.sufficient, tea.restock_at) == (14, True, None)
        (planned,) = shop.inventory.preview(wanted, rule="most_stock").allocations
        assert (planned.store, planned.because) == ("east", "most_stock")
        order = shop.orders.place(wanted, store="main")
        assert order.estimated_delivery is not None
        moved = shop.orders.reallocate(order.number, "east")
        assert moved.items[0].allocations[-1].store == "east"
        assert moved.estimated_delivery is not None
        assert moved.estimated_delivery < order.estimated_delivery
        assert shop.orders.get(order.number) == moved
        ahead = shop.orders.place([{"sku": "PHONE", "quantity": 2}], on_shortage="backorder", paid=True)
        assert ahead.estimated_delivery is not None
        assert ahead.estimated_delivery > sold_from.date()
        assert shop.orders.list(status="confirmed").data == [shop.orders.get(ahead.number)]
        (phone_now,) = shop.inventory.availability([{"sku": "PHONE", "quantity": 1}])
        assert phone_now.restock_at == sold_from.astimezone(UTC)
        assert shop.orders.cancel_backorders(ahead.number, [{"sku": "PHONE", "quantity": 1}]).items[0].backordered == 1
        for wrong in (
            lambda: shop.inventory.preview(wanted, rule="cheapest"),
            lambda: shop.orders.reallocate(order.number, rule="cheapest"),
            lambda: shop.inventory.availability([]),
            lambda: shop.catalog.change_store("main", cutoff="4pm"),
        ):
            with pytest.raises(ValidationFailed):
                wrong()
        assert shop.verify().clean
