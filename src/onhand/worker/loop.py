"""Does each duty when it is due, one after another, until it is told to stop.

A duty that fails is written to the log and tried again when it is due next; the others go on. Where several
processes share a database, one of them holds the lease of a duty, and another takes it over when that one is gone.
"""

import threading
from collections.abc import Callable, Sequence

import structlog

from onhand import clock
from onhand.db import leases
from onhand.engine import Engine
from onhand.worker.schedule import Duty

log = structlog.get_logger()

LEASE_SECONDS = 30.0


class Loop:
    def __init__(self, engine: Engine, duties: Sequence[Duty]) -> None:
        self._engine = engine
        self._duties = duties
        self._holder = clock.new_id()
        self._stopping = threading.Event()
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
        due_at = {duty.name: clock.stopwatch() for duty in self._duties}
        while not self._stopping.is_set():
            duty = min(self._duties, key=lambda duty: due_at[duty.name])
            if self._stopping.wait(max(0.0, due_at[duty.name] - clock.stopwatch())):
                return
            self._try(duty)
            due_at[duty.name] = clock.stopwatch() + duty.every_seconds

    def _try(self, duty: Duty) -> None:
        try:
            done = do_all(self._engine, duty, lambda: not self._stopping.is_set() and self._has_lease(duty))
        except Exception:
            if not self._stopping.is_set():
                log.exception("duty_failed", duty=duty.name)
            return
        if done:
            log.info("duty_done", duty=duty.name, done=done)

    def _has_lease(self, duty: Duty) -> bool:
        now = clock.now()
        lasts = round(max(LEASE_SECONDS, 2 * duty.every_seconds) * clock.SECOND)
        return leases.claim(self._engine.database, f"duty {duty.name}", self._holder, now, now + lasts)


def do_all(engine: Engine, duty: Duty, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Do all of a duty that there is to do now; answers how much that was."""
    done = 0
    while may_go_on():
        taken = duty.do(engine, duty.at_a_time)
        done += taken
        if taken < duty.at_a_time:
            break
    return done
