"""Many levels at once: one change for all the SKUs that were chosen in the grid; and the grid as a file."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from onhand import clock
from onhand.api.stock_bodies import StockChangeBody, ThresholdsBody
from onhand.console.forms import body
from onhand.console.refusals import detail_of
from onhand.console.screen import path_within
from onhand.console.stock import grid_filter, show_grid
from onhand.console.visit import Visit
from onhand.console.words import Words
from onhand.trade.errors import Refusal, ValidationFailed
from onhand.trade.stock import AdjustStock, SetThresholds
from onhand.trade.verbs import Together
from onhand.views.grid import stock_grid

AT_A_TIME = 500
STEPS = ("increment", "decrement", "damage", "repair", "write_off")


async def change_many(visit: Visit) -> Response:
    """One change of every chosen SKU at one store. Each is done or refused by itself."""
    form = visit.form
    skus = form.all("sku")
    try:
        if not skus:
            words = visit.gettext("Choose at least one SKU: tick the boxes at the left of the grid.")
            raise ValidationFailed(("sku", words))
        commands = tuple(_command(visit, sku) for sku in skus)
        kept = await visit.perform(Together(commands), lambda outcomes: _sum(skus, outcomes, visit.words))
    except Refusal as refusal:
        return await show_grid(visit, refusal)
    told = visit.gettext("%(done)s changed.") % {"done": visit.words.number(kept["done"])}
    if kept["refused"]:
        told += " " + visit.gettext("%(count)s refused: %(first)s") % {
            "count": visit.words.number(len(kept["refused"])),
            "first": "; ".join(kept["refused"][:3]),
        }
    return visit.see(path_within(form["next"]), told)


def _command(visit: Visit, sku: str) -> Any:
    form = visit.form
    if form["what"] in STEPS:
        sent = body(
            StockChangeBody, {"operation": form["what"], "quantity": form.whole("value"), "reason": form["reason"]}
        )
        return AdjustStock(sku, form["store"], sent.operation, sent.quantity, sent.reason)
    value = form["value"] if form["what"] == "bin" else form.whole("value")
    thresholds = body(ThresholdsBody, {form["what"]: value})
    return SetThresholds(sku, form["store"], **thresholds.model_dump())


def _sum(skus: list[str], outcomes: list[Any], words: Words) -> dict[str, Any]:
    answers = zip(skus, outcomes, strict=True)
    refused = [f"{sku}: {detail_of(each, words)}" for sku, each in answers if isinstance(each, Refusal)]
    return {"done": len(outcomes) - len(refused), "refused": refused}


HEADINGS = (
    *("sku", "name", "barcode", "store", "available", "on_hold", "reserved", "unsellable", "on_hand"),
    *("status", "low_stock_threshold", "reorder_point", "bin"),
)


async def export(visit: Visit) -> Response:
    """The grid as it is narrowed, all of it, one line for each level."""
    stream = _lines(visit)
    return StreamingResponse(
        stream,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="stock.csv"'},
    )


async def _lines(visit: Visit) -> AsyncIterator[str]:
    wanted, _, shown = await grid_filter(visit)
    yield "\ufeff" + ",".join(HEADINGS) + "\r\n"
    cursor: str | None = None
    while True:
        page = await visit.ask(stock_grid, wanted, shown, clock.now(), AT_A_TIME, cursor)
        lines = io.StringIO()
        writer = csv.writer(lines)
        for row in page.data:
            for level in row.levels.values():
                writer.writerow(
                    [
                        *map(_harmless, (row.sku, row.name, row.barcode or "", level.store)),
                        *(level.quantity_available, level.quantity_on_hold, level.quantity_reserved),
                        *(level.unsellable, level.current_stock, level.stock_status),
                        *(level.low_stock_threshold, level.reorder_point, _harmless(level.bin or "")),
                    ]
                )
        yield lines.getvalue()
        cursor = page.next_cursor
        if cursor is None:
            return


def _harmless(text: str) -> str:
    """A spreadsheet takes a text that begins like this for a formula, and would run it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
