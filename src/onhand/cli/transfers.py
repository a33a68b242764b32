"""`onhand transfers`."""

from collections.abc import Callable
from typing import Annotated

import typer

from onhand.cli.goods import Quantities, units
from onhand.cli.opening import operator, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_document, show_page
from onhand.library.transfers import TransferService
from onhand.views.documents import DocumentFilter
from onhand.views.transfers import TransferAnswer, find_transfer, list_transfers

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List transfers, send and receive them.")

TransferRef = Annotated[str, typer.Argument(metavar="TRANSFER", help="Its number or its id.")]


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
    with to_ask(database_url) as connection:
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
    transfer: TransferRef,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a transfer, and what has come of each line."""
    with to_ask(database_url) as connection:
        _show(find_transfer(connection, transfer), as_json)


@app.command()
def create(
    from_: Annotated[str, typer.Option("--from", help="The store that sends.")],
    to: Annotated[str, typer.Option(help="The store that receives.")],
    item: Quantities,
    number: Annotated[str | None, typer.Option(help="Your own number; otherwise the next T-….")] = None,
    note: Annotated[str | None, typer.Option(help="More about it.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Draft a transfer. No stock moves before it is sent."""
    items = units(item, "quantity")
    _do(lambda service: service.create(from_, to, items, number=number, note=note), database_url, as_json)


@app.command()
def send(transfer: TransferRef, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Send a draft: the goods leave the one store, and are in transit."""
    _do(lambda service: service.send(transfer), database_url, as_json)


@app.command()
def receive(
    transfer: TransferRef,
    item: Annotated[
        list[str] | None,
        typer.Option(
            "--item",
            metavar="SKU=RECEIVED[:DAMAGED[:LOST]]",
            help="What came; may be repeated. All that is in transit where there is none.",
        ),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why units were damaged or lost.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Receive goods at the other store: the items, or all that is in transit."""
    items = [{**each, "reason": reason} for each in units(item or (), "received", "damaged", "lost")]
    _do(lambda service: service.receive(transfer, items), database_url, as_json)


@app.command()
def recall(transfer: TransferRef, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Bring what is in transit back to the store that sent it."""
    _do(lambda service: service.recall(transfer), database_url, as_json)


@app.command()
def cancel(transfer: TransferRef, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Cancel a draft."""
    _do(lambda service: service.cancel(transfer), database_url, as_json)


def _do(act: Callable[[TransferService], TransferAnswer], database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = act(TransferService(engine, operator()))
    _show(answer, as_json)


def _show(answer: TransferAnswer, as_json: bool) -> None:
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
    show_document(
        answer,
        facts,
        ("line", "sku", "name", "quantity", "in transit", "received", "damaged", "lost", "recalled"),
        [
            (
                *(line.line, line.sku, line.name, line.quantity, line.in_transit),
                *(line.received, line.damaged, line.lost, line.recalled),
            )
            for line in answer.lines
        ],
        as_json,
    )
