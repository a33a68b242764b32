"""What callers call things by, and the ids that the tables know them by."""

from sqlalchemy import ColumnElement, Connection, or_, select

from onhand.db.catalog import looks_like_id
from onhand.db.schema import orders, stores, variants
from onhand.trade.errors import OrderNotFound, StoreNotFound, VariantNotFound


def store_id_of(connection: Connection, reference: str) -> str:
    """The id of the store of that code or id. Raises StoreNotFound."""
    named = stores.c.id if looks_like_id(reference) else stores.c.code
    store_id: str | None = connection.execute(select(stores.c.id).where(named == reference)).scalar()
    if store_id is None:
        raise StoreNotFound(reference)
    return store_id


def order_id_of(connection: Connection, reference: str) -> str:
    """The id of the order of that id or number. Raises OrderNotFound."""
    named = orders.c.id if looks_like_id(reference) else orders.c.number
    order_id: str | None = connection.execute(select(orders.c.id).where(named == reference)).scalar()
    if order_id is None:
        raise OrderNotFound(reference)
    return order_id


def store_codes(connection: Connection) -> dict[str, str]:
    """The code of every store, by its id."""
    return {row.id: row.code for row in connection.execute(select(stores.c.id, stores.c.code))}


def is_called(reference: str) -> ColumnElement[bool]:
    """The condition of the variants of that SKU, variant id or product id."""
    if not looks_like_id(reference):
        return variants.c.sku == reference
    return or_(variants.c.sku == reference, variants.c.id == reference, variants.c.product_id == reference)


def variant_ids_of(connection: Connection, reference: str) -> list[str]:
    """The ids of the variants of that SKU, variant id or product id, in their order. Raises VariantNotFound."""
    question = select(variants.c.id).where(is_called(reference)).order_by(variants.c.position)
    found = list(connection.execute(question).scalars())
    if not found:
        raise VariantNotFound(reference)
    return found
