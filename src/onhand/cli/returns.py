"""`onhand returns`."""

from typing import Annotated

import typer

from onhand.cli.opening import to_read
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.views.documents import DocumentFilter
from onhand.views.returns import find_return, list_returns

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List returns, or show one.")


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only these: requested, received, cancelled.")] = None,
    store: Annotated[str | None, typer.Option(help="Only those that came back to this store.")] = None,
    search: Annotated[str | None, typer.Option(help="A word in number, reason or note.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List returns, newest first."""
    with to_read(database_url) as database, database.reading() as connection:
        page = list_returns(connection, DocumentFilter(status, store, search), limit, cursor)
    show_page(
        page,
        ("number", "status", "order", "reason", "requested", "received", "store", "made"),
        lambda back: (
            *(back.number, back.status, back.order_number, back.reason),
            *(sum(line.requested for line in back.lines), sum(line.received for line in back.lines)),
            *(back.store, back.created_at),
        ),
        as_json,
    )


@app.command()
def show(
    return_: Annotated[str, typer.Argument(metavar="RETURN", help="Its number or its id.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a return: what was said would come back, and what did."""
    with to_read(database_url) as database, database.reading() as connection:
        answer = find_return(connection, return_)
    if as_json:
        show_json(answer)
        return
    refund = None if answer.refund_amount is None else f"{answer.refund_amount} {answer.currency}"
    facts = [
        ("return", answer.number),
        ("id", answer.id),
        ("status", answer.status),
        ("order", answer.order_number),
        ("reason", answer.reason),
        ("store", answer.store),
        ("refund", refund),
        ("processed by", answer.processed_by),
        ("made", answer.created_at),
    ]
    show_facts([(word, value) for word, value in facts if value is not None])
    show_rows(
        ("line", "sku", "name", "requested", "received", "sellable", "damaged", "lost"),
        [
            (
                *(line.line, line.sku, line.name, line.requested, line.received),
                *(line.sellable, line.damaged, line.lost),
            )
            for line in answer.lines
        ],
    )
