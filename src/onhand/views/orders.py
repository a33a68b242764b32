"""Orders as answers: one, a list, a timeline, a picking list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, exists, or_, select

from onhand.books import Policy
from onhand.clock import as_datetime
from onhand.db.catalog import looks_like_id
from onhand.db.schema import movements, order_lines, orders, reservations, shipments, stores, variants
from onhand.rows import Line, Order, Reservation, Shipment, Store
from onhand.trade import money
from onhand.trade.errors import OrderNotFound, VariantNotFound
from onhand.trade.fulfilment import Shipped
from onhand.trade.orders import OrderPicture, is_overdue
from onhand.views.answers import fields_of
from onhand.views.names import store_id_of
from onhand.views.pages import Page, after, page
from onhand.views.promise import with_expected
from onhand.views.search import mentions

DEFAULTS = Policy()


@dataclass(slots=True)
class Allocation:
    """Units of a line at one store: held, reserved, fulfilled, released or expired."""

    store: str
    quantity: int
    state: str


@dataclass(slots=True)
class OrderItem:
    line: int
    sku: str
    variant_id: str
    name: str
    quantity: int
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    total_price: Decimal
    allocations: list[Allocation]
    outstanding: int
    backordered: int
    shipped: int
    returned: int


@dataclass(slots=True)
class ShipmentAnswer:
    shipment: int
    tracking_number: str | None
    carrier: str | None
    shipped_at: datetime
    items: list[dict[str, Any]]


@dataclass(slots=True)
class Customer:
    name: str | None
    email: str | None
    phone: str | None


@dataclass(slots=True)
class OrderAnswer:
    """An order with its lines. `stock_reserved`: units are claimed; `stock_confirmed`: and paid for.

    `total_amount` is the sum of the items' `total_price` (their own discount and tax are in it), less
    `discount_total`, and with `shipping_total` and `tax_total`.
    """

    success: bool
    order_id: str
    number: str
    status: str
    payment_status: str
    stock_reserved: bool
    stock_confirmed: bool
    hold_expires_at: datetime | None
    estimated_delivery: date | None
    currency: str
    discount_total: Decimal
    shipping_total: Decimal
    tax_total: Decimal
    total_amount: Decimal
    items: list[OrderItem]
    shipments: list[ShipmentAnswer]
    customer_id: str | None
    customer: Customer | None
    shipping_address: dict[str, Any] | None
    priority: int
    channel: str | None
    reference: str | None
    note: str | None
    metadata: dict[str, Any] | None
    cancel_reason: str | None
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None


def order_answer(picture: OrderPicture, now: int) -> OrderAnswer:
    """An order as its callers see it. One whose hold has run out is cancelled, swept or not."""
    order = picture.order
    overdue = is_overdue(order, now)
    claims: dict[int, list[Reservation]] = {}
    for claim in picture.reservations:
        claims.setdefault(claim.line, []).append(claim)
    items = [
        _item(line, claims.get(line.line, ()), picture.stores, order.currency, overdue)
        for line in picture.lines
        if line.quantity
    ]
    return OrderAnswer(
        success=True,
        order_id=order.id,
        number=order.number,
        status="cancelled" if overdue else order.status,
        payment_status=order.payment_status,
        stock_reserved=not overdue and any(claim.state in ("held", "reserved") for claim in picture.reservations),
        stock_confirmed=order.confirmed_at is not None and order.status not in ("cancelled", "payment_review"),
        hold_expires_at=as_datetime(order.hold_expires_at),
        estimated_delivery=None if overdue else _estimated_delivery(picture),
        currency=order.currency,
        discount_total=money.amount(order.discount, order.currency),
        shipping_total=money.amount(order.shipping, order.currency),
        tax_total=money.amount(order.tax, order.currency),
        total_amount=money.amount(order.total, order.currency),
        items=items,
        shipments=[_shipment(shipment, picture) for shipment in picture.shipments],
        customer_id=order.customer_id,
        customer=_customer(order),
        shipping_address=json.loads(order.shipping_address) if order.shipping_address else None,
        priority=order.priority,
        channel=order.channel,
        reference=order.reference,
        note=order.note,
        metadata=json.loads(order.metadata) if order.metadata else None,
        cancel_reason="expired" if overdue else order.cancel_reason,
        created_at=as_datetime(order.created_at),
        updated_at=as_datetime(order.updated_at),
        confirmed_at=as_datetime(order.confirmed_at),
        cancelled_at=as_datetime(order.hold_expires_at if overdue else order.cancelled_at),
        shipped_at=as_datetime(order.shipped_at),
        delivered_at=as_datetime(order.delivered_at),
    )


def _estimated_delivery(picture: OrderPicture) -> date | None:
    """The latest of what is claimed and what waits; of what waits and is not known to come, nobody can say."""
    order = picture.order
    if order.status == "cancelled":
        return None
    claimed = date.fromisoformat(order.estimated_delivery) if order.estimated_delivery else None
    if not any(line.backordered for line in picture.lines):
        return claimed
    waiting = picture.expected.delivery if picture.expected else None
    return waiting and max(waiting, claimed or waiting)


@dataclass(slots=True)
class ShippedOrder(OrderAnswer):
    """An order, the shipment that has just left, and the numbers of the parcels that went with it."""

    shipment: ShipmentAnswer
    parcels: list[int]


def shipped_order(shipped: Shipped, now: int) -> ShippedOrder:
    return ShippedOrder(
        **fields_of(order_answer(shipped.picture, now)),
        shipment=_shipment(shipped.shipment, shipped.picture),
        parcels=[parcel.parcel for parcel in shipped.parcels],
    )


def _item(
    line: Line, claims: Sequence[Reservation], stores_by_id: Mapping[str, Store], currency: str, overdue: bool
) -> OrderItem:
    units: dict[tuple[str, str], int] = {}
    for claim in claims:
        state = "expired" if overdue and claim.state == "held" else claim.state
        key = (stores_by_id[claim.store_id].code, state)
        units[key] = units.get(key, 0) + claim.quantity
    return OrderItem(
        line=line.line,
        sku=line.sku,
        variant_id=line.variant_id,
        name=line.name,
        quantity=line.quantity,
        unit_price=money.price_text(line.unit_price),
        discount=money.amount(line.discount, currency),
        tax=money.amount(line.tax, currency),
        total_price=money.amount(line.total, currency),
        allocations=[Allocation(store, quantity, state) for (store, state), quantity in units.items()],
        outstanding=0 if overdue else line.quantity - line.shipped - line.released - line.backordered,
        backordered=0 if overdue else line.backordered,
        shipped=line.shipped,
        returned=line.returned,
    )


def _shipment(shipment: Shipment, picture: OrderPicture) -> ShipmentAnswer:
    skus = {line.line: line.sku for line in picture.lines}
    return ShipmentAnswer(
        shipment=shipment.shipment,
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        shipped_at=as_datetime(shipment.shipped_at),
        items=[
            {"sku": skus[claim.line], "quantity": claim.quantity, "store": picture.stores[claim.store_id].code}
            for claim in picture.reservations
            if claim.shipment == shipment.shipment
        ],
    )


def _customer(order: Order) -> Customer | None:
    if order.customer_name is None and order.customer_email is None and order.customer_phone is None:
        return None
    return Customer(order.customer_name, order.customer_email, order.customer_phone)


# ── One ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def find_order(connection: Connection, reference: str, now: int, policy: Policy = DEFAULTS) -> OrderAnswer:
    """The order of that id or number. Raises OrderNotFound."""
    (picture,) = with_expected(connection, [find_picture(connection, reference)], now, policy)
    return order_answer(picture, now)


def find_row(connection: Connection, reference: str) -> Order:
    """The row alone of the order of that id or number. Raises OrderNotFound."""
    column = orders.c.id if looks_like_id(reference) else orders.c.number
    row = connection.execute(select(orders).where(column == reference)).first()
    if row is None:
        raise OrderNotFound(reference)
    return Order._make(row)


def find_picture(connection: Connection, reference: str) -> OrderPicture:
    """The order of that id or number with all that belongs to it. Raises OrderNotFound."""
    return pictures_of(connection, [find_row(connection, reference)])[0]


def pictures_of(connection: Connection, found: Sequence[Order]) -> list[OrderPicture]:
    """The orders with all that belongs to them, in the same order."""
    ids = [order.id for order in found]
    by_id = {row.id: Store._make(row) for row in connection.execute(select(stores))}
    lines: dict[str, list[Line]] = {}
    for row in connection.execute(
        select(order_lines).where(order_lines.c.order_id.in_(ids)).order_by(order_lines.c.order_id, order_lines.c.line)
    ):
        lines.setdefault(row.order_id, []).append(Line._make(row))
    claims: dict[str, list[Reservation]] = {}
    key = (reservations.c.claim_id, reservations.c.line, reservations.c.part)
    for row in connection.execute(select(reservations).where(reservations.c.claim_id.in_(ids)).order_by(*key)):
        claims.setdefault(row.claim_id, []).append(Reservation._make(row))
    sent: dict[str, list[Shipment]] = {}
    for row in connection.execute(
        select(shipments).where(shipments.c.order_id.in_(ids)).order_by(shipments.c.order_id, shipments.c.shipment)
    ):
        sent.setdefault(row.order_id, []).append(Shipment._make(row))
    return [
        OrderPicture(
            order,
            tuple(lines.get(order.id, ())),
            tuple(claims.get(order.id, ())),
            tuple(sent.get(order.id, ())),
            by_id,
        )
        for order in found
    ]


# ── Many ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class OrderFilter(NamedTuple):
    """What a list of orders is narrowed to; times are microseconds."""

    status: str | None = None
    customer_id: str | None = None
    sku: str | None = None
    store: str | None = None
    created_from: int | None = None
    created_to: int | None = None
    reference: str | None = None
    q: str | None = None


def list_orders(
    connection: Connection,
    wanted: OrderFilter,
    now: int,
    limit: int,
    cursor: str | None,
    policy: Policy = DEFAULTS,
) -> Page[OrderAnswer]:
    """Orders, newest first."""
    statement = _narrowed(connection, select(orders), wanted, now)
    columns = (orders.c.created_at, orders.c.id)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    statement = statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)
    found = [Order._make(row) for row in connection.execute(statement)]
    listed = with_expected(connection, pictures_of(connection, found[:limit]), now, policy)
    pictures = {picture.order.id: picture for picture in listed}
    return page(
        found,
        limit,
        lambda order: (order.created_at, order.id),
        lambda order: order_answer(pictures[order.id], now),
    )


def _narrowed(connection: Connection, statement: Select[Any], wanted: OrderFilter, now: int) -> Select[Any]:
    overdue = and_(orders.c.status == "pending", orders.c.hold_expires_at <= now)
    if wanted.status == "cancelled":
        statement = statement.where(or_(orders.c.status == "cancelled", overdue))
    elif wanted.status is not None:
        statement = statement.where(orders.c.status == wanted.status)
        if wanted.status == "pending":
            statement = statement.where(orders.c.hold_expires_at > now)
    if wanted.customer_id is not None:
        statement = statement.where(orders.c.customer_id == wanted.customer_id)
    if wanted.reference is not None:
        statement = statement.where(orders.c.reference == wanted.reference)
    if wanted.created_from is not None:
        statement = statement.where(orders.c.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        statement = statement.where(orders.c.created_at < wanted.created_to)
    if wanted.store is not None:
        store_id = store_id_of(connection, wanted.store)
        statement = statement.where(
            exists().where(reservations.c.claim_id == orders.c.id, reservations.c.store_id == store_id)
        )
    if wanted.sku is not None:
        statement = statement.where(orders.c.id.in_(_order_ids_of(connection, wanted.sku)))
    if wanted.q:
        statement = statement.where(_mentions(wanted.q))
    return statement


def _order_ids_of(connection: Connection, sku: str) -> Select[Any]:
    """Orders of a variant, found by the ledger's own key: a line that claimed stock has left a movement."""
    called = variants.c.id if looks_like_id(sku) else variants.c.sku
    variant_id = connection.execute(select(variants.c.id).where(called == sku)).scalar()
    if variant_id is None:
        raise VariantNotFound(sku)
    stocked = select(stores.c.id)
    return select(movements.c.order_id).where(
        movements.c.store_id.in_(stocked),
        movements.c.variant_id == variant_id,
        movements.c.kind.in_(("hold", "reserve")),
        movements.c.order_id.is_not(None),
    )


def _mentions(text: str) -> Any:
    """The order's number, reference, or customer has the text in it."""
    columns = (orders.c.reference, orders.c.customer_id, orders.c.customer_name, orders.c.customer_email)
    return or_(orders.c.number == text.removeprefix("#"), mentions(text, *columns))
