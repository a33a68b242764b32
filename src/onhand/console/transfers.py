"""Transfers between stores: drafted, sent, and received against what was sent."""

from collections import defaultdict
from typing import Any

from starlette.responses import Response

from onhand.api.floor_bodies import ArrivalsBody, TransferBody
from onhand.console.documents import show_documents
from onhand.console.forms import body
from onhand.console.history import MOVED, TOLD
from onhand.console.said import Undo
from onhand.console.typed import items_of, nothing_typed, rows_of
from onhand.console.visit import Visit
from onhand.rows import Transfer
from onhand.trade import transfers
from onhand.trade.errors import Refusal
from onhand.views.codes import barcodes_of
from onhand.views.documents import document_timeline
from onhand.views.grid import all_stores
from onhand.views.transfers import find_transfer, list_transfers


async def show_list(visit: Visit) -> Response:
    return await show_documents(visit, "transfers.html", transfers.STATUSES, list_transfers)


async def show_new(visit: Visit, refusal: Refusal | None = None) -> Response:
    return await visit.page(
        "transfer_new.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str, visit.query),
        stores=await visit.ask(all_stores),
    )


async def create(visit: Visit) -> Response:
    form = visit.form
    try:
        items = await items_of(visit, "items")
        values = {
            "from": form["from"],
            "to": form["to"],
            "items": [{"sku": sku, "quantity": quantity} for sku, quantity in items],
            "note": form["note"],
        }
        sent = body(TransferBody, values)
        moved = tuple(transfers.TransferItem(item.variant, item.quantity) for item in sent.items)
        command = transfers.CreateTransfer(sent.from_, sent.to, moved, None, sent.note)
        made = await visit.perform(command, lambda picture: {"number": picture.transfer.number})
    except Refusal as refusal:
        return await show_new(visit, refusal)
    path = f"/console/transfers/{made['number']}"
    return visit.see(path, visit.gettext("Drafted. Nothing moves before it is sent."), Undo(f"{path}/cancel", {}))


async def show_transfer(visit: Visit, ref: str, refusal: Refusal | None = None) -> Response:
    transfer = await visit.ask(find_transfer, ref)
    return await visit.page(
        "transfer.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str),
        transfer=transfer,
        is_moving=transfer.status in ("sent", "partially_received"),
        barcodes=await visit.ask(barcodes_of, [line.sku for line in transfer.lines]),
        history=await visit.ask(document_timeline, Transfer, ref),
        told=TOLD,
        moved=MOVED,
    )


async def _step(visit: Visit, ref: str, command: Any, text: str, undo: Undo | None = None) -> Response:
    try:
        await visit.perform(command)
    except Refusal as refusal:
        return await show_transfer(visit, ref, refusal)
    return visit.see(f"/console/transfers/{ref}", text, undo)


async def send(visit: Visit, ref: str) -> Response:
    undo = Undo(f"/console/transfers/{ref}/recall", {})
    return await _step(visit, ref, transfers.SendTransfer(ref), visit.gettext("On the way."), undo)


async def recall(visit: Visit, ref: str) -> Response:
    text = visit.gettext("Recalled: it is back at the store that sent it.")
    return await _step(visit, ref, transfers.RecallTransfer(ref), text)


async def cancel(visit: Visit, ref: str) -> Response:
    return await _step(visit, ref, transfers.CancelTransfer(ref), visit.gettext("The draft is cancelled."))


async def receive(visit: Visit, ref: str) -> Response:
    """Book what has arrived: fit for sale, damaged, or lost on the way."""
    transfer = await visit.ask(find_transfer, ref)
    lines = {str(line.line): {"sku": line.sku} for line in transfer.lines}
    rows = rows_of(visit.form, lines, ["received", "damaged", "lost"], ["reason"])
    try:
        if not rows.items:
            raise nothing_typed(visit)
        sent = body(ArrivalsBody, {"items": rows.items})
        arrivals = tuple(
            transfers.Arrival(item.variant, item.received, item.damaged, item.lost, item.reason)
            for item in sent.items or ()
        )
        command = transfers.ReceiveTransfer(ref, arrivals)
        done = await visit.perform(command, lambda picture: {"status": picture.transfer.status})
    except Refusal as refusal:
        return await show_transfer(visit, ref, rows.beside(refusal))
    whole = done["status"] == "received"
    text = visit.gettext("Received.") if whole else visit.gettext("Received in part: the rest is still on the way.")
    return visit.see(f"/console/transfers/{transfer.number}", text)
