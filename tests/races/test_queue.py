"""The queue before the writer: batches grow by themselves, one fault hurts nobody, too much is refused at once."""

import threading
import time
from collections import Counter
from concurrent.futures import Future
from typing import NamedTuple

import pytest
from tests.races.crowd import all_at_once
from tests.shop import CLERK

from onhand import engine as door
from onhand.books import Needs
from onhand.engine import Engine
from onhand.rows import Batch, Order
from onhand.trade import verbs
from onhand.trade.errors import Overloaded
from onhand.trade.orders import OrderPicture
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.verbs import Together, Verb

ORDER = PlaceOrder((Item("A", 1),))


class Block(NamedTuple):
    """A command that keeps the writer busy until it is let go."""

    reached: threading.Event
    let_go: threading.Event


class Poison(NamedTuple):
    """A command whose verb has a fault. It takes stock before it fails."""


@pytest.fixture(autouse=True)
def odd_verbs(monkeypatch):
    def block(books, command, actor):
        command.reached.set()
        assert command.let_go.wait(30)

    def fail(books, command, actor):
        verbs.VERBS[PlaceOrder].decide(books, ORDER, actor)
        raise RuntimeError("a fault in a verb")

    monkeypatch.setitem(verbs.VERBS, Block, Verb(block, lambda command: Needs()))
    monkeypatch.setitem(verbs.VERBS, Poison, Verb(fail, lambda command: Needs(levels=(("A", "main"),))))


@pytest.fixture
def blocked(shop):
    """The engine with its writer busy: what is submitted waits. Set the event to let it go."""
    block = Block(threading.Event(), threading.Event())
    shop.stocks({"A": 1_000})
    shop.engine.submit(block, CLERK, lambda outcome: None)
    assert block.reached.wait(30)
    yield block.let_go
    block.let_go.set()


def submitted(engine, command):
    answer: Future = Future()
    engine.submit(command, CLERK, answer.set_result)
    return answer


def test_what_waits_becomes_one_batch(shop, blocked):
    before = {row.id for row in shop.rows(Batch)}
    answers = [submitted(shop.engine, ORDER) for _ in range(100)]
    assert shop.engine.waiting == 100
    blocked.set()
    assert all(isinstance(answer.result(30), OrderPicture) for answer in answers)
    assert [row.commands for row in shop.rows(Batch) if row.id not in before] == [100]


def test_a_batch_is_bounded(shop, blocked, monkeypatch):
    monkeypatch.setattr(door, "MOST_COMMANDS", 8)
    monkeypatch.setattr(door, "MOST_ROWS", 20)
    before = {row.id for row in shop.rows(Batch)}
    wide = PlaceOrder((Item("A", 1),) * 15)
    answers = [submitted(shop.engine, command) for command in [ORDER] * 10 + [wide] * 3]
    blocked.set()
    assert all(isinstance(answer.result(30), OrderPicture) for answer in answers)
    sizes = [row.commands for row in shop.rows(Batch) if row.id not in before]
    # Ten narrow ones by eight; then two narrow and one wide are 17 rows, and two wide ones would be 30.
    assert sizes == [8, 3, 1, 1]


def test_answers_come_in_the_order_of_the_queue(shop, blocked):
    answers = [submitted(shop.engine, ORDER) for _ in range(50)]
    blocked.set()
    numbers = [int(answer.result(30).order.number) for answer in answers]
    assert numbers == list(range(1001, 1051))


def test_a_command_with_a_fault_hurts_nobody_else(shop, blocked):
    answers = [submitted(shop.engine, command) for command in [ORDER] * 5 + [Poison()] + [ORDER] * 5 + [Poison()]]
    blocked.set()
    kinds = Counter(type(answer.result(30)).__name__ for answer in answers)
    assert kinds == {"OrderPicture": 10, "RuntimeError": 2}
    assert shop.balances("A") == (990, 10, 0)
    assert [row.number for row in shop.rows(Order)] == [str(number) for number in range(1001, 1011)]
    shop.order({"A": 1})


def test_a_fault_is_raised_to_its_own_caller(shop):
    shop.stocks({"A": 10})
    with pytest.raises(RuntimeError, match="a fault in a verb"):
        shop.run(Poison())
    assert shop.balances("A") == (10, 0, 0)


def test_commands_that_no_verb_decides_hurt_nobody_else(shop, blocked):
    answers = [submitted(shop.engine, command) for command in [ORDER, "nonsense", ORDER]]
    blocked.set()
    assert [type(answer.result(30)).__name__ for answer in answers] == ["OrderPicture", "KeyError", "OrderPicture"]


def test_a_caller_who_went_away_changes_nothing_for_the_others(shop, blocked):
    def gone(outcome):
        raise ConnectionError("the caller is gone")

    first = submitted(shop.engine, ORDER)
    shop.engine.submit(ORDER, CLERK, gone)
    last = submitted(shop.engine, ORDER)
    blocked.set()
    assert {type(answer.result(30)) for answer in (first, last)} == {OrderPicture}
    assert shop.balances("A") == (997, 3, 0)


def test_too_many_commands_are_refused_at_once(shop, blocked, monkeypatch):
    monkeypatch.setattr(door, "MOST_WAITING_COMMANDS", 10)
    answers = [submitted(shop.engine, ORDER) for _ in range(10)]
    with pytest.raises(Overloaded) as refused:
        shop.run(ORDER)
    assert refused.value.problem()["retry_after"] == 1
    blocked.set()
    assert {type(answer.result(30)) for answer in answers} == {OrderPicture}
    shop.run(ORDER)


def test_too_many_rows_are_refused_at_once(shop, blocked, monkeypatch):
    monkeypatch.setattr(door, "MOST_WAITING_ROWS", 50)
    monkeypatch.setattr(door, "MOST_ROWS", 10)
    wide = Together((PlaceOrder((Item("A", 1),) * 10), PlaceOrder((Item("A", 1),) * 10)))
    answers = [submitted(shop.engine, wide) for _ in range(3)]
    with pytest.raises(Overloaded):
        shop.run(wide)
    blocked.set()
    assert [len(answer.result(30)) for answer in answers] == [2, 2, 2]
    assert shop.balances("A") == (940, 60, 0)


def test_closing_finishes_what_was_accepted(shop, blocked):
    answers = [submitted(shop.engine, ORDER) for _ in range(100)]
    closing = threading.Thread(target=shop.engine.close)
    closing.start()
    while shop.engine.is_running:
        time.sleep(0.001)
    with pytest.raises(Overloaded, match="shutting down"):
        shop.run(ORDER)
    blocked.set()
    closing.join(30)
    assert {type(answer.result(0)) for answer in answers} == {OrderPicture}
    assert shop.balances("A") == (900, 100, 0)


def test_closing_while_a_crowd_is_at_the_door(shop):
    """Whoever was answered has an order, whoever was refused has none, and nobody waits for ever."""
    shop.stocks({"A": 1_000})
    late = threading.Event()

    def order(number):
        if number == 40:
            late.set()
        return shop.order({"A": 1})

    def close():
        late.wait(30)
        shop.engine.close()

    outcomes = all_at_once(close, *[lambda number=number: order(number) for number in range(64)])[1:]
    placed = [outcome for outcome in outcomes if isinstance(outcome, OrderPicture)]
    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 64 - len(placed)
    assert {row.id for row in shop.rows(Order)} == {picture.order.id for picture in placed}


def test_no_number_is_lost_over_a_restart(shop, database):
    shop.stocks({"A": 10})
    shop.order({"A": 1})
    shop.engine.close()
    again = Engine(database)
    again.start()
    placed = again.run(ORDER, CLERK)
    again.close()
    assert placed.order.number == "1002"
