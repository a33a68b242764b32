"""Two engines on one PostgreSQL, as two processes are, at work on the same five SKUs.

Nothing but a refusal reaches a caller, and what the ledger says is what is there.
"""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from tests.races.crowd import all_at_once, taking_turns
from tests.shop import Shop

from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.rows import Level, Order
from onhand.trade.amend import AmendOrder
from onhand.trade.backorders import GiveUpBackorder
from onhand.trade.errors import AlreadyExists, Refusal
from onhand.trade.orders import OrderPicture
from onhand.trade.placing import Item
from onhand.views.verify import verify

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
SKUS = ["A", "B", "C", "D", "E"]


@pytest.fixture
def branches(shop, database_url, moment):
    """Two shops on one database."""
    database = open_database(database_url)
    engine = Engine(database)
    engine.start()
    yield shop, Shop(engine, moment)
    engine.close()
    database.close()


def at_both(branches, act):
    return all_at_once(*[partial(act, shop) for shop in branches])


def a_clerks_day(shop, seed, deeds):
    """Random deeds; what was refused, by code. Anything else that goes wrong is not caught."""
    chance = random.Random(seed)
    mine: list[OrderPicture] = []
    refused: Counter[str] = Counter()
    for _ in range(deeds):
        try:
            deed = chance.choice(list(DEEDS) if mine else ["order", "pay", "adjust"])
            basket = [(sku, chance.randint(1, 3)) for sku in chance.sample(SKUS, chance.randint(1, 3))]
            done: Any = DEEDS[deed](shop, chance, basket, chance.choice(mine) if mine else None)
            mine += [done] if deed in ("order", "pay", "wait") else []
        except Refusal as refusal:
            refused[refusal.code] += 1
    return refused


DEEDS = {
    # A second at most for some: their time runs out while the others are still at work.
    "order": lambda shop, chance, basket, order: shop.order(basket, hold_minutes=chance.choice([0.01, 15])),
    "pay": lambda shop, chance, basket, order: shop.order(basket, paid=True),
    "wait": lambda shop, chance, basket, order: shop.order(
        basket, on_shortage="backorder", hold_minutes=chance.choice([0.01, 15]), priority=chance.choice([0, 1])
    ),
    "amend": lambda shop, chance, basket, order: shop.run(
        AmendOrder(order.order.id, tuple(Item(*part) for part in basket))
    ),
    "give up": lambda shop, chance, basket, order: shop.run(GiveUpBackorder(order.order.id)),
    "confirm": lambda shop, chance, basket, order: shop.confirm(order),
    "cancel": lambda shop, chance, basket, order: shop.cancel(order),
    "ship": lambda shop, chance, basket, order: shop.ship(order),
    "pack": lambda shop, chance, basket, order: shop.ship(order, {order.lines[0].sku: 1}),
    "return": lambda shop, chance, basket, order: shop.take_back(order, {order.lines[0].sku: 1}),
    "hold": lambda shop, chance, basket, order: shop.release_hold(shop.hold(basket), basket[:1]),
    "adjust": lambda shop, chance, basket, order: shop.adjusts(
        chance.choice(SKUS), chance.choice(["increment", "decrement", "damage"]), 3
    ),
}


def test_two_branches_at_work(branches):
    first = branches[0]
    first.stocks(dict.fromkeys(SKUS, 60))
    days = all_at_once(*[lambda seed=seed: a_clerks_day(branches[seed % 2], seed, 50) for seed in range(12)])
    assert [day for day in days if isinstance(day, Exception)] == []
    assert any(day["insufficient_stock"] for day in days)
    found = verify(first.engine.database)
    assert found.clean, found.broken
    assert len(first.rows(Order)) > 80


def test_the_last_units_at_two_tills(branches):
    branches[0].stocks({"LAST": 100})
    outcomes = taking_turns(32, 300, lambda number: branches[number % 2].order({"LAST": 1}))
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"OrderPicture": 100, "InsufficientStock": 200}
    assert len({outcome.order.number for outcome in outcomes if not isinstance(outcome, Exception)}) == 100


def test_both_confirm_and_cancel_the_same_orders(branches):
    first, second = branches
    first.stocks({"A": 40})
    orders = [first.order({"A": 1}) for _ in range(20)]
    for order in orders:
        all_at_once(partial(first.confirm, order), partial(second.cancel, order))
    assert {row.status for row in first.rows(Order)} == {"cancelled"}
    assert first.balances("A") == (40, 0, 0)


def test_time_runs_out_for_both_at_once(branches):
    """Both find the same overdue orders in their way: each is expired once."""
    first = branches[0]
    first.stocks({"A": 40})
    for _ in range(40):
        first.order({"A": 1})
    first.moment.passes(minutes=15)
    outcomes = at_both(branches, lambda shop: shop.order({"A": 20}))
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert first.balances("A") == (0, 40, 0)
    assert Counter(row.status for row in first.rows(Order)) == {"cancelled": 40, "pending": 2}


def test_a_level_is_opened_by_both_at_once(branches):
    first = branches[0]
    for number in range(10):
        first.sells(f"NEW-{number}")
        outcomes = at_both(branches * 3, lambda shop, sku=f"NEW-{number}": shop.adjusts(sku, "increment", 5))
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        assert first.balances(f"NEW-{number}") == (30, 0, 0)
    assert len(first.rows(Level)) == 10


def test_one_branch_sells_what_the_other_has_just_put_on_the_list(branches):
    """The catalog of each is a copy in memory: it is never decided on when it is out of date."""
    first, second = branches
    second.stocks({"OLD": 1})
    for number in range(10):
        first.sells(f"NEW-{number}", price="2.50")
        first.opens(f"store-{number}")
        first.adjusts(f"NEW-{number}", "increment", 1, f"store-{number}")
        placed = second.order([(f"NEW-{number}", 1, f"store-{number}")])
        assert placed.order.total == 250
        with pytest.raises(AlreadyExists):
            second.sells(f"NEW-{number}")


def test_both_put_the_same_product_on_the_list(branches):
    for number in range(10):
        outcomes = at_both(branches, lambda shop, sku=f"NEW-{number}": shop.sells(sku))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyExists", "Variant"]


def test_who_waited_for_a_row_decides_on_what_is_there_then(branches, postgres_database):
    first = branches[0]
    first.stocks({"A": 10})
    _, bystander, _ = postgres_database
    bystander.execute("BEGIN")
    bystander.execute("SELECT version FROM levels FOR UPDATE")
    threading.Timer(0.2, lambda: bystander.execute("COMMIT")).start()
    outcomes = at_both(branches, lambda shop: shop.order({"A": 10}))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InsufficientStock", "OrderPicture"]


def test_a_circle_of_waiting_is_broken_by_trying_again(shop, postgres_database):
    """A bystander locks the levels the wrong way round. PostgreSQL ends one of the two; the order is placed."""
    shop.stocks({"A": 10, "B": 10})
    _, bystander, _ = postgres_database
    first, second = sorted(shop.variant(sku).id for sku in "AB")
    lock = "SELECT version FROM levels WHERE variant_id = %s FOR UPDATE"
    bystander.execute("BEGIN")
    bystander.execute(lock, [second])
    waiting = threading.Thread(target=shop.order, args=({"A": 1, "B": 1},))
    waiting.start()
    with bystander.cursor() as cursor, suppress(psycopg.errors.DeadlockDetected):
        while not cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
            time.sleep(0.01)
        cursor.execute(lock, [first])
    bystander.execute("ROLLBACK")
    waiting.join(30)
    assert shop.balances("A") == shop.balances("B") == (9, 1, 0)
