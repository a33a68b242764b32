"""The tables of the warehouse's documents: returns, purchase orders, transfers, counts, waves, picks, parcels."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table

from onhand.db.columns import id_, metadata, one_of_, text_, whole_
from onhand.db.dialect import CLUSTERED, PLAIN, only_where

requested_returns = Table(
    "requested_returns",
    metadata,
    id_("return_id", key=True),
    whole_("item", key=True),
    whole_("order_line"),
    whole_("quantity"),
    ForeignKeyConstraint(["return_id"], ["returns.id"]),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    **CLUSTERED,
)

purchase_orders = Table(
    "purchase_orders",
    metadata,
    id_("id", key=True),
    text_("number"),
    text_("supplier"),
    id_("store_id"),
    text_("status"),
    whole_("expected_at", null=True),
    text_("note", null=True),
    text_("close_reason", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("events"),
    one_of_("status", "open", "partially_received", "received", "closed"),
    Index("uq_purchase_orders_number", "number", unique=True),
    Index(None, "status", "created_at"),
    **PLAIN,
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    id_("purchase_order_id", key=True),
    whole_("line", key=True),
    id_("variant_id"),
    text_("sku"),
    whole_("ordered"),
    whole_("received"),
    whole_("rejected"),
    whole_("unit_cost", null=True),
    whole_("expected_at", null=True),
    ForeignKeyConstraint(["purchase_order_id"], ["purchase_orders.id"]),
    CheckConstraint("ordered > 0", name="ordered_positive"),
    CheckConstraint("rejected BETWEEN 0 AND received", name="rejected_within_received"),
    Index(None, "variant_id"),
    **CLUSTERED,
)

receipts = Table(
    "receipts",
    metadata,
    id_("purchase_order_id", key=True),
    whole_("receipt", key=True),
    whole_("received_at"),
    text_("actor"),
    whole_("recorded_at"),
    ForeignKeyConstraint(["purchase_order_id"], ["purchase_orders.id"]),
    **CLUSTERED,
)

receipt_lines = Table(
    "receipt_lines",
    metadata,
    id_("purchase_order_id", key=True),
    whole_("receipt", key=True),
    whole_("item", key=True),
    whole_("line"),
    whole_("received"),
    whole_("rejected"),
    whole_("sent_back"),
    text_("reason", null=True),
    CheckConstraint("rejected BETWEEN 0 AND received", name="rejected_within_received"),
    **CLUSTERED,
)

transfers = Table(
    "transfers",
    metadata,
    id_("id", key=True),
    text_("number"),
    id_("from_store_id"),
    id_("to_store_id"),
    text_("status"),
    text_("note", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("sent_at", null=True),
    whole_("events"),
    one_of_("status", "draft", "sent", "partially_received", "received", "recalled", "cancelled"),
    Index("uq_transfers_number", "number", unique=True),
    Index(None, "status", "created_at"),
    **PLAIN,
)

transfer_lines = Table(
    "transfer_lines",
    metadata,
    id_("transfer_id", key=True),
    whole_("line", key=True),
    id_("variant_id"),
    text_("sku"),
    whole_("quantity"),
    whole_("received"),
    whole_("damaged"),
    whole_("lost"),
    whole_("recalled"),
    ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "received >= 0 AND damaged >= 0 AND lost >= 0 AND recalled >= 0 "
        "AND received + damaged + lost + recalled <= quantity",
        name="quantity_accounted_for",
    ),
    **CLUSTERED,
)

counts = Table(
    "counts",
    metadata,
    id_("id", key=True),
    text_("number"),
    id_("store_id"),
    text_("status"),
    whole_("blind"),
    whole_("approval_units", null=True),
    whole_("approval_value", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("applied_at", null=True),
    whole_("events"),
    text_("origin", default="asked"),
    text_("approved_by", null=True),
    one_of_("status", "counting", "needs_approval", "applied", "cancelled"),
    Index("uq_counts_number", "number", unique=True),
    Index(None, "status", "created_at"),
    Index("ix_counts_short_picks", "store_id", **only_where("status = 'counting' AND origin = 'short_pick'")),
    **PLAIN,
)

count_lines = Table(
    "count_lines",
    metadata,
    id_("count_id", key=True),
    whole_("line", key=True),
    id_("variant_id"),
    text_("sku"),
    whole_("book_quantity", null=True),
    whole_("book_version", null=True),
    whole_("counted", null=True),
    text_("counted_by", null=True),
    whole_("counted_at", null=True),
    whole_("second_counted", null=True),
    text_("second_by", null=True),
    text_("reason", null=True),
    whole_("difference", null=True),
    whole_("second_book_quantity", null=True),
    whole_("second_book_version", null=True),
    whole_("second_at", null=True),
    ForeignKeyConstraint(["count_id"], ["counts.id"]),
    CheckConstraint("counted >= 0 AND second_counted >= 0", name="counted_not_negative"),
    Index("uq_count_lines_variant_id_count_id", "variant_id", "count_id", unique=True),
    **CLUSTERED,
)

waves = Table(
    "waves",
    metadata,
    id_("id", key=True),
    text_("number"),
    id_("store_id"),
    text_("status"),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("events"),
    one_of_("status", "picking", "picked", "cancelled"),
    Index("uq_waves_number", "number", unique=True),
    **PLAIN,
)

wave_orders = Table(
    "wave_orders",
    metadata,
    id_("wave_id", key=True),
    id_("order_id", key=True),
    ForeignKeyConstraint(["wave_id"], ["waves.id"]),
    Index(None, "order_id"),
    **CLUSTERED,
)

picks = Table(
    "picks",
    metadata,
    id_("order_id", key=True),
    whole_("pick", key=True),
    whole_("line"),
    id_("store_id"),
    whole_("quantity"),
    text_("outcome"),
    text_("reason", null=True),
    text_("actor"),
    whole_("picked_at"),
    one_of_("outcome", "picked", "short", "substituted"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    **CLUSTERED,
)

parcels = Table(
    "parcels",
    metadata,
    id_("order_id", key=True),
    whole_("parcel", key=True),
    whole_("weight_grams", null=True),
    text_("checked_by", null=True),
    whole_("shipment", null=True),
    text_("actor"),
    whole_("packed_at"),
    **CLUSTERED,
)

parcel_items = Table(
    "parcel_items",
    metadata,
    id_("order_id", key=True),
    whole_("parcel", key=True),
    whole_("line", key=True),
    whole_("quantity"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    **CLUSTERED,
)
