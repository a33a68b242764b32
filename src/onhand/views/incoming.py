"""What is on its way to a store: units that open purchase orders have outstanding, and when they should come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from onhand.clock import as_datetime
from onhand.db.documents import purchase_order_lines, purchase_orders
from onhand.db.schema import stores, variants
from onhand.trade.receiving import EXPECTED


@dataclass(slots=True)
class Incoming:
    """Units of one purchase order that should come at one time; nobody said when where `expected_at` is null."""

    expected_at: datetime | None
    quantity: int
    purchase_order: str


class IncomingUnits(NamedTuple):
    """One `Incoming` of one level, with the names of the level."""

    store_id: str
    store: str
    variant_id: str
    sku: str
    incoming: Incoming


def incoming(connection: Connection, variant_ids: Collection[str], store_id: str | None = None) -> list[IncomingUnits]:
    """What should come of these variants, to one store or to any, in one statement: the earliest first."""
    line, order = purchase_order_lines.c, purchase_orders.c
    expected_at = func.coalesce(line.expected_at, order.expected_at)
    places = (order.store_id, stores.c.code, line.variant_id, variants.c.sku)
    statement = (
        select(*places, order.number, expected_at.label("expected_at"), func.sum(line.ordered - line.received))
        .select_from(purchase_order_lines)
        .join(purchase_orders, order.id == line.purchase_order_id)
        .join(stores, stores.c.id == order.store_id)
        .join(variants, variants.c.id == line.variant_id)
        .where(line.variant_id.in_(variant_ids), line.received < line.ordered, order.status.in_(EXPECTED))
        .group_by(*places, order.number, expected_at)
        .order_by(expected_at.is_(None), expected_at, order.number)
    )
    if store_id is not None:
        statement = statement.where(order.store_id == store_id)
    return [
        IncomingUnits(store, code, variant, sku, Incoming(as_datetime(at), int(units), number))
        for store, code, variant, sku, number, at, units in connection.execute(statement)
    ]
