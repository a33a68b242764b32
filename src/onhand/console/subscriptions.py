"""Who is told about alerts by mail."""

from typing import Any

from starlette.responses import Response

from onhand.api.alerts import SubscribeBody
from onhand.console.alerts import KINDS
from onhand.console.forms import body
from onhand.console.visit import Visit
from onhand.trade.errors import Refusal
from onhand.trade.subscriptions import Subscribe, Unsubscribe
from onhand.views.grid import all_stores
from onhand.views.mails import list_subscriptions

ROWS = 100


async def show_subscriptions(visit: Visit, refusal: Refusal | None = None) -> Response:
    page = await visit.ask(list_subscriptions, ROWS, visit.query.get("cursor") or None)
    return await visit.page(
        "subscriptions.html",
        refusal,
        page=page,
        stores=await visit.ask(all_stores),
        kinds=KINDS,
        can_send=bool(visit.office.desk.settings.smtp_url),
        typed=visit.form if refusal else None,
    )


async def subscribe(visit: Visit) -> Response:
    form = visit.form
    values: dict[str, Any] = {name: form[name] for name in ("email", "store", "product")}
    try:
        sent = body(SubscribeBody, values | {"kinds": form.all("kinds"), "language": visit.words.language})
        await visit.perform(Subscribe(sent.email, tuple(sent.kinds), sent.store, sent.product, sent.language))
    except Refusal as refusal:
        return await show_subscriptions(visit, refusal)
    return visit.see("/console/alerts/mail", visit.gettext("%(email)s is told from now on.") % {"email": sent.email})


async def unsubscribe(visit: Visit, subscription: str) -> Response:
    await visit.perform(Unsubscribe(subscription))
    return visit.see("/console/alerts/mail", visit.gettext("Nothing more goes there."))
