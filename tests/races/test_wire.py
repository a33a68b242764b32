"""The wire to PostgreSQL is cut at the worst moments, for real: no order is there twice, and none is lost.

The write path leaves nothing in its session that it would miss in another.
"""

import random
import re
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from tests.races.crowd import all_at_once, taking_turns
from tests.races.offices import a_whole_day
from tests.races.wire import FATES, Wire
from tests.shop import Shop

from onhand import engine as door
from onhand.db.database import open_database
from onhand.db.feed import Feed
from onhand.engine import Engine
from onhand.rows import Order
from onhand.trade import holds
from onhand.trade.errors import Overloaded
from onhand.views.verify import verify


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    wire = Wire(postgres_url)
    yield wire
    wire.close()


@pytest.fixture
def far_shop(wire: Wire, moment: Any, postgres_url: str) -> Iterator[Shop]:
    """A shop at the other end of the wire; its questions go the same way."""
    database = open_database(wire.url)
    engine = Engine(database)
    near = open_database(postgres_url)
    engine.feed = Feed(near)  # It commits too, and the wire's fates are for orders.
    engine.start()
    shop = Shop(engine, moment)
    shop.stocks({"A": 100, "B": 100})
    yield shop
    wire.fates.clear()
    wire.is_down = False
    engine.close()
    near.close()
    found = verify(database)
    database.close()
    assert found.clean, found.broken


@pytest.mark.parametrize("fate", FATES)
def test_a_commit_that_was_cut_comes_to_one_order(far_shop: Shop, wire: Wire, fate: str):
    wire.fates.append(fate)
    first = far_shop.order({"A": 3})
    assert wire.fates == []
    second = far_shop.order({"A": 3})
    assert [(row.id, row.number) for row in far_shop.rows(Order)] == [
        (placed.order.id, placed.order.number) for placed in (first, second)
    ]
    assert far_shop.balances("A") == (94, 6, 0)


@pytest.mark.parametrize("fates", [["late", "after"], ["late", "late", "before"], ["unheard", "unheard", "after"]])
def test_cut_again_and_again(far_shop: Shop, wire: Wire, fates: list[str]):
    wire.fates.extend(fates)
    placed = [far_shop.order({"A": 1}) for _ in range(3)]
    assert [row.id for row in far_shop.rows(Order)] == [each.order.id for each in placed]


def test_a_crowd_on_a_wire_that_is_cut_all_the_time(far_shop: Shop, wire: Wire):
    chance = random.Random(3)
    wire.fates.extend(chance.choice(["fine", *FATES]) for _ in range(15))
    outcomes = taking_turns(12, 130, lambda _: far_shop.order({"A": 1}))
    acknowledged = {outcome.order.id for outcome in outcomes if not isinstance(outcome, Exception)}
    refused = {type(outcome).__name__ for outcome in outcomes if isinstance(outcome, Exception)}
    assert refused == {"InsufficientStock"}
    assert len(acknowledged) == 100
    assert {row.id for row in far_shop.rows(Order)} == acknowledged
    assert len({row.number for row in far_shop.rows(Order)}) == 100


def test_nobody_knows_whether_it_was_done(far_shop: Shop, wire: Wire, monkeypatch: pytest.MonkeyPatch):
    """The wire stays down after the COMMIT was heard: the caller is told so, and no number is used a second time."""
    monkeypatch.setattr(door, "UNREACHABLE_AFTER_SECONDS", 0.3)
    far_shop.order({"A": 1})
    wire.fates.append("after, for good")
    with pytest.raises(Overloaded, match="not known whether"):
        far_shop.order({"A": 1})
    monkeypatch.setattr(door, "UNREACHABLE_AFTER_SECONDS", 60)
    wire.is_down = False
    far_shop.order({"A": 1})
    numbers = [row.number for row in far_shop.rows(Order)]
    assert len(numbers) == len(set(numbers)) == 3


def test_a_database_that_stays_away_costs_its_patience_once(
    far_shop: Shop, wire: Wire, monkeypatch: pytest.MonkeyPatch
):
    """Not once for every batch that waits: the last in the queue would wait for hours."""
    monkeypatch.setattr(door, "UNREACHABLE_AFTER_SECONDS", 1.5)
    monkeypatch.setattr(door, "MOST_COMMANDS", 1)
    wire.is_down = True
    wire.cut()
    began = time.monotonic()
    outcomes = all_at_once(*[partial(far_shop.order, {"A": 1}) for _ in range(40)])
    lasted = time.monotonic() - began
    assert {type(outcome).__name__ for outcome in outcomes} == {"Overloaded"}
    assert all("Nothing was done" in str(outcome) for outcome in outcomes)
    assert lasted < 40 * 1.5 / 2, "each batch waited for itself"
    wire.is_down = False
    far_shop.order({"A": 1})
    assert far_shop.balances("A") == (99, 1, 0)


def test_a_server_that_has_become_a_standby_is_left(far_shop: Shop, wire: Wire, postgres_database: Any):
    """After a failover the old connection may still answer, and refuse to write: the engine looks for the new one."""
    _, admin, _ = postgres_database
    name = admin.info.dbname
    far_shop.order({"A": 1})
    admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    wire.cut()
    promoted = threading.Timer(0.7, lambda: admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
    admin.execute("SET default_transaction_read_only = off")
    promoted.start()
    try:
        outcomes = all_at_once(*[partial(far_shop.order, {"A": 1}) for _ in range(4)])
    finally:
        promoted.join()
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert far_shop.balances("A") == (95, 5, 0)


@pytest.mark.parametrize("setting", ["lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"])
def test_limits_that_an_operator_has_set_are_met_with_another_try(
    far_shop: Shop, wire: Wire, postgres_database: Any, setting: str, monkeypatch: pytest.MonkeyPatch
):
    _, admin, _ = postgres_database
    name = admin.info.dbname
    admin.execute(f"ALTER DATABASE {name} SET {setting} = '200ms'")
    wire.cut()
    try:
        if setting == "idle_in_transaction_session_timeout":
            fall_asleep_once(monkeypatch)
            far_shop.order({"A": 1})
        else:
            with psycopg.connect(admin.info.dsn) as other:
                other.execute(f"SET {setting} = 0")
                other.execute("SELECT version FROM levels FOR UPDATE")
                threading.Timer(0.7, other.rollback).start()
                far_shop.order({"A": 1})
                time.sleep(0.8)
    finally:
        admin.execute(f"ALTER DATABASE {name} RESET {setting}")
    assert far_shop.balances("A") == (99, 1, 0)


def fall_asleep_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process does whose machine is suspended in the middle of a batch."""
    decide = holds.expire_all_overdue
    slept: list[bool] = []

    def sleepy(books: Any) -> None:
        if not slept:
            slept.append(True)
            time.sleep(0.6)
        decide(books)

    monkeypatch.setattr(door, "expire_all_overdue", sleepy)


# ── Nothing is left in the session ──────────────────────────────────────────────────────────────────────────────────

SESSION_STATE = re.compile(
    r"^\s*(SET|RESET|PREPARE|EXECUTE|DEALLOCATE|DECLARE|LISTEN|UNLISTEN|NOTIFY|DISCARD|CREATE|LOAD|LOCK)\b"
    r"|advisory|set_config|nextval|WITH HOLD|TEMP",
    re.IGNORECASE,
)


def test_the_write_path_relies_on_nothing_in_its_session(far_shop: Shop, wire: Wire):
    a_whole_day(far_shop)
    far_shop.rows(Order)
    assert any("COPY movements" in statement for statement in wire.statements), "the wire does not read along"
    assert [statement for statement in wire.statements if SESSION_STATE.search(statement)] == []
    assert wire.prepared == []


def test_a_distributed_database_locks_one_store_at_a_time(postgres_url: str, moment: Any):
    wire = Wire(postgres_url)
    database = open_database(wire.url, distributed=True)
    engine = Engine(database)
    engine.start()
    shop = Shop(engine, moment)
    stores = ["main", "north", "south"]
    for store in stores:
        shop.stocks({"A": 10, "B": 10}, store)
    wire.statements.clear()
    shop.order([(sku, 1, store) for sku in ("A", "B") for store in stores])
    engine.close()
    database.close()
    wire.close()
    locking = [statement for statement in wire.statements if "JOIN levels" in statement and "FOR UPDATE" in statement]
    changing = [statement for statement in wire.statements if statement.startswith("UPDATE levels")]
    assert (len(locking), len(changing)) == (3, 3)
