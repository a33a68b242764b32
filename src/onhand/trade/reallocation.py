"""Planning an order again: its units are to come from another store, or by another rule."""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line
from onhand.trade import allocation, catalog, orders, promise, reservations
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause


class Reallocate(NamedTuple):
    """Plan an order again before anything of it has shipped: at one store, or by a rule.

    What was picked is in somebody's hands, so it stays the order's, from the store where it was picked.
    """

    order: str
    store: str | None = None
    rule: str | None = None


def needs_to_reallocate(command: Reallocate) -> Needs:
    return Needs(orders=(command.order,), everywhere=(command.order,))


def reallocate(books: Books, command: Reallocate, actor: Actor) -> OrderPicture:
    """All or nothing: what could be had before must be had again."""
    order = orders.find(books, command.order)
    if order.status not in ("pending", "confirmed", "processing"):
        raise orders.refuse(order, order.status, "reallocate")
    store = catalog.store(books, command.store) if command.store else None
    cause = Cause(actor, "reallocation", f"Reallocated - Order #{order.number}", order.id)
    lines = orders.lines_of(books, order)
    to_plan = [orders.outstanding(line) - _picked(books, line) for line in lines]
    for claim in list(reservations.of_claim(books, order.id, len(lines))):
        if claim.state in ("held", "reserved"):
            for unpicked in reservations.take_unpicked(books, [claim], claim.quantity - claim.picked):
                reservations.give_back(books, unpicked, cause)
    store_id = store.id if store else None
    wanted = [(line.variant_id, store_id, units) for line, units in zip(lines, to_plan, strict=True)]
    wants = [
        allocation.Want(allocation.line_recipe(line.variant_id, line.components), quantity, store_id)
        for line, (_, _, quantity) in zip(lines, wanted, strict=True)
    ]
    planned = allocation.plan_on(books, wants, command.rule or order.sourcing, order.shipping_address, actor)
    orders.refuse_shortages(books, wanted, planned)
    kind = "hold" if order.status == "pending" else "reserve"
    for line, plan in zip(lines, planned, strict=True):
        orders.claim_parts(books, line, plan.parts, kind, cause)
    told = {"store": store.code if store else None, "rule": command.rule}
    promised = promise.renewed(books, order, lines)
    order = orders.move(books, order, order.status, "order.reallocated", actor, told, **promised)
    return orders.picture(books, order)


def _picked(books: Books, line: Line) -> int:
    claims = reservations.open_in(reservations.of_line(books, line.order_id, line.line), "reserved")
    return reservations.picked_units(line, claims)
