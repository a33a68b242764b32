"""The loop: every duty when it is due, past failures, until it is told to stop."""

import threading

import pytest
from structlog.testing import capture_logs
from tests.shop import Moment, Shop

from onhand import clock
from onhand.config import Settings
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.trade.errors import Overloaded
from onhand.worker.duty import Duty
from onhand.worker.loop import Loop
from onhand.worker.schedule import schedule


def counting(name: str, every_seconds: float, enough: int) -> tuple[Duty, list[str], threading.Event]:
    seen: list[str] = []
    reached = threading.Event()

    def do(_engine: Engine, _at_most: int) -> int:
        seen.append(name)
        if len(seen) >= enough:
            reached.set()
        return 0

    return Duty(name, "Counts.", every_seconds, 10, do), seen, reached


def test_duties_run_at_their_own_pace(engine: Engine):
    often, seen_often, reached = counting("often", 0.01, 20)
    seldom, seen_seldom, _ = counting("seldom", 60, 1)
    loop = Loop(engine, (seldom, often))
    loop.start()
    assert reached.wait(60)
    loop.join()
    assert len(seen_seldom) == 1
    assert len(seen_often) >= 20


def test_a_duty_that_fails_is_tried_again_and_stops_no_other(engine: Engine):
    def fail(_engine: Engine, _at_most: int) -> int:
        failures.append(clock.stopwatch())
        raise RuntimeError("the shelf fell down")

    failures: list[float] = []
    other, _, reached = counting("other", 0.01, 10)
    loop = Loop(engine, (Duty("failing", "Fails.", 0.01, 10, fail), other))
    loop.start()
    assert reached.wait(60)
    loop.join()
    assert len(failures) > 1


def test_it_stops_in_the_middle_of_a_duty_that_never_ends(engine: Engine):
    begun = threading.Event()

    def never_done(_engine: Engine, at_most: int) -> int:
        begun.set()
        threading.Event().wait(0.01)
        return at_most

    loop = Loop(engine, (Duty("endless", "Never ends.", 1, 10, never_done),))
    loop.start()
    assert begun.wait(60)
    loop.join()  # It would wait for ever.


def test_it_waits_for_what_waits_for_others_but_not_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    begun, silent = threading.Event(), threading.Event()

    def no_answer(_engine: Engine, _at_most: int) -> int:
        begun.set()
        silent.wait(30)
        return 0

    monkeypatch.setattr("onhand.worker.loop.SECONDS_TO_FINISH", 0.1)
    loop = Loop(engine, (Duty("mail", "Hangs.", 1, 10, no_answer, outward=True),))
    loop.start()
    assert begun.wait(60)
    asked = clock.stopwatch()
    loop.join()
    assert clock.stopwatch() - asked < 20
    silent.set()


def test_a_failure_is_logged_once_until_it_is_over_and_an_outage_in_a_line(engine: Engine):
    """A duty of every second, and a database that is away for an hour, would else fill the log with traces."""
    sequence = (
        [Overloaded("The database does not answer.")] * 3 + [None, ValueError("the shelf fell down")] + [None] * 3
    )
    outcomes, over = list(sequence), threading.Event()

    def fail(_engine: Engine, _at_most: int) -> int:
        if not outcomes:
            over.set()
            return 0
        failure = outcomes.pop(0)
        if failure is not None:
            raise failure
        return 0

    loop = Loop(engine, (Duty("failing", "Fails.", 0.001, 10, fail),))
    with capture_logs() as logged:
        loop.start()
        assert over.wait(60)
        loop.join()
    said = [(line["event"], line["log_level"], line.get("error"), "exc_info" in line) for line in logged]
    assert said == [
        ("duty_failed", "warning", "Overloaded: The database does not answer.", False),
        ("duty_goes_well_again", "info", None, False),
        ("duty_failed", "error", None, True),
        ("duty_goes_well_again", "info", None, False),
    ]


def test_a_server_sweeps_what_is_overdue_by_itself(shop: Shop, moment: Moment, engine: Engine):
    shop.stocks({"MUG": 9})
    order = shop.order({"MUG": 5}, hold_minutes=1)
    moment.passes(minutes=2)
    loop = Loop(engine, schedule(Settings(expire_every_seconds=0.05)))
    loop.start()
    deadline = clock.stopwatch() + 60
    while shop.status(order) == "pending" and clock.stopwatch() < deadline:
        threading.Event().wait(0.02)
    loop.join()
    assert shop.status(order) == "cancelled"
    assert shop.balances("MUG") == (9, 0, 0)


def test_of_two_workers_on_a_shared_database_one_does_the_duty(postgres_url: str):
    databases = [open_database(postgres_url) for _ in range(2)]
    engines = [Engine(database) for database in databases]
    first, seen_first, reached = counting("count", 0.01, 5)
    second, seen_second, _ = counting("count", 0.01, 5)
    loops = [Loop(engines[0], (first,)), Loop(engines[1], (second,))]
    loops[0].start()
    assert reached.wait(60)
    loops[1].start()
    threading.Event().wait(0.2)
    for loop in loops:
        loop.join()
    for database in databases:
        database.close()
    assert len(seen_first) >= 5
    assert seen_second == []
