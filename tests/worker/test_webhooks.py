"""Webhooks on real sockets: receivers that work, fail, dawdle and lie, and what becomes of each event."""

import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError
from tests.feeds import read_all
from tests.shop import CLERK, Moment, Shop
from tests.worker.receivers import (
    Receiver,
    answers,
    drips,
    hangs_up,
    is_slow,
    never_ends,
    waits_for,
)

from onhand.api.secrets import new_webhook_secret
from onhand.config import Settings
from onhand.rows import Delivery, Event, Webhook
from onhand.trade import webhooks
from onhand.trade.errors import InvalidTransition
from onhand.trade.webhooks import RETRY_AFTER_SECONDS, Attempt
from onhand.views.events import last_position
from onhand.views.verify import verify
from onhand.views.webhooks import find_delivery
from onhand.worker.loop import do_all
from onhand.worker.schedule import schedule
from onhand.worker.webhooks import Deliverer

PATIENCE_SECONDS = 120


def until(what: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    ends = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.02)
    return found


class Post:
    """A shop whose events are delivered, with verbs for what a test does."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._deliverers: list[Deliverer] = []
        self._receivers: list[Receiver] = []

    def receiver(self, *args: Any, **more: Any) -> Receiver:
        self._receivers.append(Receiver(*args, **more))
        return self._receivers[-1]

    def works(self, pace: float = 0.002, **settings: Any) -> Deliverer:
        chosen = Settings(_env_file=None, **{"webhook_allow_private": True, "webhook_timeout_seconds": 20} | settings)  # type: ignore[call-arg]
        self._deliverers.append(Deliverer(self.shop.engine, chosen, pace=pace))
        self._deliverers[-1].start()
        return self._deliverers[-1]

    def stops(self) -> None:
        while self._deliverers:
            self._deliverers.pop().join()

    def hooks(self, url: str, *events: str, **more: Any) -> Webhook:
        read_all(self.shop)  # What was before has its place.
        with self.shop.engine.database.reading() as connection:
            position = last_position(connection)
        command = webhooks.CreateWebhook(url, new_webhook_secret(), position, events, **more)
        webhook: Webhook = self.shop.run(command)
        return webhook

    def webhook(self, webhook: Webhook) -> Webhook:
        return next(row for row in self.shop.rows(Webhook) if row.id == webhook.id)

    def deliveries(self, state: str | None = None) -> list[Delivery]:
        return [row for row in self.shop.rows(Delivery) if state in (None, row.state)]

    def close(self) -> None:
        self.stops()
        for receiver in self._receivers:
            receiver.close()


@pytest.fixture
def post(shop: Shop) -> Iterator[Post]:
    shop.stocks({"MUG": 1_000, "PLATE": 1_000})
    post = Post(shop)
    yield post
    post.close()
    read_all(shop)
    assert verify(shop.engine.database).broken == []


def test_what_happens_is_told_signed_and_as_it_stands_in_the_feed(post: Post):
    receiver = post.receiver()
    webhook = post.hooks(receiver.url, "order.*", "stock.changed")
    post.works()
    order = post.shop.order({"MUG": 2})
    until(lambda: len(receiver.received) == 2)
    assert sorted(receiver.ids)[-1] == f"order/{order.order.id}/1"
    for message in receiver.received:
        assert message.is_signed_with(webhook.secret)
        assert message.headers["content-type"] == "application/json"
        with pytest.raises(WebhookVerificationError):
            message.is_signed_with(new_webhook_secret())
    until(lambda: len(post.deliveries("delivered")) == 2)
    with post.shop.engine.database.reading() as connection:
        answer = find_delivery(connection, webhook.id, post.deliveries()[0].position)
    assert [(each.status, each.response, each.error) for each in answer.attempts] == [(200, "thanks", None)]
    told = {event.id: event for event in read_all(post.shop)}
    for message in receiver.received:
        event = told[message.id]
        assert (message.event["position"], message.event["type"]) == (event.position, event.type)
    assert answer.payload == told[answer.event_id]


def test_only_what_it_asked_for(post: Post):
    post.shop.stocks({"MUG": 50}, "north")
    receiver, other = post.receiver(), post.receiver()
    post.hooks(receiver.url, "order.*", stores=("north",))
    post.hooks(other.url, "order.cancelled")
    post.works()
    post.shop.order({"MUG": 1}, store="main")
    there = post.shop.order({"MUG": 1}, store="north")
    post.shop.cancel(there)
    until(lambda: len(receiver.received) == 2 and len(other.received) == 1)
    time.sleep(0.3)
    assert {message.event["type"] for message in receiver.received} == {"order.placed", "order.cancelled"}
    assert {message.event["subject"] for message in receiver.received} == {f"order/{there.order.id}"}
    assert [message.event["type"] for message in other.received] == ["order.cancelled"]


def test_the_envelope_of_cloudevents(post: Post):
    receiver = post.receiver()
    post.hooks(receiver.url, "order.placed", format="cloudevents")
    post.works()
    post.shop.order({"MUG": 1})
    (message,) = until(lambda: receiver.received)
    assert message.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (message.event["specversion"], message.event["type"]) == ("1.0", "order.placed")


def test_for_a_day_both_secrets_sign(post: Post, moment: Moment):
    receiver = post.receiver()
    webhook = post.hooks(receiver.url, "order.placed")
    secret = new_webhook_secret()
    post.shop.run(webhooks.RotateSecret(webhook.id, secret))
    post.works()
    post.shop.order({"MUG": 1})
    (first,) = until(lambda: receiver.received)
    assert first.is_signed_with(secret)
    assert first.is_signed_with(webhook.secret)
    until(lambda: post.deliveries("delivered"))
    moment.passes(days=1.1)
    post.shop.order({"MUG": 1})
    until(lambda: len(receiver.received) == 2)
    assert len(receiver.received[1].headers["webhook-signature"].split()) == 1


@pytest.mark.parametrize(
    ("trouble", "status", "error"),
    [
        (answers(500, b"oops"), 500, None),
        (answers(404), 404, None),
        (hangs_up, None, ""),
        (is_slow(3), None, "No whole answer within 1 seconds."),
        (drips(3), None, "No whole answer within 1 seconds."),
        (never_ends, None, "The answer has more than 65536 bytes."),
    ],
    ids=["500", "404", "hangs up", "slow", "drips", "never ends"],
)
def test_a_failure_is_tried_again_under_the_same_id(post: Post, trouble: Any, status: int | None, error: str | None):
    receiver = post.receiver()
    receiver.next = [trouble]
    webhook = post.hooks(receiver.url, "order.placed")
    post.works(webhook_timeout_seconds=1 if "within" in (error or "") else 20)
    post.shop.order({"MUG": 1})
    until(lambda: post.deliveries("delivered"))
    assert len(receiver.received) == 2
    assert len(set(receiver.ids)) == 1
    with post.shop.engine.database.reading() as connection:
        answer = find_delivery(connection, webhook.id, post.deliveries()[0].position)
    failed, succeeded = answer.attempts
    assert (failed.status, succeeded.status) == (status, 200)
    assert failed.error == error or (error == "" and failed.error)
    assert post.webhook(webhook).failing_since is None


def test_a_redirect_is_not_followed(post: Post):
    elsewhere = post.receiver()
    receiver = post.receiver()
    receiver.next = [answers(302, Location=elsewhere.url), answers(307, Location=elsewhere.url)]
    post.hooks(receiver.url, "order.placed")
    post.works()
    post.shop.order({"MUG": 1})
    until(lambda: post.deliveries("delivered"))
    assert len(receiver.received) == 3
    assert elsewhere.received == []


def test_a_receiver_that_is_down_misses_nothing(post: Post):
    gone = post.receiver()
    gone.close()
    webhook = post.hooks(gone.url, "order.placed")
    post.works()
    placed = [post.shop.order({"MUG": 1}).order.id for _ in range(40)]
    until(lambda: post.webhook(webhook).failing_since)
    assert post.deliveries("delivered") == []
    back = post.receiver(port=gone.port)
    until(lambda: len(post.deliveries("delivered")) == 40)
    assert {message.event["subject"] for message in back.received} == {f"order/{order}" for order in placed}


@pytest.mark.parametrize("status", [429, 503])
def test_when_to_come_back_is_heeded(post: Post, status: int):
    """In seconds, or as a date: its seconds are whole, so what is two from now is one at least."""

    def busy(call: Any) -> None:
        call.answer(status, Retry_After="1" if status == 429 else formatdate(time.time() + 2, usegmt=True))

    receiver = post.receiver()
    receiver.next = [busy]
    post.hooks(receiver.url, "order.placed")
    post.works()
    post.shop.order({"MUG": 1})
    until(lambda: receiver.received)
    post.shop.order({"MUG": 1})
    until(lambda: len(post.deliveries("delivered")) == 2)
    first, *others = receiver.received
    assert min(message.at for message in others) - first.at >= 0.95


def test_one_that_says_gone_is_told_no_more(post: Post):
    receiver = post.receiver(answers(410))
    webhook = post.hooks(receiver.url, "order.placed")
    post.works()
    post.shop.order({"MUG": 1})
    until(lambda: post.webhook(webhook).status == "disabled")
    post.shop.order({"MUG": 1})
    time.sleep(0.5)
    assert len(receiver.received) == 1
    (delivery,) = post.deliveries()
    assert (delivery.state, delivery.reason) == ("dead", "The receiver answered 410 Gone.")
    (told,) = [row for row in post.shop.rows(Event) if row.type == "webhook.disabled"]
    assert told.subject == f"webhook/{webhook.id}"
    with pytest.raises(InvalidTransition):
        post.shop.run(webhooks.TellTest(webhook.id))
    receiver.usual = answers(200)
    post.shop.run(webhooks.EnableWebhook(webhook.id))
    until(lambda: len(post.deliveries("delivered")) == 1)
    assert post.shop.run(webhooks.EnableWebhook(webhook.id)).status == "enabled"


def test_one_that_takes_nothing_for_days_is_retired(post: Post):
    receiver = post.receiver(answers(503, b"on holiday"))
    webhook = post.hooks(receiver.url, "order.placed")
    post.works(pace=1e-6)
    post.shop.order({"MUG": 1})
    until(lambda: post.webhook(webhook).status == "retired")
    tried = len(RETRY_AFTER_SECONDS) + 1
    (delivery,) = post.deliveries()
    assert (delivery.state, delivery.attempts) == ("dead", tried)
    assert delivery.reason == f"Given up after {tried} attempts: the receiver answered 503"
    assert len(receiver.received) == tried
    assert len(set(receiver.ids)) == 1
    (told,) = [row for row in post.shop.rows(Event) if row.type == "webhook.retired"]
    assert told.subject == f"webhook/{webhook.id}"
    (alert,) = post.shop.alerts("failed_webhook")
    assert (alert.subject, alert.status) == (f"webhook/{webhook.id}", "open")
    post.shop.run(webhooks.EnableWebhook(webhook.id))
    assert [row.status for row in post.shop.alerts("failed_webhook")] == ["closed"]


def test_one_event_that_it_cannot_take_does_not_retire_it(post: Post):
    def picky(call: Any) -> None:
        bad = call.server.receiver.received[0].id
        call.answer(500 if call.headers["webhook-id"] == bad else 200)

    receiver = post.receiver(picky)
    webhook = post.hooks(receiver.url, "order.placed")
    post.works(pace=5e-6)
    post.shop.order({"MUG": 1})
    until(lambda: receiver.received)
    while not post.deliveries("dead"):
        post.shop.order({"MUG": 1})
    assert post.webhook(webhook).status == "enabled"
    until(lambda: len(post.deliveries("delivered")) + 1 == len(post.deliveries()))


def test_a_slow_receiver_delays_no_other(post: Post):
    gate = threading.Event()
    slow, quick = post.receiver(waits_for(gate)), post.receiver()
    webhook = post.hooks(slow.url)
    post.hooks(quick.url)
    post.works()
    for _ in range(20):
        post.shop.order({"MUG": 1})
    until(lambda: len(quick.received) == 40)
    assert webhook.id not in {row.webhook_id for row in post.deliveries()}, "its first calls are still under way"
    gate.set()


def test_order_is_kept_within_each_subject(post: Post):
    def unsteady(call: Any) -> None:
        number = len(call.server.receiver.received)
        accepted = number % 3 != 0
        if accepted:
            taken.append(call.headers["webhook-id"])
        call.answer(200 if accepted else 500)

    taken: list[str] = []
    receiver = post.receiver(unsteady)
    wanted = ("order.placed", "stock.changed")
    webhook = post.hooks(receiver.url, *wanted, ordered=True)
    post.works()
    for _ in range(3):
        order = post.shop.order({"MUG": 1, "PLATE": 1})
        post.shop.confirm(order)
        post.shop.ship(order)
    told = [event for event in read_all(post.shop) if event.position > webhook.position]
    expected = sum(event.type in wanted for event in told)
    assert 6 < expected < len(told)
    until(lambda: len(post.deliveries("delivered")) == expected)
    numbers: dict[str, list[int]] = {}
    for id_ in taken:
        subject, _, seq = id_.rpartition("/")
        numbers.setdefault(subject, []).append(int(seq))
    assert all(found == sorted(found) for found in numbers.values())
    assert len(taken) == expected


def test_order_is_kept_when_more_is_due_again_than_fits_in_a_round(post: Post, moment: Moment):
    """A receiver comes back. What is new of an order is not told before what it could not take of it then."""
    receiver = post.receiver()
    webhook = post.hooks(receiver.url, "order.*", ordered=True)
    orders = [post.shop.order({"MUG": 1}) for _ in range(40)]
    told, now = [event for event in read_all(post.shop) if event.type == "order.placed"], moment.now()
    failed = [Attempt(event.position, event.id, event.subject, event.type, "failed", now, now) for event in told]
    reached = told[-1].position
    post.shop.run(webhooks.RecordAttempts(webhook.id, webhook.position, reached, tuple(failed)))
    post.shop.confirm(orders[-1])
    read_all(post.shop)
    post.works()
    until(lambda: len(receiver.received) >= 41)
    of_last = [id_ for id_ in receiver.ids if orders[-1].order.id in id_]
    assert [id_.rpartition("/")[2] for id_ in of_last] == ["1", "2"]


def test_a_test_is_told_to_its_webhook_alone(post: Post):
    receiver, other = post.receiver(), post.receiver()
    webhook = post.hooks(receiver.url, "order.cancelled", stores=("main",))
    post.hooks(other.url)
    post.works()
    post.shop.run(webhooks.TellTest(webhook.id))
    (message,) = until(lambda: receiver.received)
    assert message.event["type"] == "webhook.test"
    post.shop.order({"MUG": 1})
    until(lambda: len(other.received) == 2)
    assert "webhook.test" not in {message.event["type"] for message in other.received}


def test_replayed_and_sent_again(post: Post):
    receiver = post.receiver()
    webhook = post.hooks(receiver.url, "order.placed")
    post.works()
    for _ in range(3):
        post.shop.order({"MUG": 1})
    until(lambda: len(post.deliveries("delivered")) == 3)
    post.shop.run(webhooks.ReplayWebhook(webhook.id, webhook.position))
    until(lambda: len(receiver.received) == 6)
    assert sorted(receiver.ids) == sorted(2 * list(set(receiver.ids)))
    until(lambda: post.webhook(webhook).position > webhook.position)
    again = post.deliveries()[0]
    post.shop.run(webhooks.ResendDelivery(webhook.id, again.position))
    until(lambda: len(receiver.received) == 7)
    assert receiver.ids[-1] == again.event_id
    until(lambda: len(post.deliveries("delivered")) == 3)
    with pytest.raises(webhooks.DeliveryNotFound):
        post.shop.run(webhooks.ResendDelivery(webhook.id, 10**9))


def test_a_replay_right_after_a_round_is_heard(post: Post, monkeypatch: pytest.MonkeyPatch):
    """… before the next round has seen how far the last one came."""
    receiver = post.receiver()
    webhook = post.hooks(receiver.url, "order.placed")
    run, replays = post.shop.engine.run, [webhooks.ReplayWebhook(webhook.id, webhook.position)]

    def run_and_replay(command: Any, *more: Any) -> Any:
        outcome = run(command, *more)
        if replays and isinstance(command, webhooks.RecordAttempts):
            run(replays.pop(), CLERK)
        return outcome

    monkeypatch.setattr(post.shop.engine, "run", run_and_replay)
    order = post.shop.order({"MUG": 1})
    post.works()
    until(lambda: len(receiver.received) == 2)
    assert receiver.ids == 2 * [f"order/{order.order.id}/1"]


def test_a_private_address_is_never_called(post: Post):
    receiver = post.receiver()
    for url in (receiver.url, f"http://localhost:{receiver.port}/", f"http://[::ffff:127.0.0.1]:{receiver.port}/"):
        post.hooks(url, "order.placed")
    post.works(webhook_allow_private=False)
    post.shop.order({"MUG": 1})
    until(lambda: len(post.deliveries("waiting")) == 3)
    assert receiver.received == []
    assert all("not public" in delivery.log for delivery in post.deliveries())


def test_all_that_is_there_is_told_once_by_hand(post: Post, moment: Moment):
    """As by `onhand worker --once deliver-webhooks`: what fails waits for its time, and nobody waits for it."""
    receiver, gone = post.receiver(), post.receiver(answers(500))
    post.hooks(receiver.url, "order.placed")
    post.hooks(gone.url, "order.placed")
    for _ in range(40):
        post.shop.order({"MUG": 1})
    read_all(post.shop)
    settings = Settings(_env_file=None, webhook_allow_private=True)  # type: ignore[call-arg]
    duty = {duty.name: duty for duty in schedule(settings)}["deliver-webhooks"]
    assert do_all(post.shop.engine, duty) == 40
    assert len(set(receiver.ids)) == len(receiver.ids) == 40
    assert 0 < len(gone.received) <= 40
    asked = len(gone.received)
    assert do_all(post.shop.engine, duty) == 0
    moment.passes(minutes=180)  # Whatever was tried twice is due again, too.
    gone.usual = answers(200)
    assert do_all(post.shop.engine, duty) == 40
    assert set(gone.ids) == set(receiver.ids)
    assert len(gone.received) > asked


def test_another_process_takes_over(post: Post):
    """Nothing is lost, and what was not recorded is told again under the same id."""
    receiver = post.receiver()
    webhook = post.hooks(receiver.url, "order.placed")
    for _ in range(10):
        post.shop.order({"MUG": 1})
    first = post.works()
    until(lambda: len(receiver.received) >= 1)
    first.join()
    post.works()
    post.shop.order({"MUG": 1})
    until(lambda: len(post.deliveries("delivered")) == 11)
    assert len(set(receiver.ids)) == 11
    stale = webhooks.RecordAttempts(webhook.id, webhook.position, webhook.position + 5, ())
    with pytest.raises(webhooks.DeliveredByAnother):
        post.shop.run(stale, CLERK)
