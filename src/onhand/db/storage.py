"""How the rows of each type are stored: table, key, and the columns that may change."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from sqlalchemy import Table

from onhand import rows
from onhand.db import alerts, documents, outside, payments, schema, webhooks
from onhand.db.columns import metadata
from onhand.db.dialect import Storage

__all__ = ["AGED_BY", "FORGETTABLE", "KEYS", "STORAGE", "metadata"]


def _storage(table: Table, *mutable: str) -> Storage:
    return Storage(table, len(table.primary_key.columns), mutable)


# The order is the order of writing: the same everywhere, so that two batches never wait for each other in a circle.
STORAGE: dict[type, Storage] = {
    rows.Store: _storage(
        schema.stores,
        "code",
        "name",
        "priority",
        "handling_days",
        "cutoff",
        "time_zone",
        "address",
        "updated_at",
        "transit_days",
        "transit_by_country",
    ),
    rows.Product: _storage(schema.products, "name", "description", "currency", "updated_at", "category"),
    rows.Variant: _storage(
        schema.variants,
        "sku",
        "title",
        "price",
        "currency",
        "barcode",
        "options",
        "substitutes",
        "updated_at",
        "components",
        "lead_days",
        "preorder_until",
    ),
    rows.ApiKey: _storage(schema.api_keys, "revoked_at"),
    rows.Session: _storage(schema.sessions, "ended_at"),
    rows.SignInLink: _storage(schema.sign_in_links, "used_at"),
    rows.Order: _storage(
        schema.orders,
        "status",
        "payment_status",
        "total",
        "priority",
        "note",
        "hold_expires_at",
        "cancel_reason",
        "updated_at",
        "confirmed_at",
        "cancelled_at",
        "shipped_at",
        "delivered_at",
        "events",
        "estimated_delivery",
        "promised_at",
        "discount",
        "shipping",
        "tax",
        "ending",
    ),
    rows.Waiting: _storage(schema.waiting, "quantity"),
    rows.PurchaseOrder: _storage(
        documents.purchase_orders, "status", "expected_at", "close_reason", "updated_at", "events"
    ),
    rows.Transfer: _storage(documents.transfers, "status", "updated_at", "sent_at", "events"),
    rows.Count: _storage(documents.counts, "status", "updated_at", "applied_at", "events", "approved_by"),
    rows.Wave: _storage(documents.waves, "status", "updated_at", "events"),
    rows.Hold: _storage(schema.holds, "state", "expires_at", "updated_at", "events"),
    rows.Line: _storage(
        schema.order_lines, "quantity", "total", "shipped", "released", "backordered", "returned", "discount", "tax"
    ),
    rows.Payment: _storage(
        payments.payments, "method", "state", "standing", "currency", "amount", "refunded", "reason", "updated_at"
    ),
    rows.Refund: _storage(payments.refunds),
    rows.PaymentMessage: _storage(payments.payment_messages),
    rows.Reservation: _storage(
        schema.reservations, "quantity", "state", "confirmed_by", "resolved_by", "shipment", "picked"
    ),
    rows.Level: _storage(
        schema.levels,
        "version",
        "available",
        "on_hold",
        "reserved",
        "unsellable",
        "min_stock_level",
        "reorder_point",
        "reorder_quantity",
        "safety_stock",
        "low_stock_threshold",
        "bin",
        "alerts",
    ),
    rows.Alert: _storage(
        alerts.alerts,
        "status",
        "updated_at",
        "closed_at",
        "snoozed_until",
        "assigned_to",
        "acknowledged_by",
        "events",
    ),
    rows.Movement: _storage(schema.movements),
    rows.PurchaseOrderLine: _storage(documents.purchase_order_lines, "received", "rejected", "expected_at"),
    rows.Receipt: _storage(documents.receipts),
    rows.ReceiptLine: _storage(documents.receipt_lines),
    rows.TransferLine: _storage(documents.transfer_lines, "received", "damaged", "lost", "recalled"),
    rows.CountLine: _storage(
        documents.count_lines,
        "book_quantity",
        "book_version",
        "counted",
        "counted_by",
        "counted_at",
        "second_counted",
        "second_by",
        "reason",
        "difference",
        "second_book_quantity",
        "second_book_version",
        "second_at",
    ),
    rows.WaveOrder: _storage(documents.wave_orders),
    rows.Pick: _storage(documents.picks),
    rows.Parcel: _storage(documents.parcels, "shipment"),
    rows.ParcelItem: _storage(documents.parcel_items),
    rows.Shipment: _storage(schema.shipments),
    rows.Return: _storage(
        schema.returns, "store_id", "refund_amount", "processed_by", "status", "updated_at", "events"
    ),
    rows.RequestedReturn: _storage(documents.requested_returns),
    rows.ReturnLine: _storage(schema.return_lines),
    rows.Webhook: _storage(
        webhooks.webhooks,
        "url",
        "events",
        "stores",
        "ordered",
        "format",
        "status",
        "reason",
        "secret",
        "former_secret",
        "former_until",
        "since",
        "position",
        "failing_since",
        "updated_at",
        "told",
    ),
    rows.Delivery: _storage(
        webhooks.deliveries, "state", "attempts", "next_at", "delivered_at", "reason", "log", "updated_at"
    ),
    rows.Follower: _storage(outside.followers, "position", "updated_at"),
    rows.Mail: _storage(outside.mails, "status", "tries", "next_at", "error", "sent_at"),
    rows.Subscription: _storage(outside.subscriptions, "ended_at"),
    rows.DutyRun: _storage(outside.duty_runs, "began_at", "ended_at", "done", "failures", "error"),
    rows.Event: _storage(schema.events),
    rows.Batch: _storage(schema.batches, "position", "events", "movements"),
    rows.StoredAnswer: _storage(schema.stored_answers),
}


# What takes the key out of a row: one value, or a tuple where the key has several columns.
KEYS: dict[type, Callable[[Any], Any]] = {
    row_type: itemgetter(*range(storage.key_width)) for row_type, storage in STORAGE.items()
}

# Bookkeeping that is deleted when it is old, and the column that says how old it is.
AGED_BY: dict[type, str] = {
    rows.StoredAnswer: "created_at",
    rows.Batch: "committed_at",
    rows.Session: "expires_at",
    rows.SignInLink: "expires_at",
    rows.Delivery: "updated_at",
    rows.Mail: "created_at",
}

# Which of it, where not all: a batch that told something has its place in the feed for good, and what is still to be
# told, or sent, stays until it is.
FORGETTABLE: dict[type, str] = {
    rows.Batch: "position = 0",
    rows.Delivery: "state <> 'waiting'",
    rows.Mail: "status IN ('sent', 'failed')",
}
