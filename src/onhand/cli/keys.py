"""`onhand keys`."""

from typing import Annotated, Any

import typer

from onhand.api.secrets import hash_of, new_secret, prefix_of
from onhand.cli.opening import operator, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import say, show_facts, show_json, show_page
from onhand.engine import Engine
from onhand.rows import ApiKey
from onhand.trade.keys import SCOPES, CreateKey, RevokeKey
from onhand.views.keys import key_answer, list_keys
from onhand.views.names import store_codes

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, create and revoke API keys.")


def make_key(engine: Engine, name: str, secret: str, scopes: tuple[str, ...], stores: tuple[str, ...] = ()) -> ApiKey:
    command = CreateKey(name, hash_of(secret.encode()), prefix_of(secret), scopes, stores)
    key: ApiKey = engine.run(command, operator())
    return key


@app.command("list")
def list_(limit: Limit = 50, cursor: Cursor = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the keys, oldest first. A secret is never shown again."""
    with to_ask(database_url) as connection:
        page = list_keys(connection, limit, cursor)
    headings = ("id", "name", "begins with", "scopes", "stores", "created", "revoked")
    show_page(
        page,
        headings,
        lambda key: (
            *(key.id, key.name, key.prefix, " ".join(key.scopes), " ".join(key.stores or ["all"])),
            *(key.created_at, key.revoked_at),
        ),
        as_json,
    )


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"What it may do: {', '.join(SCOPES)}. May be repeated; none: read.")
    ] = None,
    store: Annotated[
        list[str] | None, typer.Option(help="A store that it is bound to, by code. May be repeated; none: all stores.")
    ] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a key, and show its secret this once."""
    secret = new_secret()
    with to_change(database_url) as engine:
        key = make_key(engine, name, secret, tuple(scope or ["read"]), tuple(store or ()))
        shown = _shown(engine, key)
    if as_json:
        show_json({**shown, "secret": secret})
        return
    show_facts([*shown.items(), ("secret", secret)])
    say("Keep the secret now: only its hash is stored.")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id of the key, as `onhand keys list` shows it.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key: it stops working at once."""
    with to_change(database_url) as engine:
        shown = _shown(engine, engine.run(RevokeKey(key_id), operator()))
    if as_json:
        show_json(shown)
    else:
        show_facts(list(shown.items()))


def _shown(engine: Engine, key: ApiKey) -> dict[str, Any]:
    with engine.database.reading() as connection:
        answer = key_answer(key, store_codes(connection))
    return {
        "id": answer.id,
        "name": answer.name,
        "prefix": answer.prefix,
        "scopes": answer.scopes,
        "stores": answer.stores,
        "created_at": answer.created_at,
        "revoked_at": answer.revoked_at,
    }
