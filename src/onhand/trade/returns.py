"""Goods that come back: never more than were shipped, and back on sale only when they are fit for it.

requested → received, or cancelled          (taken back at the desk, in one step: received at once)
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, RequestedReturn, Return, ReturnLine, Store
from onhand.trade import allocation, catalog, documents, money, orders, reservations, stock
from onhand.trade.errors import Forbidden, NotFound, ReturnExceedsShipped
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause

CONDITIONS = ("sellable", "damaged", "lost")


class ReturnNotFound(NotFound):
    code, title, noun = "return_not_found", "Return not found", "return"


class RequestedItem(NamedTuple):
    variant: str
    quantity: int


class RequestReturn(NamedTuple):
    """A customer says what will come back of an order. No stock moves yet."""

    order: str
    items: tuple[RequestedItem, ...]
    reason: str


class ReturnItem(NamedTuple):
    variant: str
    quantity: int
    condition: str = "sellable"


class ReceiveReturn(NamedTuple):
    """What has come back of a requested return, which may differ from what was said, at any store.

    Without a store it goes back to the one that shipped it.
    """

    return_: str
    items: tuple[ReturnItem, ...]
    store: str | None = None
    refund_amount: Decimal | None = None
    processed_by: str | None = None
    occurred_at: int | None = None


class CancelReturn(NamedTuple):
    """Nothing will come back after all. Again: the same answer."""

    return_: str
    reason: str | None = None


class ReturnItems(NamedTuple):
    """Take goods of an order back, into the given store or the one that shipped them: request and receipt in one."""

    order: str
    items: tuple[ReturnItem, ...]
    reason: str
    store: str | None = None
    refund_amount: Decimal | None = None
    processed_by: str | None = None
    occurred_at: int | None = None


class Returned(NamedTuple):
    """A return, what came back, its order after that, and what was said would come back."""

    return_: Return
    lines: tuple[ReturnLine, ...]
    picture: OrderPicture
    requested: tuple[RequestedReturn, ...] = ()


def needs_to_request_return(command: RequestReturn) -> Needs:
    return Needs(
        orders=(command.order,),
        variants=[item.variant for item in command.items],
        order_parts=(Return,),
        raises=(),
    )


def needs_to_receive_return(command: ReceiveReturn) -> Needs:
    at_store = [(item.variant, command.store) for item in command.items] if command.store else []
    return Needs(
        documents=((Return, command.return_),),
        variants=[item.variant for item in command.items],
        levels=at_store,
        at_stores=(command.store,) if command.store else (),
        order_parts=(Return,),
    )


def needs_to_cancel_return(command: CancelReturn) -> Needs:
    return Needs(documents=((Return, command.return_),), raises=())


def needs_to_return(command: ReturnItems) -> Needs:
    at_store = [(item.variant, command.store) for item in command.items] if command.store else []
    return Needs(
        orders=(command.order,),
        variants=[item.variant for item in command.items],
        levels=at_store,
        at_stores=(command.store,) if command.store else (),
        order_parts=(Return,),
    )


# ── The steps ───────────────────────────────────────────────────────────────────────────────────────────────────────


def request_return(books: Books, command: RequestReturn, actor: Actor) -> Returned:
    order = _order_that_shipped(books, command.order)
    wanted: dict[str, int] = {}
    for item in command.items:
        variant = catalog.variant(books, item.variant)
        wanted[variant.id] = wanted.get(variant.id, 0) + item.quantity
    expected = _expected(books, order, but_for=None)
    spread = [
        part for variant, quantity in wanted.items() for part in _spread(books, order, variant, quantity, expected)
    ]
    returned = _new_return(books, order, command.reason, actor)
    requested = tuple(
        books.shelves[RequestedReturn].put(RequestedReturn(returned.id, item, line.line, quantity))
        for item, (line, quantity) in enumerate(spread, start=1)
    )
    told = {
        "order": order.number,
        "reason": command.reason,
        "items": [{"sku": line.sku, "quantity": quantity} for line, quantity in spread],
    }
    returned = documents.move(books, returned, "requested", "return.requested", actor, told)
    return Returned(returned, (), orders.picture(books, order), requested)


def receive_return(books: Books, command: ReceiveReturn, actor: Actor) -> Returned:
    returned = _find(books, command.return_)
    documents.must_be(returned, ["requested"], "received", "receive")
    return _receive(books, returned, command, actor)


def cancel_return(books: Books, command: CancelReturn, actor: Actor) -> Returned:
    returned = _find(books, command.return_)
    if returned.status != "cancelled":
        documents.must_be(returned, ["requested"], "cancelled", "cancel")
        told = {"reason": command.reason}
        returned = documents.move(books, returned, "cancelled", "return.cancelled", actor, told)
    picture = orders.picture(books, books.orders[returned.order_id])
    return Returned(returned, (), picture, _requested(books, returned))


def take_back(books: Books, command: ReturnItems, actor: Actor) -> Returned:
    order = _order_that_shipped(books, command.order)
    return _receive(books, _new_return(books, order, command.reason, actor), command, actor)


def _receive(books: Books, returned: Return, command: ReceiveReturn | ReturnItems, actor: Actor) -> Returned:
    """The goods are there: count them as returned, and put on the shelf what is not lost."""
    order = books.orders[returned.order_id]
    store = catalog.store(books, command.store) if command.store else None
    expected = _expected(books, order, but_for=returned.id)
    shares = [share for item in _summed(books, command.items) for share in _shares(books, order, item, expected)]
    refund = None
    if command.refund_amount is not None:
        refund = money.minor(command.refund_amount, order.currency, "refund_amount")
    # From here it must succeed, but for a key that is bound to other stores.
    cause = Cause(
        actor._replace(on_behalf_of=command.processed_by or actor.on_behalf_of),
        "return",
        f"Customer return - Order #{order.number}",
        order.id,
        returned.id,
        returned.reason,
        command.occurred_at,
    )
    lines: list[ReturnLine] = []
    for share in shares:
        lines += _take_back_share(books, returned, len(lines) + 1, share, store, cause)
    told = {"order": order.number, "items": _told(books, lines)}
    returned = documents.move(
        books,
        returned,
        "received",
        "return.received",
        actor,
        told,
        store_id=store.id if store else None,
        refund_amount=refund,
        processed_by=command.processed_by,
    )
    order = _tell_returned(books, order, returned, lines, actor)
    return Returned(returned, tuple(lines), orders.picture(books, order), _requested(books, returned))


def _order_that_shipped(books: Books, reference: str) -> Order:
    order = orders.find(books, reference)
    if order.status not in orders.HAS_SHIPPED:
        raise orders.refuse(order, "returned", "return goods of")
    return order


def _new_return(books: Books, order: Order, reason: str, actor: Actor) -> Return:
    """A return that is not told of yet."""
    return Return(
        id=books.new_id(),
        order_id=order.id,
        store_id=None,
        reason=reason,
        refund_amount=None,
        processed_by=None,
        actor=actor.name,
        created_at=books.now,
        number=documents.new_number(books, Return, None),
        status="",
        updated_at=books.now,
        events=0,
    )


def _find(books: Books, reference: str) -> Return:
    return documents.find(books, Return, reference, ReturnNotFound)


def _requested(books: Books, returned: Return) -> tuple[RequestedReturn, ...]:
    return tuple(documents.parts(books, RequestedReturn, returned.id))


# ── How much may come back ──────────────────────────────────────────────────────────────────────────────────────────


def _expected(books: Books, order: Order, but_for: str | None) -> dict[int, int]:
    """Units by line that open returns of the order wait for, but for one of them."""
    expected: dict[int, int] = {}
    for returned in books.returns:
        if returned.order_id == order.id and returned.status == "requested" and returned.id != but_for:
            for part in _requested(books, returned):
                expected[part.order_line] = expected.get(part.order_line, 0) + part.quantity
    return expected


def _spread(
    books: Books, order: Order, variant_id: str, quantity: int, expected: dict[int, int]
) -> list[tuple[Line, int]]:
    """Spread a quantity over the order's lines of a variant: what was shipped, is not back and not expected back."""
    lines = [line for line in orders.lines_of(books, order) if line.variant_id == variant_id]
    returnable = {line.line: line.shipped - line.returned - expected.get(line.line, 0) for line in lines}
    if quantity > sum(returnable.values()):
        raise ReturnExceedsShipped(
            sku=books.catalog.variants[variant_id].sku,
            requested=quantity,
            returnable=sum(returnable.values()),
            expected=sum(expected.get(line.line, 0) for line in lines),
        )
    parts, rest = [], quantity
    for line in lines:
        units = min(rest, returnable[line.line])
        if units:
            parts.append((line, units))
            rest -= units
    return parts


class _Share(NamedTuple):
    """What one order line gives of a returned item."""

    line: Line
    quantity: int
    condition: str


def _summed(books: Books, items: Sequence[ReturnItem]) -> list[ReturnItem]:
    summed: dict[tuple[str, str], int] = {}
    for item in items:
        key = (catalog.variant(books, item.variant).id, item.condition)
        summed[key] = summed.get(key, 0) + item.quantity
    return [ReturnItem(variant, quantity, condition) for (variant, condition), quantity in summed.items()]


def _shares(books: Books, order: Order, item: ReturnItem, expected: dict[int, int]) -> list[_Share]:
    """A returned item as shares of the order's lines, which count it as returned from here on."""
    shares = []
    for line, quantity in _spread(books, order, item.variant, item.quantity, expected):
        books.lines.put(line._replace(returned=line.returned + quantity))
        shares.append(_Share(line, quantity, item.condition))
    return shares


# ── Back on the shelf ───────────────────────────────────────────────────────────────────────────────────────────────


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
        "return_number": returned.number,
        "items": _told(books, lines),
    }
    return orders.move(books, order, status, "order.returned", actor, told)


def _told(books: Books, lines: Sequence[ReturnLine]) -> list[dict[str, object]]:
    return [
        {"sku": books.catalog.variants[line.variant_id].sku, "quantity": line.quantity, "condition": line.condition}
        for line in lines
    ]
