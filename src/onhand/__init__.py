"""Onhand keeps stock truthful while customers order, pay, cancel and return: never oversold, every change explained.

from onhand import InsufficientStock, Onhand

with Onhand("sqlite:///shop.db") as shop:
    shop.catalog.create_product("Tea", sku="TEA", price="4.50")
    shop.inventory.adjust("TEA", increment=100, reason="Opening stock")
    order = shop.orders.place([{"sku": "TEA", "quantity": 2}])
    shop.orders.confirm(order.order_id)

What is refused is raised as a `Refusal`: each kind is a class of this package, with a `code`, a `detail` and `data`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onhand.books import Policy
    from onhand.db.database import DatabaseUnusable
    from onhand.library import Onhand
    from onhand.library.fulfillment import FulfillmentService
    from onhand.library.inventory import InventoryService
    from onhand.library.orders import OrderService
    from onhand.trade.alerts import AlertNotFound
    from onhand.trade.counts import CountIncomplete, CountLineNotFound, CountNotFound, SecondPersonNeeded
    from onhand.trade.errors import (
        AlreadyExists,
        Conflict,
        HoldExceeded,
        HoldNotFound,
        InsufficientStock,
        InvalidTransition,
        NotFound,
        OrderNotFound,
        Overloaded,
        PaymentNotFound,
        ProductNotFound,
        RefundExceedsCaptured,
        Refusal,
        ReservationExceeded,
        ReturnExceedsShipped,
        StockChanged,
        StoreNotFound,
        TotalMismatch,
        ValidationFailed,
        VariantNotFound,
    )
    from onhand.trade.packing import PackedElsewhere, ParcelExceedsPicked, ParcelNotFound
    from onhand.trade.picking import PickExceedsReserved
    from onhand.trade.receiving import PurchaseOrderNotFound, ReceiptExceedsOrdered
    from onhand.trade.returns import ReturnNotFound
    from onhand.trade.subscriptions import SubscriptionNotFound
    from onhand.trade.transfers import ReceiptExceedsInTransit, TransferNotFound
    from onhand.trade.variances import CountExceedsAvailable, CountOvertaken, CountsDiffer
    from onhand.trade.waves import InAnotherWave, NothingToPick, WaveNotFound
    from onhand.trade.webhooks import DeliveryNotFound, UrlRefused, WebhookNotFound

__all__ = [
    "AlertNotFound",
    "AlreadyExists",
    "Conflict",
    "CountExceedsAvailable",
    "CountIncomplete",
    "CountLineNotFound",
    "CountNotFound",
    "CountOvertaken",
    "CountsDiffer",
    "DatabaseUnusable",
    "DeliveryNotFound",
    "FulfillmentService",
    "HoldExceeded",
    "HoldNotFound",
    "InAnotherWave",
    "InsufficientStock",
    "InvalidTransition",
    "InventoryService",
    "NotFound",
    "NothingToPick",
    "Onhand",
    "OrderNotFound",
    "OrderService",
    "Overloaded",
    "PackedElsewhere",
    "ParcelExceedsPicked",
    "ParcelNotFound",
    "PaymentNotFound",
    "PickExceedsReserved",
    "Policy",
    "ProductNotFound",
    "PurchaseOrderNotFound",
    "ReceiptExceedsInTransit",
    "ReceiptExceedsOrdered",
    "RefundExceedsCaptured",
    "Refusal",
    "ReservationExceeded",
    "ReturnExceedsShipped",
    "ReturnNotFound",
    "SecondPersonNeeded",
    "StockChanged",
    "StoreNotFound",
    "SubscriptionNotFound",
    "TotalMismatch",
    "TransferNotFound",
    "UrlRefused",
    "ValidationFailed",
    "VariantNotFound",
    "WaveNotFound",
    "WebhookNotFound",
]

# Where the public names live, the cheapest first. They are imported when first asked for, so that `onhand --help` need
# not wait for them.
_RULES = "errors alerts counts packing picking receiving returns subscriptions transfers variances waves webhooks"
_HOMES = ("onhand.books", *(f"onhand.trade.{noun}" for noun in _RULES.split()), "onhand.db.database", "onhand.library")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in map(import_module, _HOMES):
            if hasattr(home, name):
                return getattr(home, name)
    raise AttributeError(f"module 'onhand' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
