"""Options that several commands have."""

from typing import Annotated

import typer

from onhand.config import PREFIX, Settings

_URL = Settings.model_fields["database_url"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else, on standard output.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help=f"{_URL.description}; else {PREFIX}DATABASE_URL, else {_URL.default}.",
        show_default=False,
    ),
]
Limit = Annotated[int, typer.Option(min=1, max=500, help="How many at most.")]
Cursor = Annotated[str | None, typer.Option(help="Go on where an earlier list ended.", show_default=False)]
