"""Who is told about alerts, from Python."""

import pytest

from onhand import Onhand
from onhand.trade.errors import ValidationFailed
from onhand.trade.subscriptions import SubscriptionNotFound


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_subscriptions(database_url: str):
    with Onhand(database_url) as shop:
        shop.catalog.create_product("Oolong", sku="TEA", price="4.50", category="Tea")
        assert shop.catalog.product("TEA").category == "Tea"
        made = shop.alerts.subscribe("ana@shop.example", ["low_stock"], product="TEA", category="Tea")
        assert (made.product_id, made.category) == (shop.catalog.product("TEA").id, "Tea")
        assert shop.alerts.subscriptions().data == [made]
        assert shop.alerts.unsubscribe(made.id).ended_at is not None
        with pytest.raises(SubscriptionNotFound):
            shop.alerts.unsubscribe("none")
        with pytest.raises(ValidationFailed, match="gossip"):
            shop.alerts.subscribe("ana@shop.example", ["gossip"])
