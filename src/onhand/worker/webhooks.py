"""Tells webhooks what is in the feed: each from its own place, at its own pace, so that none waits for another.

A round reads what comes next for one webhook, and what is due again; calls; and records what came of it, with the new
place, in one command. A process that dies in the middle has recorded nothing of its round: the next one tells it again,
under the same ids. One process delivers at a time, by lease; should two do, the second to record is refused.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import structlog

from onhand import clock
from onhand.api.answers import to_json
from onhand.books import Actor
from onhand.config import Settings
from onhand.db import leases
from onhand.engine import Engine
from onhand.rows import Webhook
from onhand.trade.errors import Overloaded
from onhand.trade.webhooks import RETRY_AFTER_SECONDS, Attempt, DeliveredByAnother, RecordAttempts
from onhand.views.envelopes import in_envelope
from onhand.views.events import EventAnswer, list_events
from onhand.views.webhooks import blocked_subjects, due_deliveries, enabled_webhooks, next_due, wanted_by
from onhand.worker.calls import AT_ONCE, Line, Message
from onhand.worker.duty import RECORDED_EVERY_SECONDS
from onhand.worker.loop import record_run

log = structlog.get_logger()

DELIVERER = Actor("deliverer")
DUTY = "deliver-webhooks"
AT_A_TIME = 32
LEASE, LEASE_SECONDS = "webhooks", 8.0
LOOKS_EVERY_SECONDS = 0.5
LONGEST_PROBE_SECONDS = 300.0
MOST_SKIPPED = 50_000
"""How far a webhook reads on past what is not for it, before its place is written down."""

Found = TypeVar("Found")


class _Try(NamedTuple):
    """An event to tell, and how often it was tried on its present schedule."""

    event: EventAnswer
    attempts: int


class _Round(NamedTuple):
    """What there is to do for a webhook: events to try, in the order of the feed, and the place that it then has.

    `blocked` are subjects that wait for an earlier event, and until when; `next_at` is when something is due again.
    """

    webhook: Webhook
    tries: Sequence[_Try]
    reached: int
    blocked: dict[str, int]
    next_at: int | None


def deliver(settings: Settings) -> Callable[[Engine, int], int]:
    """The duty, by hand: all that there is to tell now, without waiting for what failed."""

    def deliver_once(engine: Engine, _at_most: int) -> int:
        deliverer = Deliverer(engine, settings)
        try:
            return deliverer.deliver_once()
        finally:
            deliverer.join()

    return deliver_once


class Deliverer:
    """Runs in a thread of its own. `pace` shortens all waits between tries, for tests."""

    def __init__(self, engine: Engine, settings: Settings, *, pace: float = 1.0) -> None:
        self._engine = engine
        self._settings = settings
        self._pace = pace
        self._holder = clock.new_id()
        self._stopping = False
        self._told = 0
        self._recorded_at = clock.stopwatch() - RECORDED_EVERY_SECONDS
        self._news = asyncio.Event()
        self._threads = ThreadPoolExecutor(16, "onhand-deliverer")
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="onhand-webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the calls under way, and make no more. May be called by a signal's handler."""
        self._stopping = True

    def join(self) -> None:
        self.stop()
        if self._thread.is_alive():
            self._thread.join()
        self._threads.shutdown()
        self._give_lease_back()

    def _give_lease_back(self) -> None:
        try:
            leases.release(self._engine.database, LEASE, self._holder)
        except Exception as error:
            log.info("lease_not_given_back", error=repr(error)[:200])

    def deliver_once(self) -> int:
        """Tell everybody what there is for them now; answers how many calls succeeded."""

        async def run() -> None:
            found = await self._in_thread(self._mine) or []
            await asyncio.gather(*(self._serve(webhook.id, waits=False) for webhook in found))

        asyncio.run(run())
        return self._told

    async def _run(self) -> None:
        # Names are looked up in these: a name server that is slow for one receiver must not hold up the others.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64, "onhand-names"))
        receivers: dict[str, asyncio.Task[None]] = {}
        is_away = False
        feed = self._engine.feed
        while not self._stopping:
            turn = feed.turn
            try:
                found = await self._in_thread(self._mine)
                wanted = {webhook.id for webhook in found or ()}
                is_away = False
                if found is not None:
                    self._record_run()
            except Exception as error:
                if not is_away:
                    log.info("webhooks_not_read", error=repr(error)[:200])
                is_away, wanted = True, set()
            for gone in receivers.keys() - wanted:
                receivers.pop(gone).cancel()
            for webhook_id in wanted:
                if webhook_id not in receivers or receivers[webhook_id].done():
                    receivers[webhook_id] = asyncio.create_task(self._serve(webhook_id))
            news, self._news = self._news, asyncio.Event()
            news.set()
            await self._in_thread(feed.wait, turn, LOOKS_EVERY_SECONDS)
            await asyncio.sleep(0.1)  # Under load, what came in the meantime is told together.
        self._news.set()
        if receivers:
            await asyncio.wait(receivers.values(), timeout=self._settings.webhook_timeout_seconds)
        for task in receivers.values():
            task.cancel()
        await asyncio.gather(*receivers.values(), return_exceptions=True)

    def _record_run(self) -> None:
        """Now and then, so that every process sees that it is being done."""
        if clock.stopwatch() - self._recorded_at < RECORDED_EVERY_SECONDS:
            return
        self._recorded_at = clock.stopwatch()
        told, self._told, now = self._told, 0, clock.now()
        try:
            record_run(self._engine, DUTY, now, told)
        except Overloaded:
            log.info("run_not_recorded", duty=DUTY)

    def _mine(self) -> list[Webhook] | None:
        """The webhooks that this process is to tell; None while another has the lease."""
        with self._engine.database.reading() as connection:
            enabled = enabled_webhooks(connection)
        now = clock.now()
        until = now + round(LEASE_SECONDS * clock.SECOND)
        is_mine = not enabled or leases.claim(self._engine.database, LEASE, self._holder, now, until)
        return enabled if is_mine else None

    # ── One receiver ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _serve(self, webhook_id: str, *, waits: bool = True) -> None:
        line = Line(
            timeout_seconds=self._settings.webhook_timeout_seconds, allow_private=self._settings.webhook_allow_private
        )
        receiver = _Receiver(webhook_id)
        try:
            while not self._stopping:
                news = self._news
                round_ = await self._in_thread(self._next_round, receiver)
                if round_ is None:
                    return
                if not round_.tries and round_.reached - round_.webhook.position < MOST_SKIPPED:
                    if receiver.has_more:
                        continue
                    if not waits:
                        return
                    await self._wait(news, receiver.pause_until or round_.next_at)
                    continue
                attempts = await self._tell(line, receiver, round_)
                record = RecordAttempts(webhook_id, round_.webhook.position, round_.reached, tuple(attempts))
                try:
                    await self._in_thread(self._engine.run, record, DELIVERER)
                    receiver.recorded_at(round_.reached)
                    self._told += sum(attempt.outcome == "delivered" for attempt in attempts)
                except DeliveredByAnother as refusal:
                    log.info("delivered_by_another", webhook=webhook_id, detail=refusal.detail)
        except Exception as error:
            log.warning("webhook_not_served", webhook=webhook_id, error=repr(error)[:300])
            await asyncio.sleep(1)
        finally:
            await line.close()

    async def _wait(self, news: asyncio.Event, until: int | None) -> None:
        """For news, or for the time when something is due; a second at most, for filters change."""
        seconds = LOOKS_EVERY_SECONDS * 2
        if until is not None:
            seconds = min(seconds, max(0.02, (until - clock.now()) / clock.SECOND))
        try:
            await asyncio.wait_for(news.wait(), seconds)
        except TimeoutError:
            return

    def _next_round(self, receiver: "_Receiver") -> _Round | None:
        """In a thread. None when the webhook is told nothing any more."""
        now = clock.now()
        with self._engine.database.reading() as connection:
            webhook = next((each for each in enabled_webhooks(connection) if each.id == receiver.webhook_id), None)
            if webhook is None:
                return None
            after = receiver.place_of(webhook)
            if receiver.pause_until is not None and receiver.pause_until > now:
                return _Round(webhook, (), after, {}, receiver.pause_until)
            receiver.pause_until = None
            again = due_deliveries(connection, webhook, now, AT_A_TIME)
            probing = webhook.failing_since is not None and receiver.misses > 0
            # More may be due than was taken: what is new must not be told before what it has to wait for.
            more = 0 if webhook.ordered and len(again) == AT_A_TIME else 1 if probing else AT_A_TIME
            page = list_events(connection, after, more, wanted_by(webhook))
            receiver.has_more = page.next_after > after and not page.data
            receiver.read_up_to = page.next_after
            blocked = blocked_subjects(connection, webhook, now) if webhook.ordered else {}
            tries = [_Try(each.event, each.attempts) for each in again] + [_Try(event, 0) for event in page.data]
            return _Round(webhook, tries, page.next_after, blocked, next_due(connection, webhook.id))

    async def _tell(self, line: Line, receiver: "_Receiver", round_: _Round) -> list[Attempt]:
        """Tell the events of a round, several at once; those of one subject one after the other where that is asked."""
        lanes: dict[str, list[_Try]] = {}
        for each in sorted(round_.tries, key=lambda each: each.event.position):
            lanes.setdefault(each.event.subject if round_.webhook.ordered else each.event.id, []).append(each)
        at_once = asyncio.Semaphore(AT_ONCE)
        told: list[Attempt] = []

        async def tell_lane(lane: list[_Try], blocked_until: int | None) -> None:
            for each in lane:
                async with at_once:
                    wait_until = max(blocked_until or 0, receiver.pause_until or 0)
                    if wait_until or receiver.is_gone or self._stopping:
                        told.append(_attempt(each, "behind", wait_until or clock.now()))
                        continue
                    attempt = await self._try(line, receiver, round_.webhook, each)
                    told.append(attempt)
                    if attempt.outcome != "delivered" and round_.webhook.ordered:
                        blocked_until = attempt.next_at

        await asyncio.gather(*(tell_lane(lane, round_.blocked.get(lane[0].event.subject)) for lane in lanes.values()))
        outcomes = {attempt.outcome for attempt in told} - {"behind"}
        receiver.misses = receiver.misses + 1 if outcomes and "delivered" not in outcomes else 0
        if receiver.misses and receiver.pause_until is None:
            # It seems to be away. It is asked now and then whether it is back, by what comes next.
            wait = min(LONGEST_PROBE_SECONDS, RETRY_AFTER_SECONDS[0] * 2.0 ** min(receiver.misses - 1, 10))
            receiver.pause_until = self._later(wait)
        return told

    async def _try(self, line: Line, receiver: "_Receiver", webhook: Webhook, each: _Try) -> Attempt:
        now = clock.now()
        called = await line.call(webhook.url, _secrets(webhook, now), message_of(each.event, webhook), now)
        seen = {
            "status": called.status,
            "error": called.error,
            "latency_ms": called.latency_ms,
            "response": called.response,
        }
        if called.succeeded:
            return _attempt(each, "delivered", 0)._replace(at=now, log=seen)
        if called.status == 410:
            receiver.is_gone = True
            return _attempt(each, "gone", 0)._replace(at=now, log=seen)
        next_at = self._later(RETRY_AFTER_SECONDS[min(each.attempts, len(RETRY_AFTER_SECONDS) - 1)])
        if called.retry_after_seconds is not None:
            receiver.pause_until = clock.now() + round(called.retry_after_seconds * clock.SECOND)
            next_at = max(next_at, receiver.pause_until)
        return _attempt(each, "failed", next_at)._replace(at=now, log=seen)

    def _later(self, seconds: float) -> int:
        """Not all at the same moment: a receiver that comes back would meet everything at once."""
        return clock.now() + round(seconds * self._pace * random.uniform(0.8, 1.2) * clock.SECOND)

    async def _in_thread(self, work: Callable[..., Found], *given: object) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)


class _Receiver:
    """What is known of a receiver while it is served, and may be forgotten."""

    def __init__(self, webhook_id: str) -> None:
        self.webhook_id = webhook_id
        self.misses = 0
        self.pause_until: int | None = None
        self.is_gone = False
        self.has_more = False
        self.read_up_to = 0
        self._recorded = -1

    def recorded_at(self, position: int) -> None:
        """A round was recorded. Whoever replays from where it began, before the next one, is to be heard."""
        self._recorded = self.read_up_to = position

    def place_of(self, webhook: Webhook) -> int:
        """Where to read on. It may be ahead of the place recorded, past what is not for this webhook."""
        if webhook.position != self._recorded:
            self._recorded = self.read_up_to = webhook.position
        return self.read_up_to


def message_of(event: EventAnswer, webhook: Webhook) -> Message:
    """What a receiver is sent: the same for every try."""
    if webhook.format == "cloudevents":
        body = to_json(in_envelope(event, "cloudevents"))
        return Message(event.id, body, "application/cloudevents+json; charset=utf-8")
    return Message(event.id, to_json(event), "application/json")


def _secrets(webhook: Webhook, now: int) -> list[str]:
    """The newest first. For a while after it was changed, both sign."""
    if webhook.former_secret is not None and (webhook.former_until or 0) > now:
        return [webhook.secret, webhook.former_secret]
    return [webhook.secret]


def _attempt(each: _Try, outcome: str, next_at: int) -> Attempt:
    event = each.event
    return Attempt(event.position, event.id, event.subject, event.type, outcome, clock.now(), next_at)
