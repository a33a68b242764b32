"""Orders over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.batches import Refused, commands_of, perform_all
from onhand.api.bodies import CancelBody, ExtendBody, Nothing, OrderBatchBody, OrderBody, OrderItemBody, ShipmentBody
from onhand.api.calls import Call
from onhand.api.fields import Unreadable
from onhand.api.queries import OrderQuery, OrderRef, PageQuery
from onhand.clock import as_microseconds
from onhand.trade import fulfilment, money, orders, placing
from onhand.views import orders as views
from onhand.views.orders import OrderAnswer
from onhand.views.pages import part
from onhand.views.picking_start import picked_order
from onhand.views.timeline import timeline


def answer(picture: orders.OrderPicture) -> OrderAnswer:
    return views.order_answer(picture, clock.now())


# ── Place ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def place_order(call: Call, body: OrderBody) -> Response:
    """Place an order: all or nothing.

    The stock is held until the order is confirmed, cancelled, or its hold runs out.
    """
    _may_place(call, body)
    return await call.perform(to_place(body), answer, 201, location="/api/orders/{order_id}")


@dataclass(slots=True)
class Placed:
    status: int
    order: OrderAnswer


@dataclass(slots=True)
class OrderResults:
    """One result or problem for each order, in order."""

    results: list[Placed | Refused]


async def place_orders(call: Call, body: OrderBatchBody) -> Response:
    """Place many orders.

    Every order is answered in its place, by the order or by a problem; when `atomic`, all are placed or none.
    """
    for each in body.orders:
        _may_place(call, each)
    commands = commands_of(body.orders, to_place, "orders", atomic=body.atomic)
    return await perform_all(call, commands, lambda picture: Placed(201, answer(picture)), atomic=body.atomic)


def _may_place(call: Call, body: OrderBody | Unreadable) -> None:
    """Raises Forbidden when it wants what is kept back, and the key has no say in that."""
    if isinstance(body, OrderBody) and body.use_safety_stock:
        call.caller.may("safety_stock")


def items_of(bodies: Sequence[OrderItemBody]) -> tuple[placing.Item, ...]:
    return tuple(
        placing.Item(
            item.variant,
            item.quantity,
            None if item.unit_price is None else money.price(item.unit_price),
            item.store,
            item.discount,
            item.tax,
        )
        for item in bodies
    )


def to_place(body: OrderBody) -> placing.PlaceOrder:
    customer = body.customer
    return placing.PlaceOrder(
        items=items_of(body.items),
        store=body.store,
        currency=body.currency,
        customer_id=body.customer_id,
        customer_name=customer.name if customer else None,
        customer_email=customer.email if customer else None,
        customer_phone=customer.phone if customer else None,
        shipping_address=body.shipping_address,
        priority=body.priority,
        hold_minutes=body.hold_minutes,
        paid=body.paid,
        channel=body.channel,
        reference=body.reference,
        note=body.note,
        metadata=body.metadata,
        on_shortage=body.on_shortage,
        sourcing=body.sourcing,
        use_safety_stock=body.use_safety_stock,
        discount=body.discount_total,
        shipping=body.shipping_total,
        tax=body.tax_total,
        expected_total=body.expected_total,
    )


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def list_orders(call: Call, query: Annotated[OrderQuery, Query()]) -> Response:
    """List orders, newest first."""
    return await call.ask(views.list_orders, query.filter(), clock.now(), query.limit, query.cursor, call.policy)


async def get_order(call: Call, ref: OrderRef) -> Response:
    """Look at an order."""
    found: OrderAnswer = await call.find(views.find_order, ref, clock.now(), call.policy)
    return json_response(found, headers={"ETag": f'"{as_microseconds(found.updated_at)}-{found.status}"'})


async def get_order_timeline(call: Call, ref: OrderRef, query: Annotated[PageQuery, Query()]) -> Response:
    """Look at everything that happened to an order, oldest first."""
    return json_response(part(await call.find(timeline, ref), query.limit, query.cursor))


# ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def confirm_order(call: Call, ref: OrderRef, body: Nothing | None = None) -> Response:
    """Confirm an order: what it holds becomes reserved.

    Again: the same answer, and no second effect.
    """
    return await call.perform(orders.ConfirmOrder(ref), answer)


async def cancel_order(call: Call, ref: OrderRef, body: CancelBody | None = None) -> Response:
    """Cancel an order: every unit is given back, exactly once.

    Refused once anything was shipped. Again: the same answer.
    """
    return await call.perform(orders.CancelOrder(ref, body.reason if body else None), answer)


async def extend_order(call: Call, ref: OrderRef, body: ExtendBody) -> Response:
    """Keep the hold of a pending order for so many minutes from now.

    It never gets shorter.
    """
    return await call.perform(orders.ExtendHold(ref, body.hold_minutes), answer)


async def pick_order(call: Call, ref: OrderRef, body: Nothing | None = None) -> Response:
    """Start picking a confirmed order.

    Answers the order and its picking lists: what to take from the shelves of each store, by bin, then SKU. Again: the
    lists of what is not shipped yet.
    """
    return await call.perform(fulfilment.PickOrder(ref), lambda begun: picked_order(begun, clock.now()))


async def ship_order(call: Call, ref: OrderRef, body: ShipmentBody | None = None) -> Response:
    """Ship items of an order, its parcels, or all that is outstanding.

    What was picked goes first, and open parcels go with what is in them. Answers the order, and the shipment that left.
    A part leaves it `partially_shipped`, the last one `shipped`.
    """
    command = to_ship(ref, body or ShipmentBody())
    return await call.perform(command, lambda shipped: views.shipped_order(shipped, clock.now()), 201)


def to_ship(order: str, body: ShipmentBody) -> fulfilment.ShipOrder:
    items = tuple(fulfilment.ShipItem(item.variant, item.quantity, item.store) for item in body.items or ())
    parcels = tuple(body.parcels or ())
    return fulfilment.ShipOrder(order, items, body.tracking_number, body.carrier, parcels=parcels)


async def deliver_order(call: Call, ref: OrderRef, body: Nothing | None = None) -> Response:
    """Tell that a shipped order has arrived.

    Again: the same answer.
    """
    return await call.perform(fulfilment.DeliverOrder(ref), answer)
