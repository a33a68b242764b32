"""The console's office: what all visits of one process share."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from onhand import clock
from onhand.api.calls import Desk
from onhand.api.questions import ask
from onhand.console.ticker import Ticker
from onhand.rows import Session
from onhand.views.sessions import find_session
from onhand.views.verify.findings import Broken

KEPT_SECONDS = 1.0
MOST_KEPT = 10_000


class SessionBook:
    """Sessions as this process knows them: for a second at most, so that another process may end one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, tuple[float, Session | None]] = {}

    async def find(self, secret_hash: str) -> Session | None:
        kept = self._known.get(secret_hash)
        if kept is not None and clock.stopwatch() - kept[0] <= KEPT_SECONDS:
            return kept[1]
        session: Session | None = await run_in_threadpool(
            ask, self._desk.database, lambda connection: find_session(connection, secret_hash, clock.now())
        )
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[secret_hash] = (clock.stopwatch(), session)
        return session

    def forget(self, secret_hash: str) -> None:
        self._known.pop(secret_hash, None)


class Doorkeeper:
    """Counts failed sign-ins by address, in this process: after ten, nobody from there tries again for a quarter hour.

    A key is 192 random bits, which nobody guesses; this keeps those who try from costing anything. A key that is right
    gets in all the same: many people share one address, and one of them must not shut the door for the others. It is
    not in the database, because strangers must not be able to write there.
    """

    MOST_FAILURES = 10
    SHUT_SECONDS = 900.0
    MOST_ADDRESSES = 10_000

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._counting = threading.Lock()

    def seconds_shut(self, address: str) -> float:
        """For how long the door stays shut for this address; 0 when it is open."""
        with self._counting:
            recent = self._recent(address)
            if len(recent) < self.MOST_FAILURES:
                return 0.0
            return recent[-1] + self.SHUT_SECONDS - clock.stopwatch()

    def failed(self, address: str) -> None:
        with self._counting:
            self._failures[address] = [*self._recent(address), clock.stopwatch()][-self.MOST_FAILURES :]
            self._failures.move_to_end(address)
            if len(self._failures) > self.MOST_ADDRESSES:
                self._failures.popitem(last=False)

    def let_in(self, address: str) -> None:
        with self._counting:
            self._failures.pop(address, None)

    def _recent(self, address: str) -> list[float]:
        since = clock.stopwatch() - self.SHUT_SECONDS
        return [moment for moment in self._failures.get(address, ()) if moment > since]


class Verified(NamedTuple):
    """When the ledger was verified last in this process, and what was found."""

    at: datetime
    clean: bool
    rows: int
    seconds: float
    broken: Sequence[Broken]

    def count(self, *invariants: str) -> int:
        """How many rows break one of these."""
        return sum(each.invariant in invariants for each in self.broken)


class Office:
    """`navigation`: the entries of each group of screens."""

    def __init__(self, desk: Desk, navigation: Mapping[str, Sequence[Any]]) -> None:
        self.desk = desk
        self.navigation = navigation
        self.ticker = Ticker(desk)
        self.verifying = threading.Lock()
        self.last_verification: Verified | None = None
        self.sessions = SessionBook(desk)
        self.doorkeeper = Doorkeeper()
