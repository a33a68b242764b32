"""Shipping notices: what a supplier says is on its way, before it comes."""

from collections.abc import Sequence
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import PurchaseOrder, PurchaseOrderLine
from onhand.trade import documents, receiving
from onhand.trade.errors import ValidationFailed
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, PurchaseOrderNotFound, PurchasePicture


class AnnouncedItem(NamedTuple):
    """What a supplier says is on its way, as one row of a file: `path` names the row."""

    variant: str
    quantity: int
    expected_at: int | None
    path: str


class AnnounceDelivery(NamedTuple):
    """Take in a supplier's notice of what is on its way: it dates the lines, and changes nothing that was ordered.

    The notice of an order that is not known yet makes one, unless `may_create` is off; `supplier` and `store` are for
    that one. All or nothing: every row that is wrong is named.
    """

    purchase_order: str
    items: tuple[AnnouncedItem, ...]
    supplier: str
    store: str
    may_create: bool = True


def needs_to_announce(command: AnnounceDelivery) -> Needs:
    return Needs(
        documents=((PurchaseOrder, command.purchase_order),),
        variants=[item.variant for item in command.items],
        raises=(),
    )


def announce(books: Books, command: AnnounceDelivery, actor: Actor) -> PurchasePicture:
    try:
        order = receiving.find(books, command.purchase_order)
    except PurchaseOrderNotFound:
        if not command.may_create:
            raise
        unknown = [_unknown(item) for item in command.items if item.variant not in books.catalog.variants]
        if unknown:
            raise ValidationFailed(*unknown) from None
        items = tuple(PurchaseItem(item.variant, item.quantity, None, item.expected_at) for item in command.items)
        return receiving.create(
            books, CreatePurchaseOrder(command.supplier, command.store, items, command.purchase_order), actor
        )
    documents.permit(actor, order.store_id)
    documents.must_be(order, receiving.EXPECTED, order.status, "announce a delivery of")
    dates, wrong = _dates(books, order, command.items)
    if wrong:
        raise ValidationFailed(*wrong)
    for line in receiving.lines_of(books, order):
        expected_at = dates.get(line.line)
        if expected_at is not None:
            books.shelves[PurchaseOrderLine].put(line._replace(expected_at=expected_at))
    told = {
        "items": [
            {
                "sku": books.catalog.variants[item.variant].sku,
                "quantity": item.quantity,
                "expected_at": item.expected_at,
            }
            for item in command.items
        ]
    }
    return receiving.picture(books, documents.move(books, order, order.status, "purchase_order.announced", actor, told))


def _dates(
    books: Books, order: PurchaseOrder, items: Sequence[AnnouncedItem]
) -> tuple[dict[int, int], list[tuple[str, str]]]:
    """When each line will be complete: the latest date of the units that were announced for it; and what is wrong."""
    dates: dict[int, int] = {}
    wrong: list[tuple[str, str]] = []
    lines = receiving.lines_of(books, order)
    numbers = receiving.numbers_by_variant(lines)
    free = {line.line: receiving.outstanding(line) for line in lines}
    for item in items:
        variant = books.catalog.variants.get(item.variant)
        if variant is None:
            wrong.append(_unknown(item))
            continue
        rest = item.quantity
        for number in numbers.get(variant.id, ()):
            share = min(rest, free[number])
            free[number] -= share
            rest -= share
            if share and item.expected_at is not None:
                dates[number] = max(item.expected_at, dates.get(number, 0))
        if variant.id not in numbers:
            wrong.append((f"{item.path}.sku", f"{variant.sku} is not on purchase order {order.number}"))
        elif rest:
            wrong.append((f"{item.path}.quantity", f"{rest} more of {variant.sku} than are outstanding"))
    return dates, wrong


def _unknown(item: AnnouncedItem) -> tuple[str, str]:
    return f"{item.path}.sku", f"there is no variant {item.variant!r}"
