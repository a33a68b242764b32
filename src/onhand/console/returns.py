"""Returns: announced, received with the condition of every unit, or taken back at the counter at once."""

from collections import defaultdict
from typing import Any

from starlette.responses import Response

from onhand import clock
from onhand.api.bodies import ReturnBody, ReturnItemBody
from onhand.api.fulfillment_bodies import ReasonBody, ReturnReceiptBody, ReturnRequestBody
from onhand.console.documents import show_documents
from onhand.console.forms import body
from onhand.console.history import MOVED, TOLD
from onhand.console.said import Undo
from onhand.console.typed import Rows, nothing_typed, rows_of
from onhand.console.visit import Visit
from onhand.rows import Return
from onhand.trade import returns
from onhand.trade.errors import Refusal
from onhand.views.codes import barcodes_of
from onhand.views.documents import document_timeline
from onhand.views.grid import all_stores
from onhand.views.orders import find_order
from onhand.views.returns import find_return, list_returns

STATUSES = ("requested", "received", "cancelled")


async def show_list(visit: Visit) -> Response:
    return await show_documents(visit, "returns.html", STATUSES, list_returns)


# ── A new one ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_new(visit: Visit, refusal: Refusal | None = None) -> Response:
    """Ask for the order; then for what comes back of it."""
    reference = (visit.form["order"] if refusal else visit.query.get("order", "")).strip().removeprefix("#")
    order = None
    if reference:
        try:
            order = await visit.ask(find_order, reference, clock.now())
        except Refusal as unknown:
            refusal = refusal or unknown
    return await visit.page(
        "return_new.html",
        refusal,
        typed=visit.form if refusal and order else defaultdict(str),
        reference=reference,
        order=order,
        barcodes=await visit.ask(barcodes_of, [item.sku for item in order.items]) if order else {},
        stores=await visit.ask(all_stores),
    )


async def create(visit: Visit) -> Response:
    """Announce what will come back, or take it back at once."""
    form = visit.form
    order = await visit.ask(find_order, form["order"], clock.now())
    keys = {str(item.line): item.sku for item in order.items}
    rows = _typed(visit, keys)
    try:
        if not rows.items:
            raise nothing_typed(visit)
        if form["how"] == "announce":
            return await _announce(visit, order.order_id, rows)
        values = {
            "order_id": order.order_id,
            "items": rows.items,
            "reason": form["reason"],
            "store": form["store"],
            "refund_amount": form.amount("refund_amount"),
            "processed_by": visit.person,
        }
        sent = body(ReturnBody, values)
        items = _items(sent.items)
        command = returns.ReturnItems(
            sent.order_id, items, sent.reason, sent.store, sent.refund_amount, sent.processed_by
        )
        done = await visit.perform(command, _number)
    except Refusal as refusal:
        return await show_new(visit, rows.beside(refusal))
    return visit.see(f"/console/returns/{done['number']}", visit.gettext("Taken back."))


async def _announce(visit: Visit, order_id: str, rows: Rows) -> Response:
    units: dict[str, int] = {}
    for item in rows.items:
        units[item["sku"]] = units.get(item["sku"], 0) + item["quantity"]
    values = {
        "order_id": order_id,
        "items": [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()],
        "reason": visit.form["reason"],
    }
    sent = body(ReturnRequestBody, values)
    items = tuple(returns.RequestedItem(item.variant, item.quantity) for item in sent.items)
    done = await visit.perform(returns.RequestReturn(sent.order_id, items, sent.reason), _number)
    path = f"/console/returns/{done['number']}"
    return visit.see(path, visit.gettext("Announced. No stock moves before it comes."), Undo(f"{path}/cancel", {}))


def _number(returned: returns.Returned) -> dict[str, str | None]:
    return {"number": returned.return_.number}


def _typed(visit: Visit, keys: dict[str, str]) -> Rows:
    """An item for each condition in which units of a row came back."""
    items: list[dict[str, Any]] = []
    fields: list[str] = []
    for condition in returns.CONDITIONS:
        found = rows_of(visit.form, {key: {"sku": sku} for key, sku in keys.items()}, [condition])
        for item, key in zip(found.items, found.keys, strict=True):
            items.append({"sku": item["sku"], "quantity": item[condition], "condition": condition})
            fields.append(f"{condition}.{key}")
    return Rows(items, fields)


def _items(items: list[ReturnItemBody]) -> tuple[returns.ReturnItem, ...]:
    return tuple(returns.ReturnItem(item.variant, item.quantity, item.condition) for item in items)


# ── One return ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_return(visit: Visit, ref: str, refusal: Refusal | None = None) -> Response:
    found = await visit.ask(find_return, ref)
    return await visit.page(
        "return.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str),
        found=found,
        barcodes=await visit.ask(barcodes_of, [line.sku for line in found.lines]),
        stores=await visit.ask(all_stores),
        history=await visit.ask(document_timeline, Return, ref),
        told=TOLD,
        moved=MOVED,
    )


async def receive(visit: Visit, ref: str) -> Response:
    """Book what has come, in which condition."""
    form = visit.form
    found = await visit.ask(find_return, ref)
    rows = _typed(visit, {str(line.line): line.sku for line in found.lines})
    try:
        if not rows.items:
            raise nothing_typed(visit)
        values = {
            "items": rows.items,
            "store": form["store"],
            "refund_amount": form.amount("refund_amount"),
            "processed_by": visit.person,
        }
        sent = body(ReturnReceiptBody, values)
        command = returns.ReceiveReturn(ref, _items(sent.items), sent.store, sent.refund_amount, sent.processed_by)
        await visit.perform(command)
    except Refusal as refusal:
        return await show_return(visit, ref, rows.beside(refusal))
    return visit.see(f"/console/returns/{ref}", visit.gettext("Received: what is sellable is on sale again."))


async def cancel(visit: Visit, ref: str) -> Response:
    try:
        await visit.perform(returns.CancelReturn(ref, body(ReasonBody, {"reason": visit.form["reason"]}).reason))
    except Refusal as refusal:
        return await show_return(visit, ref, refusal)
    return visit.see(f"/console/returns/{ref}", visit.gettext("Cancelled: nothing is expected any more."))
