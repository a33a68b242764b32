"""The contests over HTTP: against a bare server, in batches, at half the highest rate, and for very many orders."""

import random
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import orjson

from onhand.bench import machine
from onhand.bench.databases import Databases
from onhand.bench.http_load import Job, Tally, send
from onhand.bench.servers import Running, bare_server, onhand_server
from onhand.bench.session import Contestant, Session, percentiles
from onhand.bench.shop import PLACED, Shop, check_growth, open_shop, sku
from onhand.bench.sizes import ORDERS_PER_REQUEST, Sizes

ORDERS, BATCHES, DIRECT = "/api/orders", "/api/orders/batch", "/direct/api/orders"
BODIES, BATCH_BODIES, BATCH_CONNECTIONS, OPEN_CONNECTIONS = 1_000, 50, 4, 256


class Served(NamedTuple):
    """A shop, and the server that is open for it."""

    shop: Shop
    server: Running
    bodies: list[str]
    batches: list[str]

    def place(self, connections: int, seconds: float, rate: float | None = None) -> Tally:
        """Orders one by one; every one that was answered 201 must be in the database, whole."""
        job = Job(self.server.port, ORDERS, self.bodies, self.server.key, connections, seconds, rate)
        before = self.shop.counts()
        tally = send(job)
        check_growth(before, self.shop.counts(), tally.answers(201), PLACED, f"HTTP, {connections} connections")
        return tally

    def place_batches(self, seconds: float, requests: int | None = None) -> float:
        """Orders a hundred at a time; answers how many a second."""
        job = Job(self.server.port, BATCHES, self.batches, self.server.key, BATCH_CONNECTIONS, seconds, None, requests)
        before = self.shop.counts()
        tally = send(job)
        placed = tally.answers(200) * ORDERS_PER_REQUEST
        check_growth(before, self.shop.counts(), placed, PLACED, "HTTP, in batches")
        return placed / tally.seconds


def against_bare(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """Orders one by one against requests that do nothing, at several numbers of connections; and orders in batches."""
    with _served(databases, sizes) as served, bare_server(_first_answer(served), databases.folder) as bare:
        contestants = []
        for connections in sizes.connections:
            contestants += [
                Contestant(_bare(served, bare, connections, sizes.seconds), "requests/s"),
                Contestant(_single(served, connections, sizes.seconds)),
            ]
        contestants += [
            Contestant(_bare(served, bare, 64, sizes.seconds, direct=True), "requests/s"),
            Contestant(lambda: {"http_batch": served.place_batches(sizes.seconds)}),
        ]
        served.place(16, sizes.seconds / 4)
        _bare(served, bare, 16, sizes.seconds / 4)()
        _bare(served, bare, 16, sizes.seconds / 4, direct=True)()
        session.hold(databases, contestants, rounds)


def latency(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """How long an order takes over HTTP when half of what the server can do is asked of it."""
    with _served(databases, sizes) as served:

        def run() -> Mapping[str, float]:
            most = served.place(64, sizes.seconds / 2)
            rate = most.answers(201) / most.seconds / 2
            return percentiles("http_latency", served.place(OPEN_CONNECTIONS, sizes.seconds, rate).latencies)

        session.hold(databases, [Contestant(run, "ms")], rounds)


def memory(session: Session, databases: Databases, sizes: Sizes) -> None:
    """What the server's process holds after half of very many orders, and after all of them. Once: it takes long."""
    requests = sizes.memory_orders // ORDERS_PER_REQUEST // 2
    with _served(databases, sizes) as served:

        def run(name: str) -> Mapping[str, float]:
            served.place_batches(0, requests)
            return {name: machine.resident_megabytes(served.server.process_id)}

        halves = [Contestant(partial(run, name), "MB") for name in ("memory_half", "memory_end")]
        session.hold(databases, halves, 1)


def _single(served: Served, connections: int, seconds: float) -> Callable[[], Mapping[str, float]]:
    def run() -> Mapping[str, float]:
        tally = served.place(connections, seconds)
        return {f"http_{connections}": tally.answers(201) / tally.seconds}

    return run


def _bare(
    served: Served, bare: Running, connections: int, seconds: float, *, direct: bool = False
) -> Callable[[], Mapping[str, float]]:
    name, path = ("bare_direct", DIRECT) if direct else ("bare", ORDERS)

    def run() -> Mapping[str, float]:
        tally = send(Job(bare.port, path, served.bodies, bare.key, connections, seconds))
        return {f"{name}_{connections}": tally.answers(201) / tally.seconds}

    return run


@contextmanager
def _served(databases: Databases, sizes: Sizes) -> Iterator[Served]:
    with open_shop(databases, sizes.skus) as shop, onhand_server(shop.url, databases.folder) as server:
        orders = [_body(shop) for _ in range(BODIES)]
        batches = [{"orders": random.Random(n).choices(orders, k=ORDERS_PER_REQUEST)} for n in range(BATCH_BODIES)]
        yield Served(shop, server, list(map(_text, orders)), list(map(_text, batches)))


def _body(shop: Shop) -> dict[str, Any]:
    return {"items": [{"sku": sku(number), "quantity": 1} for number in shop.sku_numbers(hot=False)]}


def _text(document: Any) -> str:
    return orjson.dumps(document).decode()


def _first_answer(served: Served) -> bytes:
    """An order's JSON as the server writes it, for the bare one to repeat."""
    headers = {"Authorization": f"Bearer {served.server.key}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{served.server.port}{ORDERS}"
    with urllib.request.urlopen(urllib.request.Request(url, served.bodies[0].encode(), headers)) as answer:
        body: bytes = answer.read()
    return body
