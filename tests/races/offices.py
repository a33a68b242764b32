"""Several processes of clerks (tests/races/clerks.py) on one PostgreSQL, and what is to be true when they have gone."""

import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.races.clerks import SKUS
from tests.shop import Shop

from onhand.books import Actor
from onhand.db.database import open_database
from onhand.db.schema import orders
from onhand.engine import Engine
from onhand.trade import catalog, money, stock
from onhand.views.verify import verify

ROOT = Path(__file__).resolve().parents[2]
# What an order may have come to since somebody was told what it is.
LATER = {
    "pending": {"pending", "confirmed", "shipped", "cancelled"},
    "confirmed": {"confirmed", "shipped", "cancelled"},
    "shipped": {"shipped"},
    "cancelled": {"cancelled"},
}


def stock_up(url: str, quantity: int) -> None:
    database = open_database(url)
    engine = Engine(database)
    engine.start()
    for sku in SKUS:
        engine.run(catalog.CreateProduct(sku, (catalog.VariantSpec(sku, money.price(Decimal(10))),)), Actor("owner"))
        engine.run(stock.AdjustStock(sku, "main", "increment", quantity, "Opening stock"), Actor("owner"))
    engine.close()
    database.close()


def open_offices(url: str, count: int, seconds: float, folder: Path) -> "list[subprocess.Popen[str]]":
    module = [sys.executable, "-m", "tests.races.clerks"]
    return [
        subprocess.Popen(
            [*module, url, str(seconds), str(seed), str(folder / f"acknowledged-{seed}")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(count)
    ]


def close_offices(offices: "list[subprocess.Popen[str]]", patience: float) -> dict[str, Any]:
    """What they say they did, together, once they have ended by themselves."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    longest = 0.0
    try:
        for office in offices:
            said, logged = office.communicate(timeout=patience)
            assert office.returncode == 0, logged
            figures = json.loads(said.splitlines()[-1])
            assert figures["failed"] == [], logged
            done.update(figures["done"])
            refused.update(figures["refused"])
            longest = max(longest, figures["longest_seconds"])
    finally:
        for office in offices:
            office.kill()
    return {"done": done, "refused": refused, "longest_seconds": longest}


def assert_nothing_was_lost(url: str, folder: Path) -> int:
    """The books add up and every acknowledged order is there as was said; answers how many were acknowledged."""
    database = open_database(url)
    found = verify(database)
    with database.reading() as connection:
        present = {row.id: row.status for row in connection.execute(select(orders.c.id, orders.c.status))}
    database.close()
    assert found.clean, found.broken[:20]
    told = [line.split() for book in folder.glob("acknowledged-*") for line in book.read_text().splitlines()]
    lost = [(order_id, status) for order_id, status in told if present.get(order_id) not in LATER[status]]
    assert lost == []
    # Only as many more orders as there were clerks may exist: those whose answer nobody was left to write down.
    return len({order_id for order_id, _ in told})


def a_whole_day(shop: Shop) -> None:
    """Something of everything that the write path does."""
    shop.opens("north")
    shop.stocks({"C": 50}, "north")
    order = shop.order([("A", 2), ("C", 1, "north")])
    shop.confirm(order)
    shop.ship(order, {"A": 1})
    shop.ship(order)
    shop.take_back(order, {"A": 1})
    shop.cancel(shop.order({"A": 1}))
    shop.release_hold(shop.hold({"A": 1}))
    shop.order({"A": 1}, hold_minutes=1)
    shop.moment.passes(minutes=2)
    shop.order({"A": 1}, paid=True)
