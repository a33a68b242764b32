"""Purchase orders, transfers and counts."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.ledger import BUCKETS
from tests.trade.invariants.reading import Books

from onhand.rows import (
    Count,
    CountLine,
    Movement,
    PurchaseOrder,
    PurchaseOrderLine,
    ReceiptLine,
    Transfer,
    TransferLine,
)


def transfers_lose_no_unit_unsaid(books: Books) -> Iterator[str]:
    """What left the one store is in the other, back in the first, damaged, said to be lost, or on the way."""
    moved: Counter[Any] = Counter()
    for movement in books[Movement]:
        if movement.kind.startswith("transfer") or movement.cause == "transfer":
            moved[(movement.cause_id, movement.variant_id, movement.store_id, movement.kind)] += movement.quantity
    heads = {transfer.id: transfer for transfer in books[Transfer]}
    under_way: Counter[str] = Counter()
    for line in books[TransferLine]:
        head = heads[line.transfer_id]
        wanted = {
            (head.from_store_id, "transfer_out"): line.quantity if head.sent_at is not None else 0,
            (head.from_store_id, "transfer_in"): line.recalled,
            (head.to_store_id, "transfer_in"): line.received,
            (head.to_store_id, "transfer_in_damaged"): line.damaged,
        }
        found = {key: moved.pop((head.id, line.variant_id, *key), 0) for key in wanted}
        on_the_way = line.quantity - line.received - line.damaged - line.lost - line.recalled
        if found != wanted or on_the_way < 0:
            yield f"{line} of {head}, but its movements are {found}"
        if head.status in ("received", "recalled") and on_the_way:
            yield f"{line} of {head}, but {on_the_way} are on the way"
        under_way[head.id] += on_the_way
    for head in heads.values():
        if head.status in ("sent", "partially_received") and not under_way[head.id]:
            yield f"{head}, but nothing is on the way"
    yield from (f"{quantity} by {key}, which is no line" for key, quantity in moved.items())


def counts_apply_what_differed_when_it_was_counted(books: Books) -> Iterator[str]:
    on_hand = {row[:3]: sum(getattr(row, bucket) for bucket in BUCKETS) for row in books[Movement]}
    moved: Counter[Any] = Counter()
    for movement in books[Movement]:
        if movement.cause == "count":
            sign = {"found": 1, "lost": -1}[movement.kind]
            moved[(movement.cause_id, movement.store_id, movement.variant_id)] += sign * movement.quantity
    heads = {count.id: count for count in books[Count]}
    for line in books[CountLine]:
        head = heads[line.count_id]
        applied = moved.pop((head.id, head.store_id, line.variant_id), 0)
        if line.counted is not None:
            level = (head.store_id, line.variant_id)
            if on_hand.get((*level, line.book_version), 0) != line.book_quantity:
                yield f"{line}, but the ledger says {on_hand.get((*level, line.book_version), 0)}"
            if head.status == "applied" and line.difference != line.counted - line.book_quantity:
                yield f"{line} has another difference"
        if applied != ((line.difference or 0) if head.status == "applied" else 0):
            yield f"{line} of {head}, but {applied} were applied"
    yield from (f"{quantity} counted by {key}, which is no line" for key, quantity in moved.items())


def deliveries_are_on_their_orders_and_in_the_ledger(books: Books) -> Iterator[str]:
    lines = {line[:2]: line for line in books[PurchaseOrderLine]}
    stores = {order.id: order.store_id for order in books[PurchaseOrder]}
    came: Counter[Any] = Counter()
    due: Counter[Any] = Counter()
    for brought in books[ReceiptLine]:
        line = lines[(brought.purchase_order_id, brought.line)]
        came[(*line[:2], "received")] += brought.received
        came[(*line[:2], "rejected")] += brought.rejected
        level = (line.purchase_order_id, stores[line.purchase_order_id], line.variant_id)
        due[(*level, "receive")] += brought.received - brought.rejected
        due[(*level, "receive_damaged")] += brought.rejected * (not brought.sent_back)
    for line in lines.values():
        if (line.received, line.rejected) != (came[(*line[:2], "received")], came[(*line[:2], "rejected")]):
            yield f"{line}, but its deliveries brought {came}"
    for movement in books[Movement]:
        if movement.cause == "receipt":
            due[(movement.cause_id, *movement[:2], movement.kind)] -= movement.quantity
    for key, missing in due.items():
        if missing:
            yield f"{missing} of {key} are missing from the ledger"
