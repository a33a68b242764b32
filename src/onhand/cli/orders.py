"""`onhand orders`."""

from datetime import datetime
from typing import Annotated

import typer

from onhand import clock
from onhand.cli.opening import settings, to_ask
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_document, show_page
from onhand.views.orders import OrderAnswer, OrderFilter, find_order, list_orders

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List orders, or show one.")


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only these: pending, confirmed, shipped …")] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer's, by id.")] = None,
    sku: Annotated[str | None, typer.Option(help="Only those with this SKU.")] = None,
    store: Annotated[str | None, typer.Option(help="Only those that this store serves.")] = None,
    reference: Annotated[str | None, typer.Option(help="Only those with this reference.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only those placed at or after this time (UTC).")] = None,
    before: Annotated[datetime | None, typer.Option(help="Only those placed before this time (UTC).")] = None,
    search: Annotated[str | None, typer.Option(help="A word in number, reference or customer.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List orders, newest first."""
    wanted = OrderFilter(
        status=status,
        customer_id=customer,
        sku=sku,
        store=store,
        created_from=clock.as_microseconds(since) if since else None,
        created_to=clock.as_microseconds(before) if before else None,
        reference=reference,
        q=search,
    )
    with to_ask(database_url) as connection:
        page = list_orders(connection, wanted, clock.now(), limit, cursor, settings().policy)
    headings = ("number", "status", "payment", "lines", "total", "customer", "reference", "placed")
    show_page(
        page,
        headings,
        lambda order: (
            *(order.number, order.status, order.payment_status, len(order.items)),
            *(f"{order.total_amount} {order.currency}", _customer(order), order.reference, order.created_at),
        ),
        as_json,
    )


@app.command()
def show(
    order: Annotated[str, typer.Argument(help="Its number or its id.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show an order with its lines, and where the units of each are."""
    with to_ask(database_url) as connection:
        answer = find_order(connection, order, clock.now(), settings().policy)
    _show(answer, as_json)


def _show(order: OrderAnswer, as_json: bool) -> None:
    facts = [
        ("order", order.number),
        ("id", order.order_id),
        ("status", order.status),
        ("payment", order.payment_status),
        ("total", f"{order.total_amount} {order.currency}"),
        ("customer", _customer(order)),
        ("reference", order.reference),
        ("placed", order.created_at),
        ("held until", order.hold_expires_at),
        ("arrives", order.estimated_delivery),
        ("cancelled", order.cancelled_at and f"{order.cancelled_at} ({order.cancel_reason})"),
        ("shipped", order.shipped_at),
        ("delivered", order.delivered_at),
    ]
    show_document(
        order,
        facts,
        ("line", "sku", "name", "quantity", "unit price", "total", "where"),
        [
            (
                *(item.line, item.sku, item.name, item.quantity, item.unit_price, item.total_price),
                ", ".join(f"{part.quantity} {part.state} at {part.store}" for part in item.allocations),
            )
            for item in order.items
        ],
        as_json,
    )


def _customer(order: OrderAnswer) -> str | None:
    return order.customer_id or (order.customer.name if order.customer else None)
