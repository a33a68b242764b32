"""What pickers find on the shelves: picked, short, or something else in its place.

A claim knows how many of its units were picked. Units that are short are not where the books say, so they cannot be
sold from now on: damaged ones become unsellable, others are booked as lost. Otherwise the next customer would be sold
what a picker has just not found. The level is added to a count, which brings back whatever turns up.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, Payment, Pick, Reservation, Store, Waiting
from onhand.trade import (
    allocation,
    backorders,
    catalog,
    counts,
    documents,
    money,
    orders,
    promise,
    reservations,
    stock,
)
from onhand.trade.errors import Conflict, ValidationFailed
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause

THEN = ("reallocate", "backorder", "release")
DAMAGED = "damaged"


class PickExceedsReserved(Conflict):
    """More was to be picked (or short) than is reserved there and not picked yet."""

    code, title = "pick_exceeds_reserved", "Pick exceeds reserved"

    def __init__(self, *, sku: str, store: str, requested: int, to_pick: int) -> None:
        super().__init__(
            f"Cannot pick {requested} of {sku} at {store}: {to_pick} reserved there and not yet picked.",
            sku=sku,
            store=store,
            requested=requested,
            to_pick=to_pick,
        )


class Short(NamedTuple):
    """Units that were not there, and what becomes of them. `component` is which part of a kit was short."""

    quantity: int
    reason: str
    then: str
    component: str | None = None


class RecordPick(NamedTuple):
    """What a picker did about one line at one store.

    A `substitute` was picked in place of what is short; when nothing is short, in place of the quantity: the customer
    wanted it so, and what was reserved goes on sale again.
    """

    order: str
    line: int
    store: str
    quantity: int
    short: Short | None = None
    substitute: str | None = None


class Picked(NamedTuple):
    """What was written down, and the order after that."""

    picks: tuple[Pick, ...]
    picture: OrderPicture


class _Found(NamedTuple):
    """The line and the store that a pick is about, and the line's claims there."""

    order: Order
    line: Line
    store: Store
    claims: list[Reservation]


def needs_to_record_pick(command: RecordPick) -> Needs:
    short = command.short
    elsewhere = short is not None and short.then != "release"
    gives_back = short is not None or command.substitute is not None
    named = [name for name in (command.substitute, short.component if short else None) if name]
    return Needs(
        orders=(command.order,),
        variants=named,
        levels=((command.substitute, command.store),) if command.substitute else (),
        everywhere=(command.order,) if elsewhere else (),
        order_parts=(Pick, Waiting, Payment) if gives_back else (Pick,),
        short_counts=(command.store,) if short else (),
        raises=(True,) if gives_back else (),
    )


def record_pick(books: Books, command: RecordPick, actor: Actor) -> Picked:
    found = _found(books, command, actor)
    order, short = found.order, command.short
    short_units = short.quantity if short else 0
    _check(books, command, found, command.quantity + short_units)
    before = len(documents.parts(books, Pick, order.id))
    if order.status == "confirmed":
        order = orders.move(books, order, "processing", "order.processing", actor, {})
    if command.substitute is not None and short is None:
        words = f"Substituted - Order #{order.number}"
        _give_back(books, found, command.quantity, words, None, actor)
        _substitute(books, found, command.substitute, command.quantity, None, actor)
    elif command.quantity:
        _mark(books, found, command.quantity, actor)
    if short is not None:
        _take_out(books, found, short, actor)
        if command.substitute is not None:
            _substitute(books, found, command.substitute, short.quantity, short.reason, actor)
        else:
            _AND_THEN[short.then](books, found, short, actor)
    return Picked(tuple(documents.parts(books, Pick, order.id)[before:]), orders.picture(books, books.orders[order.id]))


def _found(books: Books, command: RecordPick, actor: Actor) -> _Found:
    order = orders.find(books, command.order)
    if order.status not in ("confirmed", "processing", "partially_shipped"):
        raise orders.refuse(order, "processing", "pick")
    store = catalog.store(books, command.store)
    documents.permit(actor, store.id)
    line = books.lines.get((order.id, command.line))
    if line is None:
        raise ValidationFailed(("line", f"order {order.number} has no line {command.line}"))
    claims = reservations.open_in(reservations.of_line(books, order.id, line.line), "reserved")
    return _Found(order, line, store, [claim for claim in claims if claim.store_id == store.id])


def _check(books: Books, command: RecordPick, found: _Found, units: int) -> None:
    """Refuse what does not fit before anything is written."""
    line, short = found.line, command.short
    if units == 0:
        raise ValidationFailed(("quantity", "nothing was picked and nothing was short"))
    to_pick = unpicked_units(line, found.claims)
    if units > to_pick:
        raise PickExceedsReserved(sku=line.sku, store=found.store.code, requested=units, to_pick=to_pick)
    if short is not None:
        if command.substitute is not None and short.then != "release":
            raise ValidationFailed(("short.then", "what is substituted is not waited for: `release`"))
        _missing(books, line, short)
    if command.substitute is not None:
        substitute = catalog.stocked_variant(books, command.substitute)
        if substitute.id == line.variant_id:
            raise ValidationFailed(("substitute_sku", "is what the line asks for"))
        stock.check_available(books, {(found.store.id, substitute.id): short.quantity if short else command.quantity})


def is_to_pick(claim: Reservation) -> bool:
    """Some of it still lies on the shelf."""
    return claim.state == "reserved" and claim.picked < claim.quantity


def unpicked_units(line: Line, claims: Sequence[Reservation]) -> int:
    """So many units of a line the claims still wait to be picked for."""
    return reservations.line_units(line, [claim._replace(quantity=claim.quantity - claim.picked) for claim in claims])


# ── Picked ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def mark_picked(books: Books, line: Line, claims: Sequence[Reservation], units: int) -> None:
    """Count so many units of a line as picked, on its claims in their order. The caller has checked that they fit."""
    for variant_id, each in allocation.line_recipe(line.variant_id, line.components):
        rest = units * each
        for claim in claims:
            if claim.variant_id == variant_id and rest:
                picked = min(rest, claim.quantity - claim.picked)
                books.reservations.put(claim._replace(picked=claim.picked + picked))
                rest -= picked


def _mark(books: Books, found: _Found, units: int, actor: Actor) -> None:
    mark_picked(books, found.line, found.claims, units)
    _write(books, found, units, "picked", None, actor)
    _tell(books, found, "order.picked", actor, {"quantity": units})


def _write(books: Books, found: _Found, units: int, outcome: str, reason: str | None, actor: Actor) -> None:
    order_id = found.order.id
    number = len(documents.parts(books, Pick, order_id)) + 1
    pick = Pick(order_id, number, found.line.line, found.store.id, units, outcome, reason, actor.name, books.now)
    books.shelves[Pick].put(pick)


def _tell(books: Books, found: _Found, event: str, actor: Actor, told: dict[str, Any]) -> None:
    order = books.orders[found.order.id]
    orders.move(books, order, order.status, event, actor, _about(found) | told)


def _about(found: _Found) -> dict[str, Any]:
    return {"line": found.line.line, "sku": found.line.sku, "store": found.store.code}


# ── Short ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _take_out(books: Books, found: _Found, short: Short, actor: Actor) -> None:
    """What was not found is claimed no more and sold no more, and the level is to be counted."""
    variant_id, each = _missing(books, found.line, short)
    _give_back(books, found, short.quantity, f"Short pick - Order #{found.order.number}", short.reason, actor)
    kind = "damage" if short.reason == DAMAGED else "lost"
    cause = Cause(actor, "pick", f"Short pick - Order #{found.order.number}", found.order.id, None, short.reason)
    stock.post(books, found.store.id, variant_id, kind, short.quantity * each, cause)
    counts.open_for(books, found.store.id, variant_id, actor)
    _write(books, found, short.quantity, "short", short.reason, actor)


def _missing(books: Books, line: Line, short: Short) -> tuple[str, int]:
    """What was short, and how much of it a unit of the line takes. Of a kit, which component has to be said."""
    recipe = allocation.line_recipe(line.variant_id, line.components)
    if short.component is None:
        if line.components:
            raise ValidationFailed(("short.sku", f"{line.sku} is a kit: name the component that was short"))
        return recipe[0]
    component = catalog.variant(books, short.component)
    for variant_id, each in recipe:
        if variant_id == component.id:
            return variant_id, each
    raise ValidationFailed(("short.sku", f"{component.sku} is no part of {line.sku}"))


def _give_back(books: Books, found: _Found, units: int, reason: str, notes: str | None, actor: Actor) -> None:
    """Release the claims on so many units that were not picked."""
    cause = Cause(actor, "pick", reason, found.order.id, None, notes)
    claims = reservations.of_line(books, found.order.id, found.line.line)
    here = [claim for claim in reservations.open_in(claims, "reserved") if claim.store_id == found.store.id]
    for variant_id, each in allocation.line_recipe(found.line.variant_id, found.line.components):
        of_variant = [claim for claim in here if claim.variant_id == variant_id]
        for claim in reservations.take_unpicked(books, of_variant, units * each):
            reservations.give_back(books, claim, cause)


def _release(books: Books, found: _Found, short: Short, actor: Actor) -> None:
    """The customer goes without."""
    line = books.lines[found.line[:2]]
    books.lines.put(line._replace(released=line.released + short.quantity))
    order = books.orders[found.order.id]
    orders.settle(books, order, "order.short_picked", actor, _about_short(found, short))


def _backorder(books: Books, found: _Found, short: Short, actor: Actor) -> None:
    """The units wait; what the books have of them elsewhere fills them at once, as it does all who wait."""
    _wait(books, found, short.quantity)
    _tell(books, found, "order.short_picked", actor, _about_short(found, short))


def _reallocate(books: Books, found: _Found, short: Short, actor: Actor) -> None:
    """Other stores give what they can, the rest waits."""
    order, line = found.order, found.line
    want = allocation.Want(allocation.line_recipe(line.variant_id, line.components), short.quantity, None)
    others = [store for store in books.catalog.ranked_stores if store.id != found.store.id]
    supply = allocation.Supply(lambda store_id, variant_id: stock.sellable(books, store_id, variant_id))
    rules = allocation.rules_of(order.sourcing, books.policy.sourcing)
    (plan,) = allocation.plan([want], others, supply, rules, allocation.place_of(order.shipping_address))
    cause = Cause(actor, "reallocation", f"Reallocated - Order #{order.number}", order.id, None, short.reason)
    orders.claim_parts(books, line, plan.parts, "reserve", cause)
    if plan.short:
        _wait(books, found, plan.short)
    promised = promise.renewed(books, order, orders.lines_of(books, order))
    books.orders.put(books.orders[order.id]._replace(**promised))
    codes = books.catalog.stores
    parts = [{"store": codes[part.store_id].code, "quantity": part.quantity} for part in plan.parts]
    told = _about_short(found, short) | {"allocations": parts, "backordered": plan.short}
    _tell(books, found, "order.short_picked", actor, told)


def _wait(books: Books, found: _Found, units: int) -> None:
    line = books.lines[found.line[:2]]
    line = books.lines.put(line._replace(backordered=line.backordered + units))
    backorders.wait(books, found.order, line, line.backordered)


def _about_short(found: _Found, short: Short) -> dict[str, Any]:
    return _about(found) | {"quantity": short.quantity, "reason": short.reason, "then": short.then}


_AND_THEN = {"release": _release, "backorder": _backorder, "reallocate": _reallocate}


# ── Substituted ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _substitute(books: Books, found: _Found, sku: str, units: int, reason: str | None, actor: Actor) -> None:
    """A line of its own for what is in the box instead, at the price of what was ordered: the order's total stays.

    The claims on what it stands for have been given back.
    """
    order, line = found.order, books.lines[found.line[:2]]
    substitute = catalog.stocked_variant(books, sku)
    total = min(line.total, money.line_total(units, line.unit_price, order.currency))
    books.lines.put(line._replace(released=line.released + units, total=line.total - total))
    number = len(orders.lines_of(books, order)) + 1
    books.lines.put(
        Line(
            order_id=order.id,
            line=number,
            variant_id=substitute.id,
            sku=substitute.sku,
            name=substitute.title,
            quantity=units,
            unit_price=line.unit_price,
            total=total,
            store_id=line.store_id,
        )
    )
    words = f"Substitute for {line.sku} - Order #{order.number}"
    cause = Cause(actor, "pick", words, order.id, None, reason)
    claim = reservations.open_claim(books, order.id, number, found.store.id, substitute.id, units, "reserve", cause)
    books.reservations.put(claim._replace(picked=units))
    _write(books, found, units, "substituted", substitute.sku, actor)
    told = {"quantity": units, "substitute": {"line": number, "sku": substitute.sku}, "reason": reason}
    _tell(books, found, "order.substituted", actor, told)
