"""`onhand verify`."""

import typer

from onhand.cli.failures import THE_ANSWER_IS_NO
from onhand.cli.opening import to_read
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import progress, say, show_json, show_rows
from onhand.views.verify import INVARIANTS, Verification, rows_to_read, verify

app = typer.Typer(add_completion=False)


@app.command()
def verify_(database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Replay the ledger and check that every number follows from it. Exits with 1 when one does not.

    Only reads, in one snapshot: it may run beside a server at any time.
    """
    with to_read(database_url) as database, progress("Verifying", rows_to_read(database)) as advance:
        found = verify(database, advance)
    if as_json:
        show_json(found)
    else:
        _show(found)
    if not found.clean:
        raise typer.Exit(THE_ANSWER_IS_NO)


def _show(found: Verification) -> None:
    if found.clean:
        show_rows(("invariant", "checked", "says"), [(n, rows, INVARIANTS[n]) for n, rows in found.checked.items()])
    else:
        rows = [(*broken, INVARIANTS[broken.invariant]) for broken in found.broken]
        show_rows(("invariant", "subject", "detail", "must be true"), rows)
    verdict = "Clean" if found.clean else f"NOT CLEAN: {len(found.broken)} broken"
    say(f"{verdict}. {found.rows:,} rows read in {found.seconds:.1f} s.")
    if not found.clean:
        say("Take a copy of the database as it is, before you change anything. `onhand explain SKU` shows a level.")
