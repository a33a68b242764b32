"""Onhand as a library: the same engine, called from a script or from threads.

    from onhand import Onhand

    with Onhand("sqlite:///shop.db") as shop:
        shop.catalog.create_product("Tea", sku="TEA", price="4.50")
        shop.inventory.adjust("TEA", increment=100, reason="Opening stock")
        order = shop.orders.place([{"sku": "TEA", "quantity": 2}])
        shop.orders.confirm(order.order_id)

Methods return the answers of `onhand.views`, as the HTTP API does, and raise its refusals: classes of `onhand`.
"""

from onhand.library.fulfillment import FulfillmentService
from onhand.library.inventory import InventoryService
from onhand.library.orders import OrderService
from onhand.library.shop import Onhand

__all__ = ["FulfillmentService", "InventoryService", "Onhand", "OrderService"]
