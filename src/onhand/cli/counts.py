"""`onhand counts`."""

from typing import Annotated

import typer

from onhand.cli.opening import settings, to_read
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.views.counts import CountAnswer, accuracy, find_count, list_counts
from onhand.views.documents import DocumentFilter

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List counts, show one, or tell how exact they were."
)


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
    with to_read(database_url) as database, database.reading() as connection:
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
    count: Annotated[str, typer.Argument(help="Its number or its id.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a count and its lines. While it is blind and counted, not what the books say."""
    with to_read(database_url) as database, database.reading() as connection:
        answer = find_count(connection, count, settings().currency)
    if as_json:
        show_json(answer)
        return
    _show(answer)


def _show(count: CountAnswer) -> None:
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
    show_facts([(word, value) for word, value in facts if value is not None])
    show_rows(
        ("line", "bin", "sku", "name", "counted", "by", "second", "by", "book", "difference", "reason"),
        [
            (
                *(line.line, line.bin, line.sku, line.name, line.counted, line.counted_by, line.second_counted),
                *(line.second_by, line.book_quantity, line.difference, line.reason),
            )
            for line in count.lines
        ],
    )


@app.command("accuracy")
def accuracy_(
    store: Annotated[str | None, typer.Option(help="Only this store.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell how well the books of each store agree with its shelves."""
    with to_read(database_url) as database, database.reading() as connection:
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
