"""The feed's numbering: every committed fact gets its place, 1, 2, 3 …, and no reader ever skips one.

Ids that are given while transactions are under way cannot be followed: the smaller may be committed after the greater
was read. So places are given after the commit, and to whole batches: a batch's time is its own and names its facts
(`rows.Batch`), so its row is all that is written, however many facts it has. Events come first, by subject and seq;
then movements, by level and version. Of one subject, the facts of different batches stand in the order of their seq.

One numbers at a time, whoever gets the row of the counter: its lock is the fence. A numberer that stops in the middle
is cut off by the database, and what it had not committed is numbered by the next. Where one process owns the database,
each batch numbers itself, for one commit follows the other.
"""

import threading
from collections.abc import Sequence
from graphlib import TopologicalSorter

import structlog

from onhand.db.database import Database
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import Batch

log = structlog.get_logger()

LOOKS_EVERY_SECONDS = 1.0
PAUSE_SECONDS = 0.1
MOST_BATCHES = 64

_ANYTHING = "SELECT 1 FROM batches WHERE position IS NULL LIMIT 1"
_FENCE = "UPDATE counters SET value = value + :facts WHERE name = 'feed' RETURNING value"
_NUMBER_ONE = "UPDATE batches SET position = :position, events = :events, movements = :movements WHERE id = :id"
_UNTOLD = """
SELECT id, committed_at, commands, 0,
       (SELECT count(*) FROM events WHERE occurred_at = committed_at),
       (SELECT count(*) FROM movements WHERE recorded_at = committed_at)
FROM batches WHERE position IS NULL
"""
_OLDEST = _UNTOLD + "ORDER BY committed_at LIMIT :at_most"
_UP_TO = _UNTOLD + "AND committed_at <= :furthest"
# Which batches go on from which: the times of two that wrote about the same thing, the one right after the other.
# What came right before a fact is mostly a fact of these batches too, and then the ledger is not asked: a join with it
# would read all of it. Where the batches are not all that wait for a place, it is asked about the few others.
_STEPS = """
SELECT was, at FROM (
    SELECT occurred_at AS at, CASE
        WHEN :all_there OR lag(seq) OVER subjects = seq - 1 THEN lag(occurred_at) OVER subjects
        ELSE (SELECT before.occurred_at FROM events AS before
              WHERE before.subject = next.subject AND before.seq = next.seq - 1)
        END AS was
    FROM events AS next WHERE occurred_at = ANY(:times::bigint[]) WINDOW subjects AS (PARTITION BY subject ORDER BY seq)
) AS steps WHERE was {compared} at
UNION
SELECT was, at FROM (
    SELECT recorded_at AS at, CASE
        WHEN :all_there OR lag(version) OVER levels = version - 1 THEN lag(recorded_at) OVER levels
        ELSE (SELECT before.recorded_at FROM movements AS before
              WHERE before.store_id = next.store_id AND before.variant_id = next.variant_id
              AND before.version = next.version - 1)
        END AS was
    FROM movements AS next WHERE recorded_at = ANY(:times::bigint[])
    WINDOW levels AS (PARTITION BY store_id, variant_id ORDER BY version)
) AS steps WHERE was {compared} at
"""
_STEPS_BACK, _ALL_STEPS = _STEPS.format(compared=">"), _STEPS.format(compared="<>")
_BATCHES = STORAGE[Batch]
# A numberer whose machine sleeps in the middle would else keep the others from numbering.
_CUT_OFF = "SET LOCAL idle_in_transaction_session_timeout = '5s'"


def number_own(writer: Writer, batch_id: str, events: int, movements: int) -> None:
    """Give the facts of the batch that is about to be committed their places. Only where there is one writer."""
    facts = events + movements
    ((last,),) = writer.run(_FENCE, facts=facts)
    position = last - facts + 1 if facts else 0
    writer.run(_NUMBER_ONE, id=batch_id, position=position, events=events, movements=movements)


def number_all(writer: Writer, precaution: str | None = None) -> int:
    """Give places to the facts of every committed batch that has none; answers how many batches that were.

    `precaution` is a statement for the beginning of each transaction.
    """
    numbered = 0
    while writer.run(_ANYTHING):
        writer.begin()
        if precaution is not None:
            writer.run(precaution)
        ((last,),) = writer.run(_FENCE, facts=0)
        untold = _in_order(writer, [Batch._make(row) for row in writer.run(_OLDEST, at_most=MOST_BATCHES)])
        places = []
        for batch in untold:
            facts = batch.events + batch.movements
            places.append(batch._replace(position=last + 1 if facts else 0))
            last += facts
        if places:
            writer.update(_BATCHES, places)
        writer.run(_FENCE, facts=sum(batch.events + batch.movements for batch in untold))
        writer.commit()
        numbered += len(untold)
    return numbered


def _in_order(writer: Writer, found: Sequence[Batch]) -> list[Batch]:
    """The batches in an order in which they may have been committed: of each subject, what came first is first.

    Mostly that is the order of their times. But a batch has its time from when it began: it may have waited for the
    rows of one that began later, or come from a machine whose clock is behind.
    """
    batches = {batch.committed_at: batch for batch in found}
    if len(batches) < 2:
        return list(found)
    all_there = len(found) < MOST_BATCHES
    steps_back = writer.run(_STEPS_BACK, times=list(batches), all_there=all_there)
    if not steps_back:
        return list(found)
    while (furthest := max(before for before, _ in steps_back)) > max(batches):
        more = {row[1]: Batch._make(row) for row in writer.run(_UP_TO, furthest=furthest)}
        if len(more) == len(batches):
            break  # What they go on from has its place already.
        batches = more
        steps_back = writer.run(_STEPS_BACK, times=list(batches), all_there=all_there)
    follows: dict[int, set[int]] = {at: set() for at in sorted(batches)}
    for before, at in writer.run(_ALL_STEPS, times=list(batches), all_there=all_there):
        if before in batches:
            follows[at].add(before)
    return [batches[at] for at in TopologicalSorter(follows).static_order()]


class Feed:
    """Numbers what this process, or one that is gone, has committed; wakes those in this process who follow."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer: Writer | None = None
        self._changed = threading.Condition()
        self._turn = 0
        self._wanted = True
        self._is_away = False
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Number what was left, and go on where other processes write too."""
        if self._database.is_shared:
            self._thread = threading.Thread(target=self._work, name="onhand-feed", daemon=True)
            self._thread.start()
            return
        writer = self._database.writer()
        number_all(writer)
        writer.close()

    def close(self) -> None:
        """Number what is left, and let go who waits."""
        with self._changed:
            self._closing = self._wanted = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def committed(self) -> None:
        """A batch of this process is there."""
        with self._changed:
            if self._thread is None:
                self._turn += 1
            self._wanted = True
            self._changed.notify_all()

    @property
    def turn(self) -> int:
        """Changes when there may be more to read. Take it before reading, and wait with it for what comes after."""
        return self._turn

    def wait(self, turn: int, seconds: float) -> None:
        """Until there may be more than at that turn, or time is up: other processes number without a word."""
        with self._changed:
            self._changed.wait_for(lambda: self._turn != turn or self._closing, seconds)

    def _work(self) -> None:
        closing = False
        while not closing:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted, LOOKS_EVERY_SECONDS)
                self._wanted, closing = False, self._closing
            self._number()
            with self._changed:
                self._turn += 1
                self._changed.notify_all()
                # Under load the batches of many milliseconds are numbered together: a commit is what numbering costs.
                self._changed.wait_for(lambda: self._closing, PAUSE_SECONDS)

    def _number(self) -> None:
        try:
            if self._writer is None:
                self._writer = self._database.writer()
            number_all(self._writer, _CUT_OFF)
            self._is_away = False
        except Exception as error:
            if not self._is_away:
                self._is_away = True
                log.info("feed_not_numbered", error=repr(error)[:200])
            self._drop_connection()
            with self._changed:
                self._changed.wait_for(lambda: self._closing, LOOKS_EVERY_SECONDS)

    def _drop_connection(self) -> None:
        try:
            if self._writer is not None:
                self._writer.close()
        except Exception as error:
            log.info("connection_dropped", error=repr(error)[:200])
        self._writer = None
