"""API keys over HTTP."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from onhand.api.answers import json_response
from onhand.api.bodies import example
from onhand.api.calls import Call
from onhand.api.fields import Body, Name, Reference
from onhand.api.idempotency import Rendering
from onhand.api.queries import KeyRef, PageQuery
from onhand.api.secrets import hash_of, new_secret, prefix_of
from onhand.rows import ApiKey
from onhand.trade import keys
from onhand.trade.errors import Forbidden
from onhand.views import keys as views
from onhand.views.answers import fields_of
from onhand.views.keys import KeyAnswer
from onhand.views.names import store_codes


class KeyBody(Body):
    model_config = example({"name": "web shop", "scopes": ["orders"]})

    name: Name
    scopes: Annotated[
        list[Literal["read", "orders", "stock", "safety_stock", "admin"]],
        Field(min_length=1, max_length=len(keys.SCOPES)),
    ]
    stores: Annotated[list[Reference], Field(min_length=1, max_length=1_000)] | None = Field(
        None, description="Stores, by code or id, at which alone it may change stock; null: everywhere"
    )


@dataclass(slots=True)
class NewKeyAnswer(KeyAnswer):
    """A new API key. The secret is shown this once: in a repeated answer it is null."""

    secret: str | None


async def create_key(call: Call, body: KeyBody) -> Response:
    """Make an API key.

    Its secret is shown once: only a hash is kept, so the answer to a repeat (Idempotency-Key) leaves it out.
    """
    secret = new_secret()
    secret_hash = hash_of(secret.encode())
    codes = await call.find(store_codes)
    command = keys.CreateKey(
        body.name, secret_hash, prefix_of(secret), tuple(dict.fromkeys(body.scopes)), tuple(body.stores or ())
    )
    rendering = Rendering(call.instance, lambda key: _new(key, codes, None), 201)
    outcome = await call.submit(command, rendering.render)
    if isinstance(outcome, ApiKey):
        await run_in_threadpool(call.desk.keys.forget, secret_hash)
        return json_response(_new(outcome, codes, secret), 201)
    return rendering.response(outcome)


async def list_keys(call: Call, query: Annotated[PageQuery, Query()]) -> Response:
    """List API keys, oldest first."""
    return await call.ask(views.list_keys, query.limit, query.cursor)


async def revoke_key(call: Call, key: KeyRef) -> Response:
    """Revoke an API key: it stops working at once.

    Again: the same answer.
    """
    if call.caller.stores is not None:
        raise Forbidden("A key that is bound to stores may not revoke keys.")
    codes = await call.find(store_codes)
    rendering = Rendering(call.instance, lambda revoked: views.key_answer(revoked, codes), 200)
    outcome = await call.submit(keys.RevokeKey(key), rendering.render)
    if isinstance(outcome, ApiKey):
        await run_in_threadpool(call.desk.keys.forget, outcome.secret_hash)
    return rendering.response(outcome)


def _new(key: ApiKey, codes: dict[str, str], secret: str | None) -> NewKeyAnswer:
    shown = views.key_answer(key, codes)
    return NewKeyAnswer(**fields_of(shown), secret=secret)
