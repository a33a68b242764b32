"""What the duties find, and what is known of their runs."""

import json
import threading

import pytest
from sqlalchemy import text
from tests.shop import Moment, Shop

from onhand import clock
from onhand.config import Settings
from onhand.engine import Engine
from onhand.rows import DutyRun
from onhand.trade.alerts import UNWATCHED, SnoozeAlert
from onhand.views.duties import last_runs
from onhand.worker.duty import Duty, duty_answer
from onhand.worker.loop import Loop, do_all
from onhand.worker.schedule import schedule

DUTIES = {duty.name: duty for duty in schedule(Settings())}


def does(shop: Shop, name: str, at_a_time: int = 2) -> int:
    return do_all(shop.engine, DUTIES[name]._replace(at_a_time=at_a_time))


def test_levels_from_before_alerts_are_looked_at(shop: Shop):
    shop.stocks({"A": 5, "B": 50, "C": 50, "D": 4, "E": 0})
    with shop.engine.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM alerts"))
        connection.execute(text("UPDATE levels SET alerts = -1"))
    shop.order({"A": 1}, paid=True)
    assert (shop.standing("A"), shop.level("B").alerts) == ({"low_stock"}, UNWATCHED)
    assert does(shop, "watch-levels") == 3
    assert shop.standing("D") == {"low_stock"}
    assert shop.standing("B") == set()
    assert does(shop, "watch-levels") == 0


def test_a_snooze_that_is_over(shop: Shop, moment: Moment):
    shop.stocks({"A": 5, "B": 5, "C": 5})
    for alert in shop.alerts():
        shop.run(SnoozeAlert(alert.id, moment.now() + clock.HOUR))
    assert does(shop, "wake-alerts") == 0
    moment.passes(minutes=61)
    assert does(shop, "wake-alerts") == 3
    assert {alert.status for alert in shop.alerts()} == {"open"}


def test_news_of_yesterday(shop: Shop, moment: Moment):
    shop.stocks({"A": 20})
    shop.cancel(shop.order({"A": 20}, paid=True))
    assert shop.standing("A") == {"back_in_stock"}
    assert does(shop, "retire-news") == 0
    moment.passes(days=1.1)
    assert does(shop, "retire-news") == 1
    assert shop.standing("A") == set()
    shop.order({"A": 20}, paid=True)
    assert shop.standing("A") == {"low_stock", "out_of_stock"}, "armed again"


def test_goods_that_do_not_arrive(shop: Shop, moment: Moment):
    shop.stocks({"A": 90})
    shop.opens("annex")
    vans = [shop.send(shop.transfer({"A": 5}, "main", "annex", number=f"VAN-{number}")) for number in range(4)]
    shop.transfer({"A": 5}, "main", "annex", number="DRAFT")
    shop.arrive(vans[0])
    moment.passes(days=6)
    assert does(shop, "find-stuck-transfers") == 0
    moment.passes(days=2)
    assert does(shop, "find-stuck-transfers") == 3
    assert does(shop, "find-stuck-transfers") == 0
    stuck = shop.alerts("stuck_transfer")
    assert {json.loads(alert.data)["number"] for alert in stuck} == {"VAN-1", "VAN-2", "VAN-3"}
    assert {alert.store_id for alert in stuck} == {shop.store("annex").id}
    shop.arrive(vans[1])
    shop.recall(vans[2])
    assert does(shop, "find-stuck-transfers") == 2
    assert [alert.status for alert in shop.alerts("stuck_transfer")].count("closed") == 2


def test_one_customer_who_holds_half_of_it(shop: Shop, moment: Moment):
    shop.stocks({"A": 40, "B": 15})
    for _ in range(2):
        shop.order({"A": 9}, customer_id="7")
    shop.order({"A": 15}, customer_id="8", paid=True)
    shop.order({"B": 9}, customer_id="7")
    assert does(shop, "find-hoarding") == 1, "18 of 25 that could be sold; of B, fewer than ten"
    (alert,) = shop.alerts("hold_hoarding")
    assert json.loads(alert.data) == {"store": "main", "sku": "A", "customer": "7", "units": 18, "orders": 2}
    assert does(shop, "find-hoarding") == 0
    moment.passes(minutes=16)
    assert does(shop, "find-hoarding") == 1
    assert [each.status for each in shop.alerts("hold_hoarding")] == ["closed"]


def test_a_ledger_that_does_not_add_up(shop: Shop):
    shop.stocks({"A": 40})
    assert does(shop, "verify-ledger") == 0
    assert shop.alerts("drift_found") == []
    engine = shop.engine.database.engine
    with engine.begin() as connection:
        connection.execute(text("UPDATE levels SET available = 41"))
    for _ in range(2):
        does(shop, "verify-ledger")
    (alert,) = shop.alerts("drift_found")
    assert json.loads(alert.data) == {"invariants": ["17", "2"], "rows": 2}
    with engine.begin() as connection:
        connection.execute(text("UPDATE levels SET available = 40"))
    does(shop, "verify-ledger")
    assert [each.status for each in shop.alerts("drift_found")] == ["closed"]


# ── What is known of their runs ─────────────────────────────────────────────────────────────────────────────────────


def runs_of(engine: Engine) -> dict[str, DutyRun]:
    with engine.database.reading() as connection:
        return last_runs(connection)


def until(reached: "threading.Event") -> None:
    assert reached.wait(60)


def test_runs_are_written_down_for_every_process_to_see(engine: Engine):
    reached = threading.Event()

    def works(_engine: Engine, _at_most: int) -> int:
        return 3

    def fails(_engine: Engine, _at_most: int) -> int:
        failed.append(1)
        if len(failed) > 3:
            reached.set()
        raise RuntimeError("the shelf fell down")

    failed: list[int] = []
    working = Duty("works", "Works.", 60, 10, works)
    loop = Loop(engine, (working, Duty("fails", "Fails.", 0.05, 10, fails, outward=True)))
    loop.start()
    until(reached)
    loop.join()
    runs = runs_of(engine)
    assert (runs["works"].done, runs["works"].failures, runs["works"].error) == (3, 0, None)
    assert runs["fails"].failures >= 3
    assert runs["fails"].error == "RuntimeError: the shelf fell down"
    now = runs["works"].ended_at
    assert duty_answer(working, runs, now + 61 * clock.SECOND).lag_seconds == 0
    assert duty_answer(working, runs, now + 161 * clock.SECOND).lag_seconds == pytest.approx(100)
    assert duty_answer(working._replace(name="never"), runs, now).lag_seconds is None


def test_what_waits_for_others_keeps_nobody_waiting(engine: Engine):
    reached, end = threading.Event(), threading.Event()

    def waits(_engine: Engine, _at_most: int) -> int:
        end.wait(60)
        return 0

    def hurries(_engine: Engine, _at_most: int) -> int:
        reached.set()
        return 0

    loop = Loop(
        engine, (Duty("waits", "Waits.", 1, 1, waits, outward=True), Duty("hurries", "Hurries.", 1, 1, hurries))
    )
    loop.start()
    until(reached)
    end.set()
    loop.join()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_done_once_a_day_is_not_done_at_every_start(engine: Engine):
    seen: list[int] = []
    reached = threading.Event()

    def daily(_engine: Engine, _at_most: int) -> int:
        seen.append(1)
        return 0

    def often(_engine: Engine, _at_most: int) -> int:
        reached.set()
        return 0

    for _ in range(2):
        reached.clear()
        loop = Loop(engine, (Duty("daily", "Daily.", 86_400, 1, daily), Duty("often", "Often.", 0.2, 1, often)))
        loop.start()
        until(reached)
        threading.Event().wait(0.3)
        loop.join()
    assert len(seen) == 1
