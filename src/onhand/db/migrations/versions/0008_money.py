"""Payments, refunds, and what orders cost besides their lines"""

import sqlalchemy as sa
from alembic import op

from onhand.db.dialect import Id, Whole

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNDECIDED = "state = 'captured' AND standing IN ('review', 'refund') AND refunded < amount"

# What was paid before payments had a table: at the till, by the word of whoever placed the order.
_PAID_AT_THE_TILL = """
INSERT INTO payments (order_id, payment, payment_id, provider, method, state, standing, currency, amount, refunded,
                      reason, actor, created_at, updated_at)
SELECT id, 1, 'till-' || number, 'till', NULL, 'captured', CASE status WHEN 'cancelled' THEN 'refund' ELSE 'order' END,
       currency, total, 0, CASE status WHEN 'cancelled' THEN 'order_cancelled' END, actor, created_at, updated_at
FROM orders WHERE payment_status = 'paid'
"""


def upgrade() -> None:
    for column in ("discount", "shipping", "tax"):
        op.add_column("orders", sa.Column(column, Whole, server_default="0", nullable=False))
    # An amendment leaves a line that it takes out at a quantity of 0.
    with op.batch_alter_table("order_lines", table_kwargs={"sqlite_strict": True, "sqlite_with_rowid": False}) as lines:
        lines.add_column(sa.Column("discount", Whole, server_default="0", nullable=False))
        lines.add_column(sa.Column("tax", Whole, server_default="0", nullable=False))
        lines.drop_constraint(op.f("ck_order_lines_quantity_positive"), type_="check")
        lines.create_check_constraint(op.f("ck_order_lines_quantity_not_negative"), "quantity >= 0")
    _make_tables()
    op.execute(_PAID_AT_THE_TILL)
    op.execute("UPDATE orders SET payment_status = 'refund_due' WHERE payment_status = 'paid' AND status = 'cancelled'")


def _make_tables() -> None:
    op.create_table(
        "payments",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("payment", Whole, nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("refunded", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("updated_at", Whole, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'failed', 'captured', 'charged_back')", name=op.f("ck_payments_state_known")
        ),
        sa.CheckConstraint("standing IN ('order', 'review', 'refund')", name=op.f("ck_payments_standing_known")),
        sa.CheckConstraint(
            "state <> 'captured' OR standing IS NOT NULL", name=op.f("ck_payments_captured_stands_somewhere")
        ),
        sa.CheckConstraint(
            "standing IS NULL OR state IN ('captured', 'charged_back')", name=op.f("ck_payments_standing_once_captured")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payments_amount_not_negative")),
        sa.CheckConstraint("refunded BETWEEN 0 AND amount", name=op.f("ck_payments_refunded_within_captured")),
        sa.PrimaryKeyConstraint("order_id", "payment", name=op.f("pk_payments")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("uq_payments_payment_id", "payments", ["payment_id"], unique=True)
    op.create_index(op.f("ix_payments_created_at"), "payments", ["created_at"], unique=False)
    op.create_index(
        "ix_payments_undecided",
        "payments",
        ["standing", "created_at"],
        unique=False,
        sqlite_where=sa.text(_UNDECIDED),
        postgresql_where=sa.text(_UNDECIDED),
    )
    op.create_table(
        "refunds",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("refund", Whole, nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("refunded_at", Whole, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_positive")),
        sa.PrimaryKeyConstraint("order_id", "refund", name=op.f("pk_refunds")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payment_messages",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("order_reference", sa.Text(), nullable=True),
        sa.Column("order_id", Id, nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("received_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("provider", "event_id", name=op.f("pk_payment_messages")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_payment_messages_payment_id"), "payment_messages", ["payment_id"], unique=False)
