"""The shop that is measured: so many SKUs in one store or in many, stocked so deeply that nothing runs out.

Everything stands on its rows: what they add up to is checked after each contestant's run, so that an order counts only
if it was written whole.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from onhand import clock
from onhand.bench.databases import Databases
from onhand.books import Actor, Policy
from onhand.db.database import Database, open_database
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import Batch, Level, Movement, Product, Store, Variant
from onhand.trade.placing import Item, PlaceOrder

BUYER = Actor("bench")
LINES = 3
OPENING_UNITS = 1_000_000_000
PRICE = 12_300
# Long enough that no hold runs out while the bench runs: giving stock back is not what is measured.
POLICY = Policy(hold_minutes=10_080)
CHUNK = 5_000

_COUNTS = """
SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines), (SELECT count(*) FROM reservations),
       (SELECT count(*) FROM movements), (SELECT count(*) FROM events), (SELECT count(*) FROM shipments),
       (SELECT sum(available) FROM levels), (SELECT sum(on_hold) FROM levels), (SELECT sum(reserved) FROM levels),
       (SELECT count(*) FROM levels WHERE available < 0 OR on_hold < 0 OR reserved < 0 OR unsellable < 0)
"""


class Counts(NamedTuple):
    """What the tables hold: rows of each kind, units in each bucket, and levels that are below zero."""

    orders: int
    lines: int
    reservations: int
    movements: int
    events: int
    shipments: int
    available: int
    on_hold: int
    reserved: int
    negative_levels: int


# What one order of three lines, a unit each, adds to the tables: placed, and taken all the way to shipped.
PLACED = Counts(1, LINES, LINES, LINES, 1, 0, -LINES, LINES, 0, 0)
SHIPPED = Counts(1, LINES, LINES, 3 * LINES, 3, 1, -LINES, 0, 0, 0)


class WronglyWritten(Exception):
    """A contestant's rows are not those of the orders that it says it has accepted."""


class Shop:
    """A shop in a database of its own. Of several stores, each fifth has a SKU: few have all that an order wants."""

    def __init__(self, url: str, skus: int, stores: int = 1) -> None:
        self.url = url
        self.skus = skus
        self.database: Database = open_database(url)
        self._random = random.Random(7)
        writer = self.database.writer()
        self.store = _main_store(writer)
        self.stores = [self.store, *_more_stores(writer, self.store, stores - 1)]
        _stock(writer, self.stores, skus)
        writer.close()

    def close(self) -> None:
        self.database.close()

    def sku_numbers(self, *, hot: bool) -> list[int]:
        """The SKUs of one order: three at random, or three times the one that everybody wants."""
        return [1] * LINES if hot else self._random.choices(range(1, self.skus + 1), k=LINES)

    def orders(self, *, hot: bool = False) -> Iterator[PlaceOrder]:
        """Orders without end."""
        while True:
            yield PlaceOrder(tuple(Item(sku(number), 1) for number in self.sku_numbers(hot=hot)))

    def orders_at_stores(self) -> Iterator[PlaceOrder]:
        """Orders without end that say of each line which store it comes from."""
        while True:
            items = []
            for number in self.sku_numbers(hot=False):
                store = self._random.choice(_stores_of(number, self.stores))
                items.append(Item(sku(number), 1, store=store.code))
            yield PlaceOrder(tuple(items))

    def counts(self) -> Counts:
        writer = self.database.writer()
        ((*found,),) = writer.run(_COUNTS)
        writer.close()
        return Counts._make(int(count) for count in found)


def claim_numbers(writer: Writer, count: int) -> int:
    """So many order numbers in a row, for a contestant that does not go through the engine; answers the first."""
    writer.begin()
    ((last,),) = writer.run(
        "UPDATE counters SET value = value + :count WHERE name = 'order_number' RETURNING value", count=count
    )
    writer.commit()
    return int(last) - count + 1


@contextmanager
def open_shop(databases: Databases, skus: int, stores: int = 1) -> Iterator[Shop]:
    """A shop in a new database, which is removed in the end."""
    url = databases.fresh()
    try:
        shop = Shop(url, skus, stores)
        try:
            yield shop
        finally:
            shop.close()
    finally:
        databases.drop(url)


def check_growth(before: Counts, after: Counts, orders: int, each: Counts, who: str) -> None:
    """The tables have grown by exactly these orders. Raises WronglyWritten."""
    wanted = Counts._make(was + orders * more for was, more in zip(before, each, strict=True))
    if after != wanted:
        difference = {name: (is_, should) for name, is_, should in zip(Counts._fields, after, wanted, strict=True)}
        wrong = {name: pair for name, pair in difference.items() if pair[0] != pair[1]}
        raise WronglyWritten(f"{who}: {orders} orders, and (is, should be) {wrong}")


def sku(number: int) -> str:
    return f"SKU-{number:06}"


def variant_id(number: int) -> str:
    """Ids that can be computed from the number, so that a script without our catalog can name a variant too."""
    return f"00000000-0000-7000-8000-{number:012x}"


def product_id(number: int) -> str:
    return f"00000000-0000-7000-9000-{number:012x}"


def _main_store(writer: Writer) -> Store:
    (row,) = writer.select(STORAGE[Store], ["code"], ["main"])
    return Store._make(row)


def _more_stores(writer: Writer, like: Store, count: int) -> list[Store]:
    more = [
        like._replace(id=f"00000000-0000-7000-a000-{n:012x}", code=f"store-{n:02}", name=f"Store {n}")
        for n in range(1, count + 1)
    ]
    if more:
        writer.begin()
        writer.insert(STORAGE[Store], more)
        writer.commit()
    return more


def _stores_of(number: int, stores: Sequence[Store]) -> Sequence[Store]:
    """The stores that have a SKU."""
    return stores if len(stores) == 1 else stores[number % 5 :: 5]


def _stock(writer: Writer, stores: Sequence[Store], skus: int) -> None:
    """Products, their variants, and an opening movement for each level, in bulk."""
    now = clock.now()
    writer.begin()
    for first in range(1, skus + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, skus + 1))
        for row_type, rows in _stocked(stores, numbers, now).items():
            writer.insert(STORAGE[row_type], rows)
    writer.insert(STORAGE[Batch], [Batch(clock.new_id(), now, 1)])
    writer.run("UPDATE counters SET value = value + 1 WHERE name = 'catalog'")
    writer.commit()


def _stocked(stores: Sequence[Store], numbers: range, now: int) -> Mapping[type, list[tuple[Any, ...]]]:
    places = [(store, n) for n in numbers for store in _stores_of(n, stores)]
    return {
        Product: [Product(product_id(n), f"Product {n}", None, "USD", now, now) for n in numbers],
        Variant: [
            Variant(variant_id(n), product_id(n), 1, sku(n), f"Product {n}", PRICE, "USD", None, None, None, now, now)
            for n in numbers
        ],
        Level: [Level(store.id, variant_id(n), 1, OPENING_UNITS) for store, n in places],
        Movement: [
            Movement(
                store.id,
                variant_id(n),
                1,
                "increment",
                OPENING_UNITS,
                OPENING_UNITS,
                0,
                0,
                0,
                None,
                "adjustment",
                None,
                BUYER.name,
                None,
                "Opening stock",
                None,
                now,
                now,
            )
            for store, n in places
        ],
    }
