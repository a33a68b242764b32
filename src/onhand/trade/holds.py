"""The inventory half alone: claims on stock under a caller's own reference, for shops that keep their own orders."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from onhand.books import ONHAND, Actor, Books, Needs, Sourced
from onhand.rows import Hold, Reservation, Store, Variant
from onhand.trade import alerts, allocation, backorders, catalog, orders, reservations
from onhand.trade.allocation import Want
from onhand.trade.documents import permit
from onhand.trade.errors import (
    HoldExceeded,
    HoldNotFound,
    InvalidTransition,
    Refusal,
    ReservationExceeded,
    ValidationFailed,
)
from onhand.trade.stock import Cause


class HoldItem(NamedTuple):
    variant: str
    quantity: int
    store: str | None = None


class PlaceHold(NamedTuple):
    """Hold stock for a while: available → on hold. All or nothing."""

    items: tuple[HoldItem, ...]
    reference: str
    hold_minutes: float | None = None


class ReleaseHold(NamedTuple):
    """Give stock back, all of it or the named items. Again: the same answer."""

    hold: str
    items: tuple[HoldItem, ...] = ()
    reason: str | None = None


class ConfirmHold(NamedTuple):
    """Hold → reservation, all of it or the named items. Again: the same answer."""

    hold: str
    items: tuple[HoldItem, ...] = ()


class FulfillHold(NamedTuple):
    """The reserved goods leave, all of them or the named items. Again: the same answer."""

    hold: str
    items: tuple[HoldItem, ...] = ()


class ExtendBareHold(NamedTuple):
    """Keep a hold for so many minutes from now. Never shortens it."""

    hold: str
    hold_minutes: float


HoldStep = ReleaseHold | ConfirmHold | FulfillHold


class HoldPicture(NamedTuple):
    """A bare hold with its claims, as one moment left it."""

    hold: Hold
    reservations: tuple[Reservation, ...]
    variants: Mapping[str, Variant]
    stores: Mapping[str, Store]


def needs_to_place_hold(command: PlaceHold) -> Needs:
    named = [(item.variant, item.store) for item in command.items if item.store]
    free = [(item.variant, item.quantity) for item in command.items if not item.store]
    return Needs(levels=named, sourced=(Sourced(free, None, None),) if free else (), raises=())


def needs_to_step(command: HoldStep) -> Needs:
    return Needs(holds=(command.hold,), variants=[item.variant for item in command.items])


def needs_to_extend(command: ExtendBareHold) -> Needs:
    return Needs(holds=(command.hold,))


def place_hold(books: Books, command: PlaceHold, actor: Actor) -> HoldPicture:
    if not command.items:
        raise ValidationFailed(("items", "a hold asks for at least one thing"))
    variants = catalog.variants(books, [item.variant for item in command.items])
    store_ids = [catalog.store(books, item.store).id if item.store else None for item in command.items]
    wants = [
        Want(allocation.recipe_of(variant), item.quantity, store_id)
        for variant, item, store_id in zip(variants, command.items, store_ids, strict=True)
    ]
    expires_at = books.now + orders.hold_time(books, command.hold_minutes)
    planned = allocation.plan_on(books, wants, None, None, actor)
    wanted = [(variant.id, want.store_id, want.quantity) for variant, want in zip(variants, wants, strict=True)]
    orders.refuse_shortages(books, wanted, planned)
    # From here it must succeed.
    hold = Hold(books.new_id(), command.reference, "held", expires_at, actor.name, books.now, books.now, 0)
    cause = Cause(actor, "hold", f"Hold {command.reference}", hold.id)
    for line, (want, plan) in enumerate(zip(wants, planned, strict=True), start=1):
        for part in plan.parts:
            for variant_id, each in want.recipe:
                reservations.open_claim(
                    books, hold.id, line, part.store_id, variant_id, part.quantity * each, "hold", cause
                )
    return _tell(books, hold, "hold.placed", actor, len(wants))


def release_hold(books: Books, command: ReleaseHold, actor: Actor) -> HoldPicture:
    hold = find(books, command.hold)
    if hold.state in ("released", "expired") and not command.items:
        return _picture(books, hold)
    if hold.state not in ("held", "reserved"):
        raise _refuse(hold, "released", "release")
    cause = Cause(actor, "hold", f"Hold released {hold.reference}", hold.id, notes=command.reason)
    for claim in _taken(books, command, hold, ("held", "reserved"), HoldExceeded):
        reservations.give_back(books, claim, cause)
    return _tell(books, hold, "hold.released", actor)


def confirm_hold(books: Books, command: ConfirmHold, actor: Actor) -> HoldPicture:
    hold = find(books, command.hold)
    if hold.state in ("reserved", "fulfilled") and not command.items:
        return _picture(books, hold)
    if hold.state not in ("held", "reserved"):
        raise _refuse(hold, "reserved", "confirm")
    cause = Cause(actor, "hold", f"Reservation confirmed {hold.reference}", hold.id)
    for claim in _taken(books, command, hold, ("held",), HoldExceeded):
        reservations.confirm(books, claim, cause)
    return _tell(books, hold, "hold.confirmed", actor)


def fulfill_hold(books: Books, command: FulfillHold, actor: Actor) -> HoldPicture:
    hold = find(books, command.hold)
    if hold.state == "fulfilled" and not command.items:
        return _picture(books, hold)
    if not _claims_in(books, hold, ("reserved",)):
        raise _refuse(hold, "fulfilled", "fulfill")
    cause = Cause(actor, "hold", f"Reservation fulfilled {hold.reference}", hold.id)
    for claim in _taken(books, command, hold, ("reserved",), ReservationExceeded):
        reservations.fulfil(books, claim, None, cause)
    return _tell(books, hold, "hold.fulfilled", actor)


def extend_hold(books: Books, command: ExtendBareHold, actor: Actor) -> HoldPicture:
    hold = find(books, command.hold)
    if hold.state != "held" or hold.expires_at is None:
        raise _refuse(hold, "held", "extend")
    permit(actor, *(claim.store_id for claim in reservations.open_in(_claims(books, hold), "held")))
    expires_at = max(hold.expires_at, books.now + orders.hold_time(books, command.hold_minutes))
    return _tell(books, hold._replace(expires_at=expires_at), "hold.extended", actor)


def is_overdue(hold: Hold, now: int) -> bool:
    return hold.state == "held" and hold.expires_at is not None and hold.expires_at <= now


def expire_hold(books: Books, hold: Hold, actor: Actor) -> HoldPicture:
    """Give back what is still on hold. What was confirmed in time stays reserved."""
    cause = Cause(actor, "hold", f"Hold expired {hold.reference}", hold.id)
    for claim in reservations.open_in(_claims(books, hold), "held"):
        reservations.give_back(books, claim, cause, expired=True)
    return _tell(books, hold, "hold.expired", actor)


class ExpireOverdue(NamedTuple):
    """Sweep: name orders and bare holds whose time may have run out."""

    orders: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


def needs_to_expire(command: ExpireOverdue) -> Needs:
    return Needs(orders=command.orders, holds=command.holds)


def expire_overdue(books: Books, command: ExpireOverdue, actor: Actor) -> int:
    """How many of the named have ended. The engine itself expires all that is overdue in the open books first."""
    ended = [books.orders.get(order_id) for order_id in command.orders]
    released = [books.holds.get(hold_id) for hold_id in command.holds]
    return sum(order is not None and order.ending == "expired" for order in ended) + sum(
        hold is not None and hold.state == "expired" for hold in released
    )


def expire_all_overdue(books: Books) -> None:
    """End every order and bare hold in the books whose time has run out, before anything is decided on them."""
    for order in [order for order in books.orders if orders.is_overdue(order, books.now)]:
        orders.expire(books, order, ONHAND)
    for hold in [hold for hold in books.holds if is_overdue(hold, books.now)]:
        expire_hold(books, hold, ONHAND)
    backorders.fill(books)
    alerts.settle(books)


def find(books: Books, reference: str) -> Hold:
    found = books.holds.get(reference)
    if found is None:
        raise HoldNotFound(reference)
    return found


def _claims(books: Books, hold: Hold) -> list[Reservation]:
    claims: list[Reservation] = []
    line = 1
    while books.reservations.get((hold.id, line, 1)) is not None:
        line += 1
    claims.extend(reservations.of_claim(books, hold.id, line - 1))
    return claims


def _claims_in(books: Books, hold: Hold, states: Sequence[str]) -> list[Reservation]:
    claims = _claims(books, hold)
    return [claim for state in states for claim in claims if claim.state == state]


def _taken(
    books: Books,
    command: HoldStep,
    hold: Hold,
    states: Sequence[str],
    too_much: type[HoldExceeded] | type[ReservationExceeded],
) -> list[Reservation]:
    """The claims, or parts of them, that a step is about: all in these states when it names no items."""
    if not command.items:
        return _claims_in(books, hold, states)
    taken: list[Reservation] = []
    for item in command.items:
        variant = catalog.variant(books, item.variant)
        store = catalog.store(books, item.store) if item.store else None
        for variant_id, each in allocation.recipe_of(variant):
            wanted = item.quantity * each
            gone = {part[:3] for part in taken}
            matching = [
                claim
                for claim in _claims_in(books, hold, states)
                if claim.variant_id == variant_id
                and (store is None or claim.store_id == store.id)
                and claim[:3] not in gone
            ]
            ready = sum(claim.quantity for claim in matching)
            if ready < wanted:
                raise too_much(sku=variant.sku, requested=item.quantity, open=ready // each)
            taken += reservations.take(books, matching, wanted)
    return taken


def _state(claims: list[Reservation]) -> str:
    """The state of the whole: the least settled of its claims."""
    states = {claim.state for claim in claims}
    return next(state for state in ("held", "reserved", "fulfilled", "expired", "released") if state in states)


def _tell(books: Books, hold: Hold, event: str, actor: Actor, items: int | None = None) -> HoldPicture:
    claims = list(reservations.of_claim(books, hold.id, items)) if items else _claims(books, hold)
    seq = hold.events + 1
    state = _state(claims)
    told: dict[str, Any] = {
        "reference": hold.reference,
        "from": hold.state if hold.events else None,
        "to": state,
        "expires_at": hold.expires_at,
    }
    books.tell(f"hold/{hold.id}", seq, event, actor, told)
    hold = books.holds.put(hold._replace(state=state, events=seq, updated_at=books.now))
    return HoldPicture(hold, tuple(claims), books.catalog.variants, books.catalog.stores)


def _picture(books: Books, hold: Hold) -> HoldPicture:
    return HoldPicture(hold, tuple(_claims(books, hold)), books.catalog.variants, books.catalog.stores)


def _refuse(hold: Hold, wanted: str, deed: str) -> Refusal:
    return InvalidTransition(f"Cannot {deed} a hold that is {hold.state}", present=hold.state, wanted=wanted)
