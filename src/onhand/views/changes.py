"""What has changed lately, for pages that show it while it happens."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from onhand.db.schema import movements, stores, variants

MOST = 1_000


class Change(NamedTuple):
    """A movement of stock: its key in the ledger, its level by SKU and store, and when it was recorded."""

    key: tuple[str, str, int]
    sku: str
    store: str
    has_order: bool
    recorded_at: int


def changes_since(connection: Connection, since: int) -> list[Change]:
    """The movements recorded since a moment, oldest first; of very many, the newest."""
    m = movements.c
    rows = connection.execute(
        select(m.store_id, m.variant_id, m.version, variants.c.sku, stores.c.code, m.order_id, m.recorded_at)
        .join(variants, variants.c.id == m.variant_id)
        .join(stores, stores.c.id == m.store_id)
        .where(m.recorded_at > since)
        .order_by(m.recorded_at.desc())
        .limit(MOST)
    ).all()
    return [
        Change(
            (row.store_id, row.variant_id, row.version), row.sku, row.code, row.order_id is not None, row.recorded_at
        )
        for row in reversed(rows)
    ]
