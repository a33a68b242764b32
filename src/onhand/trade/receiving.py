"""Goods ordered of a supplier, and their arrival: short, over, and in part not accepted.

open → partially_received → received          open | partially_received → closed (no more is expected)

What arrived and was accepted is for sale; what was rejected is kept apart, or goes back to the supplier at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine, Store, Variant
from onhand.trade import catalog, documents, stock
from onhand.trade.errors import Conflict, NotFound, ValidationFailed
from onhand.trade.stock import Cause

STATUSES = ("open", "partially_received", "received", "closed")
EXPECTED = ("open", "partially_received")


class PurchaseOrderNotFound(NotFound):
    code, title, noun = "purchase_order_not_found", "Purchase order not found", "purchase order"


class ReceiptExceedsOrdered(Conflict):
    """More arrived than is outstanding. `allow_over` books it all the same."""

    code, title = "receipt_exceeds_ordered", "Receipt exceeds what was ordered"

    def __init__(self, *, sku: str, received: int, outstanding: int, ordered: int) -> None:
        super().__init__(
            f"Cannot receive {received} of {sku}: {outstanding} outstanding of {ordered} ordered.",
            sku=sku,
            received=received,
            outstanding=outstanding,
            ordered=ordered,
        )


class PurchaseItem(NamedTuple):
    """One line to order. The cost is in ten-thousandths of the variant's currency."""

    variant: str
    quantity: int
    unit_cost: int | None = None
    expected_at: int | None = None


class CreatePurchaseOrder(NamedTuple):
    """Order goods of a supplier. A SKU may stand on several lines."""

    supplier: str
    store: str
    items: tuple[PurchaseItem, ...]
    number: str | None = None
    expected_at: int | None = None
    note: str | None = None


class ReceivedItem(NamedTuple):
    """What arrived of one line, or of one SKU; `rejected` of it was not accepted, and is kept apart or sent back.

    What names a SKU is spread over the lines of that SKU, in order, and what is over goes to the last of them.
    """

    received: int
    rejected: int = 0
    variant: str | None = None
    line: int | None = None
    sent_back: bool = False
    reason: str | None = None


class ReceivePurchaseOrder(NamedTuple):
    """Book one delivery. More than is outstanding is refused, unless `allow_over`."""

    purchase_order: str
    items: tuple[ReceivedItem, ...]
    received_at: int | None = None
    allow_over: bool = False


class ClosePurchaseOrder(NamedTuple):
    """Expect no more of it. Again: the same answer."""

    purchase_order: str
    reason: str


class PurchasePicture(NamedTuple):
    """A purchase order with its lines, the variant of each, and the delivery that was just booked, if any."""

    order: PurchaseOrder
    lines: tuple[PurchaseOrderLine, ...]
    variants: tuple[Variant, ...]
    store: Store
    receipt: Receipt | None = None
    receipt_lines: tuple[ReceiptLine, ...] = ()


def outstanding(line: PurchaseOrderLine) -> int:
    """Units that have not arrived."""
    return max(0, line.ordered - line.received)


def needs_to_create(command: CreatePurchaseOrder) -> Needs:
    return Needs(
        variants=[item.variant for item in command.items],
        documents=((PurchaseOrder, command.number),) if command.number else (),
        raises=(),
    )


def needs_to_receive(command: ReceivePurchaseOrder) -> Needs:
    named = [item.variant for item in command.items if item.variant is not None]
    return Needs(documents=((PurchaseOrder, command.purchase_order),), variants=named)


def needs_to_close(command: ClosePurchaseOrder) -> Needs:
    return Needs(documents=((PurchaseOrder, command.purchase_order),), raises=())


# ── Create, close ───────────────────────────────────────────────────────────────────────────────────────────────────


def create(books: Books, command: CreatePurchaseOrder, actor: Actor) -> PurchasePicture:
    store = catalog.store(books, command.store)
    documents.permit(actor, store.id)
    variants = catalog.stocked_variants(books, [item.variant for item in command.items])
    order = PurchaseOrder(
        id=books.new_id(),
        number=documents.new_number(books, PurchaseOrder, command.number),
        supplier=command.supplier,
        store_id=store.id,
        status="open",
        expected_at=command.expected_at,
        note=command.note,
        close_reason=None,
        actor=actor.name,
        created_at=books.now,
        updated_at=books.now,
        events=0,
    )
    for number, (item, variant) in enumerate(zip(command.items, variants, strict=True), start=1):
        books.shelves[PurchaseOrderLine].put(
            PurchaseOrderLine(
                order.id, number, variant.id, variant.sku, item.quantity, 0, 0, item.unit_cost, item.expected_at
            )
        )
    told = {
        "supplier": order.supplier,
        "store": store.code,
        "items": [
            {"sku": variant.sku, "quantity": item.quantity}
            for item, variant in zip(command.items, variants, strict=True)
        ],
    }
    return picture(books, documents.move(books, order, "open", "purchase_order.created", actor, told))


def close(books: Books, command: ClosePurchaseOrder, actor: Actor) -> PurchasePicture:
    order = find(books, command.purchase_order)
    documents.permit(actor, order.store_id)
    if order.status == "closed":
        return picture(books, order)
    documents.must_be(order, EXPECTED, "closed", "close")
    missing = [line for line in lines_of(books, order) if outstanding(line)]
    told = {
        "reason": command.reason,
        "items": [{"line": line.line, "sku": line.sku, "missing": outstanding(line)} for line in missing],
    }
    closed = documents.move(books, order, "closed", "purchase_order.closed", actor, told, close_reason=command.reason)
    return picture(books, closed)


# ── Receive ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Share(NamedTuple):
    """What one line gets of a received item."""

    line: PurchaseOrderLine
    received: int
    rejected: int


def receive(books: Books, command: ReceivePurchaseOrder, actor: Actor) -> PurchasePicture:
    order = find(books, command.purchase_order)
    documents.permit(actor, order.store_id)
    # A received order may still get more than was ordered.
    documents.must_be(order, (*EXPECTED, "received"), "received", "receive")
    delivery = Receipt(
        order.id,
        len(documents.parts(books, Receipt, order.id)) + 1,
        command.received_at or books.now,
        actor.name,
        books.now,
    )
    numbers = numbers_by_variant(lines_of(books, order))
    brought: list[ReceiptLine] = []
    for place, item in enumerate(command.items):
        lines = _lines_meant(books, order, numbers, item, f"items.{place}")
        _check_outstanding(item, lines, allow_over=command.allow_over)
        for share in _spread(item, lines):
            brought.append(_take_in(books, order, delivery, len(brought) + 1, item, share, actor))
    books.shelves[Receipt].put(delivery)
    lines = lines_of(books, order)
    skus = {line.line: line.sku for line in lines}
    told = {
        "receipt": delivery.receipt,
        "items": [
            {
                "line": came.line,
                "sku": skus[came.line],
                "received": came.received,
                "rejected": came.rejected,
                "sent_back": bool(came.sent_back),
            }
            for came in brought
        ],
    }
    status = "partially_received" if any(map(outstanding, lines)) else "received"
    order = documents.move(books, order, status, "purchase_order.received", actor, told)
    return picture(books, order)._replace(receipt=delivery, receipt_lines=tuple(brought))


def _lines_meant(
    books: Books, order: PurchaseOrder, numbers: Mapping[str, list[int]], item: ReceivedItem, path: str
) -> list[PurchaseOrderLine]:
    """The lines that an item names, as they are now; `numbers` are those of each variant."""
    if item.rejected > item.received:
        raise ValidationFailed((f"{path}.rejected", f"only {item.received} arrived"))
    shelf = books.shelves[PurchaseOrderLine]
    if item.variant is not None:
        variant = catalog.variant(books, item.variant)
        lines = [shelf[order.id, number] for number in numbers.get(variant.id, ())]
        if not lines:
            raise ValidationFailed((f"{path}.sku", f"{variant.sku} is not on purchase order {order.number}"))
        return lines
    line = shelf.get((order.id, item.line))
    if line is None:
        raise ValidationFailed((f"{path}.line", f"purchase order {order.number} has no line {item.line}"))
    return [line]


def _check_outstanding(item: ReceivedItem, lines: Sequence[PurchaseOrderLine], *, allow_over: bool) -> None:
    waited_for = sum(outstanding(line) for line in lines)
    if item.received > waited_for and not allow_over:
        raise ReceiptExceedsOrdered(
            sku=lines[0].sku,
            received=item.received,
            outstanding=waited_for,
            ordered=sum(line.ordered for line in lines),
        )


def _spread(item: ReceivedItem, lines: Sequence[PurchaseOrderLine]) -> Iterator[_Share]:
    received, rejected = item.received, item.rejected
    for line in lines:
        share = received if line is lines[-1] else min(received, outstanding(line))
        if share:
            bad = min(rejected, share)
            yield _Share(line, share, bad)
            received -= share
            rejected -= bad


def _take_in(
    books: Books,
    order: PurchaseOrder,
    delivery: Receipt,
    number: int,
    item: ReceivedItem,
    share: _Share,
    actor: Actor,
) -> ReceiptLine:
    """Put one line's share of a delivery on the shelf: what was accepted for sale, what was not apart."""
    line = share.line
    reason = f"Purchase order {order.number} received"
    cause = Cause(actor, "receipt", reason, None, order.id, item.reason, delivery.received_at)
    accepted = share.received - share.rejected
    if accepted:
        stock.post(books, order.store_id, line.variant_id, "receive", accepted, cause)
    if share.rejected and not item.sent_back:
        stock.post(books, order.store_id, line.variant_id, "receive_damaged", share.rejected, cause)
    books.shelves[PurchaseOrderLine].put(
        line._replace(received=line.received + share.received, rejected=line.rejected + share.rejected)
    )
    came: ReceiptLine = books.shelves[ReceiptLine].put(
        ReceiptLine(
            order.id,
            delivery.receipt,
            number,
            line.line,
            share.received,
            share.rejected,
            int(item.sent_back and share.rejected > 0),
            item.reason,
        )
    )
    return came


# ── What they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def find(books: Books, reference: str) -> PurchaseOrder:
    return documents.find(books, PurchaseOrder, reference, PurchaseOrderNotFound)


def lines_of(books: Books, order: PurchaseOrder) -> list[PurchaseOrderLine]:
    return documents.parts(books, PurchaseOrderLine, order.id)


def numbers_by_variant(lines: Sequence[PurchaseOrderLine]) -> dict[str, list[int]]:
    """Which lines a variant stands on: a delivery may have thousands of items, so each must find its own at once."""
    numbers: dict[str, list[int]] = {}
    for line in lines:
        numbers.setdefault(line.variant_id, []).append(line.line)
    return numbers


def picture(books: Books, order: PurchaseOrder) -> PurchasePicture:
    lines = tuple(lines_of(books, order))
    variants = tuple(books.catalog.variants[line.variant_id] for line in lines)
    return PurchasePicture(order, lines, variants, books.catalog.stores[order.store_id])
