"""The answer to COMMIT is lost: nobody knows whether it happened. No order is placed twice, and none is lost."""

import random
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from tests.races.crowd import taking_turns
from tests.shop import Shop

from onhand import engine as door
from onhand.engine import Engine
from onhand.rows import Batch, Order
from onhand.trade.errors import Overloaded

Fate = str
LOST = psycopg.OperationalError("server closed the connection unexpectedly")


class UnluckyWriter:
    """A writer whose commits meet their fates: fine, before, after or late."""

    def __init__(self, writer, fate: Callable[[], Fate]) -> None:
        self._writer = writer
        self._fate = fate
        self._late: threading.Thread | None = None

    def __getattr__(self, name):
        return getattr(self._writer, name)

    def commit(self) -> None:
        fate = self._fate()
        if fate == "before":
            raise LOST
        if fate == "late":
            self._late = threading.Thread(target=self._commit_late)
            self._late.start()
            raise LOST
        self._writer.commit()
        if fate == "after":
            raise LOST

    def _commit_late(self) -> None:
        """The network is gone, but the server is at it: it commits while the second try is under way."""
        time.sleep(0.1)
        self._writer.commit()
        self._writer.close()

    def close(self) -> None:
        if self._late is None:
            self._writer.close()

    def wait(self) -> None:
        if self._late is not None:
            self._late.join()


@pytest.fixture
def fates() -> list[Fate]:
    """The fates of the next commits, in order; all that follow are fine."""
    return []


@pytest.fixture
def unlucky_shop(database, moment, monkeypatch, fates) -> Iterator[Shop]:
    make, made = database.writer, []

    def writer():
        made.append(UnluckyWriter(make(), lambda: fates.pop(0) if fates else "fine"))
        return made[-1]

    monkeypatch.setattr(database, "writer", writer)
    engine = Engine(database)
    engine.start()
    yield Shop(engine, moment)
    fates.clear()
    engine.close()
    for each in made:
        each.wait()


on_a_network = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@on_a_network
@pytest.mark.parametrize("fate", ["before", "after", "late"])
def test_one_order_comes_to_one_order(unlucky_shop, fates, fate):
    unlucky_shop.stocks({"A": 10})
    fates.append(fate)
    placed = unlucky_shop.order({"A": 3})
    (row,) = unlucky_shop.rows(Order)
    assert (row.id, row.number) == (placed.order.id, placed.order.number)
    assert unlucky_shop.balances("A") == (7, 3, 0)


@on_a_network
@pytest.mark.parametrize("fate", ["before", "after", "late"])
def test_the_next_order_has_a_number_of_its_own(unlucky_shop, fates, fate):
    unlucky_shop.stocks({"A": 10})
    fates.append(fate)
    first, second = unlucky_shop.order({"A": 3}), unlucky_shop.order({"A": 3})
    assert int(second.order.number) == int(first.order.number) + 1
    assert first.order.id != second.order.id


@on_a_network
@pytest.mark.parametrize("script", [["after", "after"], ["before", "after"], ["after", "before"], ["late", "after"]])
def test_lost_again_and_again(unlucky_shop, fates, script):
    unlucky_shop.stocks({"A": 10})
    fates.extend(script)
    unlucky_shop.order({"A": 3})
    unlucky_shop.order({"A": 3})
    assert [row.number for row in unlucky_shop.rows(Order)] == ["1001", "1002"]
    assert unlucky_shop.balances("A") == (4, 6, 0)


@on_a_network
def test_a_crowd_on_a_bad_line(unlucky_shop, fates):
    unlucky_shop.stocks({"A": 100})
    chance = random.Random(7)
    fates.extend(chance.choice(["fine", "before", "after", "late"]) for _ in range(40))
    outcomes = taking_turns(16, 150, lambda _: unlucky_shop.order({"A": 1}))
    acknowledged = {outcome.order.id for outcome in outcomes if not isinstance(outcome, Exception)}
    assert len(acknowledged) == 100
    assert {row.id for row in unlucky_shop.rows(Order)} == acknowledged
    assert len({row.number for row in unlucky_shop.rows(Order)}) == 100
    assert unlucky_shop.balances("A") == (0, 100, 0)


@on_a_network
def test_a_database_that_stays_away_is_not_waited_for_for_ever(unlucky_shop, fates, monkeypatch):
    unlucky_shop.stocks({"A": 10})
    monkeypatch.setattr(door, "UNREACHABLE_AFTER_SECONDS", 0.2)
    fates.extend(["before"] * 1_000)
    with pytest.raises(Overloaded, match="not known whether"):
        unlucky_shop.order({"A": 3})
    fates.clear()
    assert unlucky_shop.rows(Order) == []
    unlucky_shop.order({"A": 3})
    assert unlucky_shop.balances("A") == (7, 3, 0)


@on_a_network
def test_the_server_drops_every_connection(unlucky_shop, postgres_database):
    """… as a restart or a failover does, while orders come in."""
    _, admin, _ = postgres_database
    unlucky_shop.stocks({"A": 1_000})

    def order(number):
        if number % 25 == 10:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        return unlucky_shop.order({"A": 1})

    outcomes = taking_turns(8, 150, order)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert {row.id for row in unlucky_shop.rows(Order)} == {outcome.order.id for outcome in outcomes}
    assert unlucky_shop.balances("A") == (850, 150, 0)


def test_every_batch_leaves_its_proof(shop):
    shop.stocks({"A": 10})
    before = len(shop.rows(Batch))
    shop.order({"A": 3})
    assert len(shop.rows(Batch)) == before + 1
    with pytest.raises(Exception, match="Insufficient stock"):
        shop.order({"A": 30})
    assert len(shop.rows(Batch)) == before + 1
