"""One process of a busy shop: `python -m tests.races.clerks URL SECONDS SEED ACKNOWLEDGED`.

Sixteen clerks on one engine do random deeds on twenty SKUs and on each other's orders, also those of other processes.
Each answer is written down (a line `order-id status`) before its clerk does anything else. In the end it prints, as
JSON, what was done, what was refused, and everything that reached a clerk and is no refusal.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from typing import Any

from onhand.books import Actor
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.trade.errors import Refusal
from onhand.trade.fulfilment import ShipOrder
from onhand.trade.orders import CancelOrder, ConfirmOrder
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.stock import AdjustStock

CLERKS = 16
SKUS = [f"SKU-{number}" for number in range(20)]
DEEDS = ["place", "place", "place", "place_paid", "place_paid", "confirm", "confirm", "cancel", "ship", "adjust"]


class Office:
    """What the clerks of one process share."""

    def __init__(self, engine: Engine, seconds: float, acknowledged: str) -> None:
        self.engine = engine
        self.ends = time.monotonic() + seconds
        self.book = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.newest_number = 1_000
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.failed: list[str] = []
        self.longest = 0.0
        self.lock = threading.Lock()

    def works(self, seed: int) -> None:
        chance = random.Random(seed)
        mine: list[str] = []
        while time.monotonic() < self.ends:
            deed = chance.choice(DEEDS)
            order = self.some_order(chance, mine)
            began = time.monotonic()
            try:
                self.note(self.engine.run(command(chance, deed, order), Actor("clerk")), deed, mine)
                counted, name = self.done, deed
            except Refusal as refusal:
                counted, name = self.refused, refusal.code
            except Exception as error:
                self.failed.append(f"{deed}: {error!r}")
                continue
            with self.lock:
                counted[name] += 1
                self.longest = max(self.longest, time.monotonic() - began)

    def some_order(self, chance: random.Random, mine: list[str]) -> str:
        """One of the clerk's own, or anybody's that is about as new as the newest that this process has placed."""
        if mine and chance.random() < 0.7:
            return mine.pop(chance.randrange(len(mine)))
        return str(max(1_001, self.newest_number - chance.randrange(200)))

    def note(self, outcome: Any, deed: str, mine: list[str]) -> None:
        picture = getattr(outcome, "picture", outcome)
        if not hasattr(picture, "order"):
            return
        os.write(self.book, f"{picture.order.id} {picture.order.status}\n".encode())
        self.newest_number = max(self.newest_number, int(picture.order.number))
        if deed != "ship" and deed != "cancel":
            mine.append(picture.order.id)


def command(chance: random.Random, deed: str, order: str) -> Any:
    if deed == "adjust":
        operation = chance.choice(["increment", "increment", "decrement", "damage"])
        return AdjustStock(chance.choice(SKUS), "main", operation, chance.randint(1, 40), "Found in the back")
    if deed in ("place", "place_paid"):
        items = tuple(Item(sku, chance.randint(1, 3)) for sku in chance.sample(SKUS, chance.randint(1, 3)))
        # Some are overdue a moment later: whoever touches their levels next has to end them.
        return PlaceOrder(items, paid=deed == "place_paid", hold_minutes=chance.choice([0.01, 15, 15]))
    return {"confirm": ConfirmOrder, "cancel": CancelOrder, "ship": ShipOrder}[deed](order)


def main(url: str, seconds: str, seed: str, acknowledged: str) -> None:
    database = open_database(url)
    engine = Engine(database)
    engine.start()
    office = Office(engine, float(seconds), acknowledged)
    clerks = [threading.Thread(target=office.works, args=(int(seed) * CLERKS + clerk,)) for clerk in range(CLERKS)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    engine.close()
    database.close()
    figures = {"done": office.done, "refused": office.refused, "longest_seconds": round(office.longest, 3)}
    print(json.dumps(figures | {"failed": office.failed[:20]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
