"""The tables of catalog, stock and orders. The columns of a table are the fields of its row in `rows/`, in order.

Keys are natural where a table is hot: a movement is named by its level and version, a line by its order and number.
A level and its movements begin with the store, an order and all that hangs on it with the order, so that either can
be the shard of a distributed database. Hot tables have no foreign keys: each would cost a look-up for every row, and
the one write path (engine.py) is the only writer; `onhand verify` proves what the keys would have guarded.
The warehouse's documents are in `documents.py`, money in `payments.py`; how rows are stored is in `storage.py`.
"""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table, text

from onhand.db.columns import id_, metadata, one_of_, subject_, text_, whole_
from onhand.db.dialect import CLUSTERED, PLAIN, only_where

MOST_UNITS = 10**12

stores = Table(
    "stores",
    metadata,
    id_("id", key=True),
    text_("code"),
    text_("name"),
    whole_("priority"),
    whole_("handling_days"),
    text_("cutoff", null=True),
    text_("time_zone"),
    text_("address", null=True),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("transit_days", null=True),
    text_("transit_by_country", null=True),
    Index("uq_stores_code", "code", unique=True),
    **PLAIN,
)

products = Table(
    "products",
    metadata,
    id_("id", key=True),
    text_("name"),
    text_("description", null=True),
    text_("currency"),
    whole_("created_at"),
    whole_("updated_at"),
    text_("category", null=True),
    **PLAIN,
)

variants = Table(
    "variants",
    metadata,
    id_("id", key=True),
    id_("product_id"),
    whole_("position"),
    text_("sku"),
    text_("title"),
    whole_("price"),
    text_("currency"),
    text_("barcode", null=True),
    text_("options", null=True),
    text_("substitutes", null=True),
    whole_("created_at"),
    whole_("updated_at"),
    text_("components", null=True),
    whole_("lead_days", null=True),
    whole_("preorder_until", null=True),
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
    id_("store_id", key=True),
    id_("variant_id", key=True),
    whole_("version"),
    whole_("available"),
    whole_("on_hold"),
    whole_("reserved"),
    whole_("unsellable"),
    whole_("min_stock_level"),
    whole_("reorder_point"),
    whole_("reorder_quantity"),
    whole_("safety_stock"),
    whole_("low_stock_threshold"),
    text_("bin", null=True),
    whole_("alerts", default="-1"),
    CheckConstraint(f"available BETWEEN 0 AND {MOST_UNITS}", name="available_in_range"),
    CheckConstraint(f"on_hold BETWEEN 0 AND {MOST_UNITS}", name="on_hold_in_range"),
    CheckConstraint(f"reserved BETWEEN 0 AND {MOST_UNITS}", name="reserved_in_range"),
    CheckConstraint(f"unsellable BETWEEN 0 AND {MOST_UNITS}", name="unsellable_in_range"),
    Index(None, "variant_id"),
    Index("ix_levels_unwatched", "store_id", "variant_id", **only_where("alerts = -1")),
    **CLUSTERED,
)

# What every order makes several of. Of other kinds there are few, in a ledger however long: they have an index to be
# found by. A question has to say the condition in these words to be answered from it. Not as NOT IN: SQLite would build
# the list again for each row that is written.
MADE_BY_ORDERS = ("hold", "confirm", "reserve", "ship", "release", "expire")
RARE = " AND ".join(f"kind <> '{kind}'" for kind in MADE_BY_ORDERS)

movements = Table(
    "movements",
    metadata,
    id_("store_id", key=True),
    id_("variant_id", key=True),
    whole_("version", key=True),
    text_("kind"),
    whole_("quantity"),
    whole_("available"),
    whole_("on_hold"),
    whole_("reserved"),
    whole_("unsellable"),
    id_("order_id", null=True),
    text_("cause"),
    text_("cause_id", null=True),
    text_("actor"),
    text_("on_behalf_of", null=True),
    text_("reason"),
    text_("notes", null=True),
    whole_("occurred_at"),
    whole_("recorded_at"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "recorded_at"),
    Index(None, "order_id", **only_where("order_id IS NOT NULL")),
    Index("ix_movements_rare", "kind", "recorded_at", **only_where(RARE)),
    **CLUSTERED,
)

orders = Table(
    "orders",
    metadata,
    id_("id", key=True),
    text_("number"),
    text_("status"),
    text_("payment_status"),
    text_("currency"),
    whole_("total"),
    text_("customer_id", null=True),
    text_("customer_name", null=True),
    text_("customer_email", null=True),
    text_("customer_phone", null=True),
    text_("shipping_address", null=True),
    whole_("priority"),
    text_("channel", null=True),
    text_("reference", null=True),
    text_("note", null=True),
    text_("metadata", null=True),
    whole_("hold_expires_at", null=True),
    text_("cancel_reason", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("confirmed_at", null=True),
    whole_("cancelled_at", null=True),
    whole_("shipped_at", null=True),
    whole_("delivered_at", null=True),
    whole_("events"),
    text_("on_shortage", default="reject"),
    text_("sourcing", null=True),
    text_("estimated_delivery", null=True),
    whole_("promised_at", null=True),
    whole_("discount", default="0"),
    whole_("shipping", default="0"),
    whole_("tax", default="0"),
    text_("ending", null=True),
    one_of_("ending", "expired", "payment_failed", "called_off"),
    one_of_(
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
    id_("order_id", key=True),
    whole_("line", key=True),
    id_("variant_id"),
    text_("sku"),
    text_("name"),
    whole_("quantity"),
    whole_("unit_price"),
    whole_("total"),
    whole_("shipped"),
    whole_("released"),
    whole_("backordered"),
    whole_("returned"),
    text_("components", null=True),
    id_("store_id", null=True),
    whole_("discount", default="0"),
    whole_("tax", default="0"),
    CheckConstraint("quantity >= 0", name="quantity_not_negative"),
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
    id_("claim_id", key=True),
    whole_("line", key=True),
    whole_("part", key=True),
    id_("store_id"),
    id_("variant_id"),
    whole_("quantity"),
    text_("state"),
    whole_("opened_by"),
    whole_("confirmed_by", null=True),
    whole_("resolved_by", null=True),
    whole_("shipment", null=True),
    whole_("picked", default="0"),
    one_of_("state", "held", "reserved", "fulfilled", "released", "expired"),
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
    id_("id", key=True),
    text_("reference"),
    text_("state"),
    whole_("expires_at", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("events"),
    one_of_("state", "held", "reserved", "fulfilled", "released", "expired"),
    Index(None, "reference"),
    Index("ix_holds_due", "expires_at", **only_where("state = 'held'")),
    **PLAIN,
)

shipments = Table(
    "shipments",
    metadata,
    id_("order_id", key=True),
    whole_("shipment", key=True),
    text_("tracking_number", null=True),
    text_("carrier", null=True),
    text_("actor"),
    whole_("shipped_at"),
    **CLUSTERED,
)

returns = Table(
    "returns",
    metadata,
    id_("id", key=True),
    id_("order_id"),
    id_("store_id", null=True),
    text_("reason"),
    whole_("refund_amount", null=True),
    text_("processed_by", null=True),
    text_("actor"),
    whole_("created_at"),
    text_("number", default=text("''")),
    text_("status", default="received"),
    whole_("updated_at", default="0"),
    whole_("events", default="0"),
    Index(None, "order_id"),
    **PLAIN,
)

return_lines = Table(
    "return_lines",
    metadata,
    id_("return_id", key=True),
    whole_("item", key=True),
    whole_("order_line"),
    id_("variant_id"),
    id_("store_id"),
    whole_("quantity"),
    text_("condition"),
    whole_("movement", null=True),
    ForeignKeyConstraint(["return_id"], ["returns.id"]),
    one_of_("condition", "sellable", "damaged", "lost"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    **CLUSTERED,
)

waiting = Table(
    "waiting",
    metadata,
    id_("variant_id", key=True),
    id_("order_id", key=True),
    whole_("line", key=True),
    id_("store_id", null=True),
    whole_("quantity"),
    whole_("priority"),
    whole_("since"),
    CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    Index("ix_waiting_open", "variant_id", "priority", "since", **only_where("quantity > 0")),
    Index(None, "order_id"),
    **CLUSTERED,
)

events = Table(
    "events",
    metadata,
    subject_("subject", key=True),
    whole_("seq", key=True),
    text_("type"),
    text_("actor"),
    whole_("occurred_at"),
    text_("data"),
    Index(None, "occurred_at"),
    **CLUSTERED,
)

api_keys = Table(
    "api_keys",
    metadata,
    id_("id", key=True),
    text_("name"),
    text_("secret_hash"),
    text_("prefix"),
    text_("scopes"),
    text_("stores", null=True),
    whole_("created_at"),
    whole_("revoked_at", null=True),
    Index("uq_api_keys_secret_hash", "secret_hash", unique=True),
    **PLAIN,
)

sessions = Table(
    "sessions",
    metadata,
    text_("secret_hash", key=True),
    text_("key_hash"),
    text_("person", null=True),
    whole_("created_at"),
    whole_("expires_at"),
    whole_("ended_at", null=True),
    Index(None, "expires_at"),
    **PLAIN,
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    text_("secret_hash", key=True),
    text_("key_hash"),
    whole_("created_at"),
    whole_("expires_at"),
    whole_("used_at", null=True),
    Index(None, "expires_at"),
    **PLAIN,
)

stored_answers = Table(
    "stored_answers",
    metadata,
    text_("scope", key=True),
    text_("key", key=True),
    text_("fingerprint"),
    whole_("status"),
    text_("body"),
    whole_("created_at"),
    Index(None, "created_at"),
    **CLUSTERED,
)

batches = Table(
    "batches",
    metadata,
    id_("id", key=True),
    whole_("committed_at"),
    whole_("commands"),
    whole_("position", null=True),
    whole_("events", default="0"),
    whole_("movements", default="0"),
    Index("uq_batches_committed_at", "committed_at", unique=True),
    Index("uq_batches_position", "position", unique=True, **only_where("position > 0")),
    Index("ix_batches_untold", "committed_at", **only_where("position IS NULL")),
    Index("ix_batches_silent", "committed_at", **only_where("position = 0")),
    **PLAIN,
)

leases = Table(
    "leases",
    metadata,
    text_("name", key=True),
    text_("holder"),
    whole_("expires_at"),
    **CLUSTERED,
)

counters = Table(
    "counters",
    metadata,
    text_("name", key=True),
    whole_("value"),
    **CLUSTERED,
)
