"""What a duty looks for: levels nobody has judged, snoozes that are over, goods that are late, hoarded stock."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from onhand.clock import DAY
from onhand.db.alerts import alerts
from onhand.db.documents import transfers
from onhand.db.schema import levels, orders, reservations, stores, variants
from onhand.trade.alerts import UNWATCHED, Trouble, level_subject

TRANSFER_DAYS = 7
HOARDED_UNITS = 10


def unwatched_levels(connection: Connection, at_most: int) -> tuple[tuple[str, str], ...]:
    """Levels as (variant id, store id)."""
    question = select(levels.c.variant_id, levels.c.store_id).where(levels.c.alerts == UNWATCHED).limit(at_most)
    return tuple((row[0], row[1]) for row in connection.execute(question))


def old_news(connection: Connection, before: int, at_most: int) -> tuple[tuple[str, str], ...]:
    """Levels that were told to be back in stock before a moment, and still are, as (variant id, store id)."""
    question = select(alerts.c.variant_id, alerts.c.store_id).where(
        alerts.c.kind == "back_in_stock",
        alerts.c.status.in_(("open", "acknowledged", "snoozed")),
        alerts.c.opened_at <= before,
    )
    return tuple((row[0], row[1]) for row in connection.execute(question.limit(at_most)))


def alerts_to_wake(connection: Connection, now: int, at_most: int) -> tuple[str, ...]:
    question = select(alerts.c.id).where(alerts.c.status == "snoozed", alerts.c.snoozed_until <= now)
    return tuple(connection.execute(question.limit(at_most)).scalars())


def standing(connection: Connection, kind: str) -> set[str]:
    """What alerts of a kind that are not closed are about."""
    question = select(alerts.c.subject).where(alerts.c.kind == kind, alerts.c.closed_at.is_(None))
    return set(connection.execute(question).scalars())


def stuck_transfers(connection: Connection, now: int) -> Sequence[Trouble]:
    """Transfers that were sent a week ago and have not all arrived."""
    question = (
        select(transfers.c.id, transfers.c.number, transfers.c.sent_at, transfers.c.to_store_id, stores.c.code)
        .join(stores, stores.c.id == transfers.c.to_store_id)
        .where(transfers.c.status.in_(("sent", "partially_received")), transfers.c.sent_at <= now - TRANSFER_DAYS * DAY)
    )
    return [
        Trouble(
            f"transfer/{row.id}", {"store": row.code, "number": row.number, "sent_at": row.sent_at}, row.to_store_id
        )
        for row in connection.execute(question)
    ]


def hoarded_levels(connection: Connection, now: int) -> Sequence[Trouble]:
    """Levels of which one customer holds, unpaid, ten units or more, and half of what could be sold or more."""
    r = reservations.c
    who = func.coalesce(orders.c.customer_id, orders.c.customer_email)
    held = func.sum(r.quantity)
    claims = (
        select(r.store_id, r.variant_id, who.label("who"), held.label("held"), func.count().label("orders"))
        .join(orders, orders.c.id == r.claim_id)
        .where(orders.c.status == "pending", orders.c.hold_expires_at > now, r.state == "held", who.is_not(None))
        .group_by(r.store_id, r.variant_id, who)
        .having(held >= HOARDED_UNITS)
        .subquery()
    )
    question = (
        select(claims, stores.c.code, variants.c.sku)
        .join(levels, (levels.c.store_id == claims.c.store_id) & (levels.c.variant_id == claims.c.variant_id))
        .join(stores, stores.c.id == claims.c.store_id)
        .join(variants, variants.c.id == claims.c.variant_id)
        .where(2 * claims.c.held >= levels.c.available + levels.c.on_hold)
        .order_by(claims.c.held)
    )
    return [
        Trouble(
            level_subject(row.store_id, row.variant_id),
            {
                "store": row.code,
                "sku": row.sku,
                "customer": row.who,
                "units": int(row.held),
                "orders": row.orders,
            },
            row.store_id,
            row.variant_id,
        )
        for row in connection.execute(question)
    ]
