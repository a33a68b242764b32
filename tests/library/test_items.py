"""Items are plain dictionaries: what they may say, and what becomes of what they may not."""

import pytest

from onhand import Onhand, ValidationFailed


@pytest.fixture
def shop(tmp_path):
    with Onhand(f"sqlite:///{tmp_path}/shop.db") as shop:
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        shop.catalog.create_product("Cup", sku="CUP", price="9")
        shop.inventory.adjust("TEA", increment=10, reason="Opening stock")
        shop.inventory.adjust("CUP", increment=5, reason="Opening stock")
        yield shop


def test_a_kit_is_made_and_sold_by_its_components(shop):
    parts = [{"sku": "TEA", "quantity": 2}, {"sku": "CUP", "quantity": 1}]
    shop.catalog.create_product("Tea for one", variants=[{"sku": "SET", "price": "15", "components": parts}])
    assert shop.inventory.stock("SET").available_stock == 5
    shop.orders.place([{"sku": "SET", "quantity": 3}])
    assert shop.inventory.stock("TEA").available_stock == 4
    assert shop.inventory.stock("CUP").available_stock == 2


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("items.0.discont", lambda shop: shop.orders.place([{"sku": "TEA", "quantity": 1, "discont": "1"}])),
        ("items.0.qty", lambda shop: shop.transfers.create("main", "main", [{"sku": "TEA", "quantity": 1, "qty": 2}])),
        (
            "items.1.shop",
            lambda shop: shop.inventory.place_hold(
                [{"sku": "TEA", "quantity": 1}, {"sku": "CUP", "shop": 1}], "window"
            ),
        ),
        ("variants.0.cost", lambda shop: shop.catalog.create_product("Pot", variants=[{"sku": "POT", "cost": "1"}])),
    ],
)
def test_a_field_that_there_is_not_is_refused_and_leaves_no_trace(shop, field, call):
    before = shop.inventory.movements().data
    with pytest.raises(ValidationFailed) as refused:
        call(shop)
    assert [error["path"] for error in refused.value.data["errors"]] == [field]
    assert shop.inventory.movements().data == before
