"""THE DOOR: every change of anything goes through here.

A writer takes whatever is waiting, and in one transaction loads the rows that the commands need, decides them in
the order they came, and saves what changed. Callers are answered after the commit. One waiting command is a batch
of one; under load batches grow by themselves, and a hot SKU costs one row lock a batch instead of one an order.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

import structlog

from onhand import calendars, clock
from onhand.books import ONHAND, Actor, Books, Incomplete, Policy
from onhand.db import alerts_load
from onhand.db.database import Database
from onhand.db.dialect import Writer
from onhand.db.feed import Feed, number_own
from onhand.db.load import Backlog, Loader, stored_answers
from onhand.db.meeting import meet
from onhand.db.outage import Outage
from onhand.db.outlook import look_ahead
from onhand.db.save import save, save_answers
from onhand.db.storage import KEYS
from onhand.rows import StoredAnswer
from onhand.trade.errors import IdempotencyInFlight, IdempotencyKeyReused, Overloaded, Refusal
from onhand.trade.holds import ExpireOverdue, expire_all_overdue
from onhand.trade.verbs import CATALOG_CHANGES, VERBS, Together, combined, decide

log = structlog.get_logger()

MOST_COMMANDS = 256
MOST_ROWS = 4_096
MOST_WAITING_COMMANDS = 20_000
MOST_WAITING_ROWS = 400_000
TRIES = 12
UNREACHABLE_AFTER_SECONDS = 30.0
NUMBERS_FROM, NUMBERS_UP_TO = 16, 4_096

Outcome = Any


class Idempotency(NamedTuple):
    """Whose key it is, the key, what the request was, and how its outcome is to be stored: (status, body)."""

    scope: str
    key: str
    fingerprint: str
    render: Callable[[Outcome], tuple[int, str]]


class Replayed(NamedTuple):
    """The stored answer to an earlier request with the same idempotency key."""

    status: int
    body: str


class Submission(NamedTuple):
    """A command on its way: `done` is called once, from the writer's thread, with the outcome or the exception."""

    command: Any
    actor: Actor
    idempotency: Idempotency | None
    done: Callable[[Outcome], None]
    rows: int


class Decided(NamedTuple):
    """What a batch came to, before its COMMIT was answered."""

    outcomes: Sequence[Outcome]
    numbers_taken: int


class Engine:
    """Opened on a database that is migrated; `start` it before the first command, `close` it to drain.

    `now` tells the time of a batch: the wall clock, unless what happened earlier is told (`cli/demo_past.py`).
    """

    def __init__(self, database: Database, policy: Policy | None = None) -> None:
        self.database = database
        self.policy = policy or Policy()
        self.now = clock.now
        self._waiting: deque[Submission] = deque()
        self._waiting_rows = 0
        self._changed = threading.Condition()
        self._in_flight: set[tuple[str, str]] = set()
        self._closing = False
        self._loader = Loader(alone=not database.is_shared)
        self.feed = Feed(database)
        self._writer: Writer | None = None
        self._outage = Outage(database)
        self._numbers: list[int] = []
        self._claim_next = NUMBERS_FROM
        self._thread = threading.Thread(target=self._work, name="onhand-writer", daemon=True)

    def start(self) -> None:
        """Claim the database for writing and begin. Raises DatabaseUnusable."""
        self.database.own()
        self._writer = self.database.writer()
        self.feed.start()
        self._thread.start()

    def close(self) -> None:
        """Refuse what is new, finish what was accepted, then stop."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self.feed.close()
        if self._writer is not None:
            self._give_numbers_back(self._writer)
            self._writer.close()
            self._writer = None

    @property
    def waiting(self) -> int:
        """Commands in the queue."""
        return len(self._waiting)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive() and not self._closing

    @property
    def takes_no_changes_because(self) -> str | None:
        """What keeps the database from taking changes, as the last one that was tried has met it: a full disk."""
        return self._outage.takes_none_because

    def run(self, command: Any, actor: Actor, idempotency: Idempotency | None = None) -> Outcome:
        """Submit and wait. Raises the Refusal when the answer is no."""
        future: Future[Outcome] = Future()
        self.submit(command, actor, future.set_result, idempotency)
        outcome = future.result()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def submit(
        self,
        command: Any,
        actor: Actor,
        done: Callable[[Outcome], None],
        idempotency: Idempotency | None = None,
    ) -> None:
        """Queue a command. Raises Overloaded at once when too much is waiting, and IdempotencyInFlight."""
        submission = Submission(command, actor, idempotency, done, _weight(command))
        with self._changed:
            if self._closing:
                raise Overloaded("The service is shutting down.")
            if (
                len(self._waiting) >= MOST_WAITING_COMMANDS
                or self._waiting_rows + submission.rows > MOST_WAITING_ROWS + MOST_ROWS
            ):
                raise Overloaded
            if idempotency is not None:
                key = (idempotency.scope, idempotency.key)
                if key in self._in_flight:
                    raise IdempotencyInFlight
                self._in_flight.add(key)
            self._waiting.append(submission)
            self._waiting_rows += submission.rows
            self._changed.notify()

    # ── The writer's thread ─────────────────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while batch := self._take():
            self._run_batch(batch)

    def _take(self) -> list[Submission]:
        """Whatever is waiting, up to a batch; empty only when the engine is closed and nothing is left.

        The catalog that a batch reads is the committed one, and what it reads is remembered. So changes of it have
        batches of their own: whoever comes later sees them, and nobody remembers one that was not committed.
        """
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            batch: list[Submission] = []
            rows = 0
            while self._waiting and len(batch) < MOST_COMMANDS:
                rows += self._waiting[0].rows
                if batch and (rows > MOST_ROWS or _changes_catalog(self._waiting[0]) != _changes_catalog(batch[-1])):
                    break
                batch.append(self._waiting.popleft())
                self._waiting_rows -= batch[-1].rows
            return batch

    def _run_batch(self, batch: Sequence[Submission]) -> None:
        try:
            outcomes = self._try_until_settled(batch)
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Overloaded):
                log.warning("batch_failed_running_one_by_one", commands=len(batch), error=repr(error)[:200])
                for submission in batch:
                    self._run_batch([submission])
                return
            outcomes = [self._failure(batch[0], error)] * len(batch)
        self._answer(batch, outcomes)

    def _failure(self, submission: Submission, error: Exception) -> Exception:
        """What a caller is told of a failure."""
        if isinstance(error, Overloaded):
            return error
        hindrance = self._outage.hindrance(error)
        if hindrance is not None:
            return Overloaded(f"{hindrance} Nothing was done.")
        log.exception("command_failed", command=type(submission.command).__name__)
        return error

    def _answer(self, batch: Sequence[Submission], outcomes: Sequence[Outcome]) -> None:
        with self._changed:
            self._in_flight.difference_update(
                (each.idempotency.scope, each.idempotency.key) for each in batch if each.idempotency
            )
        for submission, outcome in zip(batch, outcomes, strict=True):
            try:
                submission.done(outcome)
            except Exception:  # The caller went away; its command stands.
                log.exception("answer_not_taken", command=type(submission.command).__name__)

    def _try_until_settled(self, batch: Sequence[Submission]) -> Sequence[Outcome]:
        """Run the batch again after a transient failure: decisions are pure, so that is safe.

        The batch's id is its first write. When a COMMIT's outcome was lost and it did happen, the second try meets
        that id (waiting for it, should the first be still under way), and the first try's outcomes are the answer.
        Until that is known, the commands are in no other batch: whatever fails, they might be done twice.
        """
        batch_id = clock.new_id()
        unheard: list[Decided] = []
        all_of: frozenset[str] = frozenset()
        tries = 0
        while True:
            tries += 1
            try:
                outcomes = self._try(batch_id, batch, unheard, all_of)
                self._outage.is_over()
                return outcomes
            except Incomplete as incomplete:
                self._start_over(lost=False)
                if incomplete.variant_ids <= all_of and tries >= TRIES:
                    raise self._given_up(unheard, lost=False) from incomplete
                all_of |= incomplete.variant_ids
            except Backlog as backlog:
                self._start_over(lost=False)
                self._sweep(backlog)
            except Exception as error:
                lost = self.database.is_lost(error)
                self._start_over(lost)
                if not (unheard or self.database.is_transient(error)):
                    raise
                self._outage.failed(lost, error)
                threading.Event().wait(min(0.5, 0.005 * 2 ** max(tries, self._outage.failures)) * random.random())
                if self._outage.seconds > UNREACHABLE_AFTER_SECONDS or (tries >= TRIES and not lost):
                    raise self._given_up(unheard, lost) from error
                if not lost:
                    log.info("batch_retried", tries=tries, error=repr(error)[:200])

    def _sweep(self, backlog: Backlog) -> None:
        """End what is overdue in the way of a batch, in a transaction of its own: then the batch finds less of it."""
        command = ExpireOverdue(backlog.claim_ids, backlog.claim_ids)
        self._try_until_settled([Submission(command, ONHAND, None, lambda _: None, len(backlog.claim_ids))])

    def _given_up(self, unheard: list[Decided], lost: bool) -> Overloaded:
        if not unheard:
            trouble = "The database does not answer." if lost else "Too much is changing at once."
            return Overloaded(f"{trouble} Nothing was done.")
        self._settled(unheard[-1])  # Its orders may be there: no other is to have their numbers.
        return Overloaded("The database does not answer. It is not known whether this was done.")

    def _try(
        self, batch_id: str, batch: Sequence[Submission], unheard: list[Decided], all_of: frozenset[str]
    ) -> Sequence[Outcome]:
        """`unheard` holds what was decided by a try of which nobody knows whether it was committed."""
        writer = self._writer = self._writer or self.database.writer()
        self._have_numbers(writer, batch)
        writer.begin()
        if unheard and writer.run("SELECT id FROM batches WHERE id = :id", id=batch_id):
            writer.rollback()
            return self._settled(unheard[-1])
        now = self.now()
        writer.run(
            "INSERT INTO batches (id, committed_at, commands) VALUES (:id, :now, :commands)",
            id=batch_id,
            now=now,
            commands=len(batch),
        )
        unheard.clear()  # The id was free: no earlier try was committed, and none can be any more.
        books = Books(now, self.policy, self._loader.catalog, KEYS, clock.new_id, self._numbers, calendars.days_off)
        kept = stored_answers(
            writer, {(each.idempotency.scope, each.idempotency.key) for each in batch if each.idempotency}
        )
        needs = combined(VERBS[type(each.command)].needs(each.command) for each in batch)
        self._loader.load(writer, books, needs, all_of)
        expire_all_overdue(books)
        outcomes = [_decide(books, each, kept) for each in batch]
        if self.database.is_shared:
            meet(writer, books)
        alerts_load.finish(writer, books)
        save(writer, books)
        look_ahead(writer, self._loader.catalog, books, outcomes)
        answers = _answers(batch, outcomes, books.now)
        if not books.journal and not answers:
            writer.rollback()
            return outcomes
        save_answers(writer, answers)
        if not self.database.is_shared:
            number_own(writer, batch_id, len(books.events), len(books.movements))
        decided = Decided(outcomes, books.numbers_taken)
        try:
            writer.commit()
        except Exception as error:
            if self.database.is_lost(error):
                unheard.append(decided)
            raise
        self._loader.stock_known.note(books.levels.changed.values())
        return self._settled(decided)

    def _settled(self, committed: Decided) -> Sequence[Outcome]:
        """The outcomes of a batch that is known to be committed; its order numbers are used up."""
        self._outage.committed()
        del self._numbers[: committed.numbers_taken]
        self.feed.committed()
        return committed.outcomes

    def _start_over(self, lost: bool) -> None:
        if self._writer is None:
            return
        try:
            if not lost:
                self._writer.rollback()
                return
            self._writer.close()
        except Exception as error:
            log.info("connection_dropped", error=repr(error)[:200])
        self._writer = None

    # ── Order numbers: claimed in blocks, so that processes which share a database do not queue for each one ─────────

    def _have_numbers(self, writer: Writer, batch: Sequence[Submission]) -> None:
        wanted = sum(len(each.command.commands) if type(each.command) is Together else 1 for each in batch)
        if len(self._numbers) >= wanted:
            return
        self._claim_next = min(self._claim_next * 2, NUMBERS_UP_TO)
        more = max(self._claim_next, wanted)
        writer.begin()
        ((last,),) = writer.run(
            "UPDATE counters SET value = value + :more WHERE name = 'order_number' RETURNING value", more=more
        )
        writer.commit()
        self._numbers.extend(range(last - more + 1, last + 1))

    def _give_numbers_back(self, writer: Writer) -> None:
        """Leave no gap after a clean stop, unless another process has claimed numbers since."""
        if not self._numbers or self._numbers[-1] - self._numbers[0] + 1 != len(self._numbers):
            return
        try:
            writer.begin()
            writer.run(
                "UPDATE counters SET value = :unused WHERE name = 'order_number' AND value = :last",
                unused=self._numbers[0] - 1,
                last=self._numbers[-1],
            )
            writer.commit()
        except Exception as error:
            log.info("numbers_not_given_back", error=repr(error)[:200])


def _changes_catalog(submission: Submission) -> bool:
    command = submission.command
    if type(command) is Together:
        return any(type(each) in CATALOG_CHANGES for each in command.commands)
    return type(command) in CATALOG_CHANGES


def _weight(command: Any) -> int:
    """How many lines a command brings, as a measure of the rows that it will write."""
    if type(command) is Together:
        return sum(_weight(each) for each in command.commands)
    return max(1, len(getattr(command, "items", ())))


def _decide(books: Books, submission: Submission, kept: dict[tuple[str, str], StoredAnswer]) -> Outcome:
    """One command's outcome. A refusal undoes that command alone."""
    idempotency = submission.idempotency
    if idempotency is not None:
        before = kept.get((idempotency.scope, idempotency.key))
        if before is not None:
            same = before.fingerprint == idempotency.fingerprint
            return Replayed(before.status, before.body) if same else IdempotencyKeyReused()
    mark = books.mark()
    try:
        return decide(books, submission.command, submission.actor)
    except Refusal as refusal:
        books.undo_to(mark)
        return refusal


def _answers(batch: Sequence[Submission], outcomes: Sequence[Outcome], now: int) -> list[StoredAnswer]:
    """What is stored for those who gave an idempotency key, and were not answered from the store themselves."""
    answers = []
    for submission, outcome in zip(batch, outcomes, strict=True):
        idempotency = submission.idempotency
        if idempotency is not None and _is_kept(outcome):
            status, body = idempotency.render(outcome)
            answers.append(StoredAnswer(idempotency.scope, idempotency.key, idempotency.fingerprint, status, body, now))
    return answers


def _is_kept(outcome: Outcome) -> bool:
    """Refusals of the trade are stored too; those that a second try may not meet are not."""
    if isinstance(outcome, Replayed | IdempotencyKeyReused):
        return False
    return not isinstance(outcome, Refusal) or (outcome.status < 500 and outcome.status not in (401, 403, 429))
