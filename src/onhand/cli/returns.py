"""`onhand returns`."""

from collections.abc import Callable
from typing import Annotated

import typer

from onhand.cli.goods import Quantities, units
from onhand.cli.opening import operator, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_document, show_page
from onhand.library.fulfillment import FulfillmentService
from onhand.trade.returns import CONDITIONS
from onhand.views.documents import DocumentFilter
from onhand.views.returns import ReturnAnswer, find_return, list_returns

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List returns, announce and receive them.")

ReturnRef = Annotated[str, typer.Argument(metavar="RETURN", help="Its number or its id.")]


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
    with to_ask(database_url) as connection:
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
    return_: ReturnRef,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a return: what was said would come back, and what did."""
    with to_ask(database_url) as connection:
        _show(find_return(connection, return_), as_json)


@app.command()
def request(
    order: Annotated[str, typer.Argument(help="The order's number or its id.")],
    item: Quantities,
    reason: Annotated[str, typer.Option(help="Why it comes back.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Announce that goods of an order will come back. No stock moves."""
    items = units(item, "quantity")
    _do(lambda service: service.request_return(order, items, reason), database_url, as_json)


@app.command()
def receive(
    return_: ReturnRef,
    item: Annotated[
        list[str],
        typer.Option("--item", metavar="SKU=SELLABLE[:DAMAGED[:LOST]]", help="What came back; may be repeated."),
    ],
    store: Annotated[str | None, typer.Option(help="Where it came; else the store that shipped it.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Receive what has come back, at any store. What is sellable goes on sale again."""
    came = [
        {"sku": each["sku"], "quantity": each[condition], "condition": condition}
        for each in units(item, *CONDITIONS)
        for condition in CONDITIONS
        if each.get(condition)
    ]
    _do(lambda service: service.receive_return(return_, came, store=store), database_url, as_json)


@app.command()
def cancel(
    return_: ReturnRef,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a return of which nothing has come."""
    _do(lambda service: service.cancel_return(return_, reason), database_url, as_json)


def _do(act: Callable[[FulfillmentService], ReturnAnswer], database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = act(FulfillmentService(engine, operator()))
    _show(answer, as_json)


def _show(answer: ReturnAnswer, as_json: bool) -> None:
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
    show_document(
        answer,
        facts,
        ("line", "sku", "name", "requested", "received", "sellable", "damaged", "lost"),
        [
            (
                *(line.line, line.sku, line.name, line.requested, line.received),
                *(line.sellable, line.damaged, line.lost),
            )
            for line in answer.lines
        ],
        as_json,
    )
