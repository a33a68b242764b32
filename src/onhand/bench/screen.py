"""The run on a terminal: a table of figures, and a table of targets."""

from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from onhand.bench.plots import spelled
from onhand.bench.report import judgement, wanted
from onhand.bench.run import Outcome
from onhand.bench.session import Figure
from onhand.bench.targets import Verdict

_COLOURS = {True: "green", False: "bold red", None: "dim"}


def show(outcome: Outcome, console: Console) -> None:
    """The machine in a line, then what was measured, then how it stands against the targets."""
    machine = outcome.machine
    console.print(f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}; {machine['system']}")
    for name, settings in outcome.settings.items():
        console.print(f"{name}: {', '.join(f'{setting} = {value}' for setting, value in settings.items())}")
    console.print(_figures(outcome.figures))
    console.print(_targets(outcome.verdicts))
    for note in outcome.notes:
        console.print(note)


def _figures(figures: Sequence[Figure]) -> Table:
    table = Table(header_style="bold")
    for heading in ("figure", "database", "unit"):
        table.add_column(heading, no_wrap=True)
    for heading in ("min", "median", "max", "fsyncs/s"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=len("10,000"))
    for figure in figures:
        numbers = (figure.min, figure.median, figure.max, median(figure.fsyncs))
        table.add_row(figure.name, figure.database, figure.unit, *map(spelled, numbers))
    return table


def _targets(verdicts: Sequence[Verdict]) -> Table:
    table = Table(header_style="bold")
    table.add_column("target", no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("wanted", justify="right")
    table.add_column("")
    for verdict in verdicts:
        value = "" if verdict.value is None else spelled(verdict.value)
        table.add_row(verdict.target.name, value, wanted(verdict), judgement(verdict), style=_COLOURS[verdict.met])
    return table
