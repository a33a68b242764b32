"""The duties: each does what is due and nothing else, and all of it however much there is."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from tests.feeds import read_all
from tests.shop import CLERK, Moment, Shop

from onhand.config import Settings
from onhand.engine import Engine, Idempotency, Replayed
from onhand.rows import Batch, Delivery, Mail, StoredAnswer, Webhook
from onhand.trade import placing
from onhand.trade.mail import ClaimMail, Failure, PlanMail, PlannedMail, SettleMail
from onhand.trade.webhooks import Attempt, CreateWebhook, RecordAttempts
from onhand.views.verify import verify
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


def test_proofs_of_batches_that_told_nothing_are_kept_for_a_day_and_then_forgotten(
    shop: Shop, moment: Moment, clerk: Clerk
):
    shop.sells("MUG")
    shop.sells("PLATE")
    read_all(shop)
    old = len(shop.rows(Batch))
    assert old >= 2
    shop.stocks({"MUG": 50})
    moment.passes(days=2)
    shop.order({"MUG": 1})
    read_all(shop)
    assert clerk.does("forget-batches") == old
    present = shop.rows(Batch)
    assert len([row for row in present if row.position]) == 2, "what was told keeps its place"
    assert len(present) <= 2 + old  # One for each time that something was forgotten.
    assert clerk.does("forget-batches") == 0


def test_logs_are_kept_for_a_month_and_nothing_is_lost_that_is_still_to_be_told(
    shop: Shop, moment: Moment, clerk: Clerk
):
    shop.stocks({"MUG": 50})
    hook: Webhook = shop.run(CreateWebhook("https://example.com/", "whsec_", len(read_all(shop)), ("order.placed",)))

    def told(outcome: str, orders: int) -> list[int]:
        """So many orders are placed, and told to the webhook with that outcome; answers their places."""
        placed = {f"order/{shop.order({'MUG': 1}).order.id}/1" for _ in range(orders)}
        found = [event for event in read_all(shop) if event.id in placed]
        tries = [
            Attempt(event.position, event.id, event.subject, event.type, outcome, moment.now(), moment.now())
            for event in found
        ]
        seen = next(row.position for row in shop.rows(Webhook) if row.id == hook.id)
        shop.run(RecordAttempts(hook.id, seen, found[-1].position, tuple(tries)))
        return [event.position for event in found]

    told("delivered", 3)
    waiting = told("failed", 2)
    told("delivered", 4)
    shop.run(PlanMail(tuple(PlannedMail(fact, "ana@example.com", "alert", fact, "{}") for fact in ("1", "2", "3"))))
    shop.run(ClaimMail((("1", "ana@example.com"), ("2", "ana@example.com"))))
    refused = Failure("550 no such person", is_final=True)
    shop.run(SettleMail((("1", "ana@example.com", 1, None), ("2", "ana@example.com", 1, refused))))
    moment.passes(days=29)
    young = told("delivered", 2)
    assert clerk.does("forget-logs") == 0
    moment.passes(days=2)
    assert clerk.does("forget-logs") == 7
    assert [row.position for row in shop.rows(Delivery)] == waiting + young
    assert [mail.fact for mail in shop.rows(Mail)] == ["3"], "it is still to be sent"
    assert verify(shop.engine.database).broken == [], "what was forgotten is not missed"
    with shop.engine.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM deliveries WHERE position = :it"), {"it": young[0]})
    assert [found.invariant for found in verify(shop.engine.database).broken] == ["13"], "what is not old is"


@pytest.mark.parametrize("duty", DUTIES.values(), ids=DUTIES)
def test_a_duty_on_an_empty_database_does_nothing(duty: Duty, engine: Engine):
    assert do_all(engine, duty) == 0
    assert duty.purpose.endswith(".")
