"""`onhand stock`."""

from enum import StrEnum
from typing import Annotated

import typer

from onhand import clock
from onhand.cli.opening import to_ask
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.views.availability import LevelFilter, list_levels, product_stock

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List the stock of every level, or show one product's."
)


class Status(StrEnum):
    """How much there is, by the level's own threshold."""

    LOW = "low"
    OUT = "out"
    IN = "in"


@app.command("list")
def list_(
    sku: Annotated[str | None, typer.Option(help="Only this SKU.")] = None,
    store: Annotated[str | None, typer.Option(help="Only this store.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only what is low, out, or in stock.")] = None,
    search: Annotated[str | None, typer.Option(help="A word in SKU, name or barcode.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List levels (a SKU in a store), by SKU."""
    with to_ask(database_url) as connection:
        page = list_levels(connection, LevelFilter(sku, store, status, search), clock.now(), limit, cursor)
    show_page(
        page,
        ("sku", "store", "available", "on hold", "reserved", "unsellable", "on hand", "status"),
        lambda level: (
            *(level.sku, level.store, level.quantity_available, level.quantity_on_hold, level.quantity_reserved),
            *(level.unsellable, level.current_stock, level.stock_status),
        ),
        as_json,
    )


@app.command()
def show(
    sku: Annotated[str, typer.Argument(help="A SKU, or the id of a variant or product.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the stock of a product over all stores, and in each."""
    with to_ask(database_url) as connection:
        answer = product_stock(connection, sku, clock.now())
    if as_json:
        show_json(answer)
        return
    show_facts(
        [
            ("sku", answer.sku),
            ("status", answer.stock_status),
            ("on hand", answer.current_stock),
            ("available", answer.available_stock),
            ("on hold", answer.on_hold),
            ("reserved", answer.reserved),
            ("unsellable", answer.unsellable),
        ]
    )
    show_rows(
        ("sku", "store", "available", "on hold", "reserved", "unsellable", "on hand"),
        [
            (
                *(level.sku, level.store, level.quantity_available, level.quantity_on_hold, level.quantity_reserved),
                *(level.unsellable, level.current_stock),
            )
            for level in answer.stores
        ],
    )
