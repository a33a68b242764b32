"""Picks and parcels as answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from onhand.clock import as_datetime
from onhand.db.documents import parcel_items, parcels
from onhand.rows import Parcel, ParcelItem
from onhand.trade.orders import OrderPicture
from onhand.trade.packing import Packed
from onhand.trade.picking import Picked
from onhand.views.answers import fields_of
from onhand.views.orders import OrderAnswer, find_picture, order_answer


@dataclass(slots=True)
class PickAnswer:
    """What was written down: units that were picked, short, or substituted (then `reason` is the substitute's SKU)."""

    pick: int
    line: int
    sku: str
    store: str
    quantity: int
    outcome: str
    reason: str | None
    actor: str
    picked_at: datetime


@dataclass(slots=True)
class RecordedPick(OrderAnswer):
    """An order after a pick, and what was written down."""

    picks: list[PickAnswer]


def recorded_pick(picked: Picked, now: int) -> RecordedPick:
    picture = picked.picture
    skus = {line.line: line.sku for line in picture.lines}
    return RecordedPick(
        **fields_of(order_answer(picture, now)),
        picks=[
            PickAnswer(
                pick=pick.pick,
                line=pick.line,
                sku=skus[pick.line],
                store=picture.stores[pick.store_id].code,
                quantity=pick.quantity,
                outcome=pick.outcome,
                reason=pick.reason,
                actor=pick.actor,
                picked_at=as_datetime(pick.picked_at),
            )
            for pick in picked.picks
        ],
    )


@dataclass(slots=True)
class ParcelContent:
    line: int
    sku: str
    name: str
    quantity: int


@dataclass(slots=True)
class ParcelAnswer:
    """A packed box. `shipment` is the one that it left with."""

    parcel: int
    items: list[ParcelContent]
    weight_grams: int | None
    checked_by: str | None
    shipment: int | None
    actor: str
    packed_at: datetime


@dataclass(slots=True)
class PackedOrder(OrderAnswer):
    """An order, and the parcel that was packed."""

    parcel: ParcelAnswer


def packed_order(packed: Packed, now: int) -> PackedOrder:
    parcel = _parcel(packed.parcel, packed.items, packed.picture)
    return PackedOrder(**fields_of(order_answer(packed.picture, now)), parcel=parcel)


def list_parcels(connection: Connection, reference: str) -> list[ParcelAnswer]:
    """The parcels of the order of that id or number. Raises OrderNotFound."""
    picture = find_picture(connection, reference)
    i = parcel_items
    items: dict[int, list[ParcelItem]] = {}
    for row in connection.execute(select(i).where(i.c.order_id == picture.order.id).order_by(i.c.parcel, i.c.line)):
        items.setdefault(row.parcel, []).append(ParcelItem._make(row))
    of_order = select(parcels).where(parcels.c.order_id == picture.order.id).order_by(parcels.c.parcel)
    return [_parcel(Parcel._make(row), items.get(row.parcel, ()), picture) for row in connection.execute(of_order)]


def _parcel(parcel: Parcel, items: Sequence[ParcelItem], picture: OrderPicture) -> ParcelAnswer:
    lines = {line.line: line for line in picture.lines}
    return ParcelAnswer(
        parcel=parcel.parcel,
        items=[ParcelContent(item.line, lines[item.line].sku, lines[item.line].name, item.quantity) for item in items],
        weight_grams=parcel.weight_grams,
        checked_by=parcel.checked_by,
        shipment=parcel.shipment,
        actor=parcel.actor,
        packed_at=as_datetime(parcel.packed_at),
    )
