"""Reservations, and the movements that made them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.reading import Books

from onhand.rows import Hold, Level, Movement, Order, Reservation

# How a claim may have come to its state: (opened by, confirmed by, resolved by) as kinds of movement.
HISTORIES: dict[str, list[tuple[str | None, str | None, str | None]]] = {
    "held": [("hold", None, None)],
    "reserved": [("hold", "confirm", None), ("reserve", None, None)],
    "fulfilled": [("hold", "confirm", "ship"), ("reserve", None, "ship")],
    "released": [("hold", None, "release"), ("hold", "confirm", "unreserve"), ("reserve", None, "unreserve")],
    "expired": [("hold", None, "expire")],
}
CLAIMING = ("hold", "reserve", "confirm", "release", "expire", "unreserve", "ship")


def claims_add_up_to_their_levels(books: Books) -> Iterator[str]:
    claimed: Counter[Any] = Counter()
    for claim in books[Reservation]:
        claimed[(claim.store_id, claim.variant_id, claim.state)] += claim.quantity
    for level in books[Level]:
        held, reserved = claimed.pop((*level[:2], "held"), 0), claimed.pop((*level[:2], "reserved"), 0)
        if (held, reserved) != (level.on_hold, level.reserved):
            yield f"{level}, but {held} are held and {reserved} reserved"
    for (*key, state), quantity in claimed.items():
        if state in ("held", "reserved"):
            yield f"{quantity} {state} of {key}, which is no level"


def claims_and_their_movements_name_each_other(books: Books) -> Iterator[str]:
    movements = {movement[:3]: movement for movement in books[Movement]}
    named: Counter[Any] = Counter()
    resolved: Counter[Any] = Counter()
    for claim in books[Reservation]:
        kinds: list[Any] = []
        for version in (claim.opened_by, claim.confirmed_by, claim.resolved_by):
            movement = movements.get((claim.store_id, claim.variant_id, version))
            kinds.append(movement.kind if movement else version)
            if movement:
                named[movement[:3]] += claim.quantity
                if movement.order_id != claim.claim_id:
                    yield f"{claim}, but {movement} is another's"
        if tuple(kinds) not in HISTORIES[claim.state]:
            yield f"{claim} came about by {kinds}"
        resolved[(claim.store_id, claim.variant_id, claim.resolved_by)] += 1
    for movement in books[Movement]:
        if movement.kind in CLAIMING and named[movement[:3]] != movement.quantity:
            yield f"{movement}, but claims name it for {named[movement[:3]]}"
        if resolved[movement[:3]] > 1:
            yield f"{movement} resolved {resolved[movement[:3]]} claims"


def nothing_expires_early(books: Books) -> Iterator[str]:
    deadlines = {order.id: order.hold_expires_at for order in books[Order]}
    deadlines |= {hold.id: hold.expires_at for hold in books[Hold]}
    for movement in books[Movement]:
        if movement.kind == "expire" and movement.recorded_at < deadlines[movement.order_id]:
            yield f"{movement}, but the deadline was {deadlines[movement.order_id]}"


def movements_say_who_and_why(books: Books) -> Iterator[str]:
    known = {order.id for order in books[Order]} | {hold.id for hold in books[Hold]}
    for movement in books[Movement]:
        if not (movement.actor and movement.reason and movement.cause and movement.recorded_at):
            yield f"{movement} does not say who or why"
        if (movement.kind in CLAIMING or movement.order_id) and movement.order_id not in known:
            yield f"{movement} is for an order that is not there"
