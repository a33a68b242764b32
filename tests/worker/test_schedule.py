"""The duties: each does what is due and nothing else, and all of it however much there is."""

from dataclasses import dataclass

import pytest
from tests.shop import CLERK, Moment, Shop

from onhand.config import Settings
from onhand.engine import Engine, Idempotency, Replayed
from onhand.rows import Batch, StoredAnswer
from onhand.trade import placing
from onhand.worker.duty import Duty
from onhand.worker.loop import do_all
from onhand.worker.schedule import schedule

DUTIES = {duty.name: duty for duty in schedule(Settings())}


@dataclass
class Clerk:
    """Does a duty by its name, so many at a time."""

    engine: Engine

    def does(self, name: str, at_a_time: int = 2) -> int:
        return do_all(self.engine, DUTIES[name]._replace(at_a_time=at_a_time))


@pytest.fixture
def clerk(engine: Engine) -> Clerk:
    return Clerk(engine)


def test_overdue_holds_and_orders_give_their_stock_back(shop: Shop, moment: Moment, clerk: Clerk):
    shop.stocks({"MUG": 50})
    for minutes in (1, 1, 1, 1, 1, 30):
        shop.order({"MUG": 2}, hold_minutes=minutes)
    for minutes in (1, 1, 1, 30):
        shop.hold({"MUG": 3}, minutes=minutes)
    paid = shop.order({"MUG": 4}, paid=True)
    assert clerk.does("expire-holds") == 0
    moment.passes(minutes=2)
    assert clerk.does("expire-holds") == 8
    assert shop.balances("MUG") == (50 - 2 - 3 - 4, 2 + 3, 4)
    assert shop.status(paid) == "confirmed"
    assert clerk.does("expire-holds") == 0


def place_by_key(engine: Engine, key: str) -> object:
    command = placing.PlaceOrder((placing.Item("MUG", 1),), paid=True)
    return engine.run(command, CLERK, Idempotency("shop", key, "request", lambda picture: (201, "{}")))


def test_answers_are_kept_for_two_days_and_then_forgotten(shop: Shop, moment: Moment, clerk: Clerk):
    shop.stocks({"MUG": 50})
    for number in range(5):
        place_by_key(shop.engine, f"old-{number}")
    moment.passes(days=1.5)
    place_by_key(shop.engine, "young")
    assert isinstance(place_by_key(shop.engine, "old-1"), Replayed)
    assert clerk.does("forget-answers") == 0
    moment.passes(days=1)
    assert clerk.does("forget-answers") == 5
    assert [row.key for row in shop.rows(StoredAnswer)] == ["young"]


def test_proofs_of_batches_are_kept_for_a_day_and_then_forgotten(shop: Shop, moment: Moment, clerk: Clerk):
    shop.stocks({"MUG": 50, "PLATE": 50})
    old = len(shop.rows(Batch))
    assert old >= 4
    moment.passes(days=2)
    shop.order({"MUG": 1})
    assert clerk.does("forget-batches") == old
    present = shop.rows(Batch)
    assert all(row.commands for row in present)
    assert len(present) <= 1 + old  # The order's own, and one for each time that something was forgotten.
    assert clerk.does("forget-batches") == 0


@pytest.mark.parametrize("duty", DUTIES.values(), ids=DUTIES)
def test_a_duty_on_an_empty_database_does_nothing(duty: Duty, engine: Engine):
    assert do_all(engine, duty) == 0
    assert duty.purpose.endswith(".")
