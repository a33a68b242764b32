"""One process that writes events at full speed: `python -m tests.races.telling URL EVENTS SEED ORDER…`.

Half of what it does changes orders that all such processes change, the other half stock of SKUs that they share. To a
database that processes share it writes by an engine of its own; to one that a server owns, by that server's URL.
"""

import random
import sys
import threading
from typing import Any

import httpx2

from onhand.books import Actor
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.trade.orders import ExtendHold
from onhand.trade.stock import AdjustStock

SKUS = [f"SKU-{number}" for number in range(8)]
KEY = "key-of-the-writers"
MOST_UNDER_WAY = 1_000
CHANGES_A_REQUEST = 199


def main(url: str, events: str, seed: str, *orders: str) -> None:
    write = write_by_http if url.startswith("http") else write_by_engine
    write(url, int(events), random.Random(int(seed)), f"writer {seed}", orders)


def write_by_engine(url: str, events: int, chance: random.Random, name: str, orders: tuple[str, ...]) -> None:
    database = open_database(url)
    engine = Engine(database)
    engine.start()
    room = threading.Semaphore(MOST_UNDER_WAY)
    failed: list[str] = []

    def done(outcome: Any) -> None:
        if isinstance(outcome, BaseException):
            failed.append(repr(outcome))
        room.release()

    for _ in range(events):
        room.acquire()
        command: Any = AdjustStock(chance.choice(SKUS), "main", "increment", 1, "Counted")
        if chance.random() < 0.5:
            command = ExtendHold(chance.choice(orders), 60)
        engine.submit(command, Actor(name), done)
    for _ in range(MOST_UNDER_WAY):
        room.acquire()
    engine.close()
    database.close()
    sys.exit("; ".join(failed[:3]) or None)


def write_by_http(url: str, events: int, chance: random.Random, name: str, orders: tuple[str, ...]) -> None:
    """An order, then many changes of stock in one request, and again."""
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx2.Client(base_url=url, headers=headers, timeout=60) as client:
        while events:
            answer = client.put(f"/api/orders/{chance.choice(orders)}/extend", json={"hold_minutes": 60})
            if answer.status_code != 200:
                sys.exit(answer.text)
            changes = [
                {"sku": chance.choice(SKUS), "operation": "increment", "quantity": 1, "reason": name}
                for _ in range(min(CHANGES_A_REQUEST, events - 1))
            ]
            events -= 1 + len(changes)
            if changes:
                counted = client.post("/api/inventory/stock/batch", json={"changes": changes})
                refused = [each for each in counted.json()["results"] if "problem" in each]
                if refused:
                    sys.exit(str(refused[:3]))


if __name__ == "__main__":
    main(*sys.argv[1:])
