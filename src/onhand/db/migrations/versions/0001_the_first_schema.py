"""The first schema"""

import sqlalchemy as sa
from alembic import op

from onhand.db.dialect import Id, Whole

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("stores", sa.Text(), nullable=True),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("revoked_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sqlite_strict=True,
    )
    op.create_index("uq_api_keys_secret_hash", "api_keys", ["secret_hash"], unique=True)

    op.create_table(
        "batches",
        sa.Column("id", Id, nullable=False),
        sa.Column("committed_at", Whole, nullable=False),
        sa.Column("commands", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sqlite_strict=True,
    )
    op.create_index("ix_batches_committed_at", "batches", ["committed_at"], unique=False)

    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Whole, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", Whole, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "seq", name=op.f("pk_events")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "holds",
        sa.Column("id", Id, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", Whole, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'reserved', 'fulfilled', 'released', 'expired')", name=op.f("ck_holds_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_holds_due",
        "holds",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_holds_reference", "holds", ["reference"], unique=False)

    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "levels",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("available", Whole, nullable=False),
        sa.Column("on_hold", Whole, nullable=False),
        sa.Column("reserved", Whole, nullable=False),
        sa.Column("unsellable", Whole, nullable=False),
        sa.Column("min_stock_level", Whole, nullable=False),
        sa.Column("reorder_point", Whole, nullable=False),
        sa.Column("reorder_quantity", Whole, nullable=False),
        sa.Column("safety_stock", Whole, nullable=False),
        sa.Column("low_stock_threshold", Whole, nullable=False),
        sa.CheckConstraint("available BETWEEN 0 AND 1000000000000", name=op.f("ck_levels_available_in_range")),
        sa.CheckConstraint("on_hold BETWEEN 0 AND 1000000000000", name=op.f("ck_levels_on_hold_in_range")),
        sa.CheckConstraint("reserved BETWEEN 0 AND 1000000000000", name=op.f("ck_levels_reserved_in_range")),
        sa.CheckConstraint("unsellable BETWEEN 0 AND 1000000000000", name=op.f("ck_levels_unsellable_in_range")),
        sa.PrimaryKeyConstraint("store_id", "variant_id", name=op.f("pk_levels")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_levels_variant_id", "levels", ["variant_id"], unique=False)

    op.create_table(
        "movements",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("available", Whole, nullable=False),
        sa.Column("on_hold", Whole, nullable=False),
        sa.Column("reserved", Whole, nullable=False),
        sa.Column("unsellable", Whole, nullable=False),
        sa.Column("order_id", Id, nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("occurred_at", Whole, nullable=False),
        sa.Column("recorded_at", Whole, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_movements_quantity_positive")),
        sa.PrimaryKeyConstraint("store_id", "variant_id", "version", name=op.f("pk_movements")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_movements_order_id",
        "movements",
        ["order_id"],
        unique=False,
        sqlite_where=sa.text("order_id IS NOT NULL"),
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("ix_movements_recorded_at", "movements", ["recorded_at"], unique=False)

    op.create_table(
        "order_lines",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("unit_price", Whole, nullable=False),
        sa.Column("total", Whole, nullable=False),
        sa.Column("shipped", Whole, nullable=False),
        sa.Column("released", Whole, nullable=False),
        sa.Column("backordered", Whole, nullable=False),
        sa.Column("returned", Whole, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.CheckConstraint("returned BETWEEN 0 AND shipped", name=op.f("ck_order_lines_returned_within_shipped")),
        sa.CheckConstraint(
            "shipped >= 0 AND released >= 0 AND backordered >= 0 AND shipped + released + backordered <= quantity",
            name=op.f("ck_order_lines_quantity_accounted_for"),
        ),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_order_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", Whole, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("shipping_address", sa.Text(), nullable=True),
        sa.Column("priority", Whole, nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.Column("hold_expires_at", Whole, nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("confirmed_at", Whole, nullable=True),
        sa.Column("cancelled_at", Whole, nullable=True),
        sa.Column("shipped_at", Whole, nullable=True),
        sa.Column("delivered_at", Whole, nullable=True),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'processing', 'partially_shipped', 'shipped', "
            "'delivered', 'partially_returned', 'returned', 'cancelled', 'payment_review')",
            name=op.f("ck_orders_status_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sqlite_strict=True,
    )
    op.create_index("ix_orders_created_at", "orders", ["created_at"], unique=False)
    op.create_index(
        "ix_orders_customer_id_created_at",
        "orders",
        ["customer_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("customer_id IS NOT NULL"),
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_due",
        "orders",
        ["hold_expires_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_orders_number", "orders", ["number"], unique=False)
    op.create_index(
        "ix_orders_open",
        "orders",
        ["status", "created_at"],
        unique=False,
        sqlite_where=sa.text("status IN ('pending', 'confirmed', 'processing', 'partially_shipped', 'payment_review')"),
        postgresql_where=sa.text(
            "status IN ('pending', 'confirmed', 'processing', 'partially_shipped', 'payment_review')"
        ),
    )
    op.create_index(
        "ix_orders_reference",
        "orders",
        ["reference"],
        unique=False,
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    )

    op.create_table(
        "products",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sqlite_strict=True,
    )
    op.create_table(
        "reservations",
        sa.Column("claim_id", Id, nullable=False),
        sa.Column("line", Whole, nullable=False),
        sa.Column("part", Whole, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_by", Whole, nullable=False),
        sa.Column("confirmed_by", Whole, nullable=True),
        sa.Column("resolved_by", Whole, nullable=True),
        sa.Column("shipment", Whole, nullable=True),
        sa.CheckConstraint(
            "(state IN ('held', 'reserved')) = (resolved_by IS NULL)", name=op.f("ck_reservations_resolved_once")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'reserved', 'fulfilled', 'released', 'expired')",
            name=op.f("ck_reservations_state_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity_positive")),
        sa.PrimaryKeyConstraint("claim_id", "line", "part", name=op.f("pk_reservations")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_reservations_open",
        "reservations",
        ["store_id", "variant_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('held', 'reserved')"),
        postgresql_where=sa.text("state IN ('held', 'reserved')"),
    )

    op.create_table(
        "returns",
        sa.Column("id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refund_amount", Whole, nullable=True),
        sa.Column("processed_by", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sqlite_strict=True,
    )
    op.create_index("ix_returns_order_id", "returns", ["order_id"], unique=False)

    op.create_table(
        "shipments",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("shipment", Whole, nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("shipped_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "shipment", name=op.f("pk_shipments")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stored_answers",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", Whole, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_stored_answers")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stored_answers_created_at", "stored_answers", ["created_at"], unique=False)

    op.create_table(
        "stores",
        sa.Column("id", Id, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", Whole, nullable=False),
        sa.Column("handling_days", Whole, nullable=False),
        sa.Column("cutoff", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stores")),
        sqlite_strict=True,
    )
    op.create_index("uq_stores_code", "stores", ["code"], unique=True)

    op.create_table(
        "return_lines",
        sa.Column("return_id", Id, nullable=False),
        sa.Column("item", Whole, nullable=False),
        sa.Column("order_line", Whole, nullable=False),
        sa.Column("variant_id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("movement", Whole, nullable=True),
        sa.CheckConstraint(
            "condition IN ('sellable', 'damaged', 'lost')", name=op.f("ck_return_lines_condition_known")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id")),
        sa.PrimaryKeyConstraint("return_id", "item", name=op.f("pk_return_lines")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variants",
        sa.Column("id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("options", sa.Text(), nullable=True),
        sa.Column("substitutes", sa.Text(), nullable=True),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_variants_price_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_variants_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_variants_barcode",
        "variants",
        ["barcode"],
        unique=False,
        sqlite_where=sa.text("barcode IS NOT NULL"),
        postgresql_where=sa.text("barcode IS NOT NULL"),
    )
    op.create_index("ix_variants_product_id_position", "variants", ["product_id", "position"], unique=False)
    op.create_index("uq_variants_sku", "variants", ["sku"], unique=True)

    op.execute("INSERT INTO counters (name, value) VALUES ('catalog', 0), ('order_number', 1000)")
    op.execute(
        "INSERT INTO stores (id, code, name, priority, handling_days, time_zone, created_at, updated_at) "
        "VALUES ('00000000-0000-7000-8000-000000000001', 'main', 'Main store', 0, 0, 'UTC', 0, 0)"
    )
