"""Orders: placed, confirmed, cancelled, expired. Picking and shipping are in fulfilment.py, returns in returns.py.

pending → confirmed → processing → partially_shipped → shipped → delivered → partially_returned → returned
pending | confirmed | processing → cancelled          (a hold that runs out: cancel_reason "expired")
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Line, Order, Reservation, Shipment, Store, Variant
from onhand.trade import catalog, money, reservations, stock
from onhand.trade.errors import InvalidTransition, OrderNotFound, ValidationFailed
from onhand.trade.stock import Cause

MINUTE = 60_000_000
DEFAULT_STORE = "main"

TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"confirmed", "cancelled"}),
    "confirmed": frozenset({"processing", "partially_shipped", "shipped", "cancelled"}),
    "processing": frozenset({"partially_shipped", "shipped", "cancelled"}),
    "partially_shipped": frozenset({"partially_shipped", "shipped"}),
    "shipped": frozenset({"delivered", "partially_returned", "returned"}),
    "delivered": frozenset({"partially_returned", "returned"}),
    "partially_returned": frozenset({"partially_returned", "returned"}),
    "returned": frozenset(),
    "cancelled": frozenset(),
}
ENDED = frozenset({"cancelled", "delivered", "returned"})
HAS_SHIPPED = frozenset({"partially_shipped", "shipped", "delivered", "partially_returned", "returned"})


class OrderPicture(NamedTuple):
    """An order with all that belongs to it, as one moment left it."""

    order: Order
    lines: tuple[Line, ...]
    reservations: tuple[Reservation, ...]
    shipments: tuple[Shipment, ...]
    stores: Mapping[str, Store]


def find(books: Books, reference: str) -> Order:
    """The order of that id or number."""
    found = books.orders.get(books.order_ids.get(reference, reference))
    if found is None:
        raise OrderNotFound(reference)
    return found


def lines_of(books: Books, order: Order) -> list[Line]:
    lines: list[Line] = []
    while (line := books.lines.get((order.id, len(lines) + 1))) is not None:
        lines.append(line)
    return lines


def shipments_of(books: Books, order: Order) -> list[Shipment]:
    shipments: list[Shipment] = []
    while (shipment := books.shipments.get((order.id, len(shipments) + 1))) is not None:
        shipments.append(shipment)
    return shipments


def picture(books: Books, order: Order) -> OrderPicture:
    lines = lines_of(books, order)
    return OrderPicture(
        order,
        tuple(lines),
        tuple(reservations.of_claim(books, order.id, len(lines))),
        tuple(shipments_of(books, order)),
        books.catalog.stores,
    )


def move(
    books: Books, order: Order, status: str, event: str, actor: Actor, told: Mapping[str, Any], **changes: Any
) -> Order:
    """Take an order to its next status and tell it, once. The caller has checked that the step is legal."""
    data = {"number": order.number, "from": order.status, "to": status, **told}
    seq = order.events + 1
    books.tell(f"order/{order.id}", seq, event, actor, data)
    return books.orders.put(order._replace(status=status, events=seq, updated_at=books.now, **changes))


def refuse(order: Order, wanted: str, deed: str) -> InvalidTransition:
    return InvalidTransition(
        f"Cannot {deed} a {order.status.replace('_', ' ')} order", present=order.status, wanted=wanted
    )


# ── Place ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Item(NamedTuple):
    """What one line asks for. The price is the catalog's and the store the order's, unless given."""

    variant: str
    quantity: int
    unit_price: int | None = None
    store: str | None = None


class PlaceOrder(NamedTuple):
    """Place an order, all or nothing. `paid` places and confirms in one step."""

    items: tuple[Item, ...]
    store: str | None = None
    currency: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None
    shipping_address: Mapping[str, Any] | None = None
    priority: int = 0
    hold_minutes: float | None = None
    paid: bool = False
    channel: str | None = None
    reference: str | None = None
    note: str | None = None
    metadata: Mapping[str, Any] | None = None
    occurred_at: int | None = None


def needs_to_place(command: PlaceOrder) -> Needs:
    default = command.store or DEFAULT_STORE
    return Needs(levels=[(item.variant, item.store or default) for item in command.items])


class _Sale(NamedTuple):
    """One line, decided."""

    variant: Variant
    store: Store
    quantity: int
    unit_price: int
    total: int


def place(books: Books, command: PlaceOrder, actor: Actor) -> OrderPicture:
    currency = _currency(books, command)
    sales = [_sale(books, command, item, currency) for item in command.items]
    total = sum(sale.total for sale in sales)
    if total > money.MOST_TOTAL:
        raise ValidationFailed(("items", "the total is too large"))
    expires_at = None if command.paid else books.now + hold_time(books, command.hold_minutes)
    stock.check_available(books, stock.demand([(sale.store.id, sale.variant.id, sale.quantity) for sale in sales]))
    # From here it must succeed.
    order = books.orders.put(_new_order(books, command, actor, currency, total, expires_at))
    cause = Cause(
        actor,
        "order",
        f"Customer order #{order.number}",
        order.id,
        None,
        f"Customer ID: {order.customer_id}" if order.customer_id else None,
        command.occurred_at,
    )
    kind = "reserve" if command.paid else "hold"
    lines, claims = [], []
    for number, sale in enumerate(sales, start=1):
        variant = sale.variant
        lines.append(
            books.lines.put(
                Line(
                    order.id,
                    number,
                    variant.id,
                    variant.sku,
                    variant.title,
                    sale.quantity,
                    sale.unit_price,
                    sale.total,
                )
            )
        )
        claims.append(
            reservations.open_claim(books, order.id, number, sale.store.id, variant.id, sale.quantity, kind, cause)
        )
    order = _tell_placed(books, order, lines, actor, paid=command.paid)
    return OrderPicture(order, tuple(lines), tuple(claims), (), books.catalog.stores)


def _currency(books: Books, command: PlaceOrder) -> str:
    if command.currency is not None:
        return money.known_currency(command.currency)
    return catalog.variant(books, command.items[0].variant).currency


def _sale(books: Books, command: PlaceOrder, item: Item, currency: str) -> _Sale:
    variant = catalog.variant(books, item.variant)
    store = catalog.store(books, item.store or command.store or DEFAULT_STORE)
    price = item.unit_price
    if price is None:
        if variant.currency != currency:
            message = f"{variant.sku} is priced in {variant.currency}, the order is in {currency}: give a unit_price"
            raise ValidationFailed(("items", message))
        price = variant.price
    return _Sale(variant, store, item.quantity, price, money.line_total(item.quantity, price, currency))


def hold_time(books: Books, minutes: float | None) -> int:
    """How long a hold lasts, in microseconds. Refuses more than the longest that the settings allow."""
    wanted = books.policy.hold_minutes if minutes is None else minutes
    if wanted > books.policy.hold_minutes_max:
        raise ValidationFailed(("hold_minutes", f"at most {books.policy.hold_minutes_max:g}"))
    return max(round(wanted * MINUTE), MINUTE // 60)


def _new_order(
    books: Books, command: PlaceOrder, actor: Actor, currency: str, total: int, expires_at: int | None
) -> Order:
    return Order(
        id=books.new_id(),
        number=books.take_number(),
        status="pending",
        payment_status="unpaid",
        currency=currency,
        total=total,
        customer_id=command.customer_id,
        customer_name=command.customer_name,
        customer_email=command.customer_email,
        customer_phone=command.customer_phone,
        shipping_address=json.dumps(command.shipping_address) if command.shipping_address else None,
        priority=command.priority,
        channel=command.channel,
        reference=command.reference,
        note=command.note,
        metadata=json.dumps(command.metadata) if command.metadata else None,
        hold_expires_at=expires_at,
        cancel_reason=None,
        actor=actor.name,
        created_at=books.now,
        updated_at=books.now,
        confirmed_at=None,
        cancelled_at=None,
        shipped_at=None,
        delivered_at=None,
        events=1,
    )


def _tell_placed(books: Books, order: Order, lines: list[Line], actor: Actor, *, paid: bool) -> Order:
    told = {
        "number": order.number,
        "from": None,
        "to": "pending",
        "currency": order.currency,
        "total": str(money.amount(order.total, order.currency)),
        "items": [{"sku": line.sku, "quantity": line.quantity} for line in lines],
    }
    books.tell(f"order/{order.id}", 1, "order.placed", actor, told)
    if not paid:
        return order
    return move(
        books,
        order,
        "confirmed",
        "order.confirmed",
        actor,
        {"payment_status": "paid"},
        payment_status="paid",
        confirmed_at=books.now,
    )


# ── Confirm, cancel, expire, extend ─────────────────────────────────────────────────────────────────────────────────


class ConfirmOrder(NamedTuple):
    """Hold → reservation. Again: the same answer, no second effect."""

    order: str
    occurred_at: int | None = None


def needs_to_confirm(command: ConfirmOrder) -> Needs:
    return Needs(orders=(command.order,))


def confirm(books: Books, command: ConfirmOrder, actor: Actor) -> OrderPicture:
    order = find(books, command.order)
    if order.status == "cancelled":
        raise refuse(order, "confirmed", "confirm")
    if order.status != "pending":
        return picture(books, order)
    cause = Cause(actor, "order", f"Order confirmed #{order.number}", order.id, occurred_at=command.occurred_at)
    for claim in _claims(books, order):
        if claim.state == "held":
            reservations.confirm(books, claim, cause)
    order = move(books, order, "confirmed", "order.confirmed", actor, {}, confirmed_at=books.now, hold_expires_at=None)
    return picture(books, order)


class CancelOrder(NamedTuple):
    """Give every unit back, exactly once. Again: the same answer. Refused once anything was shipped."""

    order: str
    reason: str | None = None


def needs_to_cancel(command: CancelOrder) -> Needs:
    return Needs(orders=(command.order,))


def cancel(books: Books, command: CancelOrder, actor: Actor) -> OrderPicture:
    order = find(books, command.order)
    if order.status == "cancelled":
        return picture(books, order)
    if "cancelled" not in TRANSITIONS[order.status]:
        raise refuse(order, "cancelled", "cancel")
    cause = Cause(actor, "order", f"Order cancelled #{order.number}", order.id, notes=command.reason)
    _give_all_back(books, order, cause, expired=False)
    told = {"reason": command.reason}
    order = move(
        books,
        order,
        "cancelled",
        "order.cancelled",
        actor,
        told,
        cancel_reason=command.reason or "cancelled",
        cancelled_at=books.now,
        hold_expires_at=None,
    )
    return picture(books, order)


def is_overdue(order: Order, now: int) -> bool:
    return order.status == "pending" and order.hold_expires_at is not None and order.hold_expires_at <= now


def expire(books: Books, order: Order, actor: Actor) -> Order:
    """End an order whose hold ran out. The engine does so before any decision that could depend on it."""
    cause = Cause(actor, "order", f"Hold expired - Order #{order.number}", order.id)
    _give_all_back(books, order, cause, expired=True)
    return move(
        books,
        order,
        "cancelled",
        "order.expired",
        actor,
        {"reason": "expired"},
        cancel_reason="expired",
        cancelled_at=books.now,
    )


def _give_all_back(books: Books, order: Order, cause: Cause, *, expired: bool) -> None:
    lines = lines_of(books, order)
    for claim in list(reservations.of_claim(books, order.id, len(lines))):
        if claim.state in ("held", "reserved"):
            reservations.give_back(books, claim, cause, expired=expired)
    for line in lines:
        books.lines.put(line._replace(released=line.quantity - line.shipped, backordered=0))


def _claims(books: Books, order: Order) -> list[Reservation]:
    return list(reservations.of_claim(books, order.id, len(lines_of(books, order))))


class ExtendHold(NamedTuple):
    """Keep the hold of a pending order for so many minutes from now. Never shortens it."""

    order: str
    hold_minutes: float


def needs_to_extend(command: ExtendHold) -> Needs:
    return Needs(orders=(command.order,))


def extend(books: Books, command: ExtendHold, actor: Actor) -> OrderPicture:
    order = find(books, command.order)
    if order.status != "pending" or order.hold_expires_at is None:
        raise refuse(order, "pending", "extend the hold of")
    expires_at = max(order.hold_expires_at, books.now + hold_time(books, command.hold_minutes))
    told = {"hold_expires_at": expires_at}
    order = move(books, order, "pending", "order.hold_extended", actor, told, hold_expires_at=expires_at)
    return picture(books, order)
