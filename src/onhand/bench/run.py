"""One run of the bench: which contests, on which databases, and what came of it."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from statistics import median
from types import FrameType
from typing import NamedTuple

from sqlalchemy import make_url

from onhand import clock
from onhand.bench import machine
from onhand.bench.contests import CONTESTS
from onhand.bench.databases import Databases, postgres_databases, sqlite_files
from onhand.bench.postgres_server import PostgresUnavailable
from onhand.bench.session import Figure, Say, Session
from onhand.bench.sizes import FULL, Sizes
from onhand.bench.targets import EMBEDDED, TARGETS, Verdict, verdicts

ROUNDS = 3


class UnknownName(Exception):
    """Neither a contest nor a target is called that."""


class Outcome(NamedTuple):
    """All that a run has found."""

    machine: dict[str, str]
    settings: dict[str, dict[str, str]]
    sizes: Sizes
    rounds: int
    figures: list[Figure]
    verdicts: list[Verdict]
    started_at: str
    seconds: float
    notes: list[str]

    @property
    def fsyncs_per_second(self) -> float:
        return median(fsyncs for figure in self.figures for fsyncs in figure.fsyncs)

    @property
    def missed(self) -> list[str]:
        return [verdict.target.name for verdict in self.verdicts if verdict.met is False]


def names() -> list[str]:
    """All that may be asked for by name: contests, and targets."""
    return list(dict.fromkeys([*CONTESTS, *(target.name for target in TARGETS)]))


def run(
    say: Say,
    database_url: str | None = None,
    only: Sequence[str] = (),
    sizes: Sizes = FULL,
    rounds: int = ROUNDS,
) -> Outcome:
    """Hold the contests named, or all, on the database's kind that the URL names, or on both. Raises UnknownName."""
    chosen = _contests(only)
    notes = [warning] if (warning := machine.busy_with_others()) else []
    session = Session(say)
    settings: dict[str, dict[str, str]] = {}
    started_at = clock.as_datetime(clock.now()).isoformat(timespec="seconds")
    began = clock.stopwatch()
    with _terminated_as_interrupted():
        for place in _places(database_url):
            try:
                with place as databases:
                    settings[databases.name] = databases.settings()
                    for name in chosen:
                        _hold(name, session, databases, sizes, rounds)
            except PostgresUnavailable as unavailable:
                if database_url is not None:
                    raise
                notes.append(str(unavailable))
    judged = _targets(only)
    seconds = clock.stopwatch() - began
    verdict = verdicts(session, judged)
    return Outcome(machine.describe(), settings, sizes, rounds, session.figures, verdict, started_at, seconds, notes)


def _hold(name: str, session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    began = clock.stopwatch()
    session.contest = name
    CONTESTS[name].run(session, databases, sizes, rounds)
    session.say(f"{databases.name}: {name} took {clock.stopwatch() - began:.0f} s")


def _contests(only: Sequence[str]) -> list[str]:
    if unknown := sorted(set(only) - set(names())):
        raise UnknownName(f"There is no {unknown[0]!r}. Choose from: {', '.join(names())}.")
    return [name for name, contest in CONTESTS.items() if not only or {name, *contest.judged_by} & set(only)]


def _targets(only: Sequence[str]) -> list[str]:
    """The targets to judge: those named, and those of the contests named."""
    return [
        target
        for name, contest in CONTESTS.items()
        for target in contest.judged_by
        if not only or {name, target} & set(only)
    ]


def _places(database_url: str | None) -> list[AbstractContextManager[Databases]]:
    if database_url is None:
        return [sqlite_files(), postgres_databases()]
    if make_url(database_url).get_backend_name() == EMBEDDED:
        return [sqlite_files(database_url)]
    return [postgres_databases(database_url)]


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does: servers are stopped and databases removed on the way out."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
