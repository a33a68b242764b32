"""What waits for stock: order lines that were backordered, filled by priority, then age, as soon as stock comes.

Whatever makes units available fills the queue in the same transaction, so nobody who comes later can take what a
waiting line could use.
"""

from collections.abc import Iterable, Set
from typing import NamedTuple

from onhand.books import ONHAND, Actor, Books, Needs
from onhand.rows import Line, Order, Payment, Waiting
from onhand.trade import allocation, catalog, orders, promise
from onhand.trade.errors import Refusal, ValidationFailed
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause


def wait(books: Books, order: Order, line: Line, quantity: int) -> None:
    """Put a backordered part of a line in the queue of every variant that it needs."""
    for variant_id, _ in allocation.line_recipe(line.variant_id, line.components):
        books.waiting.put(
            Waiting(variant_id, order.id, line.line, line.store_id, quantity, order.priority, order.created_at)
        )


def stop_waiting(books: Books, line: Line, quantity: int) -> None:
    """Take so many units of a line out of its queues."""
    for variant_id, _ in allocation.line_recipe(line.variant_id, line.components):
        queued = books.waiting[(variant_id, line.order_id, line.line)]
        books.waiting.put(queued._replace(quantity=queued.quantity - quantity))


def fill(books: Books) -> None:
    """Give what has become available since the last call to those who wait for it."""
    risen, books.risen = books.risen, set()
    books.raised |= risen
    if risen and books.waiting:
        _serve(books, risen)


def _serve(books: Books, variant_ids: Set[str]) -> None:
    """Give what lies there of these variants to those who wait for it, in their turn."""
    queue = [row for row in books.waiting if row.quantity and row.variant_id in variant_ids]
    queue.sort(key=lambda row: (-row.priority, row.since, row.order_id, row.line))
    filled: dict[str, list[Line]] = {}
    for row in queue:
        line = books.lines[(row.order_id, row.line)]
        if line.backordered and _fill_line(books, line):
            filled.setdefault(row.order_id, []).append(line)
    for order_id, lines in filled.items():
        _tell_filled(books, books.orders[order_id], lines)


def fill_from_other_stores(books: Books, lines: Iterable[Line], actor: Actor) -> bool:
    """Fill waiting lines from all stores, for an order that was placed with a key of some stores only.

    Such a key takes stock of its own stores. But a line does not wait for goods that lie in another store.
    """
    if actor.stores is None:
        return False
    _serve(
        books,
        {variant_id for line in lines for variant_id, _ in allocation.line_recipe(line.variant_id, line.components)},
    )
    return True


def _fill_line(books: Books, line: Line) -> bool:
    order = books.orders[line.order_id]
    recipe = allocation.line_recipe(line.variant_id, line.components)
    want = allocation.Want(recipe, line.backordered, line.store_id)
    (planned,) = allocation.plan_on(books, [want], order.sourcing, order.shipping_address, ONHAND)
    filled = line.backordered - planned.short
    if filled == 0:
        return False
    kind = "hold" if order.status in ("pending", "payment_review") else "reserve"
    cause = Cause(ONHAND, "backorder", f"Backorder filled - Order #{order.number}", order.id)
    orders.claim_parts(books, line, planned.parts, kind, cause)
    stop_waiting(books, line, filled)
    books.lines.put(line._replace(backordered=line.backordered - filled))
    return True


def _tell_filled(books: Books, order: Order, before: Iterable[Line]) -> None:
    items = [
        {"sku": line.sku, "quantity": line.backordered - books.lines[(line.order_id, line.line)].backordered}
        for line in before
    ]
    promised = promise.renewed(books, order, orders.lines_of(books, order))
    orders.move(books, order, order.status, "order.backorder_filled", ONHAND, {"items": items}, **promised)


class GiveUpItem(NamedTuple):
    variant: str
    quantity: int


class GiveUpBackorder(NamedTuple):
    """Stop waiting: for the named items, or for all that the order still waits for."""

    order: str
    items: tuple[GiveUpItem, ...] = ()
    reason: str | None = None


def needs_to_give_up(command: GiveUpBackorder) -> Needs:
    return Needs(orders=(command.order,), variants=[item.variant for item in command.items], order_parts=(Payment,))


def give_up(books: Books, command: GiveUpBackorder, actor: Actor) -> OrderPicture:
    order = orders.find(books, command.order)
    waiting = [line for line in orders.lines_of(books, order) if line.backordered]
    if not waiting and not command.items:
        return orders.picture(books, order)
    given_up = _given_up(books, command, waiting)
    for line, quantity in given_up:
        stop_waiting(books, line, quantity)
        books.lines.put(line._replace(backordered=line.backordered - quantity, released=line.released + quantity))
    told = {
        "reason": command.reason,
        "items": [{"sku": line.sku, "quantity": quantity} for line, quantity in given_up],
    }
    return orders.picture(books, orders.settle(books, order, "order.backorder_cancelled", actor, told))


def _given_up(books: Books, command: GiveUpBackorder, waiting: list[Line]) -> list[tuple[Line, int]]:
    if not command.items:
        return [(line, line.backordered) for line in waiting]
    wanted: dict[str, int] = {}
    for item in command.items:
        variant = catalog.variant(books, item.variant)
        wanted[variant.id] = wanted.get(variant.id, 0) + item.quantity
    given_up = []
    for line in waiting:
        quantity = min(line.backordered, wanted.get(line.variant_id, 0))
        if quantity:
            wanted[line.variant_id] -= quantity
            given_up.append((line, quantity))
    for variant_id, rest in wanted.items():
        if rest:
            raise _more_than_waits(books.catalog.variants[variant_id].sku, rest)
    return given_up


def _more_than_waits(sku: str, rest: int) -> Refusal:
    return ValidationFailed(("items", f"{rest} more of {sku} than the order waits for"))
