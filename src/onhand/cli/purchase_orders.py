"""`onhand purchase-orders`."""

from typing import Annotated

import typer

from onhand.cli.opening import to_read
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.views.documents import DocumentFilter
from onhand.views.purchase_orders import find_purchase_order, list_purchase_orders

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List purchase orders, or show one.")


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
    with to_read(database_url) as database, database.reading() as connection:
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
    purchase_order: Annotated[str, typer.Argument(help="Its number or its id.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a purchase order, and what has come of each line."""
    with to_read(database_url) as database, database.reading() as connection:
        answer = find_purchase_order(connection, purchase_order)
    if as_json:
        show_json(answer)
        return
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
        ("deliveries", len(answer.receipts)),
    ]
    show_facts([(word, value) for word, value in facts if value is not None])
    show_rows(
        ("line", "sku", "name", "ordered", "received", "rejected", "outstanding", "unit cost", "expected"),
        [
            (
                *(line.line, line.sku, line.name, line.ordered, line.received, line.rejected),
                *(line.outstanding, line.unit_cost, line.expected_at),
            )
            for line in answer.lines
        ],
    )
