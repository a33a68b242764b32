"""Bring what was said and paid: whose a payment is, and which messages have been heard before."""

from collections.abc import Collection

from onhand.books import Books, Needs
from onhand.db.catalog import CatalogCopy
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import Payment, PaymentMessage
from onhand.trade import catalog, orders, revival


def orders_of(writer: Writer, books: Books, payment_ids: Collection[str]) -> set[str]:
    """The orders of the payments with these ids. Whose a payment is never changes, so it needs no lock."""
    found = writer.select(STORAGE[Payment], ["payment_id"], sorted(set(payment_ids))) if payment_ids else []
    for row in map(Payment._make, found):
        books.payment_orders[row.payment_id] = row.order_id
    return {row[0] for row in found}


def load_messages(writer: Writer, books: Books, keys: Collection[tuple[str, str]]) -> None:
    """Those of the messages that were heard before. A batch that has locked their order sees all of them. Where there
    is no order, two batches that write the same message meet its unique key.
    """
    found = writer.select(STORAGE[PaymentMessage], ["provider", "event_id"], sorted(set(keys))) if keys else []
    books.shelves[PaymentMessage].load(map(PaymentMessage._make, found))


def variants_to_revive(writer: Writer, books: Books, needs: Needs, shelves: CatalogCopy) -> set[str]:
    """Variants of those named orders that have ended unpaid, or will in this batch: they are wanted in all stores.

    Where an earlier message of the same batch ends an order, it is not known here; then the verb raises Incomplete.
    """
    variants: set[str] = set()
    for reference in set(needs.revived):
        order = books.orders.get(books.order_ids.get(reference, reference))
        if order is not None and (orders.is_revivable(order) or orders.is_overdue(order, books.now)):
            for line in orders.lines_of(books, order):
                if books.policy.on_late_payment == "substitute":
                    shelves.fetch(catalog.substitutes(shelves.variants[line.variant_id]), writer)
                variants |= revival.variants_of(books, line)
    return variants
