"""Goods moved between stores. In transit they are on the transfer and on no level, and none is lost on the way unsaid.

draft → sent → partially_received → received
draft → cancelled          sent | partially_received → recalled (what is in transit comes back)
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Store, Transfer, TransferLine, Variant
from onhand.trade import catalog, documents, stock
from onhand.trade.errors import Conflict, NotFound, ValidationFailed
from onhand.trade.stock import Cause

STATUSES = ("draft", "sent", "partially_received", "received", "recalled", "cancelled")


class TransferNotFound(NotFound):
    code, title, noun = "transfer_not_found", "Transfer not found", "transfer"


class ReceiptExceedsInTransit(Conflict):
    """More was to be received than is on the way."""

    code, title = "receipt_exceeds_in_transit", "Receipt exceeds what is in transit"

    def __init__(self, *, sku: str, received: int, in_transit: int) -> None:
        super().__init__(
            f"Cannot receive {received} of {sku}: {in_transit} in transit.",
            sku=sku,
            received=received,
            in_transit=in_transit,
        )


class TransferItem(NamedTuple):
    variant: str
    quantity: int


class CreateTransfer(NamedTuple):
    """Draft a transfer; no stock moves yet. The same SKU on several items is one line."""

    from_store: str
    to_store: str
    items: tuple[TransferItem, ...]
    number: str | None = None
    note: str | None = None


class SendTransfer(NamedTuple):
    """The goods leave the one store. Again: the same answer."""

    transfer: str


class Arrival(NamedTuple):
    """What came of one SKU: fit for sale, damaged, and missing for good. What is not as it was sent has a reason."""

    variant: str
    received: int = 0
    damaged: int = 0
    lost: int = 0
    reason: str | None = None


class ReceiveTransfer(NamedTuple):
    """The goods, or some of them, arrive at the other store; without items, all that is in transit."""

    transfer: str
    items: tuple[Arrival, ...] = ()


class RecallTransfer(NamedTuple):
    """What is still in transit goes back to where it came from, and is sold there again. Again: the same answer."""

    transfer: str


class CancelTransfer(NamedTuple):
    """Give up a draft. Again: the same answer."""

    transfer: str


class TransferPicture(NamedTuple):
    """A transfer with its lines, as one moment left it."""

    transfer: Transfer
    lines: tuple[TransferLine, ...]
    stores: Mapping[str, Store]
    variants: Mapping[str, Variant]


def needs_to_create_transfer(command: CreateTransfer) -> Needs:
    return Needs(
        variants=[item.variant for item in command.items],
        documents=((Transfer, command.number),) if command.number else (),
        raises=(),
    )


def needs_of_transfer(command: SendTransfer | ReceiveTransfer | RecallTransfer | CancelTransfer) -> Needs:
    if isinstance(command, ReceiveTransfer):
        return Needs(documents=((Transfer, command.transfer),), variants=[item.variant for item in command.items])
    raises = (True,) if isinstance(command, RecallTransfer) else ()
    return Needs(documents=((Transfer, command.transfer),), raises=raises)


def create_transfer(books: Books, command: CreateTransfer, actor: Actor) -> TransferPicture:
    source, target = catalog.store(books, command.from_store), catalog.store(books, command.to_store)
    documents.permit(actor, source.id)
    if source.id == target.id:
        raise ValidationFailed(("to", "goods cannot be transferred to the store that they are in"))
    wanted: dict[str, int] = {}
    variants = catalog.stocked_variants(books, [item.variant for item in command.items])
    for variant, item in zip(variants, command.items, strict=True):
        wanted[variant.id] = wanted.get(variant.id, 0) + item.quantity
    number = documents.new_number(books, Transfer, command.number)
    transfer = Transfer(
        id=books.new_id(),
        number=number,
        from_store_id=source.id,
        to_store_id=target.id,
        status="draft",
        note=command.note,
        actor=actor.name,
        created_at=books.now,
        updated_at=books.now,
        sent_at=None,
        events=0,
    )
    transfer = documents.move(books, transfer, "draft", "transfer.created", actor, {})
    for line, (variant_id, quantity) in enumerate(wanted.items(), start=1):
        sku = books.catalog.variants[variant_id].sku
        books.shelves[TransferLine].put(TransferLine(transfer.id, line, variant_id, sku, quantity, 0, 0, 0, 0))
    return _picture(books, transfer)


def send_transfer(books: Books, command: SendTransfer, actor: Actor) -> TransferPicture:
    transfer = _find(books, command.transfer)
    documents.permit(actor, transfer.from_store_id)
    if transfer.status == "sent":
        return _picture(books, transfer)
    documents.must_be(transfer, ["draft"], "sent", "send")
    lines = documents.parts(books, TransferLine, transfer.id)
    stock.check_available(books, {(transfer.from_store_id, line.variant_id): line.quantity for line in lines})
    # From here it must succeed.
    cause = _cause(transfer, actor, f"Transfer {transfer.number} sent")
    for line in lines:
        stock.post(books, transfer.from_store_id, line.variant_id, "transfer_out", line.quantity, cause)
    return _picture(books, documents.move(books, transfer, "sent", "transfer.sent", actor, {}, sent_at=books.now))


def receive_transfer(books: Books, command: ReceiveTransfer, actor: Actor) -> TransferPicture:
    transfer = _find(books, command.transfer)
    documents.permit(actor, transfer.to_store_id)
    if transfer.status == "received" and not command.items:
        return _picture(books, transfer)
    documents.must_be(transfer, ["sent", "partially_received"], "received", "receive")
    lines = {line.variant_id: line for line in documents.parts(books, TransferLine, transfer.id)}
    _check_reasons(command.items)
    arrivals = command.items or tuple(
        Arrival(line.variant_id, units) for line in lines.values() if (units := in_transit(line))
    )
    cause = _cause(transfer, actor, f"Transfer {transfer.number} received")
    told = []
    for arrival in arrivals:
        variant = catalog.variant(books, arrival.variant)
        line = lines.get(variant.id)
        came = arrival.received + arrival.damaged + arrival.lost
        if line is None or came > in_transit(line):
            on_the_way = in_transit(line) if line else 0
            raise ReceiptExceedsInTransit(sku=variant.sku, received=came, in_transit=on_the_way)
        lines[variant.id] = _arrived(books, transfer, line, arrival, cause._replace(notes=arrival.reason))
        told.append({"sku": variant.sku, **dict(zip(Arrival._fields[1:], arrival[1:], strict=True))})
    status = "partially_received" if any(in_transit(line) for line in lines.values()) else "received"
    return _picture(books, documents.move(books, transfer, status, "transfer.received", actor, {"items": told}))


def _check_reasons(arrivals: Sequence[Arrival]) -> None:
    """Units that do not arrive as they were sent are somebody's loss: nobody may book that without a word."""
    errors = []
    for place, arrival in enumerate(arrivals):
        if not arrival.received + arrival.damaged + arrival.lost:
            errors.append((f"items.{place}", "say how many were received, damaged or lost"))
        elif arrival.damaged + arrival.lost and not arrival.reason:
            errors.append((f"items.{place}.reason", "say why units were damaged or lost"))
    if errors:
        raise ValidationFailed(*errors)


def _arrived(books: Books, transfer: Transfer, line: TransferLine, arrival: Arrival, cause: Cause) -> TransferLine:
    if arrival.received:
        stock.post(books, transfer.to_store_id, line.variant_id, "transfer_in", arrival.received, cause)
    if arrival.damaged:
        stock.post(books, transfer.to_store_id, line.variant_id, "transfer_in_damaged", arrival.damaged, cause)
    arrived: TransferLine = books.shelves[TransferLine].put(
        line._replace(
            received=line.received + arrival.received,
            damaged=line.damaged + arrival.damaged,
            lost=line.lost + arrival.lost,
        )
    )
    return arrived


def recall_transfer(books: Books, command: RecallTransfer, actor: Actor) -> TransferPicture:
    transfer = _find(books, command.transfer)
    documents.permit(actor, transfer.from_store_id)
    if transfer.status == "recalled":
        return _picture(books, transfer)
    documents.must_be(transfer, ["sent", "partially_received"], "recalled", "recall")
    cause = _cause(transfer, actor, f"Transfer {transfer.number} recalled")
    told = []
    for line in documents.parts(books, TransferLine, transfer.id):
        units = in_transit(line)
        if units:
            stock.post(books, transfer.from_store_id, line.variant_id, "transfer_in", units, cause)
            books.shelves[TransferLine].put(line._replace(recalled=line.recalled + units))
            told.append({"sku": line.sku, "recalled": units})
    return _picture(books, documents.move(books, transfer, "recalled", "transfer.recalled", actor, {"items": told}))


def cancel_transfer(books: Books, command: CancelTransfer, actor: Actor) -> TransferPicture:
    transfer = _find(books, command.transfer)
    documents.permit(actor, transfer.from_store_id)
    if transfer.status == "cancelled":
        return _picture(books, transfer)
    documents.must_be(transfer, ["draft"], "cancelled", "cancel")
    return _picture(books, documents.move(books, transfer, "cancelled", "transfer.cancelled", actor, {}))


def in_transit(line: TransferLine) -> int:
    """Units of a line that are on the way, once its transfer is sent."""
    return line.quantity - line.received - line.damaged - line.lost - line.recalled


def _find(books: Books, reference: str) -> Transfer:
    return documents.find(books, Transfer, reference, TransferNotFound)


def _picture(books: Books, transfer: Transfer) -> TransferPicture:
    lines = tuple(documents.parts(books, TransferLine, transfer.id))
    return TransferPicture(transfer, lines, books.catalog.stores, books.catalog.variants)


def _cause(transfer: Transfer, actor: Actor, reason: str) -> Cause:
    return Cause(actor, "transfer", reason, None, transfer.id, transfer.note)
