"""Mail and subscriptions: what is due, who is told about what, and how far the feed was read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from onhand.clock import as_datetime
from onhand.db.alerts import alerts
from onhand.db.outside import followers, mails, subscriptions
from onhand.db.schema import orders, products, stores, variants
from onhand.rows import Mail, Subscription
from onhand.trade.subscriptions import SubscriptionPicture
from onhand.views.pages import Page, after, page


def position_of(connection: Connection, name: str) -> int | None:
    """The place up to which a follower has acted on the feed; None before it has begun."""
    return connection.execute(select(followers.c.position).where(followers.c.name == name)).scalar()


def due_mails(connection: Connection, now: int, at_most: int) -> tuple[tuple[str, str], ...]:
    """Mails to be sent now, as (fact, recipient), the longest due first."""
    question = select(mails.c.fact, mails.c.recipient).where(mails.c.status.in_(("due", "sending")))
    found = connection.execute(question.where(mails.c.next_at <= now).order_by(mails.c.next_at).limit(at_most))
    return tuple((row.fact, row.recipient) for row in found)


@dataclass(slots=True)
class MailAnswer:
    """A mail about one fact to one address; `error` is why the last try failed."""

    fact: str
    recipient: str
    template: str
    status: str
    tries: int
    error: str | None
    next_try_at: datetime | None
    created_at: datetime
    sent_at: datetime | None


def mail_answer(mail: Mail) -> MailAnswer:
    return MailAnswer(
        fact=mail.fact,
        recipient=mail.recipient,
        template=mail.template,
        status=mail.status,
        tries=mail.tries,
        error=mail.error,
        next_try_at=as_datetime(mail.next_at) if mail.status == "due" else None,
        created_at=as_datetime(mail.created_at),
        sent_at=None if mail.sent_at is None else as_datetime(mail.sent_at),
    )


def list_mails(connection: Connection, status: str | None, limit: int, cursor: str | None) -> Page[MailAnswer]:
    """Mails, newest first."""
    columns = (mails.c.created_at, mails.c.fact, mails.c.recipient)
    statement = select(mails)
    if status is not None:
        statement = statement.where(mails.c.status == status)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1))
    return page([Mail._make(row) for row in rows], limit, lambda mail: (mail.created_at, *mail[:2]), mail_answer)


def failed_mails(connection: Connection) -> int:
    """How many mails failed that are not forgotten yet."""
    failed = select(func.count()).select_from(mails).where(mails.c.status == "failed")
    return int(connection.execute(failed).scalar_one())


class Buyer(NamedTuple):
    """Who placed an order, as far as mail is concerned."""

    email: str
    language: str | None


def buyers(connection: Connection, order_ids: Collection[str]) -> dict[str, Buyer]:
    """By order id, for those orders that have an address. The language is `language` of the order's metadata."""
    question = select(orders.c.id, orders.c.customer_email, orders.c.metadata).where(orders.c.id.in_(list(order_ids)))
    return {
        row.id: Buyer(row.customer_email, _language(row.metadata))
        for row in connection.execute(question.where(orders.c.customer_email.is_not(None)))
    }


def _language(metadata: str | None) -> str | None:
    language = orjson.loads(metadata).get("language") if metadata else None
    return language if isinstance(language, str) else None


class ToldAlert(NamedTuple):
    """An alert, as far as who is told about it is concerned."""

    id: str
    kind: str
    store_id: str | None
    product_id: str | None
    category: str | None


def told_alerts(connection: Connection, alert_ids: Collection[str]) -> list[ToldAlert]:
    question = (
        select(alerts.c.id, alerts.c.kind, alerts.c.store_id, variants.c.product_id, products.c.category)
        .outerjoin(variants, variants.c.id == alerts.c.variant_id)
        .outerjoin(products, products.c.id == variants.c.product_id)
        .where(alerts.c.id.in_(list(alert_ids)))
    )
    return [ToldAlert(*row) for row in connection.execute(question)]


def open_subscriptions(connection: Connection) -> list[Subscription]:
    question = select(subscriptions).where(subscriptions.c.ended_at.is_(None)).order_by(subscriptions.c.id)
    return [Subscription._make(row) for row in connection.execute(question)]


def store_code(connection: Connection, store_id: str) -> str:
    return str(connection.execute(select(stores.c.code).where(stores.c.id == store_id)).scalar_one())


def planned_already(connection: Connection, facts: Collection[str]) -> set[str]:
    """Those of the facts of which a mail was written down."""
    return set(connection.execute(select(mails.c.fact).where(mails.c.fact.in_(list(facts)))).scalars())


@dataclass(slots=True)
class SubscriptionAnswer:
    """Who is told about alerts: of which kinds, of which store, product and category (null: of all)."""

    id: str
    email: str
    kinds: list[str]
    store: str | None
    product_id: str | None
    category: str | None
    language: str | None
    created_at: datetime
    ended_at: datetime | None


def subscription_answer(picture: SubscriptionPicture) -> SubscriptionAnswer:
    row = picture.subscription
    return SubscriptionAnswer(
        id=row.id,
        email=row.email,
        kinds=row.kinds.split(),
        store=picture.store,
        product_id=row.product_id,
        category=row.category,
        language=row.language,
        created_at=as_datetime(row.created_at),
        ended_at=as_datetime(row.ended_at),
    )


def list_subscriptions(connection: Connection, limit: int, cursor: str | None) -> Page[SubscriptionAnswer]:
    """Subscriptions, newest first, ended ones too."""
    columns = (subscriptions.c.created_at, subscriptions.c.id)
    statement = select(subscriptions, stores.c.code).outerjoin(stores, stores.c.id == subscriptions.c.store_id)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)).all()
    return page(
        rows,
        limit,
        lambda row: (row.created_at, row.id),
        lambda row: subscription_answer(SubscriptionPicture(Subscription._make(row[:-1]), row.code)),
    )


def matching(found: Sequence[Subscription], alert: ToldAlert) -> list[Subscription]:
    """Those that are about this alert."""
    return [
        each
        for each in found
        if alert.kind in each.kinds.split()
        and each.store_id in (None, alert.store_id)
        and each.product_id in (None, alert.product_id)
        and each.category in (None, alert.category)
    ]
