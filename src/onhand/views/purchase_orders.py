"""Purchase orders as answers: what was ordered, what has come of it, and each delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from onhand.clock import as_datetime
from onhand.db.documents import purchase_order_lines, receipt_lines, receipts
from onhand.db.schema import stores, variants
from onhand.rows import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine, Store, Variant
from onhand.trade import money, receiving
from onhand.trade.receiving import PurchasePicture
from onhand.views.answers import fields_of
from onhand.views.documents import DocumentFilter, find_document, list_documents
from onhand.views.pages import Page


@dataclass(slots=True)
class PurchaseOrderLineAnswer:
    """One line. `received` is what arrived, `rejected` the part of it that was not accepted.

    `outstanding` is what is still expected: nothing, once the order is closed.
    """

    line: int
    sku: str
    name: str
    ordered: int
    received: int
    rejected: int
    outstanding: int
    unit_cost: Decimal | None
    currency: str
    expected_at: datetime | None


@dataclass(slots=True)
class PurchaseOrderAnswer:
    """A purchase order: open, partially_received, received or closed. A line without a date has that of the order."""

    id: str
    number: str
    status: str
    supplier: str
    store: str
    expected_at: datetime | None
    note: str | None
    close_reason: str | None
    lines: list[PurchaseOrderLineAnswer]
    actor: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class ReceivedLine:
    """What one delivery brought of one line; rejected units were kept apart as unsellable, unless they went back."""

    line: int
    sku: str
    received: int
    rejected: int
    accepted: int
    return_rejected: bool
    reason: str | None


@dataclass(slots=True)
class ReceiptAnswer:
    """One delivery."""

    receipt: int
    received_at: datetime
    recorded_at: datetime
    actor: str
    items: list[ReceivedLine]


@dataclass(slots=True)
class ReceivedPurchaseOrder(PurchaseOrderAnswer):
    """A purchase order after a delivery, and the delivery."""

    receipt: ReceiptAnswer


@dataclass(slots=True)
class PurchaseOrderHistory(PurchaseOrderAnswer):
    """A purchase order with all its deliveries, the first one first."""

    receipts: list[ReceiptAnswer]


def purchase_order_answer(picture: PurchasePicture) -> PurchaseOrderAnswer:
    order = picture.order
    return PurchaseOrderAnswer(
        id=order.id,
        number=order.number,
        status=order.status,
        supplier=order.supplier,
        store=picture.store.code,
        expected_at=as_datetime(order.expected_at),
        note=order.note,
        close_reason=order.close_reason,
        lines=[_line(order, line, variant) for line, variant in zip(picture.lines, picture.variants, strict=True)],
        actor=order.actor,
        created_at=as_datetime(order.created_at),
        updated_at=as_datetime(order.updated_at),
    )


def _line(order: PurchaseOrder, line: PurchaseOrderLine, variant: Variant) -> PurchaseOrderLineAnswer:
    return PurchaseOrderLineAnswer(
        line=line.line,
        sku=line.sku,
        name=variant.title,
        ordered=line.ordered,
        received=line.received,
        rejected=line.rejected,
        outstanding=0 if order.status == "closed" else receiving.outstanding(line),
        unit_cost=None if line.unit_cost is None else money.price_text(line.unit_cost),
        currency=variant.currency,
        expected_at=as_datetime(order.expected_at if line.expected_at is None else line.expected_at),
    )


def received_purchase_order(picture: PurchasePicture) -> ReceivedPurchaseOrder:
    """The answer to a receipt."""
    assert picture.receipt is not None
    receipt = _receipt(picture.receipt, picture.receipt_lines, picture.lines)
    return ReceivedPurchaseOrder(**fields_of(purchase_order_answer(picture)), receipt=receipt)


def _receipt(receipt: Receipt, brought: Sequence[ReceiptLine], lines: Sequence[PurchaseOrderLine]) -> ReceiptAnswer:
    skus = {line.line: line.sku for line in lines}
    return ReceiptAnswer(
        receipt=receipt.receipt,
        received_at=as_datetime(receipt.received_at),
        recorded_at=as_datetime(receipt.recorded_at),
        actor=receipt.actor,
        items=[
            ReceivedLine(
                line=came.line,
                sku=skus[came.line],
                received=came.received,
                rejected=came.rejected,
                accepted=came.received - came.rejected,
                return_rejected=bool(came.sent_back),
                reason=came.reason,
            )
            for came in brought
        ],
    )


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def find_purchase_order(connection: Connection, reference: str) -> PurchaseOrderHistory:
    """The purchase order of that id or number, with its deliveries. Raises PurchaseOrderNotFound."""
    order = find_document(connection, PurchaseOrder, reference)
    (picture,) = _pictures(connection, [order])
    r, came = receipts.c, receipt_lines.c
    brought: dict[int, list[ReceiptLine]] = {}
    for row in connection.execute(
        select(receipt_lines).where(came.purchase_order_id == order.id).order_by(came.receipt, came.item)
    ):
        brought.setdefault(row.receipt, []).append(ReceiptLine._make(row))
    deliveries = [
        _receipt(Receipt._make(row), brought.get(row.receipt, []), picture.lines)
        for row in connection.execute(select(receipts).where(r.purchase_order_id == order.id).order_by(r.receipt))
    ]
    return PurchaseOrderHistory(**fields_of(purchase_order_answer(picture)), receipts=deliveries)


def list_purchase_orders(
    connection: Connection, wanted: DocumentFilter, limit: int, cursor: str | None
) -> Page[PurchaseOrderAnswer]:
    """Purchase orders, newest first; `q` is looked for in number, supplier and note."""
    return list_documents(
        connection,
        PurchaseOrder,
        wanted,
        limit,
        cursor,
        lambda heads: list(map(purchase_order_answer, _pictures(connection, heads))),
    )


def _pictures(connection: Connection, orders: Sequence[PurchaseOrder]) -> list[PurchasePicture]:
    """The orders with their lines, in two statements however many they are."""
    line = purchase_order_lines.c
    width = len(PurchaseOrderLine._fields)
    lines: dict[str, list[tuple[PurchaseOrderLine, Variant]]] = {order.id: [] for order in orders}
    for row in connection.execute(
        select(purchase_order_lines, variants)
        .join(variants, variants.c.id == line.variant_id)
        .where(line.purchase_order_id.in_(list(lines)))
        .order_by(line.purchase_order_id, line.line)
    ):
        lines[row[0]].append((PurchaseOrderLine._make(row[:width]), Variant._make(row[width:])))
    places = {
        row.id: Store._make(row)
        for row in connection.execute(select(stores).where(stores.c.id.in_({order.store_id for order in orders})))
    }
    return [
        PurchasePicture(
            order,
            tuple(found for found, _ in lines[order.id]),
            tuple(variant for _, variant in lines[order.id]),
            places[order.store_id],
        )
        for order in orders
    ]
