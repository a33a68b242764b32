"""Waves: several orders picked in one walk through one store.

picking → picked, or cancelled          (what was picked stays picked, and what was not is in the queue again)
"""

from collections.abc import Mapping
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Order, Store, Variant, Wave, WaveOrder
from onhand.trade import catalog, documents, orders, picking
from onhand.trade.errors import Conflict, NotFound
from onhand.trade.orders import OrderPicture


class WaveNotFound(NotFound):
    code, title, noun = "wave_not_found", "Wave not found", "wave"


class NothingToPick(Conflict):
    """Nothing of the order waits to be picked at that store, or none of the orders does."""

    code, title = "nothing_to_pick", "Nothing to pick"


class InAnotherWave(Conflict):
    """The order is being picked in another wave of the same store."""

    code, title = "in_another_wave", "In another wave"


class CreateWave(NamedTuple):
    """Begin a walk for the orders. `skip` leaves out those that are not to be picked any more, instead of refusing."""

    store: str
    orders: tuple[str, ...]
    skip: bool = False


class FinishWave(NamedTuple):
    """The walk is over. Again: the same answer."""

    wave: str


class CancelWave(NamedTuple):
    """Give the walk up. Again: the same answer."""

    wave: str
    reason: str | None = None


class WavePicture(NamedTuple):
    """A wave with its orders, and where on the shelves their goods are."""

    wave: Wave
    orders: tuple[OrderPicture, ...]
    store: Store
    bins: Mapping[tuple[str, str], str | None]
    variants: Mapping[str, Variant]


def needs_to_create_wave(command: CreateWave) -> Needs:
    return Needs(orders=command.orders, order_parts=(WaveOrder,), raises=())


def needs_of_wave(command: FinishWave | CancelWave) -> Needs:
    return Needs(documents=((Wave, command.wave),), raises=())


def create_wave(books: Books, command: CreateWave, actor: Actor) -> WavePicture:
    store = catalog.store(books, command.store)
    documents.permit(actor, store.id)
    chosen: dict[str, Order] = {}
    for reference in command.orders:
        order = orders.find(books, reference)
        refusal = _unfit(books, order, store)
        if refusal is None:
            chosen[order.id] = order
        elif not command.skip:
            raise refusal
    if not chosen:
        raise NothingToPick(f"No order waits to be picked at {store.code}.", store=store.code)
    wave = Wave(
        id=books.new_id(),
        number=documents.new_number(books, Wave, None),
        store_id=store.id,
        status="picking",
        actor=actor.name,
        created_at=books.now,
        updated_at=books.now,
        events=0,
    )
    for order in chosen.values():
        books.shelves[WaveOrder].put(WaveOrder(wave.id, order.id))
        if order.status == "confirmed":
            orders.move(books, order, "processing", "order.processing", actor, {"wave": wave.number})
    told = {"store": store.code, "orders": [order.number for order in chosen.values()]}
    return _picture(books, documents.move(books, wave, "picking", "wave.created", actor, told))


def finish_wave(books: Books, command: FinishWave, actor: Actor) -> WavePicture:
    return _end(books, command.wave, "picked", "finish", {}, actor)


def cancel_wave(books: Books, command: CancelWave, actor: Actor) -> WavePicture:
    return _end(books, command.wave, "cancelled", "cancel", {"reason": command.reason}, actor)


def _end(
    books: Books, reference: str, status: str, deed: str, told: Mapping[str, str | None], actor: Actor
) -> WavePicture:
    wave = documents.find(books, Wave, reference, WaveNotFound)
    documents.permit(actor, wave.store_id)
    if wave.status != status:
        documents.must_be(wave, ["picking"], status, deed)
        wave = documents.move(books, wave, status, f"wave.{status}", actor, told)
    return _picture(books, wave)


def _unfit(books: Books, order: Order, store: Store) -> Conflict | None:
    """Why an order cannot be in a wave of the store."""
    if order.status not in ("confirmed", "processing", "partially_shipped"):
        return orders.refuse(order, "processing", "pick")
    if order.payment_status == "charged_back":
        return orders.stopped(order, "processing", "pick")
    for part in books.shelves[WaveOrder]:
        wave = books.shelves[Wave].get(part.wave_id)
        if part.order_id == order.id and wave and (wave.status, wave.store_id) == ("picking", store.id):
            return InAnotherWave(
                f"Order {order.number} is in wave {wave.number}.", order=order.number, wave=wave.number
            )
    claims = orders.picture(books, order).reservations
    if any(claim.store_id == store.id and picking.is_to_pick(claim) for claim in claims):
        return None
    return NothingToPick(
        f"Nothing of order {order.number} waits to be picked at {store.code}.", order=order.number, store=store.code
    )


def _picture(books: Books, wave: Wave) -> WavePicture:
    members = sorted(part.order_id for part in books.shelves[WaveOrder] if part.wave_id == wave.id)
    return WavePicture(
        wave,
        tuple(orders.picture(books, books.orders[order_id]) for order_id in members),
        books.catalog.stores[wave.store_id],
        {level[:2]: level.bin for level in books.levels},
        books.catalog.variants,
    )
