"""Commands → books: bring, in a handful of set-based statements, every row that a batch is decided on.

The order is the same everywhere (orders, bare holds, levels; each by its key), so that batches of several processes
never wait for each other in a circle. An order's lines and claims need no lock: who holds the order holds them.
"""

from collections.abc import Collection, Iterable
from typing import Any

from onhand.books import Books, Needs
from onhand.db import alerts_load, counts_load, outside_load
from onhand.db import documents_load as documents
from onhand.db import payments_load as payments
from onhand.db.catalog import CatalogCopy, looks_like_id
from onhand.db.dialect import Writer
from onhand.db.sourcing import StockKnown
from onhand.db.storage import STORAGE
from onhand.rows import (
    ApiKey,
    Delivery,
    Hold,
    Level,
    Line,
    Order,
    Product,
    Reservation,
    Session,
    Shipment,
    SignInLink,
    StoredAnswer,
    Variant,
    Waiting,
    Webhook,
)
from onhand.trade import allocation

_STATE_OF_THINGS = """
SELECT (SELECT value FROM counters WHERE name = 'catalog'),
       (SELECT min(hold_expires_at) FROM orders WHERE status = 'pending'),
       (SELECT min(expires_at) FROM holds WHERE state = 'held'),
       (SELECT 1 FROM waiting WHERE quantity > 0 LIMIT 1)
"""
_ORDERS_BY_NUMBER = "SELECT number, id FROM orders WHERE number = ANY(:numbers::text[])"
_OVERDUE_ORDERS = """
SELECT o.id FROM orders AS o
WHERE o.status = 'pending' AND o.hold_expires_at <= :now
AND EXISTS (SELECT 1 FROM reservations AS r WHERE r.claim_id = o.id AND r.variant_id = ANY(:variants::uuid[]))
ORDER BY o.hold_expires_at, o.id LIMIT :most
"""
_OVERDUE_HOLDS = """
SELECT h.id FROM holds AS h
WHERE h.state = 'held' AND h.expires_at <= :now
AND EXISTS (SELECT 1 FROM reservations AS r WHERE r.claim_id = h.id AND r.variant_id = ANY(:variants::uuid[]))
ORDER BY h.expires_at, h.id LIMIT :most
"""
_VARIANTS_OF_ORDERS = "SELECT DISTINCT variant_id FROM reservations WHERE claim_id = ANY(:orders::uuid[])"
_WAITING_ORDERS = """
SELECT DISTINCT w.order_id, o.status = 'pending' AND o.hold_expires_at <= :now
FROM waiting AS w JOIN orders AS o ON o.id = w.order_id
WHERE w.quantity > 0 AND w.variant_id = ANY(:variants::uuid[])
"""
_STOCKED = """
SELECT DISTINCT variant_id FROM levels
WHERE variant_id = ANY(:variants::uuid[]) AND available + on_hold + reserved + unsellable > 0
"""

MOST_OVERDUE = 500


class Backlog(Exception):
    """More is overdue on the levels of a batch than one transaction should end: end these first."""

    def __init__(self, claim_ids: Iterable[str]) -> None:
        super().__init__()
        self.claim_ids = tuple(claim_ids)


class Loader:
    """What is kept from batch to batch: the catalog, and what is known of stock at all stores."""

    def __init__(self, *, alone: bool) -> None:
        self.catalog = CatalogCopy()
        self.stock_known = StockKnown(alone=alone)

    def load(self, writer: Writer, books: Books, needs: Needs, all_of: Collection[str] = ()) -> None:
        """Fill the books with what the commands need, and with whatever is overdue on the levels that they touch.

        `all_of` are variants of which every level is wanted, because an earlier try had too few. Raises Backlog.
        """
        ((revision, order_due, hold_due, anybody_waits),) = writer.run(_STATE_OF_THINGS)
        catalog = self.catalog
        catalog.bring_up_to(revision, writer)
        catalog.fetch(_variant_names(needs), writer)
        levels = _named_levels(catalog, needs)
        touched: set[str] = set()
        if needs.sourced or all_of:
            to_lock = self.stock_known.levels_to_lock(
                writer, catalog, needs.sourced, all_of, books.policy.sourcing, books.now
            )
            levels |= to_lock.levels
            touched |= to_lock.variants
            books.partly_loaded = to_lock.partly
        levels |= documents.load(writer, catalog, books, needs)
        orders = _order_ids(writer, books, needs.orders) | documents.orders_of(books)
        orders |= payments.orders_of(writer, books, needs.payments)
        holds = {reference for reference in needs.holds if looks_like_id(reference)}
        variants = sorted(touched.union(variant_id for _, variant_id in levels))
        if variants and order_due is not None and order_due <= books.now:
            orders.update(_overdue(writer, _OVERDUE_ORDERS, books.now, variants))
        if variants and hold_due is not None and hold_due <= books.now:
            holds.update(_overdue(writer, _OVERDUE_HOLDS, books.now, variants))
        if anybody_waits and (needs.raises or all_of or orders or holds):
            orders |= _waiting_orders(writer, variants, orders | holds, books.now)
        if orders or holds:
            levels |= _load_claims(writer, catalog, books, orders, holds, waiting=bool(anybody_waits))
            _load_parts(writer, books, orders, needs.order_parts)
        if needs.messages:
            payments.load_messages(writer, books, needs.messages)
        books.wholly_loaded.update(all_of)
        if needs.revived and (wanted := payments.variants_to_revive(writer, books, needs, catalog)):
            levels |= self.stock_known.levels_to_lock(writer, catalog, (), wanted, (), books.now).levels
            books.wholly_loaded |= wanted
        places = [catalog.stores[store].id for store in needs.at_stores if store in catalog.stores]
        levels |= {(place, variant_id) for place in places for variant_id in _variants_of(books)}
        if needs.everywhere:
            levels |= self._everywhere(writer, books, _variants_of(books))
        if anybody_waits:
            levels |= self._everywhere(writer, books, _parts_of_waiting_kits(books))
        if levels:
            found = writer.select(STORAGE[Level], ["store_id", "variant_id"], sorted(levels), lock=True)
            books.levels.load(map(Level._make, found))
        if needs.alerts or needs.alert_subjects:
            alerts_load.load(writer, books, needs)
        if needs.followers or needs.mails or needs.subscriptions or needs.duties:
            outside_load.load(writer, books, needs)
        counts_load.look_at_levels(writer, books)
        if needs.sessions or needs.sign_in_links:
            _load_sessions(writer, books, needs)
        if needs.webhooks:
            _load_webhooks(writer, books, needs)
        if needs.products or needs.stores or needs.keys:
            _load_settings(writer, catalog, books, needs)

    def _everywhere(self, writer: Writer, books: Books, variants: set[str]) -> set[tuple[str, str]]:
        """Every level of these variants."""
        if not variants:
            return set()
        return self.stock_known.levels_to_lock(writer, self.catalog, (), variants, (), books.now).levels


def _overdue(writer: Writer, question: str, now: int, variants: list[str]) -> list[str]:
    found = [claim for (claim,) in writer.run(question, now=now, variants=variants, most=MOST_OVERDUE + 1)]
    if len(found) > MOST_OVERDUE:
        raise Backlog(found[:MOST_OVERDUE])
    return found


def _variants_of(books: Books) -> set[str]:
    """What the loaded orders are made of."""
    return {
        variant_id for line in books.lines for variant_id, _ in allocation.line_recipe(line.variant_id, line.components)
    }


def _parts_of_waiting_kits(books: Books) -> set[str]:
    """A kit is filled when the last of its components comes: then the others have to be in the books as well."""
    return {
        variant_id
        for line in books.lines
        if line.backordered and line.components
        for variant_id, _ in allocation.line_recipe(line.variant_id, line.components)
    }


def _variant_names(needs: Needs) -> set[str]:
    sourced = {reference for one in needs.sourced for reference, _ in one.items}
    counted = (variant for _, variant in needs.count_lines)
    return sourced.union(needs.variants, (variant for variant, _ in needs.levels), counted)


def _waiting_orders(writer: Writer, variants: list[str], claims: set[str], now: int) -> set[str]:
    """Orders that wait for what the batch may make available: on its levels, or on those of its orders.

    One of them may be overdue itself. Then it will be ended, and what it gives back may fill still others: they are
    brought too.
    """
    touched, found, ended, new = set(variants), set[str](), set(claims), claims
    while True:
        if new:
            touched.update(variant_id for (variant_id,) in writer.run(_VARIANTS_OF_ORDERS, orders=sorted(new)))
        waiting = writer.run(_WAITING_ORDERS, variants=sorted(touched), now=now)
        found.update(order_id for order_id, _ in waiting)
        new = {order_id for order_id, is_overdue in waiting if is_overdue} - ended
        ended |= new
        if not new:
            return found


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
        if store is None:
            continue
        if variant is not None and variant.components is None:
            levels.add((store.id, variant.id))
            continue
        for each in (variant,) if variant else catalog.variants_of.get(reference, ()):
            levels.update((store.id, variant_id) for variant_id, _ in allocation.recipe_of(each))
    return levels


def _order_ids(writer: Writer, books: Books, references: Collection[str]) -> set[str]:
    ids = {reference for reference in references if looks_like_id(reference)}
    numbers = sorted({reference for reference in references if reference not in ids})
    if numbers:
        books.order_ids.update(dict(writer.run(_ORDERS_BY_NUMBER, numbers=numbers)))
    return ids | set(books.order_ids.values())


def _load_claims(
    writer: Writer, catalog: CatalogCopy, books: Books, orders: set[str], holds: set[str], *, waiting: bool
) -> set[tuple[str, str]]:
    """Orders and bare holds with all that hangs on them; answers the levels that they claim."""
    order_ids, hold_ids = sorted(orders), sorted(holds)
    if order_ids:
        books.orders.load(map(Order._make, writer.select(STORAGE[Order], ["id"], order_ids, lock=True)))
        books.lines.load(map(Line._make, writer.select(STORAGE[Line], ["order_id"], order_ids)))
        books.shipments.load(map(Shipment._make, writer.select(STORAGE[Shipment], ["order_id"], order_ids)))
        # Somebody may have begun to wait since `waiting` was read, and before the order was locked.
        if waiting or any(line.backordered for line in books.lines):
            books.waiting.load(map(Waiting._make, writer.select(STORAGE[Waiting], ["order_id"], order_ids)))
    if hold_ids:
        books.holds.load(map(Hold._make, writer.select(STORAGE[Hold], ["id"], hold_ids, lock=True)))
    claims = writer.select(STORAGE[Reservation], ["claim_id"], sorted(orders | holds))
    books.reservations.load(map(Reservation._make, claims))
    claimed = books.reservations.loaded.values()
    catalog.fetch({claim.variant_id for claim in claimed} | {line.variant_id for line in books.lines}, writer)
    return {(claim.store_id, claim.variant_id) for claim in claimed}


def _load_parts(writer: Writer, books: Books, orders: set[str], wanted: Collection[type]) -> None:
    """What some commands need of their orders besides lines and claims: picks, parcels."""
    for row_type in sorted(set(wanted), key=lambda kind: kind.__name__):
        make: Any = row_type
        found = writer.select(STORAGE[row_type], ["order_id"], sorted(orders))
        books.shelves[row_type].load(make._make(row) for row in found)
    documents.load_around(writer, books, wanted)


def _load_settings(writer: Writer, catalog: CatalogCopy, books: Books, needs: Needs) -> None:
    """Catalog rows and keys that commands change."""
    if needs.products:
        catalog.fetch(needs.products, writer)
        known = (catalog.variants.get(reference) for reference in needs.products)
        ids = {variant.product_id for variant in known if variant is not None}
        wanted = sorted(ids | {reference for reference in needs.products if looks_like_id(reference)})
        books.products.load(map(Product._make, writer.select(STORAGE[Product], ["id"], wanted, lock=True)))
        books.variants.load(map(Variant._make, writer.select(STORAGE[Variant], ["product_id"], wanted)))
        catalog.fetch([part for each in books.variants for part, _ in allocation.recipe_of(each)], writer)
        stocked = writer.run(_STOCKED, variants=sorted(variant.id for variant in books.variants))
        books.stocked.update(variant_id for (variant_id,) in stocked)
    for reference in needs.stores:
        if reference in catalog.stores:
            books.stores.load([catalog.stores[reference]])
    keys = sorted({key for key in needs.keys if looks_like_id(key)})
    if keys:
        books.api_keys.load(map(ApiKey._make, writer.select(STORAGE[ApiKey], ["id"], keys, lock=True)))


def _load_webhooks(writer: Writer, books: Books, needs: Needs) -> None:
    """Receivers of events, and what became of some events."""
    ids = sorted({webhook for webhook in needs.webhooks if looks_like_id(webhook)})
    if ids:
        books.shelves[Webhook].load(map(Webhook._make, writer.select(STORAGE[Webhook], ["id"], ids, lock=True)))
    tries = sorted({key for key in needs.deliveries if looks_like_id(key[0])})
    if tries:
        columns = ["webhook_id", "position"]
        books.shelves[Delivery].load(map(Delivery._make, writer.select(STORAGE[Delivery], columns, tries)))


def _load_sessions(writer: Writer, books: Books, needs: Needs) -> None:
    """Who is signed in to the console, and who was invited to."""
    for row_type, hashes in ((Session, needs.sessions), (SignInLink, needs.sign_in_links)):
        if hashes:
            found = writer.select(STORAGE[row_type], ["secret_hash"], sorted(set(hashes)), lock=True)
            books.shelves[row_type].load(map(row_type._make, found))
