"""`onhand purchase-orders`."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from onhand.cli.goods import Quantities, units
from onhand.cli.opening import operator, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_document, show_page
from onhand.library.receiving import ReceivingService
from onhand.views.documents import DocumentFilter
from onhand.views.purchase_orders import (
    PurchaseOrderAnswer,
    PurchaseOrderHistory,
    find_purchase_order,
    list_purchase_orders,
)

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List purchase orders, make and receive them.")

OrderRef = Annotated[str, typer.Argument(metavar="PURCHASE_ORDER", help="Its number or its id.")]


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only these: open, partially_received, received, closed.")] = None,
    store: Annotated[str | None, typer.Option(help="Only those for this store.")] = None,
    search: Annotated[str | None, typer.Option(help="A word in number, supplier or note.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List purchase orders, newest first."""
    with to_ask(database_url) as connection:
        page = list_purchase_orders(connection, DocumentFilter(status, store, search), limit, cursor)
    show_page(
        page,
        ("number", "status", "supplier", "store", "lines", "outstanding", "expected", "made"),
        lambda order: (
            *(order.number, order.status, order.supplier, order.store, len(order.lines)),
            *(sum(line.outstanding for line in order.lines), order.expected_at, order.created_at),
        ),
        as_json,
    )


@app.command()
def show(
    purchase_order: OrderRef,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a purchase order, and what has come of each line."""
    with to_ask(database_url) as connection:
        _show(find_purchase_order(connection, purchase_order), as_json)


@app.command()
def create(
    supplier: Annotated[str, typer.Argument(help="Who delivers.")],
    item: Quantities,
    store: Annotated[str, typer.Option(help="Where it will arrive.")] = "main",
    expected: Annotated[datetime | None, typer.Option(help="When, in UTC: 2030-01-07T08:00:00.")] = None,
    number: Annotated[str | None, typer.Option(help="Your own number; otherwise the next PO-….")] = None,
    note: Annotated[str | None, typer.Option(help="More about it.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Order goods of a supplier. They become stock when they are received."""
    lines = units(item, "quantity")
    _do(
        lambda service: service.create(supplier, lines, store=store, number=number, expected_at=expected, note=note),
        database_url,
        as_json,
    )


@app.command()
def receive(
    purchase_order: OrderRef,
    item: Annotated[
        list[str],
        typer.Option(
            "--item",
            metavar="SKU=QTY[:REJECTED]",
            help="Units that arrived, and how many of them are not accepted; may be repeated.",
        ),
    ],
    reason: Annotated[str | None, typer.Option(help="Why units are rejected.")] = None,
    return_rejected: Annotated[
        bool, typer.Option("--return-rejected", help="What is rejected goes back, and never becomes stock.")
    ] = False,
    allow_over: Annotated[bool, typer.Option("--allow-over", help="Take in more than is outstanding.")] = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Book a delivery. What is accepted goes on sale, first to the orders that wait for it."""
    came = [{**each, "reason": reason} for each in units(item, "received", "rejected")]
    _do(
        lambda service: service.receive(purchase_order, came, return_rejected=return_rejected, allow_over=allow_over),
        database_url,
        as_json,
    )


@app.command()
def close(
    purchase_order: OrderRef,
    reason: Annotated[str, typer.Option(help="Why no more is expected.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Close a purchase order of which no more is expected."""
    _do(lambda service: service.close(purchase_order, reason), database_url, as_json)


def _do(act: Callable[[ReceivingService], PurchaseOrderAnswer], database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = act(ReceivingService(engine, operator()))
    _show(answer, as_json)


def _show(answer: PurchaseOrderAnswer, as_json: bool) -> None:
    facts = [
        ("purchase order", answer.number),
        ("id", answer.id),
        ("status", answer.status),
        ("supplier", answer.supplier),
        ("store", answer.store),
        ("expected", answer.expected_at),
        ("note", answer.note),
        ("closed because", answer.close_reason),
        ("made", answer.created_at),
        ("deliveries", len(answer.receipts) if isinstance(answer, PurchaseOrderHistory) else None),
    ]
    show_document(
        answer,
        facts,
        ("line", "sku", "name", "ordered", "received", "rejected", "outstanding", "unit cost", "expected"),
        [
            (
                *(line.line, line.sku, line.name, line.ordered, line.received, line.rejected),
                *(line.outstanding, line.unit_cost, line.expected_at),
            )
            for line in answer.lines
        ],
        as_json,
    )
