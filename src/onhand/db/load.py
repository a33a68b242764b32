"""Commands → books: bring, in a handful of set-based statements, every row that a batch is decided on.

The order is the same everywhere (orders, bare holds, levels; each by its key), so that batches of several processes
never wait for each other in a circle. An order's lines and claims need no lock: who holds the order holds them.
"""

from collections.abc import Collection

from onhand.books import Books, Needs
from onhand.db.catalog import CatalogCopy, looks_like_id
from onhand.db.database import Writer
from onhand.db.storage import STORAGE
from onhand.rows import (
    ApiKey,
    Hold,
    Level,
    Line,
    Order,
    Product,
    Reservation,
    Shipment,
    StoredAnswer,
    Variant,
)

_STATE_OF_THINGS = """
SELECT (SELECT value FROM counters WHERE name = 'catalog'),
       (SELECT min(hold_expires_at) FROM orders WHERE status = 'pending'),
       (SELECT min(expires_at) FROM holds WHERE state = 'held')
"""
_ORDERS_BY_NUMBER = "SELECT number, id FROM orders WHERE number = ANY(:numbers::text[])"
_OVERDUE_ORDERS = """
SELECT DISTINCT r.claim_id FROM orders AS o JOIN reservations AS r ON r.claim_id = o.id
WHERE o.status = 'pending' AND o.hold_expires_at <= :now AND r.variant_id = ANY(:variants::uuid[])
"""
_OVERDUE_HOLDS = """
SELECT DISTINCT r.claim_id FROM holds AS h JOIN reservations AS r ON r.claim_id = h.id
WHERE h.state = 'held' AND h.expires_at <= :now AND r.variant_id = ANY(:variants::uuid[])
"""


def load(writer: Writer, catalog: CatalogCopy, books: Books, needs: Needs) -> None:
    """Fill the books with what the commands need, and with whatever is overdue on the levels that they touch."""
    ((revision, order_due, hold_due),) = writer.run(_STATE_OF_THINGS)
    catalog.bring_up_to(revision, writer)
    catalog.fetch([*needs.variants, *(variant for variant, _ in needs.levels)], writer)
    levels = _named_levels(catalog, needs)
    variants = sorted({variant_id for _, variant_id in levels})
    orders = _order_ids(writer, books, needs.orders)
    holds = {reference for reference in needs.holds if looks_like_id(reference)}
    if variants and order_due is not None and order_due <= books.now:
        orders.update(claim for (claim,) in writer.run(_OVERDUE_ORDERS, now=books.now, variants=variants))
    if variants and hold_due is not None and hold_due <= books.now:
        holds.update(claim for (claim,) in writer.run(_OVERDUE_HOLDS, now=books.now, variants=variants))
    if orders or holds:
        levels |= _load_claims(writer, catalog, books, orders, holds)
    if levels:
        found = writer.select(STORAGE[Level], ["store_id", "variant_id"], sorted(levels), lock=True)
        books.levels.load(map(Level._make, found))
    if needs.products or needs.stores or needs.keys:
        _load_settings(writer, catalog, books, needs)


def stored_answers(writer: Writer, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], StoredAnswer]:
    """The answers kept for these (scope, idempotency key) pairs."""
    if not keys:
        return {}
    found = writer.select(STORAGE[StoredAnswer], ["scope", "key"], sorted(keys))
    return {(row[0], row[1]): StoredAnswer._make(row) for row in found}


def _named_levels(catalog: CatalogCopy, needs: Needs) -> set[tuple[str, str]]:
    """The levels that the commands name; a name that nothing has is for the verb to refuse."""
    levels: set[tuple[str, str]] = set()
    for reference, store_reference in needs.levels:
        store = catalog.stores.get(store_reference)
        variant = catalog.variants.get(reference)
        found = (variant,) if variant else catalog.variants_of.get(reference, ())
        if store is not None:
            levels.update((store.id, each.id) for each in found)
    return levels


def _order_ids(writer: Writer, books: Books, references: Collection[str]) -> set[str]:
    ids = {reference for reference in references if looks_like_id(reference)}
    numbers = sorted({reference for reference in references if reference not in ids})
    if numbers:
        books.order_ids.update(dict(writer.run(_ORDERS_BY_NUMBER, numbers=numbers)))
    return ids | set(books.order_ids.values())


def _load_claims(
    writer: Writer, catalog: CatalogCopy, books: Books, orders: set[str], holds: set[str]
) -> set[tuple[str, str]]:
    """Orders and bare holds with all that hangs on them; answers the levels that they claim."""
    order_ids, hold_ids = sorted(orders), sorted(holds)
    if order_ids:
        books.orders.load(map(Order._make, writer.select(STORAGE[Order], ["id"], order_ids, lock=True)))
        books.lines.load(map(Line._make, writer.select(STORAGE[Line], ["order_id"], order_ids)))
        books.shipments.load(map(Shipment._make, writer.select(STORAGE[Shipment], ["order_id"], order_ids)))
    if hold_ids:
        books.holds.load(map(Hold._make, writer.select(STORAGE[Hold], ["id"], hold_ids, lock=True)))
    claims = writer.select(STORAGE[Reservation], ["claim_id"], sorted(orders | holds))
    books.reservations.load(map(Reservation._make, claims))
    catalog.fetch((claim.variant_id for claim in books.reservations.loaded.values()), writer)
    return {(claim.store_id, claim.variant_id) for claim in books.reservations.loaded.values()}


def _load_settings(writer: Writer, catalog: CatalogCopy, books: Books, needs: Needs) -> None:
    """Catalog rows and keys that commands change."""
    if needs.products:
        catalog.fetch(needs.products, writer)
        known = (catalog.variants.get(reference) for reference in needs.products)
        ids = {variant.product_id for variant in known if variant is not None}
        wanted = sorted(ids | {reference for reference in needs.products if looks_like_id(reference)})
        books.products.load(map(Product._make, writer.select(STORAGE[Product], ["id"], wanted, lock=True)))
        books.variants.load(map(Variant._make, writer.select(STORAGE[Variant], ["product_id"], wanted)))
    for reference in needs.stores:
        if reference in catalog.stores:
            books.stores.load([catalog.stores[reference]])
    keys = sorted({key for key in needs.keys if looks_like_id(key)})
    if keys:
        books.api_keys.load(map(ApiKey._make, writer.select(STORAGE[ApiKey], ["id"], keys, lock=True)))
