"""`onhand replay-receipts`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from sqlalchemy import Connection, func, select

from onhand import clock
from onhand.books import Actor
from onhand.cli import adventure_works
from onhand.cli.adventure_works import Bought, Product, Stocked
from onhand.cli.opening import operator, to_change
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import progress, show_facts, show_json
from onhand.cli.window import Window
from onhand.db.documents import purchase_orders
from onhand.db.schema import movements, stores, variants
from onhand.engine import Engine
from onhand.trade.catalog import CreateProduct, CreateStore, VariantSpec
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    PurchasePicture,
    ReceivedItem,
    ReceivePurchaseOrder,
)
from onhand.trade.stock import AdjustStock

app = typer.Typer(add_completion=False)

MOST_IN_FLIGHT = 512


@app.command()
def replay_receipts(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder with the tables of AdventureWorks as .csv or .csv.gz.")
    ],
    store: Annotated[
        str, typer.Option(help="Where deliveries arrive: the code of a location, which is its name with hyphens.")
    ] = "miscellaneous-storage",
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Receive the purchase orders of a real warehouse, short, over and rejected as they came.

    Each location becomes a store, each product that is stocked or bought a product, and what is there its opening
    stock; then every purchase order is made and its delivery booked, and those that were complete although short are
    closed. What was rejected is kept as unsellable. The files do not say where deliveries arrived, so all arrive at one
    store. In a database that has some of these already, what is there is used and left as it is.
    """
    found = adventure_works.read(folder)
    with (
        to_change(database_url) as engine,
        progress("Purchase orders", len(found.purchases)) as advance,
    ):
        with engine.database.reading() as connection:
            known = _known(connection)
        receiving = Receiving(engine, operator(), advance)
        began = clock.stopwatch()
        receiving.open(
            [(code, name) for code, name in found.stores.items() if code not in known.stores],
            [product for product in found.products if product.sku not in known.skus],
            [stocked for stocked in found.stock if stocked.sku not in known.skus],
        )
        receiving.receive([bought for bought in found.purchases if bought.number not in known.purchase_orders], store)
        seconds = clock.stopwatch() - began
        with engine.database.reading() as connection:
            stocked = _units_received(connection) - known.units_received
    figures = {
        "products": len(found.products),
        "stores": len({each.store for each in found.stock}),
        "purchase_orders": receiving.purchase_orders,
        "lines": receiving.lines,
        "ordered": receiving.ordered,
        "received": receiving.received,
        "rejected": receiving.rejected,
        "stocked": stocked,
        "seconds": round(seconds, 3),
    }
    if as_json:
        show_json(figures)
    else:
        show_facts([(name.replace("_", " "), value) for name, value in figures.items()])


class _Known(NamedTuple):
    """What the database has before the replay."""

    stores: set[str]
    skus: set[str]
    purchase_orders: set[str]
    units_received: int


def _known(connection: Connection) -> _Known:
    return _Known(
        set(connection.execute(select(stores.c.code)).scalars()),
        set(connection.execute(select(variants.c.sku)).scalars()),
        set(connection.execute(select(purchase_orders.c.number)).scalars()),
        _units_received(connection),
    )


def _units_received(connection: Connection) -> int:
    """All that deliveries ever put on sale, as the ledger has it."""
    m = movements.c
    question = select(func.sum(m.quantity)).where(m.kind == "receive", m.cause == "receipt")
    return int(connection.execute(question).scalar_one() or 0)


class Receiving:
    """Sends a warehouse's documents through the door, many in flight; `advance` hears of each that is settled.

    A purchase order's steps follow each other from the writer's answers.
    """

    def __init__(self, engine: Engine, actor: Actor, advance: Callable[[int], None]) -> None:
        self.purchase_orders = 0
        self.lines = 0
        self.ordered = 0
        self.received = 0
        self.rejected = 0
        self._engine = engine
        self._actor = actor
        self._advance = advance
        self._window = Window(MOST_IN_FLIGHT)

    def open(self, places: Sequence[tuple[str, str]], products: Sequence[Product], stock: Sequence[Stocked]) -> None:
        """Make the stores and the products, and put the opening stock on the shelves."""
        for code, name in places:
            self._submit(CreateStore(code, name), self._settled)
        for product in products:
            self._submit(CreateProduct(product.name, (VariantSpec(product.sku, product.price),)), self._settled)
        self._window.drain()
        for sku, store, units in stock:
            if units:
                command = AdjustStock(sku, store, "increment", units, "Opening stock", cause="import")
                self._submit(command, self._settled)
        self._window.drain()

    def receive(self, purchases: Sequence[Bought], store: str) -> None:
        for bought in purchases:
            command = CreatePurchaseOrder(
                bought.supplier,
                store,
                tuple(PurchaseItem(line.sku, line.ordered, line.unit_cost, line.expected_at) for line in bought.lines),
                bought.number,
                note=f"Ordered on {bought.ordered_on}",
            )
            self._submit(command, partial(self._created, bought))
        self._window.drain()

    def _submit(self, command: Any, done: Callable[[Any], None]) -> None:
        self._window.enter()
        try:
            self._engine.submit(command, self._actor, done)
        except BaseException:
            self._window.leave()
            raise

    def _settled(self, outcome: Any) -> None:
        self._window.leave(None, outcome if isinstance(outcome, BaseException) else None)

    def _created(self, bought: Bought, outcome: PurchasePicture | BaseException) -> None:
        # One line of the files is one line here, so what came of it is booked on that very line.
        items = tuple(
            ReceivedItem(line.received, line.rejected, line=number)
            for number, line in enumerate(bought.lines, start=1)
            if line.received
        )
        self._go_on(
            outcome,
            lambda order: ReceivePurchaseOrder(order, items, bought.shipped_at, allow_over=True) if items else None,
            partial(self._received, bought),
        )

    def _received(self, bought: Bought, outcome: PurchasePicture | BaseException) -> None:
        def close(order: str) -> ClosePurchaseOrder | None:
            is_short = isinstance(outcome, PurchasePicture) and outcome.order.status != "received"
            return ClosePurchaseOrder(order, "Complete") if bought.is_complete and is_short else None

        self._go_on(outcome, close, self._closed)

    def _closed(self, outcome: PurchasePicture | BaseException) -> None:
        self._go_on(outcome, lambda order: None, self._closed)

    def _go_on(
        self,
        outcome: PurchasePicture | BaseException,
        step: Callable[[str], Any | None],
        done: Callable[[Any], None],
    ) -> None:
        """Send a purchase order its next step, or count it and let the next one in when there is none."""
        try:
            if isinstance(outcome, BaseException):
                raise outcome
            command = step(outcome.order.id)
            if command is not None:
                self._engine.submit(command, self._actor, done)
                return
            self._count(outcome)
        except BaseException as failure:
            self._window.leave(None, failure)
        else:
            self._window.leave()

    def _count(self, picture: PurchasePicture) -> None:
        self.purchase_orders += 1
        self.lines += len(picture.lines)
        self.ordered += sum(line.ordered for line in picture.lines)
        self.received += sum(line.received for line in picture.lines)
        self.rejected += sum(line.rejected for line in picture.lines)
        self._advance(1)
