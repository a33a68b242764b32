"""`onhand worker`."""

import signal
from collections.abc import Sequence
from typing import Annotated

import typer

from onhand import clock
from onhand.cli.logs import log_to_stderr
from onhand.cli.opening import settings, to_write, warn_of_unknown_settings
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import say, show_facts, show_json, show_rows
from onhand.worker.loop import Loop, do_all
from onhand.worker.schedule import Duty, schedule
from onhand.worker.webhooks import Deliverer

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    once: Annotated[
        str | None, typer.Option(metavar="DUTY", help="Do all that there is to do of this duty now, and end.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the duties, and end.")] = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Run the recurring duties, beside servers that share a PostgreSQL; `onhand serve` does them too.

    On SQLite one process writes, so a running server has them all, and this refuses to start.
    """
    chosen = settings(database_url=database_url)
    duties = {duty.name: duty for duty in schedule(chosen)}
    if listed:
        _list(list(duties.values()), as_json)
        return
    if once is not None and once not in duties:
        raise typer.BadParameter(f"use one of {', '.join(duties)}", param_hint="--once")
    log_to_stderr(chosen.log_format, quiet=once is not None)
    warn_of_unknown_settings()
    with to_write(chosen) as engine:
        if once is not None:
            began = clock.stopwatch()
            _done(once, do_all(engine, duties[once]), clock.stopwatch() - began, as_json)
            return
        loop = Loop(engine, list(duties.values()))
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: loop.stop())
        if as_json:
            show_json({"database": engine.database.name, "duties": list(duties)})
        say(f"Doing {', '.join(duties)} on {engine.database.name}.")
        deliverer = Deliverer(engine, chosen)
        deliverer.start()
        try:
            loop.run()
        finally:
            deliverer.join()


def _list(duties: Sequence[Duty], as_json: bool) -> None:
    if as_json:
        show_json(
            [{"duty": duty.name, "purpose": duty.purpose, "every_seconds": duty.every_seconds} for duty in duties]
        )
    else:
        show_rows(("duty", "every (s)", "for"), [(duty.name, duty.every_seconds, duty.purpose) for duty in duties])


def _done(duty: str, done: int, seconds: float, as_json: bool) -> None:
    if as_json:
        show_json({"duty": duty, "done": done, "seconds": round(seconds, 3)})
    else:
        show_facts([("duty", duty), ("done", done), ("seconds", seconds)])
