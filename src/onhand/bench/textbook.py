"""The textbook: one careful transaction for each order, in 16 threads, with SQLAlchemy Core.

It is what a good engineer writes first, and it is correct: lock the levels in the order of their keys, check the summed
demand, write the order with everything that belongs to it, commit. Its statements are built once and its rows go out in
groups, so that what it loses by is one transaction and one lock for every order, not carelessness.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, insert, make_url, select, update

from onhand import clock
from onhand.bench.shop import BUYER, PRICE, Shop, claim_numbers, sku, variant_id
from onhand.db import schema
from onhand.db.sqlite import SQLITE

THREADS = 16
NUMBERS = 100_000
_L = schema.levels.c
_LOCK = (
    select(_L.variant_id, _L.version, _L.available, _L.on_hold, _L.reserved, _L.unsellable)
    .where(_L.store_id == bindparam("store"), _L.variant_id.in_(bindparam("variants", expanding=True)))
    .order_by(_L.store_id, _L.variant_id)
    .with_for_update()
)
_INSERT_ORDER = insert(schema.orders)
_INSERT_LINE = insert(schema.order_lines)
_INSERT_RESERVATION = insert(schema.reservations)
_INSERT_MOVEMENT = insert(schema.movements)
_INSERT_EVENT = insert(schema.events)
_UPDATE_LEVEL = (
    update(schema.levels)
    .where(_L.store_id == bindparam("store"), _L.variant_id == bindparam("variant"))
    .values(version=bindparam("new_version"), available=bindparam("new_available"), on_hold=bindparam("new_on_hold"))
)
_SQLITE_SESSION = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 60000",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",
)


class SoldOut(Exception):
    """The transaction found too little of something, and gave up."""


class Textbook:
    """Sixteen clerks, each with a connection, each with one order at a time."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._engine = _engine(shop.url)
        writer = shop.database.writer()
        self._numbers = count(claim_numbers(writer, NUMBERS))
        writer.close()

    def close(self) -> None:
        self._engine.dispose()

    def place_for(self, seconds: float, *, hot: bool = False) -> tuple[int, float]:
        """Place orders for so long; answers how many, and the seconds that it took."""
        began = clock.stopwatch()
        until = began + seconds
        with ThreadPoolExecutor(THREADS) as clerks:
            placed = sum(clerks.map(lambda _: self._place_until(until, hot), range(THREADS)))
        return placed, clock.stopwatch() - began

    def _place_until(self, until: float, hot: bool) -> int:
        placed = 0
        while clock.stopwatch() < until:
            wanted = self._shop.sku_numbers(hot=hot)
            with self._engine.begin() as connection:
                place(connection, self._shop.store.id, str(next(self._numbers)), wanted)
            placed += 1
        return placed


def place(connection: Connection, store: str, number: str, wanted: Sequence[int]) -> None:
    """Place one order, a unit of each SKU wanted. Raises SoldOut."""
    demand = Counter(map(variant_id, wanted))
    found = connection.execute(_LOCK, {"store": store, "variants": list(demand)})
    levels = {row.variant_id: row._asdict() for row in found}
    if any(levels[variant]["available"] < units for variant, units in demand.items()):
        raise SoldOut
    now, order = clock.now(), clock.new_id()
    lines, reservations, movements = [], [], []
    for line, n in enumerate(wanted, start=1):
        level = levels[variant_id(n)]
        level["version"] += 1
        level["available"] -= 1
        level["on_hold"] += 1
        lines.append(_line(order, line, n))
        reservations.append(_reservation(order, line, store, level))
        movements.append(_movement(order, number, store, level, now))
    connection.execute(_INSERT_ORDER, _order(order, number, len(wanted), now))
    connection.execute(_INSERT_LINE, lines)
    connection.execute(_INSERT_RESERVATION, reservations)
    connection.execute(_INSERT_MOVEMENT, movements)
    connection.execute(_INSERT_EVENT, _event(order, number, wanted, now))
    connection.execute(
        _UPDATE_LEVEL,
        [
            {
                "store": store,
                "variant": level["variant_id"],
                "new_version": level["version"],
                "new_available": level["available"],
                "new_on_hold": level["on_hold"],
            }
            for level in levels.values()
        ],
    )


def _order(order: str, number: str, lines: int, now: int) -> dict[str, Any]:
    return {
        "id": order,
        "number": number,
        "status": "pending",
        "payment_status": "unpaid",
        "currency": "USD",
        "total": lines * PRICE // 100,
        "priority": 0,
        "hold_expires_at": now + 7 * clock.DAY,
        "actor": BUYER.name,
        "created_at": now,
        "updated_at": now,
        "events": 1,
    }


def _line(order: str, line: int, n: int) -> dict[str, Any]:
    return {
        "order_id": order,
        "line": line,
        "variant_id": variant_id(n),
        "sku": sku(n),
        "name": f"Product {n}",
        "quantity": 1,
        "unit_price": PRICE,
        "total": PRICE // 100,
        "shipped": 0,
        "released": 0,
        "backordered": 0,
        "returned": 0,
    }


def _reservation(order: str, line: int, store: str, level: dict[str, Any]) -> dict[str, Any]:
    return {
        "claim_id": order,
        "line": line,
        "part": 1,
        "store_id": store,
        "variant_id": level["variant_id"],
        "quantity": 1,
        "state": "held",
        "opened_by": level["version"],
    }


def _movement(order: str, number: str, store: str, level: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "store_id": store,
        **level,
        "kind": "hold",
        "quantity": 1,
        "order_id": order,
        "cause": "order",
        "actor": BUYER.name,
        "reason": f"Customer order #{number}",
        "occurred_at": now,
        "recorded_at": now,
    }


def _event(order: str, number: str, wanted: Sequence[int], now: int) -> dict[str, Any]:
    told = {
        "number": number,
        "from": None,
        "to": "pending",
        "currency": "USD",
        "total": f"{len(wanted) * PRICE / 10_000:.2f}",
        "items": [{"sku": sku(n), "quantity": 1} for n in wanted],
    }
    return {
        "subject": f"order/{order}",
        "seq": 1,
        "type": "order.placed",
        "actor": BUYER.name,
        "occurred_at": now,
        "data": orjson.dumps(told).decode(),
    }


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=THREADS, max_overflow=0)
    engine = create_engine(parsed, module=SQLITE, pool_size=THREADS, max_overflow=0)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _SQLITE_SESSION:
        connection.execute(pragma)
