"""`onhand migrate`."""

import typer

from onhand.cli.opening import open_chosen, settings
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import show_facts, show_json
from onhand.db import revision

app = typer.Typer(add_completion=False)


@app.command()
def migrate(database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Bring the database to the newest schema, and make it where there is none. `serve` does so too when it starts."""
    database = open_chosen(settings(database_url=database_url))
    try:
        database.own()
        before = revision.present(database)
        done = revision.bring_up_to_date(database)
    finally:
        database.close()
    if as_json:
        show_json({"from": before, "to": revision.newest(), "done": done})
    else:
        show_facts([("from", before or "none"), ("to", revision.newest()), ("done", ", ".join(done) or "nothing")])
