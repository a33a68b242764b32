"""Does each duty when it is due, one after another, until it is told to stop.

A duty that fails is written to the log and tried again when it is due next; the others go on. Where several
processes share a database, one of them holds the lease of a duty, and another takes it over when that one is gone.
Runs are written down, so that every process sees them, and a duty of every day is not done at every start.
"""

import threading
from collections.abc import Callable, Mapping, Sequence

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from onhand import clock
from onhand.books import ONHAND
from onhand.db import leases
from onhand.db.database import DatabaseUnusable
from onhand.engine import Engine
from onhand.rows import DutyRun
from onhand.trade.errors import Overloaded
from onhand.trade.housekeeping import RecordRun
from onhand.views.duties import last_runs
from onhand.worker.duty import RECORDED_EVERY_SECONDS, Duty

log = structlog.get_logger()

OUTAGES = (Overloaded, DatabaseUnusable, OperationalError, InterfaceError)
"""What fails because the database is away: what it says is enough, and where it was met is of no use to anybody."""
SECONDS_TO_FINISH = 20.0
LEASE_SECONDS = 30.0
SELDOM_SECONDS = 3_600.0


class Loop:
    def __init__(self, engine: Engine, duties: Sequence[Duty]) -> None:
        self._engine = engine
        self._duties = [duty for duty in duties if not duty.by_itself]
        self._holder = clock.new_id()
        self._stopping = threading.Event()
        self._recorded: dict[str, int] = {}
        self._failing: dict[str, type[Exception]] = {}
        self._thread = threading.Thread(target=self.run, name="onhand-worker", daemon=True)

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being taken now, and nothing more. May be called by a signal's handler."""
        self._stopping.set()

    def join(self) -> None:
        self.stop()
        if self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        outward = [duty for duty in self._duties if duty.outward]
        inward = [duty for duty in self._duties if not duty.outward]
        beside = threading.Thread(target=self._take_turns, args=(outward,), name="onhand-outward", daemon=True)
        beside.start()
        self._take_turns(inward)
        # It may be in the middle of an hour's verification, or of a mail server's silence: neither can be harmed.
        beside.join(SECONDS_TO_FINISH)

    def _take_turns(self, duties: Sequence[Duty]) -> None:
        due_at = {duty.name: clock.stopwatch() + wait for duty, wait in self._waits(duties)}
        while duties and not self._stopping.is_set():
            duty = min(duties, key=lambda duty: due_at[duty.name])
            if self._stopping.wait(max(0.0, due_at[duty.name] - clock.stopwatch())):
                return
            self._try(duty)
            due_at[duty.name] = clock.stopwatch() + duty.every_seconds

    def _waits(self, duties: Sequence[Duty]) -> list[tuple[Duty, float]]:
        """In how many seconds each duty is due: at once, but for what is seldom done, which is due in its time."""
        seldom = [duty for duty in duties if duty.every_seconds > SELDOM_SECONDS]
        runs = self._last_runs() if seldom else {}
        waits = {
            duty.name: duty.every_seconds - (clock.now() - runs[duty.name].ended_at) / clock.SECOND
            for duty in seldom
            if duty.name in runs
        }
        return [(duty, max(0.0, waits.get(duty.name, 0.0))) for duty in duties]

    def _last_runs(self) -> Mapping[str, DutyRun]:
        while not self._stopping.is_set():
            try:
                with self._engine.database.reading() as connection:
                    return last_runs(connection)
            except OUTAGES as outage:
                log.warning("runs_not_read", error=_in_a_line(outage))
                self._stopping.wait(5)
        return {}

    def _try(self, duty: Duty) -> None:
        began_at = clock.now()
        done, error, was_mine = 0, None, False

        def may_go_on() -> bool:
            nonlocal was_mine
            has_lease = not self._stopping.is_set() and self._has_lease(duty)
            was_mine = was_mine or has_lease
            return has_lease

        try:
            done = do_all(self._engine, duty, may_go_on)
            if self._failing.pop(duty.name, None):
                log.info("duty_goes_well_again", duty=duty.name)
        except Exception as failure:
            if self._stopping.is_set():
                return
            error = _in_a_line(failure)
            self._tell(duty, failure, error)
        if done:
            log.info("duty_done", duty=duty.name, done=done)
        if was_mine:
            self._record(duty, began_at, done, error)

    def _tell(self, duty: Duty, failure: Exception, error: str) -> None:
        """Once, until it goes well again or fails otherwise: a duty of every second would else fill the log."""
        if self._failing.get(duty.name) is type(failure):
            return
        self._failing[duty.name] = type(failure)
        if isinstance(failure, OUTAGES):
            log.warning("duty_failed", duty=duty.name, error=error)
        else:
            log.exception("duty_failed", duty=duty.name)

    def _record(self, duty: Duty, began_at: int, done: int, error: str | None) -> None:
        now = clock.now()
        recently = now - self._recorded.get(duty.name, 0) < RECORDED_EVERY_SECONDS * clock.SECOND
        if recently and not done and not error:
            return
        self._recorded[duty.name] = now
        try:
            record_run(self._engine, duty.name, began_at, done, error)
        except Overloaded:
            log.info("run_not_recorded", duty=duty.name)

    def _has_lease(self, duty: Duty) -> bool:
        now = clock.now()
        lasts = round(max(LEASE_SECONDS, 2 * duty.every_seconds) * clock.SECOND)
        return leases.claim(self._engine.database, f"duty {duty.name}", self._holder, now, now + lasts)


def _in_a_line(failure: Exception) -> str:
    said = " ".join(str(getattr(failure, "orig", None) or failure).split())
    return f"{type(failure).__name__}: {said}"[:500]


def record_run(engine: Engine, duty: str, began_at: int, done: int, error: str | None = None) -> None:
    """Have it written down that a duty was done. Nobody waits for that. Raises Overloaded."""
    engine.submit(RecordRun(duty, began_at, clock.now(), done, error), ONHAND, lambda outcome: None)


def do_all(engine: Engine, duty: Duty, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Do all of a duty that there is to do now; answers how much that was."""
    done = 0
    while may_go_on():
        taken = duty.do(engine, duty.at_a_time)
        done += taken
        if taken < duty.at_a_time:
            break
    return done
