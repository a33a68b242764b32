"""Webhooks"""

import sqlalchemy as sa
from alembic import op

from onhand.db.dialect import Id, Whole

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("webhook_id", Id, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", Whole, nullable=False),
        sa.Column("next_at", Whole, nullable=True),
        sa.Column("delivered_at", Whole, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.CheckConstraint("(state = 'dead') = (reason IS NOT NULL)", name=op.f("ck_deliveries_dead_for_a_reason")),
        sa.CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name=op.f("ck_deliveries_waiting_until")),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead')", name=op.f("ck_deliveries_state_known")),
        sa.PrimaryKeyConstraint("webhook_id", "position", name=op.f("pk_deliveries")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["webhook_id", "next_at", "position"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "webhooks",
        sa.Column("id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=True),
        sa.Column("stores", sa.Text(), nullable=True),
        sa.Column("ordered", Whole, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_until", Whole, nullable=True),
        sa.Column("since", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("failing_since", Whole, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("told", Whole, nullable=False),
        sa.CheckConstraint("format IN ('onhand', 'cloudevents')", name=op.f("ck_webhooks_format_known")),
        sa.CheckConstraint(
            "status IN ('enabled', 'disabled', 'retired', 'deleted')", name=op.f("ck_webhooks_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sqlite_strict=True,
    )
    op.create_index("ix_webhooks_created_at", "webhooks", ["created_at"], unique=False)
