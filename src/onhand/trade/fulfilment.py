"""From a confirmed order to delivered goods: pick, ship (whole or in parts), deliver."""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, Reservation, Shipment
from onhand.trade import catalog, orders, reservations
from onhand.trade.errors import ReservationExceeded
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause


class PickOrder(NamedTuple):
    """Start picking. Again: the same picking list."""

    order: str


def needs_to_pick(command: PickOrder) -> Needs:
    return Needs(orders=(command.order,))


def pick(books: Books, command: PickOrder, actor: Actor) -> OrderPicture:
    order = orders.find(books, command.order)
    if order.status == "confirmed":
        order = orders.move(books, order, "processing", "order.processing", actor, {})
    elif order.status not in ("processing", "partially_shipped"):
        raise orders.refuse(order, "processing", "pick")
    return orders.picture(books, order)


class ShipItem(NamedTuple):
    variant: str
    quantity: int
    store: str | None = None


class ShipOrder(NamedTuple):
    """Ship what is named, or all that is outstanding when nothing is."""

    order: str
    items: tuple[ShipItem, ...] = ()
    tracking_number: str | None = None
    carrier: str | None = None
    occurred_at: int | None = None


class Shipped(NamedTuple):
    """The shipment that left, and its order after that."""

    shipment: Shipment
    picture: OrderPicture


def needs_to_ship(command: ShipOrder) -> Needs:
    return Needs(
        orders=(command.order,),
        variants=[item.variant for item in command.items],
    )


def ship(books: Books, command: ShipOrder, actor: Actor) -> Shipped:
    order = orders.find(books, command.order)
    if order.status not in ("confirmed", "processing", "partially_shipped"):
        raise orders.refuse(order, "shipped", "ship")
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
        line = books.lines[(order.id, claim.line)]
        reservations.fulfil(books, claim, number, cause)
        books.lines.put(line._replace(shipped=line.shipped + claim.quantity))
    order = _tell_shipped(books, order, shipment, leaving, actor)
    return Shipped(shipment, orders.picture(books, order))


def _leaving(books: Books, command: ShipOrder, order: Order, lines: list[Line]) -> list[Reservation]:
    """The reservations, or parts of them, that the shipment takes."""
    reserved = reservations.open_in(reservations.of_claim(books, order.id, len(lines)), "reserved")
    if not command.items:
        return reserved
    taken: list[Reservation] = []
    for item in command.items:
        variant = catalog.variant(books, item.variant)
        store = catalog.store(books, item.store) if item.store else None
        gone = {claim[:3] for claim in taken}
        matching = [
            claim
            for claim in reservations.open_in(reservations.of_claim(books, order.id, len(lines)), "reserved")
            if claim.variant_id == variant.id
            and (store is None or claim.store_id == store.id)
            and claim[:3] not in gone
        ]
        ready = sum(claim.quantity for claim in matching)
        if ready < item.quantity:
            raise ReservationExceeded(sku=variant.sku, requested=item.quantity, reserved=ready)
        taken += reservations.take(books, matching, item.quantity)
    return taken


def _tell_shipped(books: Books, order: Order, shipment: Shipment, leaving: list[Reservation], actor: Actor) -> Order:
    lines = orders.lines_of(books, order)
    complete = all(line.quantity == line.shipped + line.released for line in lines)
    skus = {line.line: line.sku for line in lines}
    told = {
        "shipment": shipment.shipment,
        "tracking_number": shipment.tracking_number,
        "carrier": shipment.carrier,
        "items": [{"sku": skus[claim.line], "quantity": claim.quantity} for claim in leaving],
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
