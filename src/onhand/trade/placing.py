"""Placing an order: what it asks for, where it comes from, what it costs, and what is held for it."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs, Sourced
from onhand.rows import Line, Order, Payment, Reservation, Store, Variant
from onhand.trade import allocation, backorders, catalog, dues, money, orders, promise
from onhand.trade.allocation import Planned, Want
from onhand.trade.errors import TotalMismatch, ValidationFailed
from onhand.trade.orders import OrderPicture
from onhand.trade.stock import Cause


class Item(NamedTuple):
    """What one line asks for. The price is the catalog's and the store the order's, unless given.

    `discount` and `tax` are amounts of the whole line.
    """

    variant: str
    quantity: int
    unit_price: int | None = None
    store: str | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None


class PlaceOrder(NamedTuple):
    """Place an order. `paid` places and confirms in one step.

    What is short refuses the whole order, is given up ("partial"), or waits ("backorder"). An item without a store
    is sourced: by the rule named, then by the shop's own. The order's own `discount`, `shipping` and `tax` come on top
    of its lines'; a total other than the one expected is refused.
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
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    expected_total: Decimal | None = None


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
    total: int
    discount: int = 0
    tax: int = 0


def place(books: Books, command: PlaceOrder, actor: Actor) -> OrderPicture:
    if not command.items:
        raise ValidationFailed(("items", "an order asks for at least one thing"))
    currency, sales = _sales(books, command)
    if sum(sale.total for sale in sales) > money.MOST_TOTAL:
        raise ValidationFailed(("items", "the total is too large"))
    extras = extras_of(command, currency)
    order_address = json.dumps(command.shipping_address) if command.shipping_address else None
    wants = [
        Want(allocation.recipe_of(sale.variant), sale.quantity, sale.store.id if sale.store else None) for sale in sales
    ]
    planned = allocation.plan_on(
        books, wants, command.sourcing, order_address, actor, use_safety_stock=command.use_safety_stock
    )
    if command.on_shortage == "reject" or (
        command.on_shortage == "partial" and not any(plan.parts for plan in planned)
    ):
        orders.refuse_shortages(
            books,
            [(sale.variant.id, sale.store.id if sale.store else None, sale.quantity) for sale in sales],
            planned,
        )
    expires_at = None if command.paid else books.now + orders.hold_time(books, command.hold_minutes)
    lines = [
        _new_line(command, number, sale, plan, currency)
        for number, (sale, plan) in enumerate(zip(sales, planned, strict=True), start=1)
    ]
    total = total_of(sum(line.total for line in lines), extras, command.expected_total, currency)
    # From here it must succeed.
    giving = {part.store_id for plan in planned for part in plan.parts}
    promised = promise.of_stores(books, giving, promise.country_of(command.shipping_address))
    waits = any(line.backordered for line in lines)
    order = books.orders.put(
        _new_order(books, command, actor, currency, total, extras, expires_at, order_address, promised, waits=waits)
    )
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
        claims += orders.claim_parts(books, line, plan.parts, kind, cause)
        if line.backordered:
            backorders.wait(books, order, line, line.backordered)
    if command.paid:
        books.shelves[Payment].put(paid_at_the_till(order, actor))
    order = _tell_placed(books, order, lines, actor, paid=command.paid)
    if any(line.backordered for line in lines) and backorders.fill_from_other_stores(books, lines, actor):
        return orders.picture(books, books.orders[order.id])
    return orders.pictured(books, order, lines, claims)


def _new_line(command: PlaceOrder, number: int, sale: _Sale, plan: Planned, currency: str) -> Line:
    """A line that is not of an order yet. What `partial` gives up is not charged."""
    given_up = plan.short if command.on_shortage == "partial" else 0
    variant = sale.variant
    line = Line(
        "",
        number,
        variant.id,
        variant.sku,
        variant.title,
        sale.quantity,
        sale.unit_price,
        sale.total,
        0,
        given_up,
        plan.short - given_up,
        0,
        variant.components,
        sale.store.id if sale.store else None,
        sale.discount,
        sale.tax,
    )
    return repriced(line, sale.quantity - given_up, currency) if given_up else line


def repriced(line: Line, units: int, currency: str) -> Line:
    """The line as it is charged for so many units of its quantity: with their share of its discount and its tax."""
    discount = money.share(line.discount, units, line.quantity)
    tax = money.share(line.tax, units, line.quantity)
    gross = money.line_total(units, line.unit_price, currency)
    discount = min(discount, gross)  # Half a minor unit may have been rounded up.
    return line._replace(total=gross - discount + tax, discount=discount, tax=tax)


class Extras(NamedTuple):
    """What an order costs more or less than its lines, in minor units."""

    discount: int = 0
    shipping: int = 0
    tax: int = 0


NO_EXTRAS = Extras()


def extras_of(command: Any, currency: str) -> Extras:
    """The order's own amounts. Raises ValidationFailed for one with more decimals than the currency has."""
    if command.discount is None and command.shipping is None and command.tax is None:
        return NO_EXTRAS
    given = {name: getattr(command, name) for name in Extras._fields}
    return Extras(
        **{name: money.minor(amount, currency, f"{name}_total") for name, amount in given.items() if amount is not None}
    )


def total_of(lines: int, extras: Extras, expected: Decimal | None, currency: str) -> int:
    """An order's total. Raises TotalMismatch when its caller expected another, ValidationFailed below zero."""
    total = lines
    if extras is not NO_EXTRAS:
        total = lines - extras.discount + extras.shipping + extras.tax
        if extras.discount > lines:
            raise ValidationFailed(("discount_total", "more than what it is taken off"))
        if total > money.MOST_TOTAL:
            raise ValidationFailed(("items", "the total is too large"))
    if expected is not None and money.amount(total, currency) != expected:
        raise TotalMismatch(expected=f"{expected:f}", total=f"{money.amount(total, currency):f}", currency=currency)
    return total


def paid_at_the_till(order: Order, actor: Actor) -> Payment:
    """The payment of an order that was placed as paid, by the word of whoever placed it."""
    return Payment(
        order_id=order.id,
        payment=1,
        payment_id=f"{dues.TILL}-{order.number}",
        provider=dues.TILL,
        method=None,
        state="captured",
        standing="order",
        currency=order.currency,
        amount=order.total,
        refunded=0,
        reason=None,
        actor=actor.name,
        created_at=order.created_at,
        updated_at=order.created_at,
    )


def _sales(books: Books, command: PlaceOrder) -> tuple[str, list[_Sale]]:
    """The currency, and each line as it is sold. Raises StoreNotFound; VariantNotFound, with every unknown name."""
    variants = catalog.variants(books, [item.variant for item in command.items])
    currency = variants[0].currency if command.currency is None else money.known_currency(command.currency)
    if command.store is not None:
        catalog.store(books, command.store)  # Although every item may name a store of its own: it was meant somehow.
    each = enumerate(zip(command.items, variants, strict=True))
    return currency, [_sale(books, command, item, variant, place, currency) for place, (item, variant) in each]


def _sale(books: Books, command: PlaceOrder, item: Item, variant: Variant, place: int, currency: str) -> _Sale:
    named = item.store or command.store
    store = catalog.store(books, named) if named else None
    price = item.unit_price if item.unit_price is not None else price_of(variant, currency)
    gross = money.line_total(item.quantity, price, currency)
    if item.discount is None and item.tax is None:
        return _Sale(variant, store, item.quantity, price, gross)
    discount, tax = amounts_of(item, place, gross, currency)
    return _Sale(variant, store, item.quantity, price, gross - discount + tax, discount, tax)


def price_of(variant: Variant, currency: str) -> int:
    """The catalog's price, where it is one in the order's currency."""
    if variant.currency != currency:
        message = f"{variant.sku} is priced in {variant.currency}, the order is in {currency}: give a unit_price"
        raise ValidationFailed(("items", message))
    return variant.price


def amounts_of(item: Item, place: int, gross: int, currency: str) -> tuple[int, int]:
    """An item's discount and tax, in minor units."""
    discount = money.minor(item.discount or Decimal(0), currency, f"items.{place}.discount")
    if discount > gross:
        raise ValidationFailed((f"items.{place}.discount", "more than what it is taken off"))
    return discount, money.minor(item.tax or Decimal(0), currency, f"items.{place}.tax")


def _new_order(
    books: Books,
    command: PlaceOrder,
    actor: Actor,
    currency: str,
    total: int,
    extras: Extras,
    expires_at: int | None,
    address: str | None,
    promised: str | None,
    *,
    waits: bool,
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
        shipping_address=address,
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
        estimated_delivery=promised,
        promised_at=None if waits else promise.moment_of(promised),
        discount=extras.discount,
        shipping=extras.shipping,
        tax=extras.tax,
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
        order = orders.move(books, order, order.status, "order.backordered", actor, told)
    if not paid:
        return order
    return orders.move(
        books,
        order,
        "confirmed",
        "order.confirmed",
        actor,
        {"payment_status": "paid"},
        payment_status="paid",
        confirmed_at=books.now,
    )
