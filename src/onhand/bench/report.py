"""What a run leaves: the document that scripts rely on, the same with every round in it, and a page to look at."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

import orjson

from onhand.bench.plots import bars, dots, spelled
from onhand.bench.run import Outcome
from onhand.bench.session import Figure
from onhand.bench.targets import Verdict

_PAGE = Path(__file__).with_name("report.html")
_TITLES = {
    "orders": "The library, and what it is held against",
    "http": "Over HTTP",
    "growth": "With a long past and a large catalog",
    "latency": "Latency at half the highest rate",
    "memory": "Memory of the server",
}


def document(outcome: Outcome) -> dict[str, Any]:
    """The keys of `onhand bench --json`."""
    return {
        "machine": outcome.machine | {f"{name} settings": _listed(told) for name, told in outcome.settings.items()},
        "fsyncs_per_second": round(outcome.fsyncs_per_second),
        "figures": [_figure(figure) for figure in outcome.figures],
        "targets": [_target(verdict) for verdict in outcome.verdicts],
    }


def save(outcome: Outcome, folder: Path) -> tuple[Path, Path]:
    """Write the JSON and the page; answers their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "bench-" + outcome.started_at.replace(":", "").replace("+0000", "Z")
    data, page = folder / f"{name}.json", folder / f"{name}.html"
    data.write_bytes(orjson.dumps(_in_full(outcome), option=orjson.OPT_INDENT_2))
    page.write_text(as_page(outcome), "utf-8")
    return data, page


def as_page(outcome: Outcome) -> str:
    """A page that needs nothing beside itself."""
    parts = {
        "started_at": outcome.started_at,
        "seconds": f"{outcome.seconds:,.0f}",
        "rounds": str(outcome.rounds),
        "notes": "".join(f"<p>{escape(note)}</p>" for note in outcome.notes),
        "targets": _rows(_target_cells(verdict) for verdict in outcome.verdicts),
        "plots": "".join(_plot(database, contest, list(group)) for (database, contest), group in _groups(outcome)),
        "fsyncs": spelled(outcome.fsyncs_per_second),
        "disk": dots([fsyncs for figure in outcome.figures for fsyncs in figure.fsyncs]),
        "machine": _rows(document(outcome)["machine"].items()),
        "figures": _rows(_figure_cells(figure) for figure in outcome.figures),
    }
    return Template(_PAGE.read_text("utf-8")).substitute(parts)


def _groups(outcome: Outcome) -> Iterable[tuple[tuple[str, str], Iterable[Figure]]]:
    return groupby(outcome.figures, key=lambda figure: (figure.database, figure.contest))


def _plot(database: str, contest: str, figures: Sequence[Figure]) -> str:
    return f"<h2>{escape(_TITLES.get(contest, contest))}: {escape(database)}</h2>{bars(figures)}"


def _target_cells(verdict: Verdict) -> Sequence[str | float | None]:
    return verdict.target.name, verdict.target.meaning, verdict.value, wanted(verdict), judgement(verdict)


def wanted(verdict: Verdict) -> str:
    """The bound, as people write it."""
    target = verdict.target
    return f"≥ {target.at_least:g}" if target.at_least is not None else f"≤ {target.at_most:g}"


def judgement(verdict: Verdict) -> str:
    """In a word."""
    return {True: "met", False: "missed", None: "not measured"}[verdict.met]


def _figure_cells(figure: Figure) -> Sequence[str | float]:
    spread = (figure.min, figure.median, figure.max, median(figure.fsyncs))
    return figure.name, figure.database, figure.unit, *spread


def _rows(rows: Iterable[Sequence[str | float | None]]) -> str:
    return "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)


def _cell(value: str | float | None) -> str:
    if isinstance(value, float | int):
        return f'<td class="number">{spelled(value)}</td>'
    text = escape(value or "")
    return f'<td class="{text}">{text}</td>' if text in ("met", "missed") else f"<td>{text}</td>"


def _in_full(outcome: Outcome) -> dict[str, Any]:
    """The document, and every round's values with the disk's fsyncs a second right before each."""
    rounds = [
        {"name": figure.name, "database": figure.database, "values": figure.values, "fsyncs": figure.fsyncs}
        for figure in outcome.figures
    ]
    return document(outcome) | {
        "started_at": outcome.started_at,
        "seconds": round(outcome.seconds, 1),
        "sizes": outcome.sizes._asdict(),
        "rounds": rounds,
        "notes": outcome.notes,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    spread = {"min": figure.min, "median": figure.median, "max": figure.max}
    rounded = {name: round(value, 3) for name, value in spread.items()}
    return {"name": figure.name, "database": figure.database, "unit": figure.unit, **rounded}


def _target(verdict: Verdict) -> dict[str, Any]:
    target = verdict.target
    bound = {"at_least": target.at_least} if target.at_least is not None else {"at_most": target.at_most}
    value = None if verdict.value is None else round(verdict.value, 3)
    return {"name": target.name, "value": value, **bound, "met": verdict.met}


def _listed(told: dict[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in told.items())
