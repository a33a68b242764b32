"""One process that writes events at full speed: `python -m tests.races.telling URL EVENTS SEED ORDER…`.

Half of what it does changes orders that all such processes change, the other half stock of SKUs that they share.
"""

import random
import sys
import threading
from typing import Any

from onhand.books import Actor
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.trade.orders import ExtendHold
from onhand.trade.stock import AdjustStock

SKUS = [f"SKU-{number}" for number in range(8)]
MOST_UNDER_WAY = 1_000


def main(url: str, events: str, seed: str, *orders: str) -> None:
    database = open_database(url)
    engine = Engine(database)
    engine.start()
    chance = random.Random(int(seed))
    room = threading.Semaphore(MOST_UNDER_WAY)
    failed: list[str] = []

    def done(outcome: Any) -> None:
        if isinstance(outcome, BaseException):
            failed.append(repr(outcome))
        room.release()

    for _ in range(int(events)):
        room.acquire()
        command: Any = AdjustStock(chance.choice(SKUS), "main", "increment", 1, "Counted")
        if chance.random() < 0.5:
            command = ExtendHold(chance.choice(orders), 60)
        engine.submit(command, Actor(f"writer {seed}"), done)
    for _ in range(MOST_UNDER_WAY):
        room.acquire()
    engine.close()
    database.close()
    sys.exit("; ".join(failed[:3]) or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
