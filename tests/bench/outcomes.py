"""Sessions and outcomes made up by hand, for tests of what is reckoned from them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from onhand.bench.databases import Databases
from onhand.bench.run import Outcome
from onhand.bench.session import Contestant, Session
from onhand.bench.sizes import QUICK
from onhand.bench.targets import verdicts

Measured = Mapping[str, Sequence[float]]


def sat(databases: Databases, measured: Measured, session: Session | None = None) -> Session:
    """A session in which these figures had these values, a round each."""
    session = session or Session(lambda _: None)
    session.contest = "orders"
    for name, values in measured.items():
        session.hold(databases, [Contestant(partial(_next, name, iter(values)))], len(values))
    return session


def _next(name: str, turns: Iterator[float]) -> Mapping[str, float]:
    return {name: next(turns)}


def outcome_of(session: Session) -> Outcome:
    machine = {"processor": "Abacus <9000>", "cores": "2", "memory": "1 GiB", "system": "none"}
    figures, judged = session.figures, verdicts(session)
    return Outcome(
        machine, {"sqlite": {"synchronous": "FULL"}}, QUICK, 3, figures, judged, "2026-01-31T10:00:00", 1, []
    )
