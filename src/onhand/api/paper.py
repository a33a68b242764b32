"""Lists to print: the same answer as JSON, as a page, or as PDF, whichever the caller's Accept prefers.

A sheet is what both kinds of paper show: a title with its barcode, a line of facts, and tables by bin. Barcodes are
Code 128 (ISO/IEC 15417), which every scanner reads; a name that it cannot spell is printed as text alone.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib import import_module
from itertools import groupby
from typing import Any, NamedTuple

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from onhand.api.answers import JSON, json_response
from onhand.api.calls import Call
from onhand.views.picking import OrderPickList, WaveAnswer, WaveLine

HTML, PDF = "text/html", "application/pdf"
COLUMNS = ("Bin", "SKU", "Name", "To pick", "Picked", "For")
LONGEST_BARCODE = 40


class Row(NamedTuple):
    """One stop: its cells, and the text of its barcode."""

    cells: tuple[str, ...]
    code: str


class Table(NamedTuple):
    heading: str
    rows: list[Row]


class Sheet(NamedTuple):
    title: str
    code: str
    facts: str
    tables: list[Table]


def order_sheet(found: OrderPickList) -> Sheet:
    tables = [
        Table(
            f"{each.store_name} ({each.store})",
            [
                Row(
                    (line.bin or "", line.sku, line.name, str(line.to_pick), str(line.picked), f"line {line.line}"),
                    line.barcode or line.sku,
                )
                for line in each.lines
                if line.quantity
            ],
        )
        for each in found.lists
    ]
    facts = found.status.replace("_", " ") + (f" · {found.note}" if found.note else "")
    return Sheet(f"Order {found.number}", found.number, facts, tables)


def wave_sheet(found: WaveAnswer) -> Sheet:
    tables = [
        Table(_walk_heading(found.store, zone, walk), [_wave_row(line) for line in lines])
        for (zone, walk), lines in groupby(found.lines, key=lambda line: (line.zone, line.walk))
    ]
    facts = f"{found.status} · {len(found.orders)} orders: {', '.join(order.number for order in found.orders)}"
    return Sheet(f"Wave {found.number}", found.number, facts, tables)


def _wave_row(line: WaveLine) -> Row:
    shares = ", ".join(f"{share.quantity} × {share.number}" for share in line.orders)
    cells = (line.bin or "", line.sku, line.name, str(line.to_pick), str(line.picked), shares)
    return Row(cells, line.barcode or line.sku)


def _walk_heading(store: str, zone: str | None, walk: int | None) -> str:
    parts = (store, zone and f"Zone {zone}", walk and f"walk {walk}")
    return " · ".join(part for part in parts if part)


async def answer(call: Call, found: Any, sheet_of: Callable[[Any], Sheet]) -> Response:
    """The answer in the form that the caller's Accept prefers; JSON when it prefers none."""
    headers = {"Vary": "Accept"}
    form = preferred(call.headers.get("accept", ""))
    if form == HTML:
        page = await run_in_threadpool(lambda: "".join(_page(sheet_of(found))))
        return Response(page, media_type=HTML, headers=headers)
    if form == PDF:
        font = call.desk.settings.print_font
        document = await run_in_threadpool(lambda: import_module("onhand.api.pdf").document(sheet_of(found), font))
        return Response(document, media_type=PDF, headers=headers)
    return json_response(found, headers=headers)


def preferred(accept: str) -> str:
    """Which of JSON, HTML and PDF an Accept header (RFC 9110, 12.5.1) wants most. In doubt, JSON."""
    wants: list[tuple[float, int, str]] = []
    for form in (JSON, HTML, PDF):
        best = (0.0, 0)
        for part in accept.split(","):
            name, _, parameters = part.strip().partition(";")
            exactness = {form: 3, form.split("/")[0] + "/*": 2, "*/*": 1}.get(name.strip().lower(), 0)
            if exactness > best[1]:
                best = (_quality(parameters), exactness)
        wants.append((*best, form))
    top = max(wants, key=lambda want: want[:2])
    return top[2] if top[0] > 0 else JSON


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def bars(text: str) -> str | None:
    """The modules of a Code 128 barcode, `1` for black; None for a text that it cannot spell or that is too long."""
    if not text or len(text) > LONGEST_BARCODE or not text.isascii() or not text.isprintable():
        return None
    modules: Sequence[str] = import_module("barcode.codex").Code128(text, writer=None).build()
    return modules[0]


def runs(modules: str) -> Iterator[tuple[int, int]]:
    """The black bars of a barcode: where each begins, and how many modules it is wide."""
    start = None
    for place, module in enumerate(modules + "0"):
        if module == "1" and start is None:
            start = place
        elif module != "1" and start is not None:
            yield start, place - start
            start = None


# ── The page ────────────────────────────────────────────────────────────────────────────────────────────────────────

_STYLE = """
@page { size: A4; margin: 12mm }
body { font: 14px/1.4 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem }
header { display: flex; justify-content: space-between; align-items: start; gap: 1rem }
h1 { margin: 0; font-size: 1.5rem }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem }
th, td { text-align: left; vertical-align: middle; padding: 4px 8px; border-bottom: 1px solid #999 }
td:nth-child(4) { font-size: 1.25rem; font-weight: bold }
tr { break-inside: avoid }
svg { display: block; height: 32px }
"""


def _page(sheet: Sheet) -> Iterator[str]:
    title = escape(sheet.title)
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
    yield f'<meta name=viewport content="width=device-width"><style>{_STYLE}</style>'
    yield f"<header><div><h1>{title}</h1><p>{escape(sheet.facts)}</p></div>{_drawn(sheet.code)}</header>"
    if not any(table.rows for table in sheet.tables):
        yield "<p>Nothing is left to pick.</p>"
    for table in sheet.tables:
        if table.rows:
            heads = "".join(f"<th scope=col>{name}</th>" for name in (*COLUMNS, "Barcode"))
            yield f"<h2>{escape(table.heading)}</h2><table><thead><tr>{heads}</tr></thead><tbody>"
            for row in table.rows:
                cells = "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
                yield f"<tr>{cells}<td>{_drawn(row.code)}</td></tr>"
            yield "</tbody></table>"
    yield "</html>"


def _drawn(text: str) -> str:
    modules = bars(text)
    if modules is None:
        return escape(text)
    black = "".join(f"M{start} 0h{width}v1h-{width}z" for start, width in runs(modules))
    return (
        f'<svg role=img aria-label="{escape(text)}" viewBox="-10 0 {len(modules) + 20} 1" '
        f'preserveAspectRatio="none" width="{len(modules) + 20}"><path d="{black}"/></svg>'
    )
