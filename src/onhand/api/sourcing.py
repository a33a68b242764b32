"""Where stock comes from, and what waits for it, over HTTP."""

from fastapi import Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.calls import Call
from onhand.api.orders import answer
from onhand.api.queries import OrderRef
from onhand.api.sourcing_bodies import GiveUpBody, ReallocateBody, SourcingBody
from onhand.trade import allocation, backorders, reallocation
from onhand.views.sourcing import WantedItem, preview


async def preview_sourcing(call: Call, body: SourcingBody) -> Response:
    """See where the items of an order would come from, and why.

    Takes nothing, and promises nothing. A key that is bound to stores is shown what an order of its own would take.
    """
    items = [WantedItem(item.variant, item.quantity, item.store) for item in body.items]
    rules = allocation.rules_of(body.rule, call.policy.sourcing)
    return json_response(await call.find(preview, items, rules, body.ship_to, clock.now(), call.caller.stores))


async def reallocate_order(call: Call, ref: OrderRef, body: ReallocateBody | None = None) -> Response:
    """Plan an order again, before anything of it has shipped.

    What it has claimed is given back and claimed anew in one step; if that cannot be had, nothing changes.
    """
    store, rule = (body.store, body.rule) if body else (None, None)
    return await call.perform(reallocation.Reallocate(ref, store, rule), answer)


async def cancel_backorders(call: Call, ref: OrderRef, body: GiveUpBody | None = None) -> Response:
    """Give up what an order waits for.

    An order of which nothing is left is cancelled.
    """
    items = tuple(backorders.GiveUpItem(item.variant, item.quantity) for item in (body.items if body else None) or ())
    return await call.perform(backorders.GiveUpBackorder(ref, items, body.reason if body else None), answer)
