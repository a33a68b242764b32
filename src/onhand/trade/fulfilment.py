"""From a confirmed order to delivered goods: pick, ship (whole or in parts), deliver."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, Parcel, ParcelItem, Reservation, Shipment, Variant
from onhand.trade import allocation, catalog, orders, packing, reservations
from onhand.trade.errors import ReservationExceeded, ValidationFailed
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause


class PickOrder(NamedTuple):
    """Start picking. Again: the same picking list."""

    order: str


class ToPick(NamedTuple):
    """An order that is being picked, and where its goods lie: bins by (store, variant)."""

    picture: OrderPicture
    bins: Mapping[tuple[str, str], str | None]
    variants: Mapping[str, Variant]


def needs_to_pick(command: PickOrder) -> Needs:
    return Needs(orders=(command.order,))


def pick(books: Books, command: PickOrder, actor: Actor) -> ToPick:
    order = orders.find(books, command.order)
    orders.refuse_charged_back(order, "processing", "pick")
    if order.status == "confirmed":
        order = orders.move(books, order, "processing", "order.processing", actor, {})
    elif order.status not in ("processing", "partially_shipped"):
        raise orders.refuse(order, "processing", "pick")
    picture = orders.picture(books, order)
    places = {(claim.store_id, claim.variant_id) for claim in picture.reservations}
    bins = {place: level.bin for place in places if (level := books.levels.get(place)) is not None}
    return ToPick(picture, bins, books.catalog.variants)


class ShipItem(NamedTuple):
    variant: str
    quantity: int
    store: str | None = None


class ShipOrder(NamedTuple):
    """Ship what is named, the named parcels, or all that is outstanding when nothing is. What was picked goes first."""

    order: str
    items: tuple[ShipItem, ...] = ()
    tracking_number: str | None = None
    carrier: str | None = None
    occurred_at: int | None = None
    parcels: tuple[int, ...] = ()


class Shipped(NamedTuple):
    """The shipment that left, its order after that, and the parcels that went with it."""

    shipment: Shipment
    picture: OrderPicture
    parcels: tuple[Parcel, ...] = ()


def needs_to_ship(command: ShipOrder) -> Needs:
    return Needs(
        orders=(command.order,),
        variants=[item.variant for item in command.items],
        order_parts=(Parcel, ParcelItem),
    )


def ship(books: Books, command: ShipOrder, actor: Actor) -> Shipped:
    order = orders.find(books, command.order)
    if order.status not in ("confirmed", "processing", "partially_shipped"):
        raise orders.refuse(order, "shipped", "ship")
    orders.refuse_charged_back(order, "shipped", "ship")
    lines = orders.lines_of(books, order)
    leaving = _leaving(books, command, order, lines)
    # From here it must succeed.
    number = len(orders.shipments_of(books, order)) + 1
    shipment = books.shipments.put(
        Shipment(order.id, number, command.tracking_number, command.carrier, actor.name, books.now)
    )
    cause = Cause(
        actor,
        "shipment",
        f"Order shipped #{order.number}",
        order.id,
        f"{order.id}/{number}",
        f"Tracking number: {command.tracking_number}" if command.tracking_number else None,
        command.occurred_at,
    )
    for claim in leaving:
        reservations.fulfil(books, claim, number, cause)
    shipped = _units_by_line(lines, leaving)
    for line in lines:
        if line.line in shipped:
            books.lines.put(line._replace(shipped=line.shipped + shipped[line.line]))
    parcels = packing.send(books, order, shipped, number, command.parcels)
    order = _tell_shipped(books, order, shipment, shipped, parcels, actor)
    return Shipped(shipment, orders.picture(books, order), tuple(parcels))


def _units_by_line(lines: Sequence[Line], claims: Sequence[Reservation]) -> dict[int, int]:
    of_line: dict[int, list[Reservation]] = {}
    for claim in claims:
        of_line.setdefault(claim.line, []).append(claim)
    return {line.line: reservations.line_units(line, of_line[line.line]) for line in lines if line.line in of_line}


def _leaving(books: Books, command: ShipOrder, order: Order, lines: list[Line]) -> list[Reservation]:
    """The reservations, or parts of them, that the shipment takes."""
    if command.parcels:
        return _in_parcels(books, command, order, lines)
    if not command.items:
        reserved = reservations.open_in(reservations.of_claim(books, order.id, len(lines)), "reserved")
        if not reserved:
            raise ReservationExceeded(order=order.number, reserved=0)
        return reserved
    taken: list[Reservation] = []
    for item in command.items:
        taken += _taken_for_item(books, order, lines, item, {claim[:3] for claim in taken})
    return taken


def _in_parcels(books: Books, command: ShipOrder, order: Order, lines: list[Line]) -> list[Reservation]:
    if command.items:
        raise ValidationFailed(("parcels", "name items or parcels, not both"))
    inside = packing.contents(books, packing.named_parcels(books, order, command.parcels))
    return [claim for line in lines for claim in _take(books, line, _ready(books, line), inside.get(line.line, 0))]


def _ready(books: Books, line: Line) -> list[Reservation]:
    """What is reserved for a line: what was picked first."""
    claims = reservations.open_in(reservations.of_line(books, line.order_id, line.line), "reserved")
    return sorted(claims, key=lambda claim: claim.picked == 0)


def _take(books: Books, line: Line, ready: Sequence[Reservation], units: int) -> list[Reservation]:
    taken: list[Reservation] = []
    for variant_id, each in allocation.line_recipe(line.variant_id, line.components) if units else ():
        taken += reservations.take(books, [claim for claim in ready if claim.variant_id == variant_id], units * each)
    return taken


def _taken_for_item(
    books: Books, order: Order, lines: list[Line], item: ShipItem, gone: set[tuple[Any, ...]]
) -> list[Reservation]:
    variant = catalog.variant(books, item.variant)
    store = catalog.store(books, item.store) if item.store else None
    taken: list[Reservation] = []
    rest = item.quantity
    for line in lines:
        if line.variant_id != variant.id or rest == 0:
            continue
        ready = [
            claim
            for claim in _ready(books, line)
            if (store is None or claim.store_id == store.id) and claim[:3] not in gone
        ]
        quantity = min(rest, reservations.line_units(line, ready))
        taken += _take(books, line, ready, quantity)
        rest -= quantity
    if rest:
        raise ReservationExceeded(sku=variant.sku, requested=item.quantity, reserved=item.quantity - rest)
    return taken


def _tell_shipped(
    books: Books,
    order: Order,
    shipment: Shipment,
    shipped: Mapping[int, int],
    parcels: Sequence[Parcel],
    actor: Actor,
) -> Order:
    lines = orders.lines_of(books, order)
    complete = all(line.quantity == line.shipped + line.released for line in lines)
    told = {
        "shipment": shipment.shipment,
        "tracking_number": shipment.tracking_number,
        "carrier": shipment.carrier,
        "parcels": [parcel.parcel for parcel in parcels],
        "items": [{"sku": line.sku, "quantity": shipped[line.line]} for line in lines if line.line in shipped],
    }
    if not complete:
        return orders.move(books, order, "partially_shipped", "order.partially_shipped", actor, told)
    return orders.move(books, order, "shipped", "order.shipped", actor, told, shipped_at=books.now)


class DeliverOrder(NamedTuple):
    """The goods arrived. Again: the same answer."""

    order: str


def needs_to_deliver(command: DeliverOrder) -> Needs:
    return Needs(orders=(command.order,))


def deliver(books: Books, command: DeliverOrder, actor: Actor) -> OrderPicture:
    order = orders.find(books, command.order)
    if order.status == "delivered":
        return orders.picture(books, order)
    if order.status != "shipped":
        raise orders.refuse(order, "delivered", "deliver")
    order = orders.move(books, order, "delivered", "order.delivered", actor, {}, delivered_at=books.now)
    return orders.picture(books, order)
