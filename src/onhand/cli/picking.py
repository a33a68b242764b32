"""`onhand picking`."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from onhand.cli.goods import units
from onhand.cli.opening import operator, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page, show_rows
from onhand.library.fulfillment import FulfillmentService
from onhand.trade.picking import THEN
from onhand.views import picking as views
from onhand.views.documents import DocumentFilter
from onhand.views.orders import OrderAnswer
from onhand.views.zones import WavePart

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Pick and ship, by order or by wave.")

OrderRef = Annotated[str, typer.Argument(metavar="ORDER", help="The order's number or its id.")]
WaveRef = Annotated[str, typer.Argument(metavar="WAVE", help="Its number or its id.")]
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
    with to_ask(database_url) as connection:
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
    order: OrderRef,
    store: Annotated[str | None, typer.Option(help="Only what this store is to give.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the picking list of an order, by store and bin."""
    with to_ask(database_url) as connection:
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
    with to_ask(database_url) as connection:
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
    wave: WaveRef,
    zone: Annotated[str | None, typer.Option(help="Only this zone: what stands before the first - of a bin.")] = None,
    zone_size: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Cut each zone into walks of so many lines at most.")
    ] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a wave: zone after zone by bin, for all its orders."""
    with to_ask(database_url) as connection:
        _show_wave(views.find_wave(connection, wave, WavePart(zone, zone_size)), as_json)


@app.command()
def begin(
    store: Annotated[str, typer.Option(help="Where it is walked.")] = "main",
    order: Annotated[list[str] | None, typer.Option(help="An order of it; may be repeated. Else the urgent.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many of the most urgent orders.")] = 20,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Begin a wave of the orders, or of the most urgent ones that are in no other wave."""
    _walk(lambda service: service.wave(store, order or (), limit=limit), database_url, as_json)


@app.command()
def finish(wave: WaveRef, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Finish a wave: what was not picked is in the queue again."""
    _walk(lambda service: service.finish_wave(wave), database_url, as_json)


@app.command()
def cancel(
    wave: WaveRef,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a wave. What was picked stays picked."""
    _walk(lambda service: service.cancel_wave(wave, reason), database_url, as_json)


@app.command()
def pick(
    order: OrderRef,
    line: Annotated[int, typer.Argument(min=1, help="The line of the order.")],
    quantity: Annotated[int, typer.Argument(min=0, help="Units that were picked.")],
    store: Annotated[str, typer.Option(help="Where.")] = "main",
    short: Annotated[int, typer.Option(metavar="N", min=0, help="Units that were not there.")] = 0,
    reason: Annotated[str, typer.Option(help="Why they were not.")] = "missing",
    then: Annotated[str, typer.Option(help=f"What becomes of them: {', '.join(THEN)}.")] = THEN[0],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write down what was picked of a line. What is short leaves sale at once, and is counted."""
    missing = {"quantity": short, "reason": reason, "then": then} if short else None
    _move(lambda service: service.pick_line(order, line, store, quantity, short=missing), database_url, as_json)


@app.command()
def ship(
    order: OrderRef,
    item: Annotated[
        list[str] | None,
        typer.Option("--item", metavar="SKU=QTY", help="What leaves; may be repeated. Else all that is outstanding."),
    ] = None,
    carrier: Annotated[str | None, typer.Option(help="Who carries it.")] = None,
    tracking_number: Annotated[str | None, typer.Option(help="The carrier's number of it.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ship items of an order, or all that is outstanding; what was picked goes first."""
    items = units(item or (), "quantity")
    _move(
        lambda service: service.ship(order, items, carrier=carrier, tracking_number=tracking_number),
        database_url,
        as_json,
    )


def _walk(act: Callable[[FulfillmentService], views.WaveAnswer], database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = act(FulfillmentService(engine, operator()))
    _show_wave(answer, as_json)


def _show_wave(answer: views.WaveAnswer, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    show_facts([("wave", answer.number), ("status", answer.status), ("store", answer.store)])
    show_rows(
        ("zone", "walk", *STOPS),
        [
            (
                *(line.zone, line.walk, line.bin, line.sku, line.name, line.to_pick, line.picked),
                ", ".join(f"{share.quantity} × {share.number}" for share in line.orders),
            )
            for line in answer.lines
        ],
    )


def _move(act: Callable[[FulfillmentService], OrderAnswer], database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = act(FulfillmentService(engine, operator()))
    if as_json:
        show_json(answer)
        return
    show_facts([("order", answer.number), ("status", answer.status)])
    show_rows(
        ("line", "sku", "quantity", "where"),
        [
            (
                *(item.line, item.sku, item.quantity),
                ", ".join(f"{part.quantity} {part.state} at {part.store}" for part in item.allocations),
            )
            for item in answer.items
        ],
    )


def _sum(wave: views.WaveAnswer, field: str) -> Any:
    return sum(getattr(line, field) for line in wave.lines)
