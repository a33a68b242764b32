"""What a replay's orders wait for, and which of them have got it."""

from sqlalchemy import Connection, func, select

from onhand.db.schema import order_lines, orders, reservations


def missing(connection: Connection) -> dict[str, int]:
    """Units by SKU that order lines wait for."""
    lines = order_lines.c
    question = (
        select(lines.sku, func.sum(lines.backordered))
        .where(lines.backordered > 0)
        .group_by(lines.sku)
        .order_by(lines.sku)
    )
    return {sku: int(units) for sku, units in connection.execute(question)}


def ready(connection: Connection, channel: str) -> list[tuple[str, str | None]]:
    """Orders of a channel that have something reserved, oldest first, each with its customer."""
    claims = reservations.c
    question = (
        select(orders.c.id, orders.c.customer_id)
        .join(reservations, claims.claim_id == orders.c.id)
        .where(claims.state == "reserved", orders.c.channel == channel)
        .distinct()
        .order_by(orders.c.id)
    )
    return [(order_id, customer_id) for order_id, customer_id in connection.execute(question)]
