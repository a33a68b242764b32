"""Orders: the list with saved filters, one order with everything that belongs to it, and every step of its life."""

import base64
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from pydantic import ValidationError
from starlette.responses import Response

from onhand import clock
from onhand.api import orders as api
from onhand.api.bodies import CancelBody, ExtendBody, OrderBody, ShipmentBody
from onhand.api.problems import validation_failed
from onhand.api.queries import OrderQuery
from onhand.api.sourcing_bodies import GiveUpBody, ReallocateBody
from onhand.console.forms import body
from onhand.console.history import MOVED, TOLD
from onhand.console.marks import N_
from onhand.console.states import DECISIONS, MONEY_REASONS
from onhand.console.steps import steps_of
from onhand.console.typed import day_of, items_of, rows_of
from onhand.console.visit import Visit
from onhand.trade import backorders, fulfilment, orders, reallocation
from onhand.trade.errors import Refusal
from onhand.views.grid import all_stores
from onhand.views.orders import find_order, list_orders
from onhand.views.packing import list_parcels
from onhand.views.payments import payments_of_order
from onhand.views.returns import returns_of_order
from onhand.views.stops import stores_of
from onhand.views.timeline import timeline

ROWS = 50
SAVED = "onhand_filters"
MOST_SAVED = 12
MOST_FILTER = 60
YEAR_SECONDS = 365 * 86_400
FILTERS = ("q", "status", "store", "sku", "from", "to")

# What most people look for; their own ones stand behind these.
SHELVES = [
    ("", N_("All")),
    ("pending", N_("To confirm")),
    ("confirmed", N_("To pick")),
    ("processing", N_("Being picked")),
    ("partially_shipped", N_("Partly shipped")),
    ("shipped", N_("On the way")),
    ("payment_review", N_("Payment to review")),
    ("cancelled", N_("Cancelled")),
]


# ── The list ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_orders(visit: Visit) -> Response:
    """Newest first."""
    typed = {name: visit.query.get(name, "").strip() for name in FILTERS}
    refusal, page = None, None
    try:
        wanted = _query(visit, typed).filter()
        page = await visit.ask(list_orders, wanted, clock.now(), ROWS, visit.query.get("cursor") or None)
    except Refusal as error:
        refusal = error
    kept = {name: value for name, value in typed.items() if value}
    return await visit.page(
        "orders.html",
        refusal,
        page=page,
        typed=typed,
        kept=kept,
        stores=await visit.ask(all_stores),
        shelves=SHELVES,
        saved=_saved(visit),
        next_query=urlencode({**kept, "cursor": page.next_cursor}) if page and page.next_cursor else None,
    )


def _query(visit: Visit, typed: dict[str, str]) -> OrderQuery:
    values: dict[str, Any] = {name: typed[name] for name in ("q", "status", "store", "sku") if typed[name]}
    since, until = day_of(visit, typed["from"], "from"), day_of(visit, typed["to"], "to", days_later=1)
    if since:
        values["created_from"] = since.isoformat()
    if until:
        values["created_to"] = until.isoformat()
    try:
        return OrderQuery.model_validate(values)
    except ValidationError as error:
        raise validation_failed(error.errors()) from error


def _saved(visit: Visit) -> list[tuple[str, str]]:
    """The filters that were saved in this browser: names and queries."""
    try:
        kept = orjson.loads(base64.urlsafe_b64decode(visit.request.cookies.get(SAVED, "")))
        return [(str(name), str(query)) for name, query in kept][:MOST_SAVED]
    except (ValueError, TypeError):
        return []


async def save_filter(visit: Visit) -> Response:
    """Keep the present filter under a name, or forget one."""
    saved = _saved(visit)
    name, query = visit.form["name"][:MOST_FILTER], visit.form["query"]
    forgotten = visit.form["forget"]
    kept = [each for each in saved if each[0] not in (name, forgotten)]
    text = visit.gettext("Forgotten.")
    if name and not forgotten:
        kept.append((name, query))
        text = visit.gettext("Saved in this browser.")
    response = visit.see(f"/console/orders?{query}" if query else "/console/orders", text)
    value = base64.urlsafe_b64encode(orjson.dumps(kept[-MOST_SAVED:])).decode()
    response.set_cookie(SAVED, value, max_age=YEAR_SECONDS, path="/console", httponly=True, samesite="lax")
    return response


# ── A new one ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_new(visit: Visit, refusal: Refusal | None = None) -> Response:
    return await visit.page(
        "order_new.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str, visit.query),
        stores=await visit.ask(all_stores),
    )


async def place(visit: Visit) -> Response:
    """Place an order by hand: at the counter, on the telephone."""
    form = visit.form
    try:
        items = await items_of(visit, "items")
        customer = {name: form[name] for name in ("name", "email", "phone") if form[name]}
        sent = body(
            OrderBody,
            {
                "items": [{"sku": sku, "quantity": quantity} for sku, quantity in items],
                "customer": customer,
                "store": form["store"],
                "on_shortage": form["on_shortage"],
                "reference": form["reference"],
                "note": form["note"],
                "paid": bool(form["paid"]),
                "channel": "console",
            },
        )
        placed = await visit.perform(api.to_place(sent), lambda picture: {"number": picture.order.number})
    except Refusal as refusal:
        return await show_new(visit, refusal)
    return visit.see(f"/console/orders/{placed['number']}", visit.gettext("The order is placed."))


# ── One order ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def show_order(visit: Visit, ref: str, refusal: Refusal | None = None, failed: str = "") -> Response:
    """Everything about an order. `failed` is the step that was refused: its form stays open, with what was typed."""
    order = await visit.ask(find_order, ref, clock.now())
    payments = (await visit.ask(payments_of_order, order.order_id)).data
    return await visit.page(
        "order.html",
        refusal,
        failed=failed,
        typed=visit.form if refusal else defaultdict(str),
        order=order,
        steps=steps_of(order, payments),
        payments=payments,
        undecided=[each for each in payments if each.status == "payment_review"],
        parcels=await visit.ask(list_parcels, order.order_id),
        returns=await visit.ask(returns_of_order, order.order_id),
        history=await visit.ask(timeline, order.order_id),
        pick_stores=await visit.ask(stores_of, order.order_id),
        stores=await visit.ask(all_stores),
        told=TOLD,
        moved=MOVED,
        decisions=DECISIONS,
        review_reasons=MONEY_REASONS,
    )


async def take_step(visit: Visit, ref: str, name: str, command: Callable[[], Any], text: str) -> Response:
    """Take a step, and look at the order again. `command` may refuse what was typed."""
    try:
        await visit.perform(command())
    except Refusal as refusal:
        return await show_order(visit, ref, refusal, name)
    return visit.see(f"/console/orders/{ref}", text)


async def confirm(visit: Visit, ref: str) -> Response:
    text = visit.gettext("Confirmed: what it holds is reserved now.")
    return await take_step(visit, ref, "confirm", lambda: orders.ConfirmOrder(ref), text)


async def cancel(visit: Visit, ref: str) -> Response:
    def command() -> orders.CancelOrder:
        return orders.CancelOrder(ref, body(CancelBody, {"reason": visit.form["reason"]}).reason)

    return await take_step(visit, ref, "cancel", command, visit.gettext("Cancelled: every unit is back on sale."))


async def extend(visit: Visit, ref: str) -> Response:
    def command() -> orders.ExtendHold:
        minutes = visit.form.whole("hold_minutes")
        return orders.ExtendHold(ref, body(ExtendBody, {"hold_minutes": minutes}).hold_minutes)

    return await take_step(visit, ref, "extend", command, visit.gettext("The hold lasts longer now."))


async def pick(visit: Visit, ref: str) -> Response:
    """Start picking, and go to where it is done if all of it lies in one store."""
    try:
        await visit.perform(fulfilment.PickOrder(ref))
    except Refusal as refusal:
        return await show_order(visit, ref, refusal, "pick")
    stores = await visit.ask(stores_of, ref)
    if len(stores) == 1:
        return visit.see(f"/console/picking/{ref}/{stores[0]}")
    return visit.see(f"/console/orders/{ref}", visit.gettext("Picking has begun."))


async def ship(visit: Visit, ref: str) -> Response:
    """Ship all that is outstanding, the parcels that are ticked, or the quantities that are typed."""
    form = visit.form
    order = await visit.ask(find_order, ref, clock.now())
    rows = rows_of(form, {str(item.line): {"sku": item.sku} for item in order.items}, ["quantity"])

    def command() -> fulfilment.ShipOrder:
        values = {
            "items": rows.items or None,
            "parcels": form.wholes("parcel") or None,
            "tracking_number": form["tracking_number"],
            "carrier": form["carrier"],
        }
        return api.to_ship(ref, body(ShipmentBody, values))

    try:
        left = await visit.perform(command(), lambda shipped: {"status": shipped.picture.order.status})
    except Refusal as refusal:
        return await show_order(visit, ref, rows.beside(refusal), "ship")
    whole = left["status"] == "shipped"
    text = visit.gettext("Shipped.") if whole else visit.gettext("Shipped in part: the rest stays reserved.")
    return visit.see(f"/console/orders/{ref}", text)


async def deliver(visit: Visit, ref: str) -> Response:
    return await take_step(visit, ref, "deliver", lambda: fulfilment.DeliverOrder(ref), visit.gettext("Delivered."))


async def reallocate(visit: Visit, ref: str) -> Response:
    def command() -> reallocation.Reallocate:
        sent = body(ReallocateBody, {"store": visit.form["store"], "rule": visit.form["rule"]})
        return reallocation.Reallocate(ref, sent.store, sent.rule)

    return await take_step(visit, ref, "reallocate", command, visit.gettext("Planned again: look where it comes from."))


async def give_up(visit: Visit, ref: str) -> Response:
    def command() -> backorders.GiveUpBackorder:
        return backorders.GiveUpBackorder(ref, (), body(GiveUpBody, {"reason": visit.form["reason"]}).reason)

    return await take_step(visit, ref, "give_up", command, visit.gettext("The customer goes without what was waiting."))
