"""Packing: what was picked is checked by scanning it again, put into parcels, labelled and shipped."""

from collections import defaultdict

from starlette.responses import Response

from onhand import clock
from onhand.api.fulfillment_bodies import ParcelBody
from onhand.console.barcodes import barcode
from onhand.console.forms import body
from onhand.console.typed import nothing_typed, rows_of
from onhand.console.visit import Visit
from onhand.trade import packing
from onhand.trade.errors import Refusal
from onhand.views.codes import barcodes_of
from onhand.views.orders import OrderAnswer, find_order
from onhand.views.packing import ParcelAnswer, list_parcels
from onhand.views.stops import order_stops, stores_of


async def show_packing(visit: Visit, ref: str, refusal: Refusal | None = None) -> Response:
    order = await visit.ask(find_order, ref, clock.now())
    parcels = await visit.ask(list_parcels, ref)
    expected = await _to_pack(visit, order, parcels)
    return await visit.page(
        "packing.html",
        refusal,
        typed=visit.form if refusal else defaultdict(str),
        order=order,
        parcels=parcels,
        expected=expected,
        barcodes=await visit.ask(barcodes_of, [item.sku for item in order.items]),
    )


async def _to_pack(visit: Visit, order: OrderAnswer, parcels: list[ParcelAnswer]) -> dict[int, int]:
    """Units by line that should be on the bench: picked (or reserved, where nobody writes picks down), in no parcel.

    Only what the screen expects to be scanned: the engine decides what may go into a parcel.
    """
    units: dict[int, list[int]] = {}
    for store in await visit.ask(stores_of, order.order_id):
        for stop in await visit.ask(order_stops, order.order_id, store):
            for share in stop.shares:
                sums = units.setdefault(share.line, [0, 0])
                sums[0] += share.quantity
                sums[1] += share.picked
    packed: dict[int, int] = {}
    for parcel in parcels:
        for part in parcel.items if parcel.shipment is None else ():
            packed[part.line] = packed.get(part.line, 0) + part.quantity
    ready = {line: (picked or quantity) - packed.get(line, 0) for line, (quantity, picked) in units.items()}
    return {line: count for line, count in sorted(ready.items()) if count > 0}


async def pack(visit: Visit, ref: str) -> Response:
    """Close a parcel with what was scanned."""
    form = visit.form
    order = await visit.ask(find_order, ref, clock.now())
    rows = rows_of(form, {str(item.line): {"sku": item.sku} for item in order.items}, ["quantity"])
    try:
        if not rows.items:
            raise nothing_typed(visit)
        sent = body(
            ParcelBody,
            {"items": rows.items, "weight_grams": form.whole("weight_grams"), "checked_by": visit.person},
        )
        command = packing.PackParcel(
            ref,
            tuple(packing.PackItem(item.variant, item.quantity) for item in sent.items),
            sent.weight_grams,
            sent.checked_by,
        )
        done = await visit.perform(command, lambda packed: {"parcel": packed.parcel.parcel})
    except Refusal as refusal:
        return await show_packing(visit, ref, rows.beside(refusal))
    words = visit.gettext("Parcel %(parcel)s is packed.") % done
    return visit.see(f"/console/packing/{order.number}", words)


async def show_label(visit: Visit, ref: str, parcel: int) -> Response:
    """What is stuck onto a parcel."""
    order = await visit.ask(find_order, ref, clock.now())
    parcels = await visit.ask(list_parcels, ref)
    found = next((each for each in parcels if each.parcel == parcel), None)
    if found is None:
        raise packing.ParcelNotFound(str(parcel))
    return await visit.page("label.html", order=order, parcel=found, total=len(parcels), barcode=barcode)
