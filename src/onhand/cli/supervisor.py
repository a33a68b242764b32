"""Several processes that do the same: started together, ended together, and replaced when they die.

Each is spawned, not forked: a fork would copy the locks of threads that do not exist in the copy. Between the parent
and each child is a line (a pipe), and its ends are all that they tell each other: the child writes once when it is
ready, and either sees the line end when the other is gone. So a parent that was killed leaves no child behind, and
ending the children needs no signal, which one that is still starting would lose.
"""

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

import structlog

log = structlog.get_logger()

PAUSE_SECONDS = 1.0

_spawn = multiprocessing.get_context("spawn")


class NotStarted(OSError):
    """A process ended before it was ready; it has said why."""


class Line:
    """A child's end of the line to its parent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ready(self, when_it_ends: Callable[[], None]) -> None:
        """Tell the parent that this process works; call back, from another thread, when the parent wants it to end."""
        with contextlib.suppress(OSError):  # It wanted that already: the thread will see it.
            self._connection.send_bytes(b"ready")
        threading.Thread(target=self._watch, args=(when_it_ends,), name="onhand-line", daemon=True).start()

    def _watch(self, when_it_ends: Callable[[], None]) -> None:
        try:
            self._connection.recv_bytes()
        except (EOFError, OSError):
            when_it_ends()


class _Child(NamedTuple):
    process: SpawnProcess
    line: Connection


class Supervisor:
    """Keeps so many processes at `work(line, *given)`; both have to be importable and picklable."""

    def __init__(self, count: int, work: Callable[..., None], *given: Any) -> None:
        self._count = count
        self._work = work
        self._given = given
        self._children: dict[Connection, _Child] = {}
        self._ready: set[Connection] = set()
        self._asked, self._ask = multiprocessing.Pipe(duplex=False)
        self._works = False
        self._ending = False

    def run(self, all_ready: Callable[[], None], before_ending: Callable[[], None]) -> None:
        """Until SIGTERM or SIGINT comes and every process has ended. Raises NotStarted when one fails before any works.

        `all_ready` is called once, when they all are; `before_ending` before they are told to end.
        """
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._end_soon)
        try:
            self._start(self._count)
            told = False
            while not self._ending:
                self._attend(wait([self._asked, *self._children]))
                if not told and len(self._ready) == self._count:
                    told = True
                    all_ready()
        finally:
            before_ending()
            for child in self._children.values():
                child.line.close()
                if child.line not in self._ready:
                    child.process.terminate()  # It has accepted nothing yet, and may take seconds to look.
            for child in self._children.values():
                child.process.join()

    def _end_soon(self, *_: object) -> None:
        self._ending = True
        self._ask.send_bytes(b"end")

    def _attend(self, speaking: list[Any]) -> None:
        if self._ending:
            return
        died = [self._children[line] for line in speaking if line in self._children and not self._hear(line)]
        for child in died:
            child.process.join()
            log.warning("process_died", process=child.process.pid, exit_code=child.process.exitcode)
            was_ready = child.line in self._ready
            self._forget(child)
            if not self._works:
                raise NotStarted(f"A server process ended with {child.process.exitcode} before any was ready.")
            if not was_ready:
                self._asked.poll(PAUSE_SECONDS)  # What keeps it from starting may last: the database is away.
        if not self._ending:
            self._start(len(died))

    def _hear(self, line: Connection) -> bool:
        """False when the child is gone."""
        try:
            line.recv_bytes()
        except (EOFError, OSError):
            return False
        self._ready.add(line)
        self._works = True
        return True

    def _start(self, count: int) -> None:
        for _ in range(count):
            here, there = multiprocessing.Pipe()
            # Ctrl-C reaches every process of the terminal: the children wait for their parent's word.
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)
            process = _spawn.Process(target=self._work, args=(Line(there), *self._given), name="onhand-server")
            process.start()
            signal.signal(signal.SIGINT, before)
            there.close()  # Else the line would not end when the child does.
            self._children[here] = _Child(process, here)
            if self._works:
                log.info("process_replaced", process=process.pid)

    def _forget(self, child: _Child) -> None:
        child.line.close()
        del self._children[child.line]
        self._ready.discard(child.line)
