"""One named tuple for each table, its fields in the order of the table's columns.

Rows are values: a change is a new row, so undoing a refused command means putting the old row back, and saving
needs no conversion. Ids are UUIDv7 texts; times are microseconds UTC (`clock.py`); unit prices are ten-thousandths
of the currency's major unit and totals are its minor units (`trade/money.py`); JSON columns hold JSON text.
The key of a table is its first columns: `db/schema.py` says how many, and a test holds the two files together.
"""

from onhand.rows.alerts import Alert
from onhand.rows.catalog import Product, Store, Variant
from onhand.rows.documents import (
    Count,
    CountLine,
    Parcel,
    ParcelItem,
    Pick,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    RequestedReturn,
    Return,
    ReturnLine,
    Transfer,
    TransferLine,
    Wave,
    WaveOrder,
)
from onhand.rows.orders import Line, Order, Shipment, Waiting
from onhand.rows.outside import DutyRun, Follower, Mail, Subscription
from onhand.rows.payments import Payment, PaymentMessage, Refund
from onhand.rows.service import ApiKey, Batch, Event, Session, SignInLink, StoredAnswer
from onhand.rows.stock import Hold, Level, Movement, Reservation
from onhand.rows.webhooks import Delivery, Webhook

__all__ = [
    "Alert",
    "ApiKey",
    "Batch",
    "Count",
    "CountLine",
    "Delivery",
    "DutyRun",
    "Event",
    "Follower",
    "Hold",
    "Level",
    "Line",
    "Mail",
    "Movement",
    "Order",
    "Parcel",
    "ParcelItem",
    "Payment",
    "PaymentMessage",
    "Pick",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "ReceiptLine",
    "Refund",
    "RequestedReturn",
    "Reservation",
    "Return",
    "ReturnLine",
    "Session",
    "Shipment",
    "SignInLink",
    "Store",
    "StoredAnswer",
    "Subscription",
    "Transfer",
    "TransferLine",
    "Variant",
    "Waiting",
    "Wave",
    "WaveOrder",
    "Webhook",
]
