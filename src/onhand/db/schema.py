"""Every table. The columns of a table are the fields of its row in `rows.py`, in the same order.

Keys are natural where a table is hot: a movement is named by its level and version, a line by its order and number.
A level and its movements begin with the store, an order and all that hangs on it with the order, so that either can
be the shard of a distributed database. Hot tables have no foreign keys: each would cost a look-up for every row, and
the one write path (engine.py) is the only writer; `onhand verify` proves what the keys would have guarded.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, MetaData, Table, Text

from onhand import rows
from onhand.db.database import CLUSTERED, PLAIN, Id, Storage, Whole, only_where

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def _id(name: str, *, key: bool = False, null: bool = False) -> Column[Any]:
    return Column(name, Id, primary_key=key, nullable=null, autoincrement=False)


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[Any]:
    return Column(name, Text, primary_key=key, nullable=null)


def _whole(name: str, *, key: bool = False, null: bool = False) -> Column[Any]:
    return Column(name, Whole, primary_key=key, nullable=null, autoincrement=False)


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=f"{column}_known")


MOST_UNITS = 10**12

stores = Table(
    "stores",
    metadata,
    _id("id", key=True),
    _text("code"),
    _text("name"),
    _whole("priority"),
    _whole("handling_days"),
    _text("cutoff", null=True),
    _text("time_zone"),
    _text("address", null=True),
    _whole("created_at"),
    _whole("updated_at"),
    Index("uq_stores_code", "code", unique=True),
    **PLAIN,
)

products = Table(
    "products",
    metadata,
    _id("id", key=True),
    _text("name"),
    _text("description", null=True),
    _text("currency"),
    _whole("created_at"),
    _whole("updated_at"),
    **PLAIN,
)

variants = Table(
    "variants",
    metadata,
    _id("id", key=True),
    _id("product_id"),
    _whole("position"),
    _text("sku"),
    _text("title"),
    _whole("price"),
    _text("currency"),
    _text("barcode", null=True),
    _text("options", null=True),
    _text("substitutes", null=True),
    _whole("created_at"),
    _whole("updated_at"),
    ForeignKeyConstraint(["product_id"], ["products.id"]),
    CheckConstraint("price >= 0", name="price_not_negative"),
    Index("uq_variants_sku", "sku", unique=True),
    Index(None, "product_id", "position"),
    Index(None, "barcode", **only_where("barcode IS NOT NULL")),
    **PLAIN,
)

levels = Table(
    "levels",
    metadata,
    _id("store_id", key=True),
    _id("variant_id", key=True),
    _whole("version"),
    _whole("available"),
    _whole("on_hold"),
    _whole("reserved"),
    _whole("unsellable"),
    _whole("min_stock_level"),
    _whole("reorder_point"),
    _whole("reorder_quantity"),
    _whole("safety_stock"),
    _whole("low_stock_threshold"),
    CheckConstraint(f"available BETWEEN 0 AND {MOST_UNITS}", name="available_in_range"),
    CheckConstraint(f"on_hold BETWEEN 0 AND {MOST_UNITS}", name="on_hold_in_range"),
    CheckConstraint(f"reserved BETWEEN 0 AND {MOST_UNITS}", name="reserved_in_range"),
    CheckConstraint(f"unsellable BETWEEN 0 AND {MOST_UNITS}", name="unsellable_in_range"),
    Index(None, "variant_id"),
    **CLUSTERED,
)

movements = Table(
    "movements",
    metadata,
    _id("store_id", key=True),
    _id("variant_id", key=True),
    _whole("version", key=True),
    _text("kind"),
    _whole("quantity"),
    _whole("available"),
    _whole("on_hold"),
    _whole("reserved"),
    _whole("unsellable"),
    _id("order_id", null=True),
    _text("cause"),
    _text("cause_id", null=True),
    _text("actor"),
    _text("on_behalf_of", null=True),
    _text("reason"),
    _text("notes", null=True),
    _whole("occurred_at"),
    _whole("recorded_at"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "recorded_at"),
    Index(None, "order_id", **only_where("order_id IS NOT NULL")),
    **CLUSTERED,
)

orders = Table(
    "orders",
    metadata,
    _id("id", key=True),
    _text("number"),
    _text("status"),
    _text("payment_status"),
    _text("currency"),
    _whole("total"),
    _text("customer_id", null=True),
    _text("customer_name", null=True),
    _text("customer_email", null=True),
    _text("customer_phone", null=True),
    _text("shipping_address", null=True),
    _whole("priority"),
    _text("channel", null=True),
    _text("reference", null=True),
    _text("note", null=True),
    _text("metadata", null=True),
    _whole("hold_expires_at", null=True),
    _text("cancel_reason", null=True),
    _text("actor"),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("confirmed_at", null=True),
    _whole("cancelled_at", null=True),
    _whole("shipped_at", null=True),
    _whole("delivered_at", null=True),
    _whole("events"),
    _one_of(
        "status",
        "pending",
        "confirmed",
        "processing",
        "partially_shipped",
        "shipped",
        "delivered",
        "partially_returned",
        "returned",
        "cancelled",
        "payment_review",
    ),
    Index(None, "number"),
    Index(None, "created_at"),
    Index(None, "customer_id", "created_at", **only_where("customer_id IS NOT NULL")),
    Index(None, "reference", **only_where("reference IS NOT NULL")),
    Index("ix_orders_due", "hold_expires_at", **only_where("status = 'pending'")),
    Index(
        "ix_orders_open",
        "status",
        "created_at",
        **only_where("status IN ('pending', 'confirmed', 'processing', 'partially_shipped', 'payment_review')"),
    ),
    **PLAIN,
)

order_lines = Table(
    "order_lines",
    metadata,
    _id("order_id", key=True),
    _whole("line", key=True),
    _id("variant_id"),
    _text("sku"),
    _text("name"),
    _whole("quantity"),
    _whole("unit_price"),
    _whole("total"),
    _whole("shipped"),
    _whole("released"),
    _whole("backordered"),
    _whole("returned"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "shipped >= 0 AND released >= 0 AND backordered >= 0 AND shipped + released + backordered <= quantity",
        name="quantity_accounted_for",
    ),
    CheckConstraint("returned BETWEEN 0 AND shipped", name="returned_within_shipped"),
    **CLUSTERED,
)

reservations = Table(
    "reservations",
    metadata,
    _id("claim_id", key=True),
    _whole("line", key=True),
    _whole("part", key=True),
    _id("store_id"),
    _id("variant_id"),
    _whole("quantity"),
    _text("state"),
    _whole("opened_by"),
    _whole("confirmed_by", null=True),
    _whole("resolved_by", null=True),
    _whole("shipment", null=True),
    _one_of("state", "held", "reserved", "fulfilled", "released", "expired"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "(state IN ('held', 'reserved')) = (resolved_by IS NULL)",
        name="resolved_once",
    ),
    Index("ix_reservations_open", "store_id", "variant_id", **only_where("state IN ('held', 'reserved')")),
    **CLUSTERED,
)

holds = Table(
    "holds",
    metadata,
    _id("id", key=True),
    _text("reference"),
    _text("state"),
    _whole("expires_at", null=True),
    _text("actor"),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("events"),
    _one_of("state", "held", "reserved", "fulfilled", "released", "expired"),
    Index(None, "reference"),
    Index("ix_holds_due", "expires_at", **only_where("state = 'held'")),
    **PLAIN,
)

shipments = Table(
    "shipments",
    metadata,
    _id("order_id", key=True),
    _whole("shipment", key=True),
    _text("tracking_number", null=True),
    _text("carrier", null=True),
    _text("actor"),
    _whole("shipped_at"),
    **CLUSTERED,
)

returns = Table(
    "returns",
    metadata,
    _id("id", key=True),
    _id("order_id"),
    _id("store_id", null=True),
    _text("reason"),
    _whole("refund_amount", null=True),
    _text("processed_by", null=True),
    _text("actor"),
    _whole("created_at"),
    Index(None, "order_id"),
    **PLAIN,
)

return_lines = Table(
    "return_lines",
    metadata,
    _id("return_id", key=True),
    _whole("item", key=True),
    _whole("order_line"),
    _id("variant_id"),
    _id("store_id"),
    _whole("quantity"),
    _text("condition"),
    _whole("movement", null=True),
    ForeignKeyConstraint(["return_id"], ["returns.id"]),
    _one_of("condition", "sellable", "damaged", "lost"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    **CLUSTERED,
)

events = Table(
    "events",
    metadata,
    _text("subject", key=True),
    _whole("seq", key=True),
    _text("type"),
    _text("actor"),
    _whole("occurred_at"),
    _text("data"),
    **CLUSTERED,
)

api_keys = Table(
    "api_keys",
    metadata,
    _id("id", key=True),
    _text("name"),
    _text("secret_hash"),
    _text("prefix"),
    _text("scopes"),
    _text("stores", null=True),
    _whole("created_at"),
    _whole("revoked_at", null=True),
    Index("uq_api_keys_secret_hash", "secret_hash", unique=True),
    **PLAIN,
)

stored_answers = Table(
    "stored_answers",
    metadata,
    _text("scope", key=True),
    _text("key", key=True),
    _text("fingerprint"),
    _whole("status"),
    _text("body"),
    _whole("created_at"),
    Index(None, "created_at"),
    **CLUSTERED,
)

batches = Table(
    "batches",
    metadata,
    _id("id", key=True),
    _whole("committed_at"),
    _whole("commands"),
    Index(None, "committed_at"),
    **PLAIN,
)

leases = Table(
    "leases",
    metadata,
    _text("name", key=True),
    _text("holder"),
    _whole("expires_at"),
    **CLUSTERED,
)

counters = Table(
    "counters",
    metadata,
    _text("name", key=True),
    _whole("value"),
    **CLUSTERED,
)


def _storage(table: Table, *mutable: str) -> Storage:
    return Storage(table, len(table.primary_key.columns), mutable)


# The order is the order of writing: the same everywhere, so that two batches never wait for each other in a circle.
STORAGE: dict[type, Storage] = {
    rows.Store: _storage(
        stores, "code", "name", "priority", "handling_days", "cutoff", "time_zone", "address", "updated_at"
    ),
    rows.Product: _storage(products, "name", "description", "currency", "updated_at"),
    rows.Variant: _storage(
        variants, "sku", "title", "price", "currency", "barcode", "options", "substitutes", "updated_at"
    ),
    rows.ApiKey: _storage(api_keys, "revoked_at"),
    rows.StoredAnswer: _storage(stored_answers),
    rows.Order: _storage(
        orders,
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
    ),
    rows.Hold: _storage(holds, "state", "expires_at", "updated_at", "events"),
    rows.Line: _storage(order_lines, "shipped", "released", "backordered", "returned"),
    rows.Reservation: _storage(reservations, "quantity", "state", "confirmed_by", "resolved_by", "shipment"),
    rows.Level: _storage(
        levels,
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
    ),
    rows.Movement: _storage(movements),
    rows.Shipment: _storage(shipments),
    rows.Return: _storage(returns),
    rows.ReturnLine: _storage(return_lines),
    rows.Event: _storage(events),
    rows.Batch: _storage(batches),
}


# What takes the key out of a row: one value, or a tuple where the key has several columns.
KEYS: dict[type, Callable[[Any], Any]] = {
    row_type: itemgetter(*range(storage.key_width)) for row_type, storage in STORAGE.items()
}

# Bookkeeping that is deleted when it is old, and the column that says how old it is.
AGED_BY: dict[type, str] = {rows.StoredAnswer: "created_at", rows.Batch: "committed_at"}
