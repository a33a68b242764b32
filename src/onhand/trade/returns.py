"""Goods that come back: never more than were shipped, and back on sale only when they are fit for it."""

from decimal import Decimal
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, Return, ReturnLine, Store
from onhand.trade import allocation, catalog, money, orders, reservations, stock
from onhand.trade.errors import Forbidden, ReturnExceedsShipped
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause

CONDITIONS = ("sellable", "damaged", "lost")


class ReturnItem(NamedTuple):
    variant: str
    quantity: int
    condition: str = "sellable"


class ReturnItems(NamedTuple):
    """Take goods of an order back, into the given store or the one that shipped them."""

    order: str
    items: tuple[ReturnItem, ...]
    reason: str
    store: str | None = None
    refund_amount: Decimal | None = None
    processed_by: str | None = None
    occurred_at: int | None = None


class Returned(NamedTuple):
    """A return, and its order after that."""

    return_: Return
    lines: tuple[ReturnLine, ...]
    picture: OrderPicture


def needs_to_return(command: ReturnItems) -> Needs:
    at_store = [(item.variant, command.store) for item in command.items] if command.store else []
    return Needs(orders=(command.order,), variants=[item.variant for item in command.items], levels=at_store)


def take_back(books: Books, command: ReturnItems, actor: Actor) -> Returned:
    order = orders.find(books, command.order)
    if order.status not in orders.HAS_SHIPPED:
        raise orders.refuse(order, "returned", "return goods of")
    store = catalog.store(books, command.store) if command.store else None
    shares = [share for item in _summed(books, command) for share in _shares(books, order, item)]
    refund = None
    if command.refund_amount is not None:
        refund = money.minor(command.refund_amount, order.currency, "refund_amount")
    # From here it must succeed, but for a key that is bound to other stores.
    returned = books.returns.put(
        Return(
            books.new_id(),
            order.id,
            store.id if store else None,
            command.reason,
            refund,
            command.processed_by,
            actor.name,
            books.now,
        )
    )
    cause = Cause(
        actor._replace(on_behalf_of=command.processed_by or actor.on_behalf_of),
        "return",
        f"Customer return - Order #{order.number}",
        order.id,
        returned.id,
        command.reason,
        command.occurred_at,
    )
    lines: list[ReturnLine] = []
    for share in shares:
        lines += _take_back_share(books, returned, len(lines) + 1, share, store, cause)
    return Returned(returned, tuple(lines), orders.picture(books, _tell_returned(books, order, returned, lines, actor)))


class _Share(NamedTuple):
    """What one order line gives of a returned item."""

    line: Line
    quantity: int
    condition: str


def _summed(books: Books, command: ReturnItems) -> list[ReturnItem]:
    summed: dict[tuple[str, str], int] = {}
    for item in command.items:
        key = (catalog.variant(books, item.variant).id, item.condition)
        summed[key] = summed.get(key, 0) + item.quantity
    return [ReturnItem(variant, quantity, condition) for (variant, condition), quantity in summed.items()]


def _shares(books: Books, order: Order, item: ReturnItem) -> list[_Share]:
    """Spread a returned quantity over the order's lines of that variant, and count it as returned there."""
    lines = [line for line in orders.lines_of(books, order) if line.variant_id == item.variant]
    returnable = sum(line.shipped - line.returned for line in lines)
    if item.quantity > returnable:
        sku = books.catalog.variants[item.variant].sku
        raise ReturnExceedsShipped(sku=sku, requested=item.quantity, returnable=returnable)
    shares, rest = [], item.quantity
    for line in lines:
        quantity = min(rest, line.shipped - line.returned)
        if quantity:
            books.lines.put(line._replace(returned=line.returned + quantity))
            shares.append(_Share(line, quantity, item.condition))
            rest -= quantity
    return shares


def _take_back_share(
    books: Books, returned: Return, first_item: int, share: _Share, store: Store | None, cause: Cause
) -> list[ReturnLine]:
    """Put a share back on the shelf: of a kit, its components."""
    store_id = store.id if store else _shipped_from(books, share.line)
    stores = cause.actor.stores
    if stores is not None and store_id not in stores:
        raise Forbidden("This key may not take goods back at that store.")
    lines = []
    recipe = allocation.line_recipe(share.line.variant_id, share.line.components)
    for item, (variant_id, each) in enumerate(recipe, start=first_item):
        quantity, movement = share.quantity * each, None
        if share.condition != "lost":
            kind = "return" if share.condition == "sellable" else "return_damaged"
            movement = stock.post(books, store_id, variant_id, kind, quantity, cause).version
        lines.append(
            books.return_lines.put(
                ReturnLine(
                    returned.id, item, share.line.line, variant_id, store_id, quantity, share.condition, movement
                )
            )
        )
    return lines


def _shipped_from(books: Books, line: Line) -> str:
    claims = reservations.of_claim(books, line.order_id, line.line)
    return next(claim.store_id for claim in claims if claim.line == line.line and claim.state == "fulfilled")


def _tell_returned(books: Books, order: Order, returned: Return, lines: list[ReturnLine], actor: Actor) -> Order:
    present = orders.lines_of(books, order)
    outstanding = any(line.quantity > line.shipped + line.released for line in present)
    if outstanding:
        status = order.status
    elif all(line.returned == line.shipped for line in present):
        status = "returned"
    else:
        status = "partially_returned"
    told = {
        "return_id": returned.id,
        "reason": returned.reason,
        "items": [
            {"sku": books.catalog.variants[line.variant_id].sku, "quantity": line.quantity, "condition": line.condition}
            for line in lines
        ],
    }
    return orders.move(books, order, status, "order.returned", actor, told)
