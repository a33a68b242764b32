"""The arithmetic of the targets: ratios within a round, their median, and the worse of two databases."""

from pathlib import Path

import pytest
from tests.bench.outcomes import outcome_of, sat

from onhand.bench.databases import PostgresDatabases, SqliteFiles
from onhand.bench.session import percentiles
from onhand.bench.targets import TARGETS, verdicts

# Of api.md: what scripts rely on.
NAMES = {
    "library_over_floor",
    "library_over_textbook",
    "hot_over_textbook_hot",
    "library_over_pgbench",
    "hot_over_spread",
    "http_over_bare",
    "batch_over_single",
    "sourcing_over_given",
    "growth",
    "memory_mb",
    "events_cost",
}


@pytest.fixture
def embedded(tmp_path: Path) -> SqliteFiles:
    return SqliteFiles(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> PostgresDatabases:
    return PostgresDatabases("postgresql://nowhere/none", tmp_path)


def value_of(session, name):
    (verdict,) = verdicts(session, [name])
    return verdict.value, verdict.met


def test_the_targets_are_those_that_scripts_know():
    assert {target.name for target in TARGETS} == NAMES


def test_a_ratio_is_taken_within_each_round_and_then_the_median(server):
    session = sat(server, {"library_256": (100, 50, 90), "floor": (200, 50, 150)})
    assert value_of(session, "library_over_floor") == (pytest.approx(0.6), True)


@pytest.mark.parametrize(("floor", "met"), [(200, True), (201, False)])
def test_a_bound_that_is_just_reached_is_met(server, floor, met):
    session = sat(server, {"library_256": (100,), "floor": (floor,)})
    assert value_of(session, "library_over_floor")[1] is met


def test_what_was_not_measured_is_neither_met_nor_missed(server, embedded):
    nothing = sat(server, {"library_256": (100,)})
    assert value_of(nothing, "library_over_pgbench") == (None, None)
    elsewhere = sat(embedded, {"library_256": (100,), "floor": (200,)})
    assert value_of(elsewhere, "library_over_floor") == (None, None)


def test_the_worse_of_the_databases_counts(server, embedded):
    session = sat(server, {"library_hot_256": (100,), "library_256": (50,)})
    sat(embedded, {"library_hot_256": (40,), "library_256": (50,)}, session)
    assert value_of(session, "hot_over_spread") == (pytest.approx(0.8), False)


def test_memory_may_be_at_most_so_much_in_any_round(server, embedded):
    session = sat(server, {"memory_end": (200,)})
    sat(embedded, {"memory_end": (250, 251)}, session)
    assert value_of(session, "memory_mb") == (251, False)


def test_an_outcome_knows_what_it_missed(server):
    session = sat(server, {"library_256": (100,), "floor": (300,), "pgbench": (50,)})
    assert outcome_of(session).missed == ["library_over_floor"]


def test_percentiles_are_in_milliseconds():
    told = percentiles("wait", [n / 1_000 for n in range(1, 100)])
    assert told == {"wait_p50": pytest.approx(50), "wait_p99": pytest.approx(99)}
