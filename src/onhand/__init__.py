"""Onhand keeps stock truthful while customers order, pay, cancel and return: never oversold, every change explained.

from onhand import Onhand

shop = Onhand("sqlite:///shop.db")
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
    from onhand.trade.errors import InsufficientStock, Refusal

__all__ = [
    "DatabaseUnusable",
    "FulfillmentService",
    "InsufficientStock",
    "InventoryService",
    "Onhand",
    "OrderService",
    "Policy",
    "Refusal",
]

# Where the public names live. They are imported when first asked for, so that `onhand --help` need not wait for them.
_HOMES = {
    "Onhand": "onhand.library",
    "OrderService": "onhand.library.orders",
    "InventoryService": "onhand.library.inventory",
    "FulfillmentService": "onhand.library.fulfillment",
    "Policy": "onhand.books",
    "Refusal": "onhand.trade.errors",
    "InsufficientStock": "onhand.trade.errors",
    "DatabaseUnusable": "onhand.db.database",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'onhand' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
