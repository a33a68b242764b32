"""Orders decided in memory by the engine's own rules, ready to be written: the floor's rows, and a ledger's past.

Deciding beforehand is what makes the floor a floor (nothing is left to do but to write) and a large ledger true: its
rows are those that the engine would have written, had it been asked one order after the other.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from onhand import clock
from onhand.bench.shop import BUYER, POLICY, SHIPPED, Shop, claim_numbers, sku
from onhand.books import Books
from onhand.calendars import days_off
from onhand.db.catalog import CatalogCopy
from onhand.db.dialect import Writer
from onhand.db.feed import number_all
from onhand.db.storage import KEYS, STORAGE
from onhand.rows import Batch, Event, Level, Line, Movement, Order, Reservation, Shipment
from onhand.trade import fulfilment, orders, placing

Row = tuple[Any, ...]
FILL_ORDERS = 2_000


class Decided(NamedTuple):
    """A batch of orders: the new rows of each table, and the levels as they leave them with the versions before."""

    orders: int
    new: dict[type, list[Row]]
    levels: list[Row]
    seen: list[int]


class Desk:
    """Decides so many orders, one batch after the other, each on the levels that the one before has left."""

    def __init__(self, shop: Shop, writer: Writer, orders: int) -> None:
        self._shop = shop
        self._next_number = claim_numbers(writer, orders)
        self._catalog = CatalogCopy()
        self._catalog.bring_up_to(0, writer)
        self._catalog.fetch(map(sku, range(1, shop.skus + 1)), writer)
        columns = ", ".join(STORAGE[Level].columns)
        found = map(Level._make, writer.run(f"SELECT {columns} FROM levels"))
        self._levels = {(level.store_id, level.variant_id): level for level in found}

    def decide(self, size: int, *, hot: bool = False, shipped: bool = False) -> Decided:
        first = self._next_number
        self._next_number += size
        books = Books(clock.now(), POLICY, self._catalog, KEYS, clock.new_id, range(first, first + size), days_off)
        books.levels.loaded = self._levels
        for command, _ in zip(self._shop.orders(hot=hot), range(size), strict=False):
            placed = placing.place(books, command, BUYER).order
            if shipped:
                orders.confirm(books, orders.ConfirmOrder(placed.id), BUYER)
                fulfilment.ship(books, fulfilment.ShipOrder(placed.id), BUYER)
        new: dict[type, list[Row]] = {
            row_type: list(books.shelves[row_type].changed.values()) for row_type in (Order, Line, Reservation)
        }
        new |= {Movement: list(books.movements), Shipment: list(books.shipments.changed.values())}
        new |= {Event: list(books.events), Batch: [Batch(clock.new_id(), books.now, size)]}
        changed = books.levels.changed
        decided = Decided(size, new, list(changed.values()), [self._levels[key].version for key in changed])
        self._levels.update(changed)
        return decided


def write(writer: Writer, decided: Decided) -> None:
    """Write a batch in one transaction, by the statements that the engine writes by."""
    writer.begin()
    for row_type, rows in decided.new.items():
        if rows:
            writer.insert(STORAGE[row_type], rows)
    writer.update(STORAGE[Level], decided.levels, ("version", decided.seen))
    writer.commit()


def fill(shop: Shop, movements: int) -> None:
    """Give the shop a past: orders placed, confirmed and shipped, until the ledger holds so many movements."""
    orders = -(-movements // SHIPPED.movements)
    writer = shop.database.writer()
    desk = Desk(shop, writer, orders)
    # One batch is written while the next is decided: half of the time is the database's.
    with ThreadPoolExecutor(1) as writing:
        written: Future[None] | None = None
        for first in range(0, orders, FILL_ORDERS):
            decided = desk.decide(min(FILL_ORDERS, orders - first), shipped=True)
            if written is not None:
                written.result()
            written = writing.submit(write, writer, decided)
        if written is not None:
            written.result()
    number_all(writer)
    writer.close()
