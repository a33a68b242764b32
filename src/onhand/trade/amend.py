"""Amending an order before it ships: the whole new list of items, as a difference of claims in one transaction.

Lines that stay keep the price they were sold at, and the share of their discount and tax that falls to the units that
stay. What is taken off is given back before anything is taken, waiting units first.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from onhand.books import Actor, Books, Needs, Sourced
from onhand.rows import Line, Order, Payment, Waiting
from onhand.trade import allocation, backorders, catalog, dues, money, orders, placing, promise, reservations
from onhand.trade.allocation import Planned, Want
from onhand.trade.orders import OrderPicture
from onhand.trade.placing import Item
from onhand.trade.stock import Cause

AMENDABLE = frozenset({"pending", "confirmed"})


class AmendOrder(NamedTuple):
    """The items that the order is to have from now on. What is None of the order's own amounts stays as it is."""

    order: str
    items: tuple[Item, ...]
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    expected_total: Decimal | None = None


class Amended(NamedTuple):
    """The order as it is now, what its total was before, and what it was paid, in minor units."""

    picture: OrderPicture
    total_before: int
    paid: int


def needs_to_amend(command: AmendOrder) -> Needs:
    named = [(item.variant, item.store) for item in command.items if item.store is not None]
    free = [(item.variant, item.quantity) for item in command.items if item.store is None]
    return Needs(
        orders=(command.order,),
        levels=named,
        sourced=(Sourced(free, None, None),) if free else (),
        everywhere=(command.order,),
        order_parts=(Payment, Waiting),
    )


def amend(books: Books, command: AmendOrder, actor: Actor) -> Amended:
    """Raises OrderNotFound, InvalidTransition, InsufficientStock, ValidationFailed, TotalMismatch."""
    order = orders.find(books, command.order)
    if order.status not in AMENDABLE:
        raise orders.refuse(order, order.status, "amend")
    before = orders.lines_of(books, order)
    wanted = _wanted_lines(books, order, before, command)
    cause = Cause(actor, "order", f"Order amended #{order.number}", order.id)
    for was, line in zip(before, wanted, strict=False):
        if _units(line) < _units(was):
            _give_up(books, was, _units(was) - _units(line), cause)
    more = [(line, _units(line) - (_units(was) if was else 0)) for line, was in _beside(wanted, before)]
    _take(books, order, [(line, units) for line, units in more if units > 0], cause, actor)
    for line in wanted:
        books.lines.put(line._replace(backordered=_backordered(books, line)))
    extras = _extras(command, order)
    total = placing.total_of(sum(line.total for line in wanted), extras, command.expected_total, order.currency)
    told = {
        "total_before": str(money.amount(order.total, order.currency)),
        "total": str(money.amount(total, order.currency)),
        "items": [
            {"sku": line.sku, "quantity": _units(line), "before": _units(was) if was else 0}
            for line, was in _beside(wanted, before)
            if was is None or _units(line) != _units(was)
        ],
    }
    changed = order._replace(total=total, discount=extras.discount, shipping=extras.shipping, tax=extras.tax)
    promised = promise.renewed(books, changed, orders.lines_of(books, order))
    orders.move(books, changed, order.status, "order.amended", actor, told, **promised)
    backorders.fill_from_other_stores(books, wanted, actor)
    paid = dues.paid_in(order, dues.payments_of(books, order), "order")
    return Amended(orders.picture(books, books.orders[order.id]), order.total, paid)


def _units(line: Line) -> int:
    """What the customer is still to get, or wait for."""
    return line.quantity - line.released


def _beside(wanted: Sequence[Line], before: Sequence[Line]) -> list[tuple[Line, Line | None]]:
    return [(line, before[place] if place < len(before) else None) for place, line in enumerate(wanted)]


def _extras(command: AmendOrder, order: Order) -> placing.Extras:
    given = placing.extras_of(command, order.currency)
    return placing.Extras(
        given.discount if command.discount is not None else order.discount,
        given.shipping if command.shipping is not None else order.shipping,
        given.tax if command.tax is not None else order.tax,
    )


# ── Which lines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _wanted_lines(books: Books, order: Order, before: Sequence[Line], command: AmendOrder) -> list[Line]:
    """Every line as it is to be, in order: those that there were, then new ones. Claims are not touched yet."""
    lines = list(before)
    asked: dict[int, int] = {}
    variants = catalog.variants(books, [item.variant for item in command.items])
    for place, (item, variant) in enumerate(zip(command.items, variants, strict=True)):
        store_id = catalog.store(books, item.store).id if item.store else None
        of_item = [
            number
            for number, line in enumerate(lines)
            if line.variant_id == variant.id and (store_id is None or line.store_id == store_id)
        ]
        if of_item and not _is_dearer(lines[of_item[-1]], item):
            _share_out(lines, of_item, asked, item.quantity)
        else:
            lines.append(_new_line(books, order, lines, item, place, store_id))
            asked[len(lines) - 1] = item.quantity
    return [_with_units(line, asked.get(number, 0), order.currency) for number, line in enumerate(lines)]


def _is_dearer(line: Line, item: Item) -> bool:
    """The item names a price of its own, or amounts: then it is a line of its own."""
    other_price = item.unit_price is not None and item.unit_price != line.unit_price
    return other_price or item.discount is not None or item.tax is not None


def _share_out(lines: Sequence[Line], numbers: Sequence[int], asked: dict[int, int], quantity: int) -> None:
    """Lines of the same variant keep what they have, the first ones first; more than all have goes to the last one."""
    for number in numbers:
        units = min(quantity, max(0, _units(lines[number]) - asked.get(number, 0)))
        asked[number] = asked.get(number, 0) + units
        quantity -= units
    asked[numbers[-1]] += quantity


def _new_line(books: Books, order: Order, lines: Sequence[Line], item: Item, place: int, store_id: str | None) -> Line:
    variant = catalog.variant(books, item.variant)
    price = item.unit_price if item.unit_price is not None else placing.price_of(variant, order.currency)
    gross = money.line_total(item.quantity, price, order.currency)
    discount, tax = placing.amounts_of(item, place, gross, order.currency)
    return Line(
        order_id=order.id,
        line=len(lines) + 1,
        variant_id=variant.id,
        sku=variant.sku,
        name=variant.title,
        quantity=item.quantity,
        unit_price=price,
        total=gross - discount + tax,
        components=variant.components,
        store_id=store_id,
        discount=discount,
        tax=tax,
    )


def _with_units(line: Line, units: int, currency: str) -> Line:
    """The line at another quantity. As it is, when that is what the customer gets of it already."""
    if units == _units(line):
        return line
    if line.quantity == 0:  # It was taken out by an earlier amendment, and its amounts with it.
        return line._replace(quantity=units, total=money.line_total(units, line.unit_price, currency))
    if units == 0:
        return line._replace(quantity=0, released=0, total=0, discount=0, tax=0)
    # Its amounts are those of what is charged: all of it but for what was given up when it was placed.
    charged = _units(line) or line.quantity
    return placing.repriced(line._replace(quantity=charged), units, currency)._replace(quantity=units, released=0)


# ── Stock ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _give_up(books: Books, line: Line, units: int, cause: Cause) -> None:
    """So many units of a line: first those that wait, then those that are claimed."""
    waiting = min(units, line.backordered)
    if waiting:
        backorders.stop_waiting(books, line, waiting)
    units -= waiting
    claims = list(reservations.of_line(books, line.order_id, line.line))
    for variant_id, each in allocation.line_recipe(line.variant_id, line.components) if units else ():
        open_claims = [
            claim for claim in claims if claim.variant_id == variant_id and claim.state in ("held", "reserved")
        ]
        for claim in reservations.take(books, open_claims, units * each):
            reservations.give_back(books, claim, cause)


def _take(books: Books, order: Order, more: Sequence[tuple[Line, int]], cause: Cause, actor: Actor) -> None:
    """All that is more, together: or else nothing, unless the order may wait for it."""
    if not more:
        return
    wants = [
        Want(allocation.line_recipe(line.variant_id, line.components), units, line.store_id) for line, units in more
    ]
    planned = allocation.plan_on(books, wants, order.sourcing, order.shipping_address, actor)
    if order.on_shortage != "backorder":
        asked = [(line.variant_id, line.store_id, units) for line, units in more]
        orders.refuse_shortages(books, asked, planned)
    kind = "hold" if order.status == "pending" else "reserve"
    for (line, _), plan in zip(more, planned, strict=True):
        orders.claim_parts(books, line, plan.parts, kind, cause)
        if plan.short:
            _wait_for(books, order, line, plan)


def _wait_for(books: Books, order: Order, line: Line, plan: Planned) -> None:
    recipe = allocation.line_recipe(line.variant_id, line.components)
    queued = books.waiting.get((recipe[0][0], line.order_id, line.line))
    backorders.wait(books, order, line, plan.short + (queued.quantity if queued else 0))


def _backordered(books: Books, line: Line) -> int:
    """What of a line waits in the queues now."""
    recipe = allocation.line_recipe(line.variant_id, line.components)
    queued = books.waiting.get((recipe[0][0], line.order_id, line.line))
    return queued.quantity if queued else 0
