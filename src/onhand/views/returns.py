"""Returns as answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from onhand.clock import as_datetime
from onhand.db.documents import requested_returns
from onhand.db.schema import orders, return_lines, returns
from onhand.rows import Order, RequestedReturn, Return, ReturnLine
from onhand.trade import allocation, money
from onhand.trade.orders import OrderPicture
from onhand.trade.returns import Returned
from onhand.views.answers import fields_of
from onhand.views.documents import DocumentFilter, find_document, list_documents
from onhand.views.orders import OrderAnswer, order_answer, pictures_of
from onhand.views.pages import Page


@dataclass(slots=True)
class ReturnedItem:
    """Units of one order line that came back in one condition, and where. Of a kit: its components."""

    line: int
    sku: str
    quantity: int
    condition: str
    store: str


@dataclass(slots=True)
class ReturnedOrder(OrderAnswer):
    """An order after a return, and what came back. The refund is an amount to remember, not a payment."""

    return_id: str
    return_number: str
    return_status: str
    return_reason: str
    return_items: list[ReturnedItem]
    refund_amount: Decimal | None
    processed_by: str | None


def returned_order(returned: Returned, now: int) -> ReturnedOrder:
    picture = returned.picture
    return ReturnedOrder(
        **fields_of(order_answer(picture, now)),
        return_id=returned.return_.id,
        return_number=returned.return_.number,
        return_status=returned.return_.status,
        return_reason=returned.return_.reason,
        return_items=_items(returned.lines, picture),
        refund_amount=_refund(returned.return_, picture.order),
        processed_by=returned.return_.processed_by,
    )


def _items(lines: Sequence[ReturnLine], picture: OrderPicture) -> list[ReturnedItem]:
    skus = {line.line: line.sku for line in picture.lines}
    return [
        ReturnedItem(
            line.order_line,
            skus[line.order_line],
            line.quantity,
            line.condition,
            picture.stores[line.store_id].code,
        )
        for line in lines
    ]


def _refund(returned: Return, order: Order) -> Decimal | None:
    return None if returned.refund_amount is None else money.amount(returned.refund_amount, order.currency)


# ── Returns as documents ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class ReturnLineAnswer:
    """One order line of a return: what was said would come back, and what did, in units of the line."""

    line: int
    sku: str
    name: str
    requested: int
    received: int
    sellable: int
    damaged: int
    lost: int


@dataclass(slots=True)
class ReturnAnswer:
    """A return: requested, received or cancelled. The refund is an amount to remember, not a payment.

    `store` is where the goods came back; null: to the stores that had shipped them. `items` are what went where, of a
    kit its components.
    """

    id: str
    number: str
    status: str
    order_id: str
    order_number: str
    reason: str
    store: str | None
    lines: list[ReturnLineAnswer]
    items: list[ReturnedItem]
    refund_amount: Decimal | None
    currency: str
    processed_by: str | None
    actor: str
    created_at: datetime
    updated_at: datetime


def return_answer(returned: Returned) -> ReturnAnswer:
    head, picture = returned.return_, returned.picture
    return ReturnAnswer(
        id=head.id,
        number=head.number,
        status=head.status,
        order_id=head.order_id,
        order_number=picture.order.number,
        reason=head.reason,
        store=picture.stores[head.store_id].code if head.store_id else None,
        lines=_lines(returned),
        items=_items(returned.lines, picture),
        refund_amount=_refund(head, picture.order),
        currency=picture.order.currency,
        processed_by=head.processed_by,
        actor=head.actor,
        created_at=as_datetime(head.created_at),
        updated_at=as_datetime(head.updated_at or head.created_at),
    )


def _lines(returned: Returned) -> list[ReturnLineAnswer]:
    requested: dict[int, int] = {}
    for part in returned.requested:
        requested[part.order_line] = requested.get(part.order_line, 0) + part.quantity
    back: dict[int, dict[str, int]] = {}
    recipes = {
        line.line: allocation.line_recipe(line.variant_id, line.components)[0] for line in returned.picture.lines
    }
    for came in returned.lines:
        variant_id, each = recipes[came.order_line]
        if came.variant_id == variant_id:  # A kit comes back whole, so its first component tells how many.
            by_condition = back.setdefault(came.order_line, {})
            by_condition[came.condition] = by_condition.get(came.condition, 0) + came.quantity // each
    return [
        ReturnLineAnswer(
            line=line.line,
            sku=line.sku,
            name=line.name,
            requested=requested.get(line.line, 0),
            received=sum(back.get(line.line, {}).values()),
            **{condition: back.get(line.line, {}).get(condition, 0) for condition in ("sellable", "damaged", "lost")},
        )
        for line in returned.picture.lines
        if line.line in requested or line.line in back
    ]


def find_return(connection: Connection, reference: str) -> ReturnAnswer:
    """The return of that id or number. Raises ReturnNotFound."""
    return _answers(connection, [find_document(connection, Return, reference)])[0]


def list_returns(connection: Connection, wanted: DocumentFilter, limit: int, cursor: str | None) -> Page[ReturnAnswer]:
    """Returns, newest first."""
    return list_documents(connection, Return, wanted, limit, cursor, lambda heads: _answers(connection, heads))


def returns_of_order(connection: Connection, order_id: str) -> list[ReturnAnswer]:
    """All returns of an order, the first one first."""
    r = returns.c
    found = connection.execute(select(returns).where(r.order_id == order_id).order_by(r.created_at, r.id))
    return _answers(connection, [Return._make(row) for row in found])


def _answers(connection: Connection, heads: Sequence[Return]) -> list[ReturnAnswer]:
    ids = [head.id for head in heads]
    of_orders = sorted({head.order_id for head in heads})
    found = [Order._make(row) for row in connection.execute(select(orders).where(orders.c.id.in_(of_orders)))]
    pictures = {picture.order.id: picture for picture in pictures_of(connection, found)}
    requested: Mapping[str, list[RequestedReturn]] = {id_: [] for id_ in ids}
    r = requested_returns
    for row in connection.execute(select(r).where(r.c.return_id.in_(ids)).order_by(r.c.return_id, r.c.item)):
        requested[row.return_id].append(RequestedReturn._make(row))
    back: Mapping[str, list[ReturnLine]] = {id_: [] for id_ in ids}
    b = return_lines
    for row in connection.execute(select(b).where(b.c.return_id.in_(ids)).order_by(b.c.return_id, b.c.item)):
        back[row.return_id].append(ReturnLine._make(row))
    return [
        return_answer(Returned(head, tuple(back[head.id]), pictures[head.order_id], tuple(requested[head.id])))
        for head in heads
    ]
