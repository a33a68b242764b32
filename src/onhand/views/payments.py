"""Payments as answers: of an order, and of all orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select

from onhand.clock import as_datetime
from onhand.db import payments as tables
from onhand.db.schema import orders
from onhand.rows import Payment, Refund
from onhand.trade import dues, money
from onhand.trade.amend import Amended
from onhand.trade.payments import Reported
from onhand.trade.refunds import Refunded
from onhand.views.answers import fields_of
from onhand.views.orders import OrderAnswer, find_row, order_answer
from onhand.views.pages import Page, after, page


@dataclass(slots=True)
class RefundAnswer:
    """Money of a payment that went back."""

    refund: int
    amount: Decimal
    currency: str
    reason: str
    actor: str
    created_at: datetime


@dataclass(slots=True)
class PaymentAnswer:
    """A payment of an order. `reason` says why it is in review or due to go back; `refundable` is what has not yet."""

    payment_id: str
    order_id: str
    number: str
    provider: str
    method: str | None
    status: str
    amount: Decimal
    currency: str
    refunded: Decimal
    refundable: Decimal
    reason: str | None
    actor: str
    created_at: datetime
    updated_at: datetime
    refunds: list[RefundAnswer]


def payment_answer(payment: Payment, number: str, refunds: Iterable[Refund]) -> PaymentAnswer:
    """`number` is the order's; `refunds` may be of other payments too."""
    captured = payment.amount if payment.state == "captured" else payment.refunded
    return PaymentAnswer(
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        number=number,
        provider=payment.provider,
        method=payment.method,
        status=dues.status_of(payment),
        amount=money.amount(payment.amount, payment.currency),
        currency=payment.currency,
        refunded=money.amount(payment.refunded, payment.currency),
        refundable=money.amount(captured - payment.refunded, payment.currency),
        reason=payment.reason,
        actor=payment.actor,
        created_at=as_datetime(payment.created_at),
        updated_at=as_datetime(payment.updated_at),
        refunds=[_refund_answer(refund) for refund in refunds if refund.payment_id == payment.payment_id],
    )


def _refund_answer(refund: Refund) -> RefundAnswer:
    return RefundAnswer(
        refund=refund.refund,
        amount=money.amount(refund.amount, refund.currency),
        currency=refund.currency,
        reason=refund.reason,
        actor=refund.actor,
        created_at=as_datetime(refund.refunded_at),
    )


@dataclass(slots=True)
class RecordedPayment(PaymentAnswer):
    """A payment that was recorded, what that came to, and how the order stands after it."""

    outcome: str
    order_status: str
    payment_status: str


def recorded_payment(reported: Reported) -> RecordedPayment:
    assert reported.order is not None
    assert reported.payment is not None
    return RecordedPayment(
        **fields_of(payment_answer(reported.payment, reported.order.number, ())),
        outcome=reported.outcome,
        order_status=reported.order.status,
        payment_status=reported.order.payment_status,
    )


@dataclass(slots=True)
class RefundedPayment(PaymentAnswer):
    """A payment of which something went back, and what that was."""

    refund: RefundAnswer
    payment_status: str


def refunded_payment(refunded: Refunded) -> RefundedPayment:
    return RefundedPayment(
        **fields_of(payment_answer(refunded.payment, refunded.order.number, refunded.refunds)),
        refund=_refund_answer(refunded.refund),
        payment_status=refunded.order.payment_status,
    )


@dataclass(slots=True)
class AmendedOrder(OrderAnswer):
    """An order after it was amended.

    `payment_difference` is what it costs more (or less) than before; `balance_due` what it costs more (or less) than
    was paid.
    """

    payment_difference: Decimal
    balance_due: Decimal


def amended_order(amended: Amended, now: int) -> AmendedOrder:
    order = amended.picture.order
    return AmendedOrder(
        **fields_of(order_answer(amended.picture, now)),
        payment_difference=money.amount(order.total - amended.total_before, order.currency),
        balance_due=money.amount(order.total - amended.paid, order.currency),
    )


# ── Many ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class PaymentFilter(NamedTuple):
    """What a list of payments is narrowed to. `status` is one of `dues.STATUSES`."""

    status: str | None = None
    provider: str | None = None
    order: str | None = None


def payments_of_order(connection: Connection, reference: str) -> Page[PaymentAnswer]:
    """The payments of the order of that id or number, oldest first. Raises OrderNotFound."""
    order = find_row(connection, reference)
    p = tables.payments
    rows = connection.execute(select(p).where(p.c.order_id == order.id).order_by(p.c.payment))
    return Page(_answers(connection, [Payment._make(row) for row in rows]), None)


def list_payments(connection: Connection, wanted: PaymentFilter, limit: int, cursor: str | None) -> Page[PaymentAnswer]:
    """Payments, oldest first: what is due or undecided for longest comes first. Raises OrderNotFound."""
    p = tables.payments.c
    statement = select(tables.payments)
    if wanted.status is not None:
        statement = statement.where(_has_status(wanted.status))
    if wanted.provider is not None:
        statement = statement.where(p.provider == wanted.provider)
    if wanted.order is not None:
        statement = statement.where(p.order_id == find_row(connection, wanted.order).id)
    columns = (p.created_at, p.order_id, p.payment)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=False))
    rows = connection.execute(statement.order_by(*columns).limit(limit + 1)).all()
    found: Page[Payment] = page(
        rows, limit, lambda row: (row.created_at, row.order_id, row.payment), lambda row: Payment(*row)
    )
    return Page(_answers(connection, found.data), found.next_cursor)


def _has_status(status: str) -> ColumnElement[bool]:
    """`dues.status_of`, as a question."""
    p = tables.payments.c
    if status in ("pending", "failed", "charged_back"):
        return p.state == status
    if status == "refunded":
        return and_(p.state == "captured", p.amount > 0, p.refunded == p.amount)
    is_open = and_(p.state == "captured", p.refunded < p.amount)
    if status == "captured":
        return and_(p.state == "captured", p.standing == "order", p.refunded == 0)
    if status == "partially_refunded":
        return and_(is_open, p.standing == "order", p.refunded > 0)
    return and_(is_open, p.standing == {"payment_review": "review", "refund_due": "refund"}[status])


def _answers(connection: Connection, payments: Sequence[Payment]) -> list[PaymentAnswer]:
    ids = sorted({payment.order_id for payment in payments})
    numbers = {
        row.id: row.number
        for row in connection.execute(select(orders.c.id, orders.c.number).where(orders.c.id.in_(ids)))
    }
    r = tables.refunds
    refunds: dict[str, list[Refund]] = {}
    for row in connection.execute(select(r).where(r.c.order_id.in_(ids)).order_by(r.c.order_id, r.c.refund)):
        refunds.setdefault(row.order_id, []).append(Refund._make(row))
    return [
        payment_answer(payment, numbers[payment.order_id], refunds.get(payment.order_id, ())) for payment in payments
    ]
