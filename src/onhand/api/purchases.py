"""Purchase orders and deliveries over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from onhand.api.answers import json_response
from onhand.api.batches import Refused, commands_of, perform_all
from onhand.api.calls import Call
from onhand.api.fields import is_new_name
from onhand.api.notices import read_notice
from onhand.api.purchase_bodies import (
    CloseBody,
    NoticeQuery,
    PurchaseOrderBody,
    ReceiptBatchBody,
    ReceiptBody,
    ReceiptFields,
    ReceiptRowBody,
)
from onhand.api.queries import PageQuery, PurchaseOrderQuery, PurchaseOrderRef
from onhand.clock import as_microseconds
from onhand.rows import PurchaseOrder
from onhand.trade import money, receiving
from onhand.trade.notices import AnnounceDelivery
from onhand.views import purchase_orders as views
from onhand.views.documents import document_timeline
from onhand.views.pages import part
from onhand.views.purchase_orders import ReceivedPurchaseOrder

PURCHASE_ORDER = "/api/inventory/purchase-orders/{id}"
UNNAMED_SUPPLIER = "unknown"


async def create_purchase_order(call: Call, body: PurchaseOrderBody) -> Response:
    """Order goods of a supplier.

    They become stock when they are received. A SKU may stand on several lines.
    """
    command = receiving.CreatePurchaseOrder(
        supplier=body.supplier,
        store=body.store,
        items=tuple(
            receiving.PurchaseItem(
                line.sku,
                line.quantity,
                None if line.unit_cost is None else money.price(line.unit_cost),
                as_microseconds(line.expected_at),
            )
            for line in body.lines
        ),
        number=body.number,
        expected_at=as_microseconds(body.expected_at),
        note=body.note,
    )
    return await call.perform(command, views.purchase_order_answer, 201, location=PURCHASE_ORDER)


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def list_purchase_orders(call: Call, query: Annotated[PurchaseOrderQuery, Query()]) -> Response:
    """List purchase orders, newest first."""
    return await call.ask(views.list_purchase_orders, query.filter(), query.limit, query.cursor)


async def get_purchase_order(call: Call, ref: PurchaseOrderRef) -> Response:
    """Look at a purchase order and its deliveries."""
    return await call.ask(views.find_purchase_order, ref)


async def get_purchase_order_timeline(
    call: Call, ref: PurchaseOrderRef, query: Annotated[PageQuery, Query()]
) -> Response:
    """Look at everything that happened to a purchase order, oldest first."""
    return json_response(part(await call.find(document_timeline, PurchaseOrder, ref), query.limit, query.cursor))


# ── Deliveries ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def receive_purchase_order(call: Call, ref: PurchaseOrderRef, body: ReceiptBody) -> Response:
    """Book a delivery.

    What is accepted goes on sale, first to the orders that wait for it; what is rejected is kept as unsellable, or
    goes back. More than is outstanding is refused unless `allow_over`. Answers the purchase order and the delivery.
    """
    return await call.perform(_to_receive(ref, body), views.received_purchase_order, 201)


def _to_receive(purchase_order: str, body: ReceiptFields) -> receiving.ReceivePurchaseOrder:
    return receiving.ReceivePurchaseOrder(
        purchase_order,
        tuple(
            receiving.ReceivedItem(
                item.received, item.rejected, item.sku, item.line, item.goes_back(body.return_rejected), item.reason
            )
            for item in body.items
        ),
        as_microseconds(body.received_at),
        body.allow_over,
    )


@dataclass(slots=True)
class ReceivedRow:
    status: int
    purchase_order: ReceivedPurchaseOrder


@dataclass(slots=True)
class ReceiptResults:
    """One result or problem for each delivery, in order."""

    results: list[ReceivedRow | Refused]


async def receive_purchase_orders(call: Call, body: ReceiptBatchBody) -> Response:
    """Book many deliveries.

    Every one is answered in its place, by its purchase order or by a problem; when `atomic`, all are booked or none.
    """

    def to_receive(row: ReceiptRowBody) -> receiving.ReceivePurchaseOrder:
        return _to_receive(row.purchase_order, row)

    commands = commands_of(body.receipts, to_receive, "receipts", atomic=body.atomic)
    return await perform_all(
        call,
        commands,
        lambda picture: ReceivedRow(201, views.received_purchase_order(picture)),
        atomic=body.atomic,
    )


async def close_purchase_order(call: Call, ref: PurchaseOrderRef, body: CloseBody) -> Response:
    """Close a purchase order of which no more is expected.

    Again: the same answer.
    """
    return await call.perform(receiving.ClosePurchaseOrder(ref, body.reason), views.purchase_order_answer)


async def announce_delivery(call: Call, ref: PurchaseOrderRef, query: Annotated[NoticeQuery, Query()]) -> Response:
    """Take in a supplier's shipping notice as CSV.

    Columns: `sku`, `quantity` and perhaps `expected_at`. The notice says when the outstanding units of those SKUs
    will come, and changes nothing that was ordered; where one line's units come at several times, the last one
    counts. When no purchase order has that number, one is made of the notice, by `supplier`, to `store`. All or
    nothing: every wrong row is listed, as `lines.<line of the file>.<column>`.
    """
    items = read_notice(call.text)
    command = AnnounceDelivery(ref, items, query.supplier or UNNAMED_SUPPLIER, query.store, may_create=is_new_name(ref))
    return await call.perform(command, views.purchase_order_answer)
