"""Parcels: what was picked for an order, in boxes that leave with a shipment."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, Parcel, ParcelItem, Pick, Reservation
from onhand.trade import catalog, documents, orders, picking, reservations
from onhand.trade.errors import Conflict, InvalidTransition, NotFound
from onhand.trade.orders import OrderPicture


class ParcelNotFound(NotFound):
    code, title, noun = "parcel_not_found", "Parcel not found", "parcel"


class ParcelExceedsPicked(Conflict):
    """More was to be packed than was picked (or, where nobody wrote down a pick, is reserved) and is in no parcel."""

    code, title = "parcel_exceeds_picked", "Parcel exceeds picked"

    def __init__(self, *, sku: str, requested: int, to_pack: int) -> None:
        super().__init__(
            f"Cannot pack {requested} of {sku}: {to_pack} picked and not yet in a parcel.",
            sku=sku,
            requested=requested,
            to_pack=to_pack,
        )


class PackedElsewhere(Conflict):
    """Units were to leave without the parcel that they are in."""

    code, title = "packed_in_parcel", "Packed in a parcel"

    def __init__(self, *, sku: str, parcels: Sequence[int]) -> None:
        listed = ", ".join(map(str, parcels))
        super().__init__(f"{sku} is packed in parcel {listed}: ship the parcel.", sku=sku, parcels=list(parcels))


class PackItem(NamedTuple):
    variant: str
    quantity: int


class PackParcel(NamedTuple):
    """Put picked goods of an order into a parcel."""

    order: str
    items: tuple[PackItem, ...]
    weight_grams: int | None = None
    checked_by: str | None = None


class Packed(NamedTuple):
    """A parcel, what is in it, and its order after that."""

    parcel: Parcel
    items: tuple[ParcelItem, ...]
    picture: OrderPicture


def needs_to_pack(command: PackParcel) -> Needs:
    return Needs(
        orders=(command.order,),
        variants=[item.variant for item in command.items],
        order_parts=(Pick, Parcel, ParcelItem),
        raises=(),
    )


def pack(books: Books, command: PackParcel, actor: Actor) -> Packed:
    order = orders.find(books, command.order)
    if order.status not in ("confirmed", "processing", "partially_shipped"):
        raise orders.refuse(order, "processing", "pack")
    inside: dict[int, int] = {}
    for item in command.items:
        for line, units in _spread(books, order, item, inside, actor):
            inside[line.line] = inside.get(line.line, 0) + units
    # From here it must succeed.
    number = len(_parcels_of(books, order)) + 1
    parcel = books.shelves[Parcel].put(
        Parcel(order.id, number, command.weight_grams, command.checked_by, None, actor.name, books.now)
    )
    packed = [ParcelItem(order.id, number, line, units) for line, units in sorted(inside.items())]
    for part in packed:
        books.shelves[ParcelItem].put(part)
    _count_as_picked(books, order, contents(books, open_parcels(books, order)))
    if order.status == "confirmed":
        order = orders.move(books, order, "processing", "order.processing", actor, {})
    told = {
        "parcel": number,
        "weight_grams": command.weight_grams,
        "checked_by": command.checked_by,
        "items": [{"sku": books.lines[(order.id, part.line)].sku, "quantity": part.quantity} for part in packed],
    }
    order = orders.move(books, order, order.status, "order.packed", actor, told)
    return Packed(parcel, tuple(packed), orders.picture(books, order))


def _spread(
    books: Books, order: Order, item: PackItem, packing: Mapping[int, int], actor: Actor
) -> list[tuple[Line, int]]:
    """Spread an item over the order's lines of that variant, as far as there is something to pack."""
    variant = catalog.variant(books, item.variant)
    packed = contents(books, open_parcels(books, order))
    parts, rest = [], item.quantity
    for line in orders.lines_of(books, order):
        if line.variant_id != variant.id:
            continue
        in_parcels = packed.get(line.line, 0) + packing.get(line.line, 0)
        units = min(rest, _to_pack(books, line, actor) - in_parcels)
        if units > 0:
            parts.append((line, units))
            rest -= units
    if rest:
        raise ParcelExceedsPicked(sku=variant.sku, requested=item.quantity, to_pack=item.quantity - rest)
    return parts


def _to_pack(books: Books, line: Line, actor: Actor) -> int:
    """Units of a line that may be in parcels: picked, or, where nobody writes picks down, reserved."""
    claims = [claim for claim in _reserved(books, line) if actor.stores is None or claim.store_id in actor.stores]
    picks = documents.parts(books, Pick, line.order_id)
    if any(pick.line == line.line and pick.outcome == "picked" for pick in picks):
        return reservations.picked_units(line, claims)
    return reservations.line_units(line, claims)


def _reserved(books: Books, line: Line) -> list[Reservation]:
    return reservations.open_in(reservations.of_line(books, line.order_id, line.line), "reserved")


def _count_as_picked(books: Books, order: Order, packed: Mapping[int, int]) -> None:
    """What is in a box was picked, whether or not somebody wrote it down: it cannot be short any more."""
    for number, units in packed.items():
        line = books.lines[(order.id, number)]
        claims = _reserved(books, line)
        picking.mark_picked(books, line, claims, max(0, units - reservations.picked_units(line, claims)))


# ── Leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_parcels(books: Books, order: Order) -> list[Parcel]:
    """The parcels of an order that have not left."""
    return [parcel for parcel in _parcels_of(books, order) if parcel.shipment is None]


def named_parcels(books: Books, order: Order, numbers: Sequence[int]) -> list[Parcel]:
    """The parcels of those numbers, all of them still there."""
    found = []
    for number in dict.fromkeys(numbers):
        parcel = books.shelves[Parcel].get((order.id, number))
        if parcel is None:
            raise ParcelNotFound(str(number))
        if parcel.shipment is not None:
            raise InvalidTransition(
                f"Parcel {number} has left with shipment {parcel.shipment}", present="shipped", wanted="shipped"
            )
        found.append(parcel)
    return found


def contents(books: Books, parcels: Sequence[Parcel]) -> dict[int, int]:
    """Units by line that are in the parcels."""
    units: dict[int, int] = {}
    wanted = {parcel[:2] for parcel in parcels}
    for part in books.shelves[ParcelItem]:
        if part[:2] in wanted:
            units[part.line] = units.get(part.line, 0) + part.quantity
    return units


def send(
    books: Books, order: Order, shipped: Mapping[int, int], shipment: int, named: Sequence[int] = ()
) -> list[Parcel]:
    """Let the parcels leave whose whole contents are in a shipment of so many units by line: those named, then the
    first ones. The lines count the units as shipped already. Refuses units that would leave without their parcel.
    """
    left = dict(shipped)
    leaving, staying = [], []
    for parcel in sorted(open_parcels(books, order), key=lambda parcel: parcel.parcel not in named):
        inside = contents(books, [parcel])
        if all(left.get(line, 0) >= units for line, units in inside.items()):
            for line, units in inside.items():
                left[line] -= units
            leaving.append(books.shelves[Parcel].put(parcel._replace(shipment=shipment)))
        else:
            staying.append(parcel)
    for line, units in contents(books, staying).items():
        row = books.lines[(order.id, line)]
        if units > orders.outstanding(row):
            holding = [parcel.parcel for parcel in staying if line in contents(books, [parcel])]
            raise PackedElsewhere(sku=row.sku, parcels=holding)
    _count_as_picked(books, order, contents(books, staying))
    return leaving


def _parcels_of(books: Books, order: Order) -> list[Parcel]:
    parcels: list[Parcel] = []
    while (parcel := books.shelves[Parcel].get((order.id, len(parcels) + 1))) is not None:
        parcels.append(parcel)
    return parcels
