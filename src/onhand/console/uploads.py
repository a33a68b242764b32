"""Settings: products and stock out of a CSV file. It is tried first, row by row, and done when somebody says so."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.responses import RedirectResponse, Response

from onhand.api.fields import MOST_ITEMS
from onhand.api.problems import MalformedRequest, RouteNotFound
from onhand.api.stock_bodies import ProductBody, StockRowBody
from onhand.console.forms import body
from onhand.console.marks import N_
from onhand.console.refusals import detail_of
from onhand.console.visit import Visit
from onhand.console.words import Words
from onhand.trade import money
from onhand.trade.catalog import ChangeProduct, CreateProduct, VariantSpec
from onhand.trade.errors import Refusal, ValidationFailed
from onhand.trade.stock import AdjustStock
from onhand.trade.verbs import Together
from onhand.views.catalog import known_skus

MOST_SHOWN = 200
_DIGITS = re.compile(r"[0-9]{1,18}")


class Kind(NamedTuple):
    """What a file may hold: its columns, the first of which it must have, and an example."""

    title: str
    needed: tuple[str, ...]
    columns: tuple[str, ...]
    example: str


KINDS = {
    "products": Kind(
        N_("Products"),
        ("sku", "name", "price"),
        ("sku", "name", "price", "currency", "barcode", "description"),
        "sku,name,price,currency,barcode\nMUG-BLU,Enamel mug (blue),12.50,EUR,4006381333931\n",
    ),
    "stock": Kind(
        N_("Stock"),
        ("sku", "quantity"),
        ("sku", "store", "operation", "quantity", "reason", "notes", "expected_quantity"),
        "sku,store,operation,quantity,reason\nMUG-BLU,main,increment,120,Opening stock\n",
    ),
}


class Row(NamedTuple):
    """A row of the file: its line, what it says, and what is wrong with it."""

    line: int
    values: Mapping[str, str]
    problem: str | None


def _kind(visit: Visit, name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise RouteNotFound(visit.request.url.path)
    return kind


async def to_upload(visit: Visit) -> Response:
    return RedirectResponse("/console/upload/products", 303)


async def show_upload(visit: Visit, name: str) -> Response:
    return await _page(visit, name)


async def _page(visit: Visit, name: str, refusal: Refusal | None = None, **tried: Any) -> Response:
    values = {"rows": (), "text": "", "wrong": 0, "most": MOST_SHOWN, **tried}
    return await visit.page(
        "upload.html",
        refusal,
        name=name,
        kind=_kind(visit, name),
        kinds=KINDS,
        **values,
    )


async def try_upload(visit: Visit, name: str) -> Response:
    """What the file would do. Nothing is changed."""
    kind = _kind(visit, name)
    try:
        text = _text(await visit.form.file("file"))
        rows = list(_read(text, kind))
        commands = await _commands(visit, name, rows)
        outcomes = iter(await _outcomes(visit, commands))
    except Refusal as refusal:
        return await _page(visit, name, refusal)
    tried = [
        Row(line, values, _problem(command if isinstance(command, Refusal) else next(outcomes), visit.words))
        for (line, values), command in zip(rows, commands, strict=True)
    ]
    wrong = [row for row in tried if row.problem]
    return await _page(
        visit,
        name,
        rows=(wrong + [row for row in tried if not row.problem])[:MOST_SHOWN],
        text=text,
        wrong=len(wrong),
        total=len(tried),
    )


async def do_upload(visit: Visit, name: str) -> Response:
    """Do what was tried: all rows, or none where one is refused now."""
    kind = _kind(visit, name)
    try:
        rows = list(_read(visit.form["text"], kind))
        commands = await _commands(visit, name, rows)
        bad = next((command for command in commands if isinstance(command, Refusal)), None)
        if bad is not None:
            raise bad
        kept = await visit.perform(
            Together(tuple(commands), atomic=True),
            lambda outcomes: {"refused": next((str(each) for each in outcomes if isinstance(each, Refusal)), None)},
        )
    except Refusal as refusal:
        return await _page(visit, name, refusal)
    if kept["refused"]:
        return await _page(visit, name, MalformedRequest(kept["refused"]))
    done = visit.gettext("%(count)s rows of the file are in.") % {"count": visit.words.number(len(rows))}
    return visit.see("/console/stock", done)


def _problem(outcome: Any, words: Words) -> str | None:
    if isinstance(outcome, Refusal):
        return detail_of(outcome, words)
    return str(outcome) if isinstance(outcome, Exception) else None


def _text(file: bytes) -> str:
    if not file:
        raise ValidationFailed(("file", "Choose a file."))
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationFailed(("file", "The file is not UTF-8. Save it as “CSV UTF-8”.")) from None
    if "\0" in text:
        raise ValidationFailed(("file", "The file has the character NUL in it."))
    return text


def _read(text: str, kind: Kind) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values) of each row that is not empty. Spreadsheets of some countries part columns by semicolons."""
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    missing = [name for name in kind.needed if name not in names]
    unknown = [name for name in names if name not in kind.columns]
    if missing or unknown:
        known = ", ".join(kind.columns)
        wrong = [f"there is no column {name}" for name in missing] + [
            f"nobody knows a column {name!r}" for name in unknown
        ]
        raise ValidationFailed(("file", f"{'; '.join(wrong)}. Its columns may be {known}."))
    count = 0
    for row in _sound(reader):
        values = {name: (row.get(name) or "").strip() for name in names}
        if not any(values.values()):
            continue
        count += 1
        if count > MOST_ITEMS:
            raise ValidationFailed(("file", f"The file has more than {MOST_ITEMS} rows. Part it."))
        yield reader.line_num, values
    if not count:
        raise ValidationFailed(("file", "The file has no rows."))


def _sound(reader: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise ValidationFailed(("file", f"Line {reader.line_num + 1} is not CSV: {error}.")) from error


async def _commands(visit: Visit, name: str, rows: Sequence[tuple[int, dict[str, str]]]) -> list[Any]:
    """The command of each row, or what is wrong with it."""
    are_products = name == "products"
    known = await visit.ask(known_skus, [values["sku"] for _, values in rows]) if are_products else set()
    commands: list[Any] = []
    for _, values in rows:
        try:
            commands.append(_to_product(values, values["sku"] in known) if are_products else _to_adjust(values))
        except Refusal as refusal:
            commands.append(refusal)
    return commands


def _to_product(values: dict[str, str], is_known: bool) -> CreateProduct | ChangeProduct:
    """A product with one variant; of one that is known, the variant's price and barcode are changed."""
    sent = body(ProductBody, values)
    assert sent.price is not None
    spec = VariantSpec(values["sku"], money.price(sent.price), sent.barcode)
    if is_known:
        return ChangeProduct(values["sku"], variants=(spec,))
    return CreateProduct(sent.name, (spec,), sent.description, sent.currency)


def _to_adjust(values: dict[str, str]) -> AdjustStock:
    numbers = {
        name: int(values[name]) if _DIGITS.fullmatch(values.get(name, "")) else values.get(name)
        for name in ("quantity", "expected_quantity")
    }
    filled = {"operation": "increment", "reason": "Upload", **{name: text for name, text in values.items() if text}}
    sent = body(StockRowBody, {**filled, **numbers})
    return AdjustStock(
        sent.variant,
        sent.store,
        sent.operation,
        sent.quantity,
        sent.reason,
        sent.notes,
        sent.expected_quantity,
        cause="import",
    )


async def _outcomes(visit: Visit, commands: Sequence[Any]) -> Sequence[Any]:
    """What each command that can be read would come to."""
    sound = tuple(command for command in commands if not isinstance(command, Refusal))
    desk = visit.office.desk
    actor = visit.caller.actor(visit.session.person)
    outcomes: Any = await desk.mailbox().submit(desk.engine, Together(sound, dry_run=True), actor) if sound else ()
    if isinstance(outcomes, BaseException):
        raise outcomes
    return list(outcomes)
