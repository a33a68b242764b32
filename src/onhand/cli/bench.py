"""`onhand bench`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from onhand.bench import report
from onhand.bench.run import ROUNDS, UnknownName, run
from onhand.bench.screen import show
from onhand.bench.sizes import FULL, QUICK
from onhand.cli.failures import THE_ANSWER_IS_NO
from onhand.cli.options import AsJson
from onhand.cli.screen import say, show_json

app = typer.Typer(add_completion=False)
PIPE_WIDTH = 120


@app.command()
def bench(
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="A contest or a target; may be repeated.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter turns and smaller shops: under two minutes.")] = False,
    repeat: Annotated[int, typer.Option(min=1, help="Rounds; of each figure the median is told.")] = ROUNDS,
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the JSON and the page with plots are saved.")
    ] = Path("bench-results"),
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when a target is missed.")] = False,
    database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Only where this URL says: beside that file, or in databases of its own on that server. Else in "
            "temporary SQLite files, and on a PostgreSQL started for the run.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure orders per second against the floor, a textbook transaction, pgbench and a bare HTTP server.

    docs/benchmarks.md says how each figure is taken. It uses databases of its own and removes them again.
    """
    try:
        outcome = run(say, database_url, only or (), QUICK if quick else FULL, repeat)
    except UnknownName as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--only") from unknown
    for path in report.save(outcome, output):
        say(f"Saved {path}")
    if as_json:
        show_json(report.document(outcome))
    else:
        show(outcome, Console(width=None if sys.stdout.isatty() else PIPE_WIDTH))
    if check and outcome.missed:
        raise typer.Exit(THE_ANSWER_IS_NO)
