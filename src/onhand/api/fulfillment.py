"""Picking and packing over HTTP: the queue, waves, picks, parcels, and many shipments at once."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from onhand import clock
from onhand.api import paper
from onhand.api.answers import json_response
from onhand.api.batches import Refused, commands_of, perform_all
from onhand.api.bodies import Nothing
from onhand.api.calls import Call
from onhand.api.fulfillment_bodies import (
    ParcelBody,
    PickBody,
    ReasonBody,
    ShipmentBatchBody,
    ShipmentRowBody,
    WaveBody,
)
from onhand.api.orders import to_ship
from onhand.api.queries import OrderRef, PageQuery, QueueQuery, StoreQuery, WavePartQuery, WaveQuery, WaveRef
from onhand.rows import Wave
from onhand.trade import packing, picking, waves
from onhand.views import orders as order_views
from onhand.views import packing as packing_views
from onhand.views import picking as views
from onhand.views.documents import document_timeline
from onhand.views.orders import ShippedOrder
from onhand.views.pages import part

# ── What to pick ────────────────────────────────────────────────────────────────────────────────────────────────────


async def get_queue(call: Call, query: Annotated[QueueQuery, Query()]) -> Response:
    """List the orders to pick, most urgent first.

    By priority, then age, then the promised date. `wave` is the open wave that an order is in.
    """
    return await call.ask(views.queue, query.store, query.limit, query.cursor)


async def get_picking_list(call: Call, ref: OrderRef, query: Annotated[StoreQuery, Query()]) -> Response:
    """Look at what to take from the shelves for an order, by bin, then SKU.

    As JSON, as a page to print (`Accept: text/html`), or as PDF (`Accept: application/pdf`).
    """
    found = await call.find(views.find_pick_list, ref, query.store)
    return await paper.answer(call, found, paper.order_sheet)


async def record_pick(call: Call, body: PickBody) -> Response:
    """Write down what a picker did about one line at one store.

    What is short is given back and leaves sale at once, and the level is queued for a count. Then other stores give it
    (what they cannot waits), it waits for stock, or the customer goes without. The first pick makes the order
    `processing`.
    """
    short = body.short
    command = picking.RecordPick(
        order=body.order_id,
        line=body.line,
        store=body.store,
        quantity=body.quantity,
        short=picking.Short(short.quantity, short.reason, short.then, short.sku) if short else None,
        substitute=body.substitute_sku,
    )
    return await call.perform(command, lambda picked: packing_views.recorded_pick(picked, clock.now()), 201)


# ── Waves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def create_wave(call: Call, body: WaveBody) -> Response:
    """Begin a wave: several orders picked in one walk.

    Answers its picking list, by bin, then SKU. Its orders become `processing`.
    """
    chosen = body.order_ids
    if chosen is None:
        urgent = await call.find(views.free_orders, body.store, body.limit or 1)
        chosen = [order.order_id for order in urgent]
    command = waves.CreateWave(body.store, tuple(chosen), skip=body.order_ids is None)
    return await call.perform(command, views.wave_answer, 201, location="/api/fulfillment/waves/{id}")


async def list_waves(call: Call, query: Annotated[WaveQuery, Query()]) -> Response:
    """List waves, newest first."""
    return await call.ask(views.list_waves, query.filter(), query.limit, query.cursor)


async def get_wave(call: Call, ref: WaveRef, query: Annotated[WavePartQuery, Query()]) -> Response:
    """Look at a wave and what is left of its picking list, or at one zone's part of it.

    As JSON, as a page to print (`Accept: text/html`), or as PDF (`Accept: application/pdf`).
    """
    return await paper.answer(call, await call.find(views.find_wave, ref, query.part()), paper.wave_sheet)


async def get_wave_timeline(call: Call, ref: WaveRef, query: Annotated[PageQuery, Query()]) -> Response:
    """Look at everything that happened to a wave, oldest first."""
    return json_response(part(await call.find(document_timeline, Wave, ref), query.limit, query.cursor))


async def finish_wave(call: Call, ref: WaveRef, body: Nothing | None = None) -> Response:
    """Finish a wave: what was not picked is in the queue again.

    Again: the same answer.
    """
    return await call.perform(waves.FinishWave(ref), views.wave_answer)


async def cancel_wave(call: Call, ref: WaveRef, body: ReasonBody | None = None) -> Response:
    """Cancel a wave. What was picked stays picked.

    Again: the same answer.
    """
    return await call.perform(waves.CancelWave(ref, body.reason if body else None), views.wave_answer)


# ── Parcels and shipments ───────────────────────────────────────────────────────────────────────────────────────────


async def pack_parcel(call: Call, ref: OrderRef, body: ParcelBody) -> Response:
    """Pack a parcel: never more than was picked and is in no other parcel.

    Where nobody writes picks down, what is reserved can be packed. The parcel leaves with a shipment.
    """
    items = tuple(packing.PackItem(item.variant, item.quantity) for item in body.items)
    command = packing.PackParcel(ref, items, body.weight_grams, body.checked_by)
    return await call.perform(
        command,
        lambda packed: packing_views.packed_order(packed, clock.now()),
        201,
        location="/api/orders/{order_id}/parcels",
        on_behalf_of=body.checked_by,
    )


async def list_parcels(call: Call, ref: OrderRef, query: Annotated[PageQuery, Query()]) -> Response:
    """List the parcels of an order."""
    return json_response(part(await call.find(packing_views.list_parcels, ref), query.limit, query.cursor))


@dataclass(slots=True)
class ShippedRow:
    status: int
    order: ShippedOrder


@dataclass(slots=True)
class ShipmentResults:
    """One result or problem for each shipment, in order."""

    results: list[ShippedRow | Refused]


async def ship_orders(call: Call, body: ShipmentBatchBody) -> Response:
    """Ship many orders.

    Every shipment is answered in its place, by the order or by a problem; when `atomic`, all leave or none.
    """

    def command_of(row: ShipmentRowBody) -> object:
        return to_ship(row.order_id, row)

    commands = commands_of(body.shipments, command_of, "shipments", atomic=body.atomic)
    return await perform_all(
        call,
        commands,
        lambda shipped: ShippedRow(201, order_views.shipped_order(shipped, clock.now())),
        atomic=body.atomic,
    )
