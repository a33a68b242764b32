"""The table of alerts."""

from sqlalchemy import Index, Table

from onhand.db.columns import id_, metadata, one_of_, text_, whole_
from onhand.db.dialect import PLAIN, only_where
from onhand.trade.alerts import STATUSES

alerts = Table(
    "alerts",
    metadata,
    id_("id", key=True),
    text_("kind"),
    text_("subject"),
    id_("store_id", null=True),
    id_("variant_id", null=True),
    text_("status"),
    text_("data"),
    whole_("opened_at"),
    whole_("updated_at"),
    whole_("closed_at", null=True),
    whole_("snoozed_until", null=True),
    text_("assigned_to", null=True),
    text_("acknowledged_by", null=True),
    whole_("events"),
    one_of_("status", *STATUSES),
    # The second guard: whatever is raced, a line is crossed once.
    Index("uq_alerts_standing", "subject", "kind", unique=True, **only_where("closed_at IS NULL")),
    Index(None, "status", "opened_at"),
    Index(None, "store_id", "opened_at"),
    **PLAIN,
)
