"""`onhand worker`."""

import signal
from collections.abc import Sequence
from typing import Annotated

import typer

from onhand import clock
from onhand.cli.logs import log_to_stderr
from onhand.cli.opening import settings, to_ask, to_write, warn_of_unknown_settings
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import say, show_facts, show_json, show_rows
from onhand.views.duties import last_runs
from onhand.worker.duty import DutyAnswer, duty_answer
from onhand.worker.loop import Loop, do_all, record_run
from onhand.worker.schedule import schedule
from onhand.worker.webhooks import Deliverer

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    once: Annotated[
        str | None, typer.Option(metavar="DUTY", help="Do all that there is to do of this duty now, and end.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the duties and their last runs, and end.")] = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Run the recurring duties, beside servers that share a PostgreSQL; `onhand serve` does them too.

    On SQLite one process writes, so a running server has them all, and this refuses to start.
    """
    chosen = settings(database_url=database_url)
    duties = {duty.name: duty for duty in schedule(chosen)}
    if listed:
        with to_ask(database_url) as connection:
            runs = last_runs(connection)
        _list([duty_answer(duty, runs, clock.now()) for duty in duties.values()], as_json)
        return
    if once is not None and once not in duties:
        raise typer.BadParameter(f"use one of {', '.join(duties)}", param_hint="--once")
    log_to_stderr(chosen.log_format, quiet=once is not None)
    warn_of_unknown_settings()
    with to_write(chosen) as engine:
        if once is not None:
            began = clock.stopwatch()
            began_at = clock.now()
            done = do_all(engine, duties[once])
            record_run(engine, once, began_at, done)
            _done(once, done, clock.stopwatch() - began, as_json)
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


def _list(duties: Sequence[DutyAnswer], as_json: bool) -> None:
    if as_json:
        show_json(duties)
        return
    show_rows(
        ("duty", "every (s)", "at a time", "last run", "done", "late (s)", "failed", "error", "for"),
        [
            (
                *(duty.duty, duty.every_seconds, duty.at_a_time, duty.last_ended_at, duty.last_done),
                *(duty.lag_seconds, duty.failures, duty.error, duty.purpose),
            )
            for duty in duties
        ],
    )


def _done(duty: str, done: int, seconds: float, as_json: bool) -> None:
    if as_json:
        show_json({"duty": duty, "done": done, "seconds": round(seconds, 3)})
    else:
        show_facts([("duty", duty), ("done", done), ("seconds", seconds)])
