"""The tables of money. The columns of a table are the fields of its row in `rows/payments.py`, in order.

Payments and refunds are numbered within their order, as shipments are. A payment's id is unique besides: two batches
that meet it for different orders cannot both be saved, and the second one, run again, sees whose it is. What makes a
message happen once is its key.
"""

from sqlalchemy import CheckConstraint, Index, Table

from onhand.db.columns import id_, metadata, one_of_, text_, whole_
from onhand.db.dialect import CLUSTERED, only_where

payments = Table(
    "payments",
    metadata,
    id_("order_id", key=True),
    whole_("payment", key=True),
    text_("payment_id"),
    text_("provider"),
    text_("method", null=True),
    text_("state"),
    text_("standing", null=True),
    text_("currency"),
    whole_("amount"),
    whole_("refunded"),
    text_("reason", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    one_of_("state", "pending", "failed", "captured", "charged_back"),
    one_of_("standing", "order", "review", "refund"),
    CheckConstraint("state <> 'captured' OR standing IS NOT NULL", name="captured_stands_somewhere"),
    CheckConstraint("standing IS NULL OR state IN ('captured', 'charged_back')", name="standing_once_captured"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded_within_captured"),
    Index("uq_payments_payment_id", "payment_id", unique=True),
    Index(None, "created_at"),
    Index(
        "ix_payments_undecided",
        "standing",
        "created_at",
        **only_where("state = 'captured' AND standing IN ('review', 'refund') AND refunded < amount"),
    ),
    **CLUSTERED,
)

refunds = Table(
    "refunds",
    metadata,
    id_("order_id", key=True),
    whole_("refund", key=True),
    text_("payment_id"),
    text_("currency"),
    whole_("amount"),
    text_("reason"),
    text_("actor"),
    whole_("refunded_at"),
    CheckConstraint("amount > 0", name="amount_positive"),
    **CLUSTERED,
)

payment_messages = Table(
    "payment_messages",
    metadata,
    text_("provider", key=True),
    text_("event_id", key=True),
    text_("kind"),
    text_("payment_id"),
    text_("order_reference", null=True),
    id_("order_id", null=True),
    text_("amount", null=True),
    text_("currency", null=True),
    text_("outcome"),
    text_("note", null=True),
    text_("raw"),
    text_("actor"),
    whole_("received_at"),
    Index(None, "payment_id"),
    **CLUSTERED,
)
