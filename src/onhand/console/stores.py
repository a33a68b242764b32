"""Settings: stores."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from onhand.api.stock_bodies import StoreBody, StoreChangeBody
from onhand.console.forms import Form, body
from onhand.console.visit import Visit
from onhand.trade.catalog import ChangeStore, CreateStore
from onhand.trade.errors import Refusal
from onhand.views.catalog import find_store, list_stores

ROWS = 100


async def show_stores(visit: Visit) -> Response:
    page = await visit.ask(list_stores, ROWS, visit.query.get("cursor") or None)
    return await visit.page("stores.html", page=page)


async def show_store(visit: Visit, store: str) -> Response:
    """The form of a store that is there; `new` is one that is to be."""
    found = None if store == "new" else await visit.ask(find_store, store)
    return await _form(visit, found, None)


async def _form(visit: Visit, found: Any, refusal: Refusal | None) -> Response:
    return await visit.page(
        "store.html",
        refusal,
        store=found,
        typed=visit.form if refusal else None,
    )


def _values(form: Form) -> dict[str, Any]:
    whole = {name: form.whole(name) for name in ("priority", "handling_days")}
    return whole | {name: form[name] for name in ("name", "cutoff", "time_zone")}


async def save_store(visit: Visit, store: str) -> Response:
    found = None if store == "new" else await visit.ask(find_store, store)
    try:
        await visit.perform(_command(visit.form, found.code if found else None))
    except Refusal as refusal:
        return await _form(visit, found, refusal)
    code = found.code if found else visit.form["code"]
    return visit.see(f"/console/stores/{quote(code, safe='')}", visit.gettext("Saved."))


def _command(form: Form, code: str | None) -> ChangeStore | CreateStore:
    if code is None:
        new = body(StoreBody, {"code": form["code"], **_values(form)})
        return CreateStore(
            new.code, new.name, new.priority or 0, new.handling_days or 0, new.cutoff, new.time_zone or "UTC"
        )
    change = body(StoreChangeBody, _values(form))
    return ChangeStore(
        code, change.name, change.priority, change.handling_days, change.cutoff or "", change.time_zone, change.address
    )
