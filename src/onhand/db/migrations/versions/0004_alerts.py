"""Alerts"""

import sqlalchemy as sa
from alembic import op

from onhand.db.database import Id, Whole

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STANDING = "closed_at IS NULL"
_UNWATCHED = "alerts = -1"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("store_id", Id, nullable=True),
        sa.Column("variant_id", Id, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("opened_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.Column("closed_at", Whole, nullable=True),
        sa.Column("snoozed_until", Whole, nullable=True),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("events", Whole, nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'acknowledged', 'snoozed', 'closed')", name=op.f("ck_alerts_status_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sqlite_strict=True,
    )
    op.create_index("ix_alerts_status_opened_at", "alerts", ["status", "opened_at"], unique=False)
    op.create_index("ix_alerts_store_id_opened_at", "alerts", ["store_id", "opened_at"], unique=False)
    op.create_index(
        "uq_alerts_standing",
        "alerts",
        ["subject", "kind"],
        unique=True,
        sqlite_where=sa.text(_STANDING),
        postgresql_where=sa.text(_STANDING),
    )

    # Nothing is known of levels that are there already: a duty of the worker looks at them.
    op.add_column("levels", sa.Column("alerts", Whole, server_default="-1", nullable=False))
    op.create_index(
        "ix_levels_unwatched",
        "levels",
        ["store_id", "variant_id"],
        unique=False,
        sqlite_where=sa.text(_UNWATCHED),
        postgresql_where=sa.text(_UNWATCHED),
    )
