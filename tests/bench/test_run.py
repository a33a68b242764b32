"""A whole run, so small that it is done in seconds: what it reports, not how fast it is."""

import re
from html.parser import HTMLParser
from pathlib import Path

import orjson
import pytest
from tests.bench.outcomes import outcome_of, sat
from typer.testing import CliRunner

from onhand.bench import report
from onhand.bench.contests import CONTESTS
from onhand.bench.databases import SqliteFiles
from onhand.bench.run import UnknownName, run
from onhand.bench.sizes import Sizes
from onhand.bench.targets import TARGETS
from onhand.cli import bench as command

TINY = Sizes(
    stores=10,
    seconds=0.1,
    skus=20,
    few_skus=5,
    many_skus=30,
    small_ledger=90,
    large_ledger=270,
    memory_orders=400,
    in_flight=(1, 256),
    connections=(1, 64),
)
KEYS = {"machine", "fsyncs_per_second", "figures", "targets"}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory):
    """Every contest, on SQLite: the server processes and the load's are real ones."""
    folder = tmp_path_factory.mktemp("bench")
    outcome = run(lambda _: None, f"sqlite:///{folder / 'none.db'}", sizes=TINY, rounds=1)
    assert not list(folder.iterdir()), "the run leaves nothing behind"
    return outcome


@pytest.fixture
def made_up(tmp_path: Path):
    return outcome_of(sat(SqliteFiles(tmp_path), {"library_hot_256": (1, 2), "library_256": (4, 4)}))


def test_the_document_has_the_keys_that_scripts_rely_on(outcome):
    document = report.document(outcome)
    assert document.keys() == KEYS
    assert document["fsyncs_per_second"] > 0
    for figure in document["figures"]:
        assert figure.keys() == {"name", "database", "unit", "min", "median", "max"}
        assert 0 < figure["min"] <= figure["median"] <= figure["max"]
    for target in document["targets"]:
        assert target.keys() in ({"name", "value", "at_least", "met"}, {"name", "value", "at_most", "met"})


def test_every_contest_leaves_its_figures(outcome):
    measured = {figure.name for figure in outcome.figures}
    assert {"floor", "textbook", "textbook_hot", "library_1", "library_256", "library_hot_256"} <= measured
    assert {"library_shipped_256", "http_1", "http_64", "bare_64", "http_batch"} <= measured
    assert {"library_small_ledger", "library_large_ledger", "library_few_skus", "library_many_skus"} <= measured
    assert {"library_latency_p50", "http_latency_p99", "memory_half", "memory_end"} <= measured
    assert {figure.contest for figure in outcome.figures} == CONTESTS.keys()


def test_every_target_belongs_to_a_contest():
    assert sorted(target.name for target in TARGETS) == sorted(
        name for contest in CONTESTS.values() for name in contest.judged_by
    )


def test_only_what_is_named_is_held_and_judged(tmp_path):
    small = run(lambda _: None, f"sqlite:///{tmp_path / 'x.db'}", ["hot_over_spread"], TINY, 1)
    assert {figure.contest for figure in small.figures} == {"orders"}
    assert [verdict.target.name for verdict in small.verdicts] == ["hot_over_spread"]
    with pytest.raises(UnknownName, match="nonsense"):
        run(lambda _: None, None, ["nonsense"])


def test_the_report_is_saved_as_data_and_as_a_page_that_needs_nothing_else(outcome, tmp_path):
    data, page = report.save(outcome, tmp_path / "new" / "folder")
    saved = orjson.loads(data.read_bytes())
    assert saved.keys() > KEYS
    assert all(len(row["values"]) == len(row["fsyncs"]) == 1 for row in saved["rounds"])
    text = page.read_text("utf-8")
    assert "<svg" in text
    assert not re.search(r"(src|href)=|@import|url\(|https?://", text)
    for figure in outcome.figures:
        assert figure.name in text


def test_the_page_is_sound_html(made_up):
    page = report.as_page(made_up)
    assert "Abacus &lt;9000&gt;" in page
    assert "$" not in page, "a placeholder was left"
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag in ("svg", "table", "tr", "text", "h1", "h2"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            if tag in ("svg", "table", "tr", "text", "h1", "h2"):
                assert open_tags.pop() == tag

    Balance().feed(page)
    assert open_tags == []


# ── The command ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(monkeypatch, made_up):
    """What the command asks of the bench, which answers with an outcome that has missed a target."""
    asked = []

    def answer(*arguments):
        asked.append(arguments[1:])
        return made_up

    monkeypatch.setattr(command, "run", answer)
    return asked


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--check"], 1)])
def test_a_missed_target_fails_the_command_only_when_asked(asked, tmp_path, arguments, code):
    result = CliRunner().invoke(command.app, ["--output", str(tmp_path), *arguments])
    assert result.exit_code == code
    assert "hot_over_spread" in result.stdout
    assert "missed" in result.stdout


def test_json_is_one_document_on_standard_output(asked, tmp_path):
    arguments = ["--output", str(tmp_path), "--json", "--quick", "--repeat", "2", "--only", "orders"]
    result = CliRunner().invoke(command.app, arguments)
    assert orjson.loads(result.stdout).keys() == KEYS
    ((url, only, sizes, rounds),) = asked
    assert (url, only, sizes.large_ledger, rounds) == (None, ["orders"], 200_000, 2)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".json"]
