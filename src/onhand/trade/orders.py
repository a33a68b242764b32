"""Orders: placed, confirmed, cancelled, expired. Picking and shipping are in fulfilment.py, returns in returns.py.

pending → confirmed → processing → partially_shipped → shipped → delivered → partially_returned → returned
pending | confirmed | processing → cancelled          (a hold that runs out: cancel_reason "expired")
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Incomplete, Needs, Sourced
from onhand.rows import Line, Order, Reservation, Shipment, Store, Variant
from onhand.trade import allocation, catalog, money, reservations, stock
from onhand.trade.allocation import Part, Planned, Want
from onhand.trade.errors import InsufficientStock, InvalidTransition, OrderNotFound, ValidationFailed
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


def outstanding(line: Line) -> int:
    """Units of a line that are claimed and not shipped yet."""
    return line.quantity - line.shipped - line.released - line.backordered


def settle(books: Books, order: Order, event: str, actor: Actor, told: Mapping[str, Any]) -> Order:
    """Take an order on after a part of it was given up: nothing left is cancelled, and the rest gone is shipped."""
    lines = lines_of(books, order)
    if any(line.quantity > line.shipped + line.released for line in lines):
        return move(books, order, order.status, event, actor, told)
    if order.status == "partially_shipped":
        return move(books, order, "shipped", event, actor, told, shipped_at=books.now)
    ended = {"cancel_reason": "given_up", "cancelled_at": books.now, "hold_expires_at": None}
    return move(books, order, "cancelled", event, actor, told, **ended)


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
    """Place an order. `paid` places and confirms in one step.

    What is short refuses the whole order, is given up ("partial"), or waits ("backorder"). An item without a store
    is sourced: by the rule named, then by the shop's own.
    """

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
    on_shortage: str = "reject"
    sourcing: str | None = None
    use_safety_stock: bool = False


def needs_to_place(command: PlaceOrder) -> Needs:
    named, free = [], []
    for item in command.items:
        store = item.store or command.store
        if store is None:
            free.append((item.variant, item.quantity))
        else:
            named.append((item.variant, store))
    address = json.dumps(command.shipping_address) if free and command.shipping_address else None
    sourced = (Sourced(free, command.sourcing, address),) if free else ()
    return Needs(levels=named, sourced=sourced, raises=())


class _Sale(NamedTuple):
    """One line, decided but for where it comes from."""

    variant: Variant
    store: Store | None
    quantity: int
    unit_price: int


def place(books: Books, command: PlaceOrder, actor: Actor) -> OrderPicture:
    currency = _currency(books, command)
    sales = [_sale(books, command, item, currency) for item in command.items]
    planned = _plan(books, command, sales)
    if command.on_shortage == "reject" or (
        command.on_shortage == "partial" and not any(plan.parts for plan in planned)
    ):
        refuse_shortages(
            books,
            [(sale.variant.id, sale.store.id if sale.store else None, sale.quantity) for sale in sales],
            planned,
        )
    expires_at = None if command.paid else books.now + hold_time(books, command.hold_minutes)
    lines = [
        _new_line(command, number, sale, plan, currency)
        for number, (sale, plan) in enumerate(zip(sales, planned, strict=True), start=1)
    ]
    total = sum(line.total for line in lines)
    if total > money.MOST_TOTAL:
        raise ValidationFailed(("items", "the total is too large"))
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
    claims: list[Reservation] = []
    for number, plan in enumerate(planned):
        line = lines[number] = books.lines.put(lines[number]._replace(order_id=order.id))
        claims += claim_parts(books, line, plan.parts, kind, cause)
    order = _tell_placed(books, order, lines, actor, paid=command.paid)
    return OrderPicture(order, tuple(lines), tuple(claims), (), books.catalog.stores)


def _plan(books: Books, command: PlaceOrder, sales: Sequence[_Sale]) -> list[Planned]:
    def free(store_id: str, variant_id: str) -> int:
        return stock.sellable(books, store_id, variant_id, use_safety_stock=command.use_safety_stock)

    wants = [
        Want(allocation.recipe_of(sale.variant), sale.quantity, sale.store.id if sale.store else None) for sale in sales
    ]
    destination = allocation.place_of(json.dumps(command.shipping_address)) if command.shipping_address else None
    rules = allocation.rules_of(command.sourcing, books.policy.sourcing)
    planned = allocation.plan(wants, books.catalog.ranked_stores, allocation.Supply(free), rules, destination)
    if books.partly_loaded:
        unsure = {
            variant_id
            for want, plan in zip(wants, planned, strict=True)
            if plan.short and want.store_id is None
            for variant_id, _ in want.recipe
        }
        if unsure & books.partly_loaded:
            raise Incomplete(unsure)
    return planned


def refuse_shortages(books: Books, wanted: Sequence[tuple[str, str | None, int]], planned: Sequence[Planned]) -> None:
    """Refuse what is short, if anything is: every short (variant, store) once, with all that was asked of it."""
    if not any(plan.short for plan in planned):
        return
    asked: dict[tuple[str, str | None], list[int]] = {}
    for (variant_id, store_id, quantity), plan in zip(wanted, planned, strict=True):
        sums = asked.setdefault((variant_id, store_id), [0, 0])
        sums[0] += quantity
        sums[1] += plan.short
    raise InsufficientStock(
        [
            stock.shortage(books, variant_id, store_id, requested, requested - short)
            for (variant_id, store_id), (requested, short) in asked.items()
            if short
        ]
    )


def claim_parts(books: Books, line: Line, parts: Sequence[Part], kind: str, cause: Cause) -> list[Reservation]:
    """Claim a line's planned parts: `hold` them until payment, or `reserve` them at once."""
    recipe = allocation.line_recipe(line.variant_id, line.components)
    return [
        reservations.open_claim(
            books, line.order_id, line.line, part.store_id, variant_id, part.quantity * each, kind, cause
        )
        for part in parts
        for variant_id, each in recipe
    ]


def _new_line(command: PlaceOrder, number: int, sale: _Sale, plan: Planned, currency: str) -> Line:
    """A line that is not of an order yet. What `partial` gives up is not charged."""
    given_up = plan.short if command.on_shortage == "partial" else 0
    variant = sale.variant
    return Line(
        "",
        number,
        variant.id,
        variant.sku,
        variant.title,
        sale.quantity,
        sale.unit_price,
        money.line_total(sale.quantity - given_up, sale.unit_price, currency),
        0,
        given_up,
        plan.short - given_up,
        0,
        variant.components,
        sale.store.id if sale.store else None,
    )


def _currency(books: Books, command: PlaceOrder) -> str:
    if command.currency is not None:
        return money.known_currency(command.currency)
    return catalog.variant(books, command.items[0].variant).currency


def _sale(books: Books, command: PlaceOrder, item: Item, currency: str) -> _Sale:
    variant = catalog.variant(books, item.variant)
    named = item.store or command.store
    store = catalog.store(books, named) if named else None
    price = item.unit_price
    if price is None:
        if variant.currency != currency:
            message = f"{variant.sku} is priced in {variant.currency}, the order is in {currency}: give a unit_price"
            raise ValidationFailed(("items", message))
        price = variant.price
    return _Sale(variant, store, item.quantity, price)


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
        on_shortage=command.on_shortage,
        sourcing=command.sourcing,
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
    waiting = [line for line in lines if line.backordered]
    if waiting:
        told = {"items": [{"sku": line.sku, "quantity": line.backordered} for line in waiting]}
        order = move(books, order, order.status, "order.backordered", actor, told)
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
        for variant_id, _ in allocation.line_recipe(line.variant_id, line.components):
            queued = books.waiting.get((variant_id, line.order_id, line.line))
            if queued is not None and queued.quantity:
                books.waiting.put(queued._replace(quantity=0))
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
