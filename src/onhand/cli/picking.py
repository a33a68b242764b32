"""`onhand picking`."""

from typing import Annotated, Any

import typer

from onhand.cli.opening import to_read
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.views import picking as views
from onhand.views.documents import DocumentFilter

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show what is to be picked, by order or by wave.")

STOPS = ("bin", "sku", "name", "to pick", "picked", "for")


@app.command()
def queue(
    store: Annotated[str | None, typer.Option(help="Only what this store is to give.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the orders that are to be picked, most urgent first."""
    with to_read(database_url) as database, database.reading() as connection:
        page = views.queue(connection, store, limit, cursor)
    show_page(
        page,
        ("order", "status", "priority", "to pick", "picked", "stores", "wave", "promised", "made"),
        lambda order: (
            *(order.number, order.status, order.priority, order.to_pick, order.picked),
            *(", ".join(each.store for each in order.stores), order.wave, order.promised_at, order.created_at),
        ),
        as_json,
    )


@app.command("list")
def list_(
    order: Annotated[str, typer.Argument(help="The order's number or its id.")],
    store: Annotated[str | None, typer.Option(help="Only what this store is to give.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the picking list of an order, by store and bin."""
    with to_read(database_url) as database, database.reading() as connection:
        answer = views.find_pick_list(connection, order, store)
    if as_json:
        show_json(answer)
        return
    show_facts([("order", answer.number), ("status", answer.status)])
    show_rows(
        ("store", *STOPS),
        [
            (each.store, line.bin, line.sku, line.name, line.to_pick, line.picked, f"line {line.line}")
            for each in answer.lists
            for line in each.lines
        ],
    )


@app.command()
def waves(
    status: Annotated[str | None, typer.Option(help="Only these: picking, picked, cancelled.")] = None,
    store: Annotated[str | None, typer.Option(help="Only those of this store.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List waves, newest first."""
    with to_read(database_url) as database, database.reading() as connection:
        page = views.list_waves(connection, DocumentFilter(status, store), limit, cursor)
    show_page(
        page,
        ("number", "status", "store", "orders", "to pick", "picked", "by", "made"),
        lambda wave: (
            *(wave.number, wave.status, wave.store, len(wave.orders)),
            *(_sum(wave, "to_pick"), _sum(wave, "picked"), wave.actor, wave.created_at),
        ),
        as_json,
    )


@app.command()
def wave(
    wave: Annotated[str, typer.Argument(help="Its number or its id.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a wave: one walk by bin, for all its orders."""
    with to_read(database_url) as database, database.reading() as connection:
        answer = views.find_wave(connection, wave)
    if as_json:
        show_json(answer)
        return
    show_facts([("wave", answer.number), ("status", answer.status), ("store", answer.store)])
    show_rows(
        STOPS,
        [
            (
                *(line.bin, line.sku, line.name, line.to_pick, line.picked),
                ", ".join(f"{share.quantity} × {share.number}" for share in line.orders),
            )
            for line in answer.lines
        ],
    )


def _sum(wave: views.WaveAnswer, field: str) -> Any:
    return sum(getattr(line, field) for line in wave.lines)
