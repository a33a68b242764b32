"""`onhand transfers`."""

from typing import Annotated

import typer

from onhand.cli.opening import to_read
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.views.documents import DocumentFilter
from onhand.views.transfers import find_transfer, list_transfers

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List transfers, or show one.")


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only these: draft, sent, received …")] = None,
    store: Annotated[str | None, typer.Option(help="Only those from or to this store.")] = None,
    search: Annotated[str | None, typer.Option(help="A word in number or note.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List transfers, newest first."""
    with to_read(database_url) as database, database.reading() as connection:
        page = list_transfers(connection, DocumentFilter(status, store, search), limit, cursor)
    show_page(
        page,
        ("number", "status", "from", "to", "lines", "in transit", "note", "made"),
        lambda transfer: (
            *(transfer.number, transfer.status, transfer.from_store, transfer.to_store, len(transfer.lines)),
            *(transfer.in_transit, transfer.note, transfer.created_at),
        ),
        as_json,
    )


@app.command()
def show(
    transfer: Annotated[str, typer.Argument(help="Its number or its id.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a transfer, and what has come of each line."""
    with to_read(database_url) as database, database.reading() as connection:
        answer = find_transfer(connection, transfer)
    if as_json:
        show_json(answer)
        return
    facts = [
        ("transfer", answer.number),
        ("id", answer.id),
        ("status", answer.status),
        ("from", answer.from_store),
        ("to", answer.to_store),
        ("note", answer.note),
        ("made", answer.created_at),
        ("sent", answer.sent_at),
    ]
    show_facts([(word, value) for word, value in facts if value is not None])
    show_rows(
        ("line", "sku", "name", "quantity", "in transit", "received", "damaged", "lost", "recalled"),
        [
            (
                *(line.line, line.sku, line.name, line.quantity, line.in_transit),
                *(line.received, line.damaged, line.lost, line.recalled),
            )
            for line in answer.lines
        ],
    )
