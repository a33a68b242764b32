"""The warehouse"""

import sqlalchemy as sa
from alembic import op

from onhand.db.dialect import Id, Whole

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("blind", Whole, nullable=False),
        sa.Column("approval_units", Whole, nullable=True),
        sa.Column("approval_value", Whole, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("applied_at", Whole, nullable=True),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint(
            "status IN ('counting', 'needs_approval', 'applied', 'cancelled')", name=op.f("ck_counts_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counts")),
        sqlite_strict=True,
    )
    op.create_index("ix_counts_status_created_at", "counts", ["status", "created_at"], unique=False)
    op.create_index("uq_counts_number", "counts", ["number"], unique=True)

    op.create_table(
        "parcel_items",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("parcel", Whole, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_items_quantity_positive")),
        sa.PrimaryKeyConstraint("order_id", "parcel", "line", name=op.f("pk_parcel_items")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "parcels",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("parcel", Whole, nullable=False),
        sa.Column("weight_grams", Whole, nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("shipment", Whole, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("packed_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "parcel", name=op.f("pk_parcels")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "picks",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("pick", Whole, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("picked_at", Whole, nullable=False),
        sa.CheckConstraint("outcome IN ('picked', 'short', 'substituted')", name=op.f("ck_picks_outcome_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_picks_quantity_positive")),
        sa.PrimaryKeyConstraint("order_id", "pick", name=op.f("pk_picks")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purchase_orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("expected_at", Whole, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'partially_received', 'received', 'closed')",
            name=op.f("ck_purchase_orders_status_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_orders")),
        sqlite_strict=True,
    )
    op.create_index("ix_purchase_orders_status_created_at", "purchase_orders", ["status", "created_at"], unique=False)
    op.create_index("uq_purchase_orders_number", "purchase_orders", ["number"], unique=True)

    op.create_table(
        "receipt_lines",
        sa.Column("purchase_order_id", Id, nullable=False),
        sa.Column("receipt", Whole, nullable=False),
        sa.Column("item", Whole, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("received", Whole, nullable=False),
        sa.Column("rejected", Whole, nullable=False),
        sa.Column("sent_back", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("rejected BETWEEN 0 AND received", name=op.f("ck_receipt_lines_rejected_within_received")),
        sa.PrimaryKeyConstraint("purchase_order_id", "receipt", "item", name=op.f("pk_receipt_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfers",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("from_store_id", Id, nullable=False),
        sa.Column("to_store_id", Id, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("sent_at", Whole, nullable=True),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'sent', 'partially_received', 'received', 'recalled', 'cancelled')",
            name=op.f("ck_transfers_status_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sqlite_strict=True,
    )
    op.create_index("ix_transfers_status_created_at", "transfers", ["status", "created_at"], unique=False)
    op.create_index("uq_transfers_number", "transfers", ["number"], unique=True)

    op.create_table(
        "waiting",
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("store_id", Id, nullable=True),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("priority", Whole, nullable=False),
        sa.Column("since", Whole, nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_waiting_quantity_not_negative")),
        sa.PrimaryKeyConstraint("variant_id", "order_id", "line", name=op.f("pk_waiting")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_waiting_open",
        "waiting",
        ["variant_id", "priority", "since"],
        unique=False,
        sqlite_where=sa.text("quantity > 0"),
        postgresql_where=sa.text("quantity > 0"),
    )
    op.create_index("ix_waiting_order_id", "waiting", ["order_id"], unique=False)

    op.create_table(
        "waves",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint("status IN ('picking', 'picked', 'cancelled')", name=op.f("ck_waves_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sqlite_strict=True,
    )
    op.create_index("uq_waves_number", "waves", ["number"], unique=True)

    op.create_table(
        "count_lines",
        sa.Column("count_id", Id, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("book_quantity", Whole, nullable=True),
        sa.Column("book_version", Whole, nullable=True),
        sa.Column("counted", Whole, nullable=True),
        sa.Column("counted_by", sa.Text(), nullable=True),
        sa.Column("counted_at", Whole, nullable=True),
        sa.Column("second_counted", Whole, nullable=True),
        sa.Column("second_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("difference", Whole, nullable=True),
        sa.CheckConstraint("counted >= 0 AND second_counted >= 0", name=op.f("ck_count_lines_counted_not_negative")),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_lines_count_id")),
        sa.PrimaryKeyConstraint("count_id", "line", name=op.f("pk_count_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purchase_order_lines",
        sa.Column("purchase_order_id", Id, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("ordered", Whole, nullable=False),
        sa.Column("received", Whole, nullable=False),
        sa.Column("rejected", Whole, nullable=False),
        sa.Column("unit_cost", Whole, nullable=True),
        sa.Column("expected_at", Whole, nullable=True),
        sa.CheckConstraint("ordered > 0", name=op.f("ck_purchase_order_lines_ordered_positive")),
        sa.CheckConstraint(
            "rejected BETWEEN 0 AND received", name=op.f("ck_purchase_order_lines_rejected_within_received")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"], ["purchase_orders.id"], name=op.f("fk_purchase_order_lines_purchase_order_id")
        ),
        sa.PrimaryKeyConstraint("purchase_order_id", "line", name=op.f("pk_purchase_order_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_purchase_order_lines_variant_id", "purchase_order_lines", ["variant_id"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("purchase_order_id", Id, nullable=False),
        sa.Column("receipt", Whole, nullable=False),
        sa.Column("received_at", Whole, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"], ["purchase_orders.id"], name=op.f("fk_receipts_purchase_order_id")
        ),
        sa.PrimaryKeyConstraint("purchase_order_id", "receipt", name=op.f("pk_receipts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "requested_returns",
        sa.Column("return_id", Id, nullable=False),
        sa.Column("item", Whole, nullable=False),
        sa.Column("order_line", Whole, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_requested_returns_quantity_positive")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_requested_returns_return_id")),
        sa.PrimaryKeyConstraint("return_id", "item", name=op.f("pk_requested_returns")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfer_lines",
        sa.Column("transfer_id", Id, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("received", Whole, nullable=False),
        sa.Column("damaged", Whole, nullable=False),
        sa.Column("lost", Whole, nullable=False),
        sa.Column("recalled", Whole, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_lines_quantity_positive")),
        sa.CheckConstraint(
            "received >= 0 AND damaged >= 0 AND lost >= 0 AND recalled >= 0 "
            "AND received + damaged + lost + recalled <= quantity",
            name=op.f("ck_transfer_lines_quantity_accounted_for"),
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_lines_transfer_id")),
        sa.PrimaryKeyConstraint("transfer_id", "line", name=op.f("pk_transfer_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wave_orders",
        sa.Column("wave_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_orders_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "order_id", name=op.f("pk_wave_orders")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_wave_orders_order_id", "wave_orders", ["order_id"], unique=False)

    op.add_column("levels", sa.Column("bin", sa.Text(), nullable=True))

    op.add_column("order_lines", sa.Column("components", sa.Text(), nullable=True))
    op.add_column("order_lines", sa.Column("store_id", Id, nullable=True))

    op.add_column("orders", sa.Column("on_shortage", sa.Text(), server_default="reject", nullable=False))
    op.add_column("orders", sa.Column("sourcing", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("estimated_delivery", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("promised_at", Whole, nullable=True))

    op.add_column("reservations", sa.Column("picked", Whole, server_default="0", nullable=False))

    op.add_column("returns", sa.Column("number", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("returns", sa.Column("status", sa.Text(), server_default="received", nullable=False))
    op.add_column("returns", sa.Column("updated_at", Whole, server_default="0", nullable=False))
    op.add_column("returns", sa.Column("events", Whole, server_default="0", nullable=False))

    op.add_column("stores", sa.Column("transit_days", Whole, nullable=True))
    op.add_column("stores", sa.Column("transit_by_country", sa.Text(), nullable=True))

    op.add_column("variants", sa.Column("components", sa.Text(), nullable=True))
    op.add_column("variants", sa.Column("lead_days", Whole, nullable=True))
    op.add_column("variants", sa.Column("preorder_until", Whole, nullable=True))
