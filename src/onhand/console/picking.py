"""Picking: the queue, waves, the screen that a picker walks with, and the lists on paper."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from onhand.api import paper
from onhand.api.fulfillment_bodies import PickBody, ReasonBody, WaveBody
from onhand.console.barcodes import barcode
from onhand.console.forms import body
from onhand.console.history import MOVED, TOLD
from onhand.console.marks import N_
from onhand.console.said import Undo
from onhand.console.typed import whole_of
from onhand.console.visit import RefusedBefore, Visit
from onhand.rows import Wave
from onhand.trade import picking, waves
from onhand.trade.errors import NotFound, Refusal, ValidationFailed
from onhand.trade.verbs import Together
from onhand.views.documents import DocumentFilter, document_timeline
from onhand.views.grid import all_stores
from onhand.views.orders import find_order
from onhand.views.picking import find_pick_list, find_wave, free_orders, list_waves, queue
from onhand.views.stops import Stop, order_stops, wave_stops

ROWS = 50
OPEN_WAVES = 20
REASONS = [("missing", N_("Not there")), ("damaged", N_("Damaged")), ("wrong item", N_("Something else lies there"))]
THEN = [
    ("reallocate", N_("Take it from another store; what none has waits for stock")),
    ("backorder", N_("It waits for stock")),
    ("release", N_("The customer goes without")),
]


class StopNotFound(NotFound):
    """The walk has no such stop any more: what was there has been picked, moved or cancelled meanwhile."""

    code, title, noun = "stop_not_found", "Not on this list", "stop"


# ── The queue ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_queue(visit: Visit, refusal: Refusal | None = None) -> Response:
    """What waits to be picked, most urgent first, and the waves that are being walked."""
    from_form = visit.form["store"] if refusal else ""
    stores = await visit.ask(all_stores)
    wanted = from_form or visit.query.get("store") or (stores[0].code if len(stores) == 1 else None)
    page = await visit.ask(queue, wanted, ROWS, visit.query.get("cursor") or None)
    walked = await visit.ask(list_waves, DocumentFilter("picking", wanted), OPEN_WAVES, None)
    return await visit.page(
        "picking.html",
        refusal,
        page=page,
        waves=walked.data,
        store=wanted,
        stores=stores,
    )


async def create_wave(visit: Visit) -> Response:
    """Begin a wave of the orders that are ticked, or of the most urgent ones."""
    form = visit.form
    ticked = form.all("order") if form["how"] != "urgent" else []
    try:
        limit = None if ticked else form.whole("limit")
        if not ticked and limit is None:
            raise ValidationFailed(("limit", visit.gettext("Tick orders, or say how many of the most urgent ones.")))
        sent = body(WaveBody, {"store": form["store"], "order_ids": ticked or None, "limit": limit})
        chosen = tuple(ticked)
        if not chosen:
            chosen = tuple(order.order_id for order in await visit.ask(free_orders, sent.store, sent.limit or 1))
        command = waves.CreateWave(sent.store, chosen, skip=not ticked)
        begun = await visit.perform(command, lambda picture: {"number": picture.wave.number})
    except Refusal as refusal:
        return await show_queue(visit, refusal)
    path = f"/console/picking/waves/{begun['number']}"
    return visit.see(path, visit.gettext("The wave has begun."), Undo(f"{path}/cancel", {}))


# ── The screen that a picker walks with ─────────────────────────────────────────────────────────────────────────────


async def show_wave(visit: Visit, ref: str, refusal: Refusal | None = None) -> Response:
    wave = await visit.ask(find_wave, ref)
    stops = await visit.ask(wave_stops, ref)
    return await _walk(
        visit,
        stops,
        refusal,
        wave=wave,
        order=None,
        store=wave.store,
        path=f"/console/picking/waves/{wave.number}",
        history=await visit.ask(document_timeline, Wave, ref),
    )


async def show_order_walk(visit: Visit, ref: str, store: str, refusal: Refusal | None = None) -> Response:
    order = await visit.ask(find_order, ref, 0)
    stops = await visit.ask(order_stops, ref, store)
    path = f"/console/picking/{order.number}/{store}"
    return await _walk(visit, stops, refusal, wave=None, order=order, store=store, path=path, history=[])


async def _walk(visit: Visit, stops: Sequence[Stop], refusal: Refusal | None, **about: Any) -> Response:
    """The stop that is next, or the one that was asked for, large; the others below it."""
    asked = visit.form["key"] if refusal else visit.query.get("stop")
    to_do = [stop for stop in stops if stop.to_pick]
    here = next((stop for stop in to_do if stop.key == asked), to_do[0] if to_do else None)
    return await visit.page(
        "walk.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str),
        stops=stops,
        here=here,
        left=sum(stop.to_pick for stop in stops),
        units=sum(stop.quantity for stop in stops),
        reasons=REASONS,
        then=THEN,
        told=TOLD,
        moved=MOVED,
        **about,
    )


async def pick_wave(visit: Visit, ref: str) -> Response:
    stops = await visit.ask(wave_stops, ref)
    return await _pick(
        visit,
        stops,
        (await visit.ask(find_wave, ref)).store,
        f"/console/picking/waves/{ref}",
        lambda refusal: show_wave(visit, ref, refusal),
    )


async def pick_order(visit: Visit, ref: str, store: str) -> Response:
    stops = await visit.ask(order_stops, ref, store)
    path = f"/console/picking/{ref}/{store}"
    return await _pick(visit, stops, store, path, lambda refusal: show_order_walk(visit, ref, store, refusal))


async def _pick(
    visit: Visit, stops: Sequence[Stop], store: str, path: str, again: Callable[[Refusal], Any]
) -> Response:
    """Write down what was picked at a stop, and what was short of it; then show the next one."""
    form = visit.form
    try:
        stop = next((stop for stop in stops if stop.key == form["key"]), None)
        if stop is None:
            raise StopNotFound(form["sku"] or form["key"])
        _check_scan(visit, stop)
        done = await visit.perform(_command(visit, stop, store), _refused)
        if done.get("refused"):
            raise RefusedBefore(done["refused"]["status"], done["refused"])
    except Refusal as refusal:
        answer: Response = await again(refusal)
        return answer
    quantity, short = form.whole("quantity") or 0, form.whole("short") or 0
    text = visit.gettext("%(quantity)s × %(sku)s picked.") % {"quantity": quantity, "sku": stop.sku}
    if short:
        text += " " + visit.gettext("%(short)s short: off sale, and to be counted.") % {"short": short}
    return visit.see(path, text)


def _check_scan(visit: Visit, stop: Stop) -> None:
    """What was scanned has to be what lies there; without scripts nobody else has looked."""
    scanned = visit.form["scan"]
    codes = {stop.sku, *(code for part in stop.parts for code in (part.sku, part.barcode) if code)}
    if scanned and scanned not in codes:
        words = visit.gettext("“%(code)s” is not %(sku)s. Nothing was written down.")
        raise ValidationFailed(("scan", words % {"code": scanned, "sku": stop.sku}))


def _command(visit: Visit, stop: Stop, store: str) -> Any:
    """One pick for each order that the stop is for, all or nothing: what was found goes to the most urgent first."""
    picked, missing = whole_of(visit, "quantity"), whole_of(visit, "short")
    if not picked and not missing:
        raise ValidationFailed(("quantity", visit.gettext("Scan the item, or say how many were picked.")))
    if picked + missing > stop.to_pick:
        words = visit.gettext("Only %(units)s are to be picked here.") % {"units": stop.to_pick}
        raise ValidationFailed(("short" if missing else "quantity", words))
    commands = []
    for share in stop.shares:
        units = min(picked, share.to_pick)
        lacking = min(missing, share.to_pick - units)
        picked, missing = picked - units, missing - lacking
        if units or lacking:
            values = {"order_id": share.order_id, "line": share.line, "store": store, "quantity": units}
            if lacking:
                values |= {"short": _short(visit, lacking), "substitute_sku": visit.form.or_none("substitute_sku")}
            commands.append(_record(body(PickBody, values)))
    return commands[0] if len(commands) == 1 else Together(tuple(commands), atomic=True)


def _short(visit: Visit, units: int) -> dict[str, Any]:
    form = visit.form
    reason = form["other_reason"] or form["reason"]
    values = {"quantity": units, "reason": reason, "then": form["then"], "sku": form["component"]}
    return {name: value for name, value in values.items() if value}


def _record(sent: PickBody) -> picking.RecordPick:
    short = sent.short
    return picking.RecordPick(
        sent.order_id,
        sent.line,
        sent.store,
        sent.quantity,
        picking.Short(short.quantity, short.reason, short.then, short.sku) if short else None,
        sent.substitute_sku,
    )


def _refused(outcome: Any) -> dict[str, Any]:
    """Of several picks that go together, the first that was refused."""
    each = outcome if isinstance(outcome, list) else []
    refusals = [one for one in each if isinstance(one, Refusal) and one.code != "not_applied"]
    return {"refused": refusals[0].problem()} if refusals else {}


async def finish_wave(visit: Visit, ref: str) -> Response:
    try:
        await visit.perform(waves.FinishWave(ref))
    except Refusal as refusal:
        return await show_wave(visit, ref, refusal)
    return visit.see("/console/picking", visit.gettext("The wave is finished."))


async def cancel_wave(visit: Visit, ref: str) -> Response:
    try:
        reason = body(ReasonBody, {"reason": visit.form["reason"]}).reason
        await visit.perform(waves.CancelWave(ref, reason))
    except Refusal as refusal:
        return await show_wave(visit, ref, refusal)
    return visit.see("/console/picking", visit.gettext("The wave is cancelled. What was picked stays picked."))


# ── On paper ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def print_wave(visit: Visit, ref: str) -> Response:
    return await _sheet(visit, paper.wave_sheet(await visit.ask(find_wave, ref)))


async def print_order(visit: Visit, ref: str, store: str) -> Response:
    return await _sheet(visit, paper.order_sheet(await visit.ask(find_pick_list, ref, store)))


async def _sheet(visit: Visit, sheet: paper.Sheet) -> Response:
    """The list as a page to print, or as PDF."""
    if visit.query.get("as") == "pdf":
        font = visit.office.desk.settings.print_font
        document = await run_in_threadpool(lambda: import_module("onhand.api.pdf").document(sheet, font))
        return Response(document, media_type="application/pdf")
    return await visit.page("sheet.html", sheet=sheet, barcode=barcode)
