"""The stock grid, and changes of one level by hand."""

from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from onhand import clock
from onhand.api.stock_bodies import StockChangeBody
from onhand.console.forms import body
from onhand.console.said import Undo
from onhand.console.screen import path_within
from onhand.console.visit import Visit
from onhand.rows import Store
from onhand.trade.errors import Refusal
from onhand.trade.stock import OPERATIONS, AdjustStock, StockChange
from onhand.views.availability import LevelAnswer, find_level
from onhand.views.grid import STATUSES, GridFilter, all_stores, stock_grid

ROWS = 50
MOST_TEXT = 200
# What takes a change back: the stock is as it was, and the ledger tells of both.
COUNTER = {"increment": "decrement", "decrement": "increment", "damage": "repair", "repair": "damage"}


async def grid_filter(visit: Visit) -> tuple[GridFilter, list[Store], list[Store]]:
    """What the grid is narrowed to; all stores; and those that are shown."""
    stores = await visit.ask(all_stores)
    chosen = next((store for store in stores if store.code == visit.query.get("store")), None)
    status = visit.query.get("status")
    q = visit.query.get("q", "").strip()[:MOST_TEXT] or None
    wanted = GridFilter(q, chosen.code if chosen else None, status if status in STATUSES else None)
    return wanted, stores, [chosen] if chosen else stores


async def show_grid(visit: Visit, refusal: Refusal | None = None) -> Response:
    """SKUs down, stores across."""
    wanted, stores, shown = await grid_filter(visit)
    page = await visit.ask(stock_grid, wanted, shown, clock.now(), ROWS, visit.query.get("cursor") or None)
    kept = {name: value for name, value in visit.query.items() if name != "cursor" and value}
    after = urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else None
    query = urlencode(list(visit.query.items()))
    return await visit.page(
        "stock.html",
        refusal,
        wanted=wanted,
        stores=stores,
        shown=shown,
        page=page,
        next_query=after,
        kept=kept,
        query=query,
        here=f"/console/stock?{query}" if query else "/console/stock",
        typed=visit.form if refusal else None,
    )


async def show_adjust(visit: Visit, sku: str, store: str) -> Response:
    level = await visit.ask(find_level, sku, store, clock.now())
    return await _form(visit, level, path_within(visit.query.get("next", "")))


async def _form(visit: Visit, level: LevelAnswer, next_: str, refusal: Refusal | None = None) -> Response:
    """The form; after a refusal with what was typed, but based on what is there now."""
    typed = visit.form if refusal is not None else defaultdict(str, visit.query)
    return await visit.page(
        "stock_adjust.html",
        refusal,
        level=level,
        operations=OPERATIONS,
        next=next_ if next_ != "/console/" else f"/console/stock?q={quote(level.sku)}",
        typed=typed,
    )


async def adjust(visit: Visit, sku: str, store: str) -> Response:
    """Change a level by hand, if it still is what the form has shown."""
    form = visit.form
    next_ = path_within(form["next"])
    try:
        sent = body(
            StockChangeBody,
            {
                "operation": form["operation"],
                "quantity": form.whole("quantity"),
                "reason": form["reason"],
                "notes": form["notes"],
                # A change by so many units is right whatever others did meanwhile; a new quantity is not.
                "expected_quantity": form.whole("expected_quantity") if form["operation"] == "set" else None,
            },
        )
        command = AdjustStock(
            sku, store, sent.operation, sent.quantity, sent.reason, sent.notes, sent.expected_quantity
        )
        kept = await visit.perform(command, _kept)
    except Refusal as refusal:
        level = await visit.ask(find_level, sku, store, clock.now())
        return await _form(visit, level, next_, refusal)
    return visit.see(next_, _told(visit, sku, store, kept), _undo(visit, sku, store, kept))


def _kept(change: StockChange) -> dict[str, Any]:
    movement = change.movement
    if movement is None:
        return {"kind": None, "quantity": 0, "available": change.level.available}
    return {"kind": movement.kind, "quantity": movement.quantity, "available": change.level.available}


def _told(visit: Visit, sku: str, store: str, kept: dict[str, Any]) -> str:
    if kept["kind"] is None:
        return visit.gettext("Nothing changed: that was the quantity already.")
    return visit.gettext("%(sku)s at %(store)s: %(available)s available now.") % {
        "sku": sku,
        "store": store,
        "available": visit.words.number(kept["available"]),
    }


def _undo(visit: Visit, sku: str, store: str, kept: dict[str, Any]) -> Undo | None:
    counter = COUNTER.get(kept["kind"] or "")
    if counter is None:
        return None
    fields = {
        "operation": counter,
        "quantity": str(kept["quantity"]),
        "reason": visit.gettext("Undone: %(reason)s") % {"reason": visit.form["reason"]},
        "next": path_within(visit.form["next"]),
    }
    return Undo(f"/console/stock/{quote(sku, safe='')}/{quote(store, safe='')}/adjust", fields)
