"""Receiving: purchase orders, and deliveries that are scanned against what was expected."""

from collections import defaultdict

from starlette.responses import Response

from onhand.api.purchase_bodies import CloseBody, PurchaseOrderBody, ReceiptBody
from onhand.clock import as_microseconds
from onhand.console.documents import show_documents
from onhand.console.forms import body
from onhand.console.history import MOVED, TOLD
from onhand.console.typed import day_of, items_of, nothing_typed, rows_of
from onhand.console.visit import Visit
from onhand.rows import PurchaseOrder
from onhand.trade import receiving
from onhand.trade.errors import Refusal
from onhand.views.codes import barcodes_of
from onhand.views.documents import document_timeline
from onhand.views.grid import all_stores
from onhand.views.purchase_orders import find_purchase_order, list_purchase_orders


async def show_list(visit: Visit) -> Response:
    """What suppliers owe."""
    return await show_documents(visit, "receiving.html", receiving.STATUSES, list_purchase_orders)


async def show_new(visit: Visit, refusal: Refusal | None = None) -> Response:
    return await visit.page(
        "receiving_new.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str, visit.query),
        stores=await visit.ask(all_stores),
    )


async def create(visit: Visit) -> Response:
    """Write down what was ordered of a supplier."""
    form = visit.form
    try:
        items = await items_of(visit, "items")
        expected = day_of(visit, form["expected_at"], "expected_at")
        values = {
            "number": form["number"],
            "supplier": form["supplier"],
            "store": form["store"],
            "expected_at": expected.isoformat() if expected else None,
            "note": form["note"],
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in items],
        }
        sent = body(PurchaseOrderBody, values)
        command = receiving.CreatePurchaseOrder(
            supplier=sent.supplier,
            store=sent.store,
            items=tuple(receiving.PurchaseItem(line.sku, line.quantity) for line in sent.lines),
            number=sent.number,
            expected_at=as_microseconds(sent.expected_at),
            note=sent.note,
        )
        made = await visit.perform(command, lambda picture: {"number": picture.order.number})
    except Refusal as refusal:
        return await show_new(visit, refusal)
    return visit.see(f"/console/receiving/{made['number']}", visit.gettext("Ordered. It becomes stock when it comes."))


async def show_purchase_order(visit: Visit, ref: str, refusal: Refusal | None = None, failed: str = "") -> Response:
    order = await visit.ask(find_purchase_order, ref)
    return await visit.page(
        "purchase_order.html",
        refusal,
        failed=failed,
        typed=visit.form if refusal else defaultdict(str),
        order=order,
        can_receive=order.status in (*receiving.EXPECTED, "received"),
        can_close=order.status in receiving.EXPECTED,
        barcodes=await visit.ask(barcodes_of, [line.sku for line in order.lines]),
        history=await visit.ask(document_timeline, PurchaseOrder, ref),
        told=TOLD,
        moved=MOVED,
    )


async def receive(visit: Visit, ref: str) -> Response:
    """Book one delivery, whole or not at all."""
    form = visit.form
    order = await visit.ask(find_purchase_order, ref)
    lines = {str(line.line): {"line": line.line} for line in order.lines}
    rows = rows_of(form, lines, ["received", "rejected"], ["reason"])
    try:
        if not rows.items:
            raise nothing_typed(visit)
        values = {
            "items": rows.items,
            "return_rejected": bool(form["return_rejected"]),
            "allow_over": bool(form["allow_over"]),
        }
        sent = body(ReceiptBody, values)
        items = tuple(
            receiving.ReceivedItem(each.received, each.rejected, None, each.line, sent.return_rejected, each.reason)
            for each in sent.items
        )
        command = receiving.ReceivePurchaseOrder(ref, items, None, sent.allow_over)
        done = await visit.perform(command, _accepted)
    except Refusal as refusal:
        return await show_purchase_order(visit, ref, rows.beside(refusal), "receive")
    words = visit.words.ngettext("%(units)s unit is on sale now.", "%(units)s units are on sale now.", done["units"])
    text = words % {"units": visit.words.number(done["units"])}
    return visit.see(f"/console/receiving/{order.number}", visit.gettext("Booked.") + " " + text)


def _accepted(picture: receiving.PurchasePicture) -> dict[str, int]:
    return {"units": sum(line.received - line.rejected for line in picture.receipt_lines)}


async def close(visit: Visit, ref: str) -> Response:
    try:
        sent = body(CloseBody, {"reason": visit.form["close_reason"]})
        await visit.perform(receiving.ClosePurchaseOrder(ref, sent.reason))
    except Refusal as refusal:
        return await show_purchase_order(visit, ref, refusal, "close")
    return visit.see(f"/console/receiving/{ref}", visit.gettext("Closed: nothing more is expected."))
