"""`onhand counts`."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from onhand.cli.goods import units
from onhand.cli.opening import operator, settings, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_document, show_json, show_page, show_rows
from onhand.library.counts import CountService
from onhand.views.counts import CountAnswer, accuracy, find_count, list_counts
from onhand.views.documents import DocumentFilter

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List counts, do one, or tell how exact they were.")

CountRef = Annotated[str, typer.Argument(metavar="COUNT", help="Its number or its id.")]
By = Annotated[str | None, typer.Option(help="Who does it, when that is not you.")]


class Class(StrEnum):
    """By what has shipped in a year, at the catalog's prices: A makes the first 80 %, B up to 95 %."""

    A = "A"
    B = "B"
    C = "C"


class Counter(StrEnum):
    """Whose number counts, where two have found different ones."""

    FIRST = "first"
    SECOND = "second"


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only these: counting, needs_approval, applied …")] = None,
    store: Annotated[str | None, typer.Option(help="Only those of this store.")] = None,
    search: Annotated[str | None, typer.Option(help="A word in the number.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List counts, newest first."""
    wanted = DocumentFilter(status, store, search)
    with to_ask(database_url) as connection:
        page = list_counts(connection, wanted, settings().currency, limit, cursor)
    show_page(
        page,
        ("number", "status", "store", "origin", "lines", "counted", "blind", "made", "applied"),
        lambda count: (
            *(count.number, count.status, count.store, count.origin, count.lines_total, count.lines_counted),
            *(count.blind, count.created_at, count.applied_at),
        ),
        as_json,
    )


@app.command()
def show(
    count: CountRef,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a count and its lines. While it is blind and counted, not what the books say."""
    with to_ask(database_url) as connection:
        _show(find_count(connection, count, settings().currency), as_json)


@app.command()
def create(
    store: Annotated[str, typer.Option(help="The store, by code.")] = "main",
    sku: Annotated[list[str] | None, typer.Option(help="What is counted; may be repeated. Else all of it.")] = None,
    class_: Annotated[Class | None, typer.Option("--class", help="Only what sells so much.")] = None,
    due_since: Annotated[
        datetime | None, typer.Option(help="Only what no applied count has looked at since then (UTC).")
    ] = None,
    sighted: Annotated[bool, typer.Option("--sighted", help="Counters may see what the books say.")] = False,
    approval_over: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Beyond so many units off in all, somebody has to approve.")
    ] = None,
    number: Annotated[str | None, typer.Option(help="Your own number; otherwise the next C-….")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Begin a count: of SKUs, or of all that was ever stocked in a store, while it goes on selling."""
    if sku and (class_ or due_since):
        raise typer.BadParameter("give --sku, or choose by --class and --due-since")
    _do(
        lambda service: service.create(
            store,
            sku or None,
            class_=class_,
            due_since=due_since,
            blind=not sighted,
            approval_over_units=approval_over,
            number=number,
        ),
        database_url,
        as_json,
    )


@app.command()
def save(
    count: CountRef,
    item: Annotated[
        list[str], typer.Option("--item", metavar="SKU=QTY", help="All units on the shelf; may be repeated.")
    ],
    reason: Annotated[str | None, typer.Option(help="Why it is not what one would expect.")] = None,
    second: Annotated[
        bool, typer.Option("--second", help="A second counter's numbers, beside the first one's.")
    ] = False,
    by: By = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write down what was found: a draft, which can be written again until the count is submitted."""
    said = units(item, "counted")
    found = {each["sku"]: each["counted"] for each in said}
    if len(found) < len(said):
        raise typer.BadParameter("names a SKU twice", param_hint="--item")

    def act(service: CountService) -> CountAnswer:
        service.write_down(count, found, by=by, reason=reason, second=second)
        return service.get(count)

    _do(act, database_url, as_json)


@app.command()
def submit(
    count: CountRef,
    skip_uncounted: Annotated[
        bool, typer.Option("--skip-uncounted", help="Leave out what nobody has counted.")
    ] = False,
    prefer: Annotated[
        Counter | None, typer.Option(help="Whose number counts where two counters have found different ones.")
    ] = None,
    by: By = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Apply what a count has found, or ask for approval where too much is off."""
    _do(
        lambda service: service.submit(count, by=by, skip_uncounted=skip_uncounted, prefer=prefer),
        database_url,
        as_json,
    )


@app.command()
def approve(count: CountRef, by: By = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Approve and apply what a count has found. Refused to anybody who has counted a line of it."""
    _do(lambda service: service.approve(count, by=by), database_url, as_json)


@app.command()
def recount(
    count: CountRef,
    sku: Annotated[list[str], typer.Option(help="What is counted again; may be repeated.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Have lines counted again: what was written down for them is forgotten."""
    _do(lambda service: service.recount(count, sku), database_url, as_json)


@app.command()
def cancel(count: CountRef, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Give up a count that is not applied."""
    _do(lambda service: service.cancel(count), database_url, as_json)


def _do(act: Callable[[CountService], CountAnswer], database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = act(CountService(engine, operator()))
    _show(answer, as_json)


def _show(count: CountAnswer, as_json: bool) -> None:
    facts = [
        ("count", count.number),
        ("id", count.id),
        ("status", count.status),
        ("store", count.store),
        ("origin", count.origin),
        ("begun", count.created_at),
        ("applied", count.applied_at),
        ("approved by", count.approved_by),
    ]
    show_document(
        count,
        facts,
        ("line", "bin", "sku", "name", "counted", "by", "second", "by", "book", "difference", "reason"),
        [
            (
                *(line.line, line.bin, line.sku, line.name, line.counted, line.counted_by, line.second_counted),
                *(line.second_by, line.book_quantity, line.difference, line.reason),
            )
            for line in count.lines
        ],
        as_json,
    )


@app.command("accuracy")
def accuracy_(
    store: Annotated[str | None, typer.Option(help="Only this store.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell how well the books of each store agree with its shelves."""
    with to_ask(database_url) as connection:
        found = accuracy(connection, store)
    if as_json:
        show_json({"data": found})
        return
    show_rows(
        ("store", "counts", "lines", "exact", "units off", "net units", "accuracy %"),
        [
            (
                *(each.store, each.counts, each.lines_counted, each.lines_exact, each.units_off, each.net_units),
                each.accuracy,
            )
            for each in found
        ],
    )
