"""Money that goes back: never more than came. A refund moves no goods, and goods that come back refund nothing."""

from decimal import Decimal
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Order, Payment, Refund
from onhand.trade import dues, money, orders
from onhand.trade.errors import InvalidTransition, PaymentNotFound, RefundExceedsCaptured, ValidationFailed


class RefundPayment(NamedTuple):
    """Record that so much of a payment has gone back, in the payment's own currency."""

    payment_id: str
    amount: Decimal
    reason: str


class Refunded(NamedTuple):
    """A refund, and its order and payment after it, with every refund of that payment."""

    refund: Refund
    order: Order
    payment: Payment
    refunds: tuple[Refund, ...]


def needs_to_refund(command: RefundPayment) -> Needs:
    return Needs(payments=(command.payment_id,), order_parts=(Payment, Refund))


def refund(books: Books, command: RefundPayment, actor: Actor) -> Refunded:
    """Raises PaymentNotFound, RefundExceedsCaptured, InvalidTransition, ValidationFailed."""
    order = books.orders.get(books.payment_orders.get(command.payment_id))
    if order is None:
        raise PaymentNotFound(command.payment_id)
    payment = next(each for each in dues.payments_of(books, order) if each.payment_id == command.payment_id)
    if payment.state == "charged_back":
        words = "Cannot refund a payment that was charged back"
        raise InvalidTransition(words, present="charged_back", wanted="refunded")
    amount = money.minor(command.amount, payment.currency, "amount")
    if amount <= 0:
        raise ValidationFailed(("amount", "more than nothing"))
    captured = payment.amount if payment.state == "captured" else 0
    if payment.refunded + amount > captured:
        requested, whole, gone = (
            f"{money.amount(minor, payment.currency):f}" for minor in (amount, captured, payment.refunded)
        )
        raise RefundExceedsCaptured(
            payment_id=payment.payment_id, requested=requested, captured=whole, refunded=gone, currency=payment.currency
        )
    return give_back(books, order, payment, amount, command.reason, actor)


def give_back(books: Books, order: Order, payment: Payment, amount: int, reason: str, actor: Actor) -> Refunded:
    """Write a refund that is within what was captured, and tell it.

    Of an order in review whose money has all gone back nothing is left to decide: it is cancelled.
    """
    payment = books.shelves[Payment].put(payment._replace(refunded=payment.refunded + amount, updated_at=books.now))
    number = len(dues.refunds_of(books, order)) + 1
    written = books.shelves[Refund].put(
        Refund(order.id, number, payment.payment_id, payment.currency, amount, reason, actor.name, books.now)
    )
    payments = dues.payments_of(books, order)
    status = dues.payment_status(order, payments)
    told = {
        **dues.told(payment),
        "refund": number,
        "refund_amount": str(money.amount(amount, payment.currency)),
        "reason": reason,
        "payment_status": status,
    }
    order = orders.move(books, order, order.status, "payment.refunded", actor, told, payment_status=status)
    if order.status == "payment_review" and not _has_money(payments):
        order = orders.call_off(books, order, "refunded", actor)
    of_payment = tuple(each for each in dues.refunds_of(books, order) if each.payment_id == payment.payment_id)
    return Refunded(written, order, payment, of_payment)


def _has_money(payments: list[Payment]) -> bool:
    return any(each.refunded < each.amount for each in dues.captured(payments, "order", "review"))
