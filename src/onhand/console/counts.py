"""Cycle counts: planned, counted blind (and by a second person), submitted, approved by somebody else."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from onhand import clock
from onhand.api.floor_bodies import CountBody, CountedRowsBody, RecountBody, SubmitBody
from onhand.console.documents import show_documents
from onhand.console.forms import body
from onhand.console.history import MOVED, TOLD
from onhand.console.said import Undo
from onhand.console.typed import day_of, items_of, nothing_typed, rows_of
from onhand.console.visit import Visit
from onhand.rows import Count
from onhand.trade import counts, variances
from onhand.trade.errors import Refusal
from onhand.views.codes import barcodes_of
from onhand.views.counts import accuracy, find_count, list_counts, to_count
from onhand.views.documents import document_timeline
from onhand.views.grid import all_stores

SHEET_ROWS = 200


async def show_list(visit: Visit) -> Response:
    exact = await visit.ask(accuracy, None)
    return await show_documents(
        visit, "counts.html", counts.STATUSES, partial(list_counts, currency=_currency(visit)), accuracy=exact
    )


def _currency(visit: Visit) -> str:
    return visit.office.desk.engine.policy.currency


# ── Planning one ────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_new(visit: Visit, refusal: Refusal | None = None) -> Response:
    return await visit.page(
        "count_new.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str, {"blind": "1", **visit.query}),
        stores=await visit.ask(all_stores),
        currency=_currency(visit),
    )


async def create(visit: Visit) -> Response:
    """Have SKUs counted: those that were named, or those that a class or a date chooses."""
    form = visit.form
    try:
        skus = [sku for sku, _ in await items_of(visit, "items")] if "items" in form else None
        due = day_of(visit, form["due_since"], "due_since")
        over = {"units": form.whole("approval_units"), "value": form.amount("approval_value") or None}
        over = {name: value for name, value in over.items() if value is not None}
        values = {
            "store": form["store"],
            "skus": skus,
            "class": form["class"],
            "due_since": due.isoformat() if due else None,
            "blind": bool(form["blind"]),
            "approval_over": over or None,
        }
        sent = body(CountBody, values)
        named = sent.skus
        if named is None:
            since = clock.as_microseconds(sent.due_since)
            named = await visit.ask(to_count, sent.store, since, sent.class_, clock.now())
        command = counts.CreateCount(
            store=sent.store,
            items=tuple(named),
            blind=sent.blind,
            approval_units=sent.approval_over.units if sent.approval_over else None,
            approval_value=sent.approval_over.value if sent.approval_over else None,
        )
        made = await visit.perform(command, lambda picture: {"number": picture.head.number})
    except Refusal as refusal:
        return await show_new(visit, refusal)
    path = f"/console/counts/{made['number']}"
    return visit.see(path, visit.gettext("Planned. Walk with the sheet."), Undo(f"{path}/cancel", {}))


# ── Counting ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_count(visit: Visit, ref: str, refusal: Refusal | None = None) -> Response:
    """The sheet while it is counted; what was found, and how far it is off, afterwards.

    A second counter's sheet does not tell what the first one has found.
    """
    found = await visit.ask(find_count, ref, _currency(visit))
    second = bool(visit.form["second"] if refusal else visit.query.get("second"))
    asked = visit.query.get("from", "0")
    begin = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 0
    counting = found.status == "counting"
    if counting:
        walk = sorted(found.lines, key=lambda line: (line.bin is None, line.bin or "", line.line))
    else:
        walk = sorted(found.lines, key=lambda line: not line.difference)  # Who approves looks at what is off.
    shown = walk[begin : begin + SHEET_ROWS]
    return await visit.page(
        "count_sheet.html" if counting else "count.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str),
        found=found,
        lines=shown,
        second=second,
        begin=begin,
        rows=SHEET_ROWS,
        disputed=[line for line in found.lines if line.agrees is False],
        can_approve=visit.person not in {who for line in found.lines for who in (line.counted_by, line.second_by)},
        barcodes=await visit.ask(barcodes_of, [line.sku for line in shown]),
        history=await visit.ask(document_timeline, Count, ref),
        told=TOLD,
        moved=MOVED,
    )


async def save(visit: Visit, ref: str) -> Response:
    """Write down what was found, as a draft; and submit it if that was asked for."""
    form = visit.form
    found = await visit.ask(find_count, ref, _currency(visit))
    second = bool(form["second"])
    known = {str(line.line): {"sku": line.sku, "second": second} for line in found.lines}
    before = {str(line.line): line.second_counted if second else line.counted for line in found.lines}
    rows = rows_of(form, known, ["counted"], ["reason"], zeros=True)
    fresh = [at for at, key in enumerate(rows.keys) if rows.items[at]["counted"] != before[key]]
    # What stands there as it was is not counted again: its book quantity is that of its own moment.
    rows = rows._replace(items=[rows.items[at] for at in fresh], keys=[rows.keys[at] for at in fresh])
    try:
        if rows.items:
            sent = body(CountedRowsBody, {"lines": rows.items})
            items = tuple(counts.Counted(row.sku, row.counted, row.reason, row.second) for row in sent.lines)
            await visit.perform(counts.SaveCounted(ref, items))
        elif not form["submit"]:
            raise nothing_typed(visit)
    except Refusal as refusal:
        return await show_count(visit, ref, rows.beside(refusal, "lines"))
    path = f"/console/counts/{found.number}"
    if form["submit"]:
        return visit.see(f"{path}/submit")
    words = visit.words.ngettext("%(lines)s line is written down.", "%(lines)s lines are written down.", len(rows.keys))
    query = {"second": "1"} if second else {}
    query |= {"from": form["from"]} if form["from"] not in ("", "0") else {}
    return visit.see(f"{path}?{urlencode(query)}" if query else path, words % {"lines": len(rows.keys)})


async def show_submit(visit: Visit, ref: str, refusal: Refusal | None = None) -> Response:
    """Before a count is submitted: what nobody has counted, and where two counters differ."""
    found = await visit.ask(find_count, ref, _currency(visit))
    return await visit.page(
        "count_submit.html",
        refusal,
        found=found,
        uncounted=[line for line in found.lines if line.counted is None],
        disputed=[line for line in found.lines if line.agrees is False],
    )


async def submit(visit: Visit, ref: str) -> Response:
    form = visit.form
    try:
        values = {"skip_uncounted": bool(form["skip_uncounted"]), "prefer": form["prefer"]}
        sent = body(SubmitBody, values)
        command = variances.SubmitCount(ref, sent.skip_uncounted, sent.prefer)
        done = await visit.perform(command, lambda picture: {"status": picture.head.status})
    except Refusal as refusal:
        return await show_submit(visit, ref, refusal)
    applied = done["status"] == "applied"
    text = (
        visit.gettext("Applied: the books say what was found.")
        if applied
        else visit.gettext("Too much is off: somebody who has not counted has to approve it.")
    )
    return visit.see(f"/console/counts/{ref}", text)


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def _step(visit: Visit, ref: str, command: Callable[[], Any], text: str) -> Response:
    try:
        await visit.perform(command())
    except Refusal as refusal:
        return await show_count(visit, ref, refusal)
    return visit.see(f"/console/counts/{ref}", text)


async def approve(visit: Visit, ref: str) -> Response:
    text = visit.gettext("Approved and applied: the books say what was found.")
    return await _step(visit, ref, lambda: variances.ApproveCount(ref), text)


async def recount(visit: Visit, ref: str) -> Response:
    def command() -> counts.RecountLines:
        return counts.RecountLines(ref, tuple(body(RecountBody, {"skus": visit.form.all("sku")}).skus))

    return await _step(visit, ref, command, visit.gettext("What was written down for these is forgotten: count again."))


async def cancel(visit: Visit, ref: str) -> Response:
    return await _step(visit, ref, lambda: counts.CancelCount(ref), visit.gettext("The count is given up."))
