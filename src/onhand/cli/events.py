"""`onhand events`."""

import sys
import time
from typing import Annotated, Any

import orjson
import typer
from sqlalchemy import Connection

from onhand.api.answers import to_json
from onhand.cli.opening import to_ask, to_read
from onhand.cli.options import AsJson, DatabaseUrl, Limit
from onhand.cli.screen import say, show_json, show_line, show_rows
from onhand.db.database import Database
from onhand.views.events import EventAnswer, EventFilter, EventPage, event_types, last_position, list_events
from onhand.views.names import store_id_of

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List events, follow them, or show their types.")

LOOKS_EVERY_SECONDS = 0.5

Types = Annotated[list[str] | None, typer.Option("--type", help="Only these types, such as order.*; may be repeated.")]
Subject = Annotated[str | None, typer.Option(help="Only what is told of this one, such as level/main/TEA.")]
Store = Annotated[str | None, typer.Option(help="Only events of this store.")]


@app.command("list")
def list_(
    after: Annotated[int, typer.Option(min=0, help="Those after this place in the feed.")] = 0,
    types: Types = None,
    subject: Subject = None,
    store: Store = None,
    limit: Limit = 50,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List events, oldest first."""
    with to_ask(database_url) as connection:
        page = list_events(connection, after, limit, _filter(connection, types, subject, store))
    if as_json:
        show_json(page)
        return
    show_rows(("position", "type", "subject", "seq", "at", "actor"), [_row(event) for event in page.data])
    say(f"For those that come next: --after {page.next_after}")


@app.command()
def follow(
    after: Annotated[int | None, typer.Option(min=0, help="From after this place; else from now on.")] = None,
    types: Types = None,
    subject: Subject = None,
    store: Store = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show events as they happen, until Ctrl-C; with --json, one document a line."""
    with to_read(database_url) as database:
        with database.reading() as connection:
            wanted = _filter(connection, types, subject, store)
            place = last_position(connection) if after is None else after
        try:
            while True:
                place = _show_more(database, place, wanted, as_json)
        except KeyboardInterrupt:
            return


@app.command("types")
def types_(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the catalogue in the documentation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what types of events there are; with --json, their schemas and examples, too."""
    listed = event_types()
    if as_json:
        show_json(listed)
    elif markdown:
        print(catalogue_in_markdown(), end="")
    else:
        show_rows(("type", "subject", "says"), [(each.type, each.subject, each.description) for each in listed])


def catalogue_in_markdown() -> str:
    """Every type with the fields of its data and an example, for docs/events.md."""
    parts = []
    for listed in event_types():
        fields = listed.data_schema["properties"]
        required = listed.data_schema["required"]
        parts += [f"### `{listed.type}`", "", f"{listed.description} Its subject is `{listed.subject}`.", ""]
        parts += ["| field | type | |", "|---|---|---|"]
        for name, schema in fields.items():
            said = [schema.get("description"), None if name in required else "not always there"]
            parts.append(f"| `{name}` | {_type_in_words(schema)} | {'; '.join(word for word in said if word)} |")
        example = orjson.dumps(listed.example["data"], option=orjson.OPT_INDENT_2).decode()
        parts += ["", "```json", example, "```", ""]
    return "\n".join(parts)


def _type_in_words(schema: dict[str, Any]) -> str:
    if schema["type"] == "array":
        items = schema["items"]
        inside = ", ".join(f"`{name}`" for name in items.get("properties", {}))
        return f"list of objects: {inside}" if inside else f"list of {items['type']}s"
    if schema["type"] == "object":
        return "object: " + ", ".join(f"`{name}`" for name in schema["properties"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = ["time" if schema.get("format") == "date-time" and each == "string" else each for each in types]
    return " or ".join(words)


def _show_more(database: Database, place: int, wanted: EventFilter, as_json: bool) -> int:
    with database.reading() as connection:
        page: EventPage = list_events(connection, place, 500, wanted)
    for event in page.data:
        if as_json:
            sys.stdout.write(orjson.dumps(orjson.loads(to_json(event))).decode() + "\n")
        else:
            show_line(_row(event))
    sys.stdout.flush()
    if page.next_after == place:
        time.sleep(LOOKS_EVERY_SECONDS)
    return page.next_after


def _filter(connection: Connection, types: list[str] | None, subject: str | None, store: str | None) -> EventFilter:
    stores = (store_id_of(connection, store),) if store else ()
    return EventFilter(tuple(types or ()), subject, stores)


def _row(event: EventAnswer) -> tuple[object, ...]:
    return (event.position, event.type, event.subject, event.seq, event.occurred_at, event.actor)
