"""What has changed lately, for pages that show it while it happens."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from onhand.db.schema import events, movements, variants

MOST = 1_000


class Change(NamedTuple):
    """Something that happened: its key, what it was about (`stock`, `orders`, `counts` …), the SKU of a movement, and
    when it was recorded.
    """

    key: tuple[str, int] | tuple[str, str, int]
    topic: str
    sku: str | None
    recorded_at: int


def changes_since(connection: Connection, since: int) -> list[Change]:
    """Movements and events recorded since a moment, oldest first; of very many, the newest."""
    m, e = movements.c, events.c
    moved = connection.execute(
        select(m.store_id, m.variant_id, m.version, variants.c.sku, m.recorded_at)
        .join(variants, variants.c.id == m.variant_id)
        .where(m.recorded_at > since)
        .order_by(m.recorded_at.desc())
        .limit(MOST)
    )
    told = connection.execute(
        select(e.subject, e.seq, e.occurred_at).where(e.occurred_at > since).order_by(e.occurred_at.desc()).limit(MOST)
    )
    changes = [Change(tuple(row[:3]), "stock", row.sku, row.recorded_at) for row in moved]
    changes += [Change(tuple(row[:2]), f"{row.subject.partition('/')[0]}s", None, row.occurred_at) for row in told]
    return sorted(changes, key=lambda change: change.recorded_at)
