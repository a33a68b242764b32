"""The tables of what is told to the outside."""

from sqlalchemy import Index, Table

from onhand.db.columns import id_, metadata, one_of_, text_, whole_
from onhand.db.dialect import CLUSTERED, PLAIN, only_where

followers = Table(
    "followers",
    metadata,
    text_("name", key=True),
    whole_("position"),
    whole_("updated_at"),
    **CLUSTERED,
)

mails = Table(
    "mails",
    metadata,
    text_("fact", key=True),
    text_("recipient", key=True),
    text_("template"),
    text_("language", null=True),
    text_("about"),
    text_("data"),
    text_("status"),
    whole_("tries"),
    whole_("next_at"),
    text_("error", null=True),
    whole_("created_at"),
    whole_("sent_at", null=True),
    one_of_("status", "due", "sending", "sent", "failed"),
    Index("ix_mails_due", "next_at", **only_where("status IN ('due', 'sending')")),
    Index("ix_mails_failed", "created_at", **only_where("status = 'failed'")),
    Index(None, "created_at"),
    **CLUSTERED,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    id_("id", key=True),
    text_("email"),
    text_("kinds"),
    id_("store_id", null=True),
    id_("product_id", null=True),
    text_("language", null=True),
    text_("actor"),
    whole_("created_at"),
    whole_("ended_at", null=True),
    text_("category", null=True),
    Index(None, "created_at"),
    **PLAIN,
)

duty_runs = Table(
    "duty_runs",
    metadata,
    text_("name", key=True),
    whole_("began_at"),
    whole_("ended_at"),
    whole_("done"),
    whole_("failures"),
    text_("error", null=True),
    **CLUSTERED,
)
