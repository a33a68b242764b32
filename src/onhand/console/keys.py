"""Settings: API keys, which are also how people sign in."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from onhand.api.keys import KeyBody
from onhand.api.secrets import hash_of, new_secret, prefix_of
from onhand.console.forms import body
from onhand.console.visit import Visit
from onhand.trade.errors import Forbidden, Refusal
from onhand.trade.keys import SCOPES, CreateKey, RevokeKey
from onhand.views import keys as views
from onhand.views.grid import all_stores

ROWS = 100


async def show_keys(visit: Visit) -> Response:
    return await _page(visit)


async def _page(
    visit: Visit, refusal: Refusal | None = None, made: str | None = None, secret: str | None = None
) -> Response:
    page = await visit.ask(views.list_keys, ROWS, visit.query.get("cursor") or None)
    return await visit.page(
        "keys.html",
        refusal,
        page=page,
        stores=await visit.ask(all_stores),
        scopes=SCOPES,
        made=made,
        secret=secret,
        typed=visit.form if refusal else None,
    )


async def create_key(visit: Visit) -> Response:
    """The answer is the page itself, because it alone can show the secret: sent again, it no longer does."""
    form = visit.form
    secret = new_secret()
    secret_hash = hash_of(secret.encode())
    try:
        values = {"name": form["name"], "scopes": form.all("scopes"), "stores": form.all("stores") or None}
        sent = body(KeyBody, values)
        command = CreateKey(
            sent.name, secret_hash, prefix_of(secret), tuple(dict.fromkeys(sent.scopes)), tuple(sent.stores or ())
        )
        kept = await visit.perform(command, lambda key: {"name": key.name, "secret_hash": key.secret_hash})
    except Refusal as refusal:
        return await _page(visit, refusal)
    return await _page(visit, made=kept["name"], secret=secret if kept["secret_hash"] == secret_hash else None)


async def revoke_key(visit: Visit, key: str) -> Response:
    """It stops working at once, for programs and for whoever is signed in with it."""
    if visit.caller.stores is not None:
        raise Forbidden("A key that is bound to stores may not revoke keys.")
    kept = await visit.perform(RevokeKey(key), lambda revoked: {"name": revoked.name, "hash": revoked.secret_hash})
    await run_in_threadpool(visit.office.desk.keys.forget, kept["hash"])
    return visit.see("/console/keys", visit.gettext("The key “%(name)s” is revoked.") % {"name": kept["name"]})
