"""Where a picker stops: what to take from one bin, in units of what was ordered, and for which orders it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from onhand.db.documents import wave_orders
from onhand.db.schema import orders, stores
from onhand.rows import Line, Order, Wave
from onhand.trade import allocation
from onhand.trade.orders import OrderPicture
from onhand.views.documents import find_document
from onhand.views.names import store_id_of
from onhand.views.orders import find_picture, pictures_of
from onhand.views.picking import Shelves, shelves_of
from onhand.views.zones import walking_order, zone_of


@dataclass(slots=True)
class Part:
    """What lies on a shelf, and how many of it a unit takes: of a kit there are several, each at its own bin."""

    sku: str
    name: str
    barcode: str | None
    bin: str | None
    each: int


@dataclass(slots=True)
class Share:
    """How much of a stop is for which order line."""

    order_id: str
    number: str
    line: int
    quantity: int
    picked: int

    @property
    def to_pick(self) -> int:
        return self.quantity - self.picked


@dataclass(slots=True)
class Stop:
    """One stop of a walk. `key` names it within the walk."""

    key: str
    sku: str
    name: str
    parts: list[Part]
    shares: list[Share]

    @property
    def bin(self) -> str | None:
        return next((part.bin for part in self.parts if part.bin), None)

    @property
    def zone(self) -> str | None:
        return zone_of(self.bin)

    @property
    def quantity(self) -> int:
        return sum(share.quantity for share in self.shares)

    @property
    def picked(self) -> int:
        return sum(share.picked for share in self.shares)

    @property
    def to_pick(self) -> int:
        return self.quantity - self.picked


def order_stops(connection: Connection, reference: str, store: str) -> list[Stop]:
    """The walk for one order through one store, by bin, then SKU. Raises OrderNotFound, StoreNotFound."""
    picture = find_picture(connection, reference)
    return _stops(connection, [picture], store_id_of(connection, store))


def wave_stops(connection: Connection, reference: str) -> list[Stop]:
    """The walk of a wave: what several orders want from one bin is one stop. Raises WaveNotFound."""
    wave = find_document(connection, Wave, reference)
    members = select(wave_orders.c.order_id).where(wave_orders.c.wave_id == wave.id)
    question = select(orders).where(orders.c.id.in_(members)).order_by(orders.c.priority.desc(), orders.c.created_at)
    found = [Order._make(row) for row in connection.execute(question)]
    return _stops(connection, pictures_of(connection, found), wave.store_id)


def stores_of(connection: Connection, reference: str) -> list[str]:
    """The codes of the stores from which something of the order is to leave. Raises OrderNotFound."""
    picture = find_picture(connection, reference)
    ids = {claim.store_id for claim in picture.reservations if claim.state == "reserved"}
    return list(
        connection.execute(select(stores.c.code).where(stores.c.id.in_(sorted(ids))).order_by(stores.c.code)).scalars()
    )


def _stops(connection: Connection, pictures: Sequence[OrderPicture], store_id: str) -> list[Stop]:
    shelves = shelves_of(connection, pictures)
    stops: dict[str, Stop] = {}
    for picture in pictures:
        for line in picture.lines:
            recipe = allocation.line_recipe(line.variant_id, line.components)
            quantity, picked = _units(picture, line, store_id, recipe)
            if not quantity:
                continue
            # What is one variant is taken for all orders at once; the parts of a kit are put together for each.
            key = f"{picture.order.id}-{line.line}" if line.components else line.variant_id
            stop = stops.get(key)
            if stop is None:
                parts = [_part(shelves, store_id, variant_id, each) for variant_id, each in recipe]
                stop = stops[key] = Stop(key, line.sku, line.name, parts, [])
            order = picture.order
            stop.shares.append(Share(order.id, order.number, line.line, quantity, picked))
    return sorted(stops.values(), key=lambda stop: (walking_order(stop.bin, stop.sku), stop.key))


def _units(picture: OrderPicture, line: Line, store_id: str, recipe: Sequence[tuple[str, int]]) -> tuple[int, int]:
    """Units of the line that are reserved at the store, and how many of them are picked."""
    reserved, picked = dict.fromkeys(dict(recipe), 0), dict.fromkeys(dict(recipe), 0)
    for claim in picture.reservations:
        if (claim.line, claim.store_id, claim.state) == (line.line, store_id, "reserved"):
            reserved[claim.variant_id] += claim.quantity
            picked[claim.variant_id] += claim.picked
    return (
        min(reserved[variant_id] // each for variant_id, each in recipe),
        min(picked[variant_id] // each for variant_id, each in recipe),
    )


def _part(shelves: Shelves, store_id: str, variant_id: str, each: int) -> Part:
    variant = shelves.variants[variant_id]
    return Part(variant.sku, variant.title, variant.barcode, shelves.bins.get((store_id, variant_id)), each)
