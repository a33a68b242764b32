"""Picks, parcels, waves, shipments and announced returns."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.orders import recipe_of
from tests.trade.invariants.reading import Books, grouped

from onhand.rows import (
    Line,
    Movement,
    Order,
    Parcel,
    ParcelItem,
    Pick,
    RequestedReturn,
    Reservation,
    Return,
    Shipment,
    Wave,
    WaveOrder,
)


def shipments_take_what_their_order_had_reserved(books: Books) -> Iterator[str]:
    orders = {order.id for order in books[Order]}
    movements = {movement[:3]: movement for movement in books[Movement]}
    contents = grouped(books[Reservation], lambda claim: (claim.claim_id, claim.shipment))
    for shipment in books[Shipment]:
        for claim in contents.get((shipment.order_id, shipment.shipment), []):
            movement = movements.get((claim.store_id, claim.variant_id, claim.resolved_by))
            if claim.state != "fulfilled" or not movement or movement.cause_id != "/".join(map(str, shipment[:2])):
                yield f"{claim} left with {shipment} by {movement}"
        if shipment[:2] not in contents:
            yield f"{shipment} is empty"
    known = {shipment[:2] for shipment in books[Shipment]}
    for claim in books[Reservation]:
        if claim.state == "fulfilled" and claim.claim_id in orders and (claim.claim_id, claim.shipment) not in known:
            yield f"{claim} left with no shipment"


def nothing_is_picked_twice(books: Books) -> Iterator[str]:
    """So much of a claim was picked, and never more than it claims. Who went without their goods, picked none."""
    lines = {line[:2] for line in books[Line]}
    for claim in books[Reservation]:
        if not 0 <= claim.picked <= claim.quantity:
            yield f"{claim} is picked for more than it claims"
        if claim.state in ("held", "expired") and claim.picked:
            yield f"{claim} is picked before anybody has paid"
    for pick in books[Pick]:
        if pick[0::2][:2] not in lines or pick.quantity <= 0:
            yield f"{pick} is of no line"


def parcels_hold_what_was_picked(books: Books) -> Iterator[str]:
    """What is in parcels that have not left is outstanding, and picked, as long as its order is."""
    ended = {order.id for order in books[Order] if order.status == "cancelled"}
    open_parcels = {parcel[:2] for parcel in books[Parcel] if parcel.shipment is None and parcel.order_id not in ended}
    inside: Counter[Any] = Counter()
    for item in books[ParcelItem]:
        if item[:2] in open_parcels:
            inside[(item.order_id, item.line)] += item.quantity
    picked: Counter[Any] = Counter()
    for claim in books[Reservation]:
        if claim.state == "reserved":
            picked[(claim.claim_id, claim.line, claim.variant_id)] += claim.picked
    for line in books[Line]:
        for variant_id, each in recipe_of(line):
            ready = picked[(*line[:2], variant_id)]
            if inside[line[:2]] * each > ready:
                yield f"{inside[line[:2]]} of {line} are in parcels, and {ready} of {variant_id} are picked"


def parcels_left_with_what_is_in_them(books: Books) -> Iterator[str]:
    shipments = {parcel[:2]: parcel.shipment for parcel in books[Parcel] if parcel.shipment is not None}
    packed: Counter[Any] = Counter()
    for item in books[ParcelItem]:
        if item[:2] in shipments:
            packed[(item.order_id, item.line, shipments[item[:2]])] += item.quantity
    left: Counter[Any] = Counter()
    for claim in books[Reservation]:
        left[(claim.claim_id, claim.line, claim.shipment, claim.variant_id)] += claim.quantity
    lines = {line[:2]: line for line in books[Line]}
    for key, units in packed.items():
        for variant_id, each in recipe_of(lines[key[:2]]):
            if units * each > left[(*key, variant_id)]:
                yield f"{units} of {key} were in parcels, and {left[(*key, variant_id)]} left"


def waves_share_no_order_of_a_store(books: Books) -> Iterator[str]:
    open_waves = {wave.id: wave.store_id for wave in books[Wave] if wave.status == "picking"}
    walks = Counter(
        (open_waves[part.wave_id], part.order_id) for part in books[WaveOrder] if part.wave_id in open_waves
    )
    yield from (f"{key} is in {waves} open waves" for key, waves in walks.items() if waves > 1)


def nothing_is_expected_back_that_did_not_leave(books: Books) -> Iterator[str]:
    requested = {each.id: each.order_id for each in books[Return] if each.status == "requested"}
    expected: Counter[Any] = Counter()
    for item in books[RequestedReturn]:
        if item.return_id in requested:
            expected[(requested[item.return_id], item.order_line)] += item.quantity
    for line in books[Line]:
        if expected[line[:2]] + line.returned > line.shipped:
            yield f"{expected[line[:2]]} of {line} are expected back"
