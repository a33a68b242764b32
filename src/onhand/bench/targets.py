"""What the figures are held against: ratios within one session, and one amount of memory."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from onhand.bench.session import Session

EMBEDDED, SERVER = "sqlite", "postgresql"


class Target(NamedTuple):
    """A bound on a value; `value` answers None when it could not be measured here."""

    name: str
    meaning: str
    value: Callable[[Session], float | None]
    at_least: float | None = None
    at_most: float | None = None


class Verdict(NamedTuple):
    """A target, and what came of it: `met` is None when it was not measured."""

    target: Target
    value: float | None
    met: bool | None


def verdicts(session: Session, names: Sequence[str] | None = None) -> list[Verdict]:
    """Judge the targets named, or all."""
    return [_judged(target, session) for target in TARGETS if names is None or target.name in names]


def _judged(target: Target, session: Session) -> Verdict:
    value = target.value(session)
    if value is None:
        return Verdict(target, None, None)
    enough = target.at_least is None or value >= target.at_least
    little_enough = target.at_most is None or value <= target.at_most
    return Verdict(target, value, enough and little_enough)


def _ratio(above: str, below: str, *databases: str) -> Callable[[Session], float | None]:
    """The median of the rounds' ratios, on the database where it is worst."""

    def value(session: Session) -> float | None:
        measured = [ratios for name in databases if (ratios := session.ratios(above, below, name))]
        return min(map(median, measured), default=None)

    return value


def _cost(of: str, against: str, *databases: str) -> Callable[[Session], float | None]:
    """How many times the time of one the other takes: the median of the rounds, on the database where it is worst."""

    def value(session: Session) -> float | None:
        measured = [ratios for name in databases if (ratios := session.ratios(against, of, name))]
        return max(map(median, measured), default=None)

    return value


def _most(name: str) -> Callable[[Session], float | None]:
    def value(session: Session) -> float | None:
        return max((figure.max for figure in session.figures if figure.name == name), default=None)

    return value


TARGETS = (
    Target(
        "library_over_floor",
        "the library, against only writing the same rows",
        _ratio("library_256", "floor", SERVER),
        at_least=0.5,
    ),
    Target(
        "library_over_textbook",
        "the library, against a careful transaction for each order, orders spread over all SKUs",
        _ratio("library_256", "textbook", SERVER),
        at_least=8,
    ),
    Target(
        "hot_over_textbook_hot",
        "the same, when everybody wants one SKU",
        _ratio("library_hot_256", "textbook_hot", SERVER),
        at_least=25,
    ),
    Target(
        "library_over_pgbench",
        "the library, against one plain transaction script for each order, without Python",
        _ratio("library_256", "pgbench", SERVER),
        at_least=1.2,
    ),
    Target(
        "hot_over_spread",
        "the library on one SKU, against orders spread over all (the worse of the databases)",
        _ratio("library_hot_256", "library_256", EMBEDDED, SERVER),
        at_least=0.9,
    ),
    Target(
        "events_cost",
        "telling what happens, with three webhooks, against telling nothing: times the time (the worse database)",
        _cost("library_told", "library_untold", EMBEDDED, SERVER),
        at_most=1.1,
    ),
    Target(
        "http_over_bare",
        "orders over HTTP, against the same request read, checked and answered without an engine",
        _ratio("http_64", "bare_64", SERVER),
        at_least=0.55,
    ),
    Target(
        "batch_over_single",
        "orders in batches of 100 over HTTP, against orders one by one",
        _ratio("http_batch", "http_64", SERVER),
        at_least=3,
    ),
    Target(
        "growth",
        "the library on a large ledger, against a small one (the worse of the databases)",
        _ratio("library_large_ledger", "library_small_ledger", EMBEDDED, SERVER),
        at_least=0.85,
    ),
    Target(
        "sourcing_over_given",
        "the time of an order that is sourced over 50 stores, against one whose stores are given (the worse database)",
        _cost("library_sourced", "library_given", EMBEDDED, SERVER),
        at_most=1.5,
    ),
    Target(
        "memory_mb",
        "the server's memory after its last order (the larger of the databases)",
        _most("memory_end"),
        at_most=250,
    ),
)
