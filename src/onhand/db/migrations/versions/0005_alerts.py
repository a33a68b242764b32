"""Alerts, mail, and what the worker does"""

import sqlalchemy as sa
from alembic import op

from onhand.db.dialect import Id, Whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STANDING = "closed_at IS NULL"
_UNWATCHED = "alerts = -1"
_UNSENT = "status IN ('due', 'sending')"


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

    _told_to_the_outside()


def _told_to_the_outside() -> None:
    op.create_table(
        "followers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_followers")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mails",
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", Whole, nullable=False),
        sa.Column("next_at", Whole, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("sent_at", Whole, nullable=True),
        sa.CheckConstraint("status IN ('due', 'sending', 'sent', 'failed')", name=op.f("ck_mails_status_known")),
        sa.PrimaryKeyConstraint("fact", "recipient", name=op.f("pk_mails")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mails_status_created_at", "mails", ["status", "created_at"], unique=False)
    op.create_index(
        "ix_mails_due",
        "mails",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text(_UNSENT),
        postgresql_where=sa.text(_UNSENT),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("store_id", Id, nullable=True),
        sa.Column("product_id", Id, nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("ended_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sqlite_strict=True,
    )
    op.create_index("ix_subscriptions_created_at", "subscriptions", ["created_at"], unique=False)
    op.create_table(
        "duty_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("began_at", Whole, nullable=False),
        sa.Column("ended_at", Whole, nullable=False),
        sa.Column("done", Whole, nullable=False),
        sa.Column("failures", Whole, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty_runs")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
