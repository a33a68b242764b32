"""The tables of webhooks: who is told, and what became of it. A delivery is named by its webhook and its place."""

from sqlalchemy import CheckConstraint, Index, Table

from onhand.db.columns import id_, metadata, one_of_, text_, whole_
from onhand.db.dialect import CLUSTERED, PLAIN, only_where

webhooks = Table(
    "webhooks",
    metadata,
    id_("id", key=True),
    text_("url"),
    text_("events", null=True),
    text_("stores", null=True),
    whole_("ordered"),
    text_("format"),
    text_("status"),
    text_("reason", null=True),
    text_("secret"),
    text_("former_secret", null=True),
    whole_("former_until", null=True),
    whole_("since"),
    whole_("position"),
    whole_("failing_since", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("updated_at"),
    whole_("told"),
    one_of_("status", "enabled", "disabled", "retired", "deleted"),
    one_of_("format", "onhand", "cloudevents"),
    Index(None, "created_at"),
    **PLAIN,
)

deliveries = Table(
    "deliveries",
    metadata,
    id_("webhook_id", key=True),
    whole_("position", key=True),
    text_("event_id"),
    text_("subject"),
    text_("type"),
    text_("state"),
    whole_("attempts"),
    whole_("next_at", null=True),
    whole_("delivered_at", null=True),
    text_("reason", null=True),
    text_("log"),
    whole_("created_at"),
    whole_("updated_at"),
    one_of_("state", "waiting", "delivered", "dead"),
    CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name="waiting_until"),
    CheckConstraint("(state = 'dead') = (reason IS NOT NULL)", name="dead_for_a_reason"),
    Index("ix_deliveries_waiting", "webhook_id", "next_at", "position", **only_where("state = 'waiting'")),
    Index("ix_deliveries_settled", "updated_at", **only_where("state <> 'waiting'")),
    **CLUSTERED,
)
