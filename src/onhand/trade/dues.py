"""What an order was paid, and what is due, either way. Captured money stands in exactly one place:

order     it pays for the goods
review    somebody has to decide: the amount differs, or the goods are gone
refund    it is to go back, until all of it has
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onhand.books import Books
from onhand.rows import Order, Payment, Refund
from onhand.trade import money

TILL = "till"
PERSON = "person"
STATUSES = (
    "pending",
    "failed",
    "captured",
    "payment_review",
    "refund_due",
    "partially_refunded",
    "refunded",
    "charged_back",
)
_STANDING_IN = {"order": "captured", "review": "payment_review", "refund": "refund_due"}


def payments_of(books: Books, order: Order) -> list[Payment]:
    """The payments of an order, oldest first. The command has asked for them."""
    shelf = books.shelves[Payment]
    found: list[Payment] = []
    while (payment := shelf.get((order.id, len(found) + 1))) is not None:
        found.append(payment)
    return found


def refunds_of(books: Books, order: Order) -> list[Refund]:
    shelf = books.shelves[Refund]
    found: list[Refund] = []
    while (refund := shelf.get((order.id, len(found) + 1))) is not None:
        found.append(refund)
    return found


def status_of(payment: Payment) -> str:
    """A payment in one word: one of `STATUSES`."""
    if payment.state != "captured":
        return payment.state
    if 0 < payment.amount == payment.refunded:
        return "refunded"
    if payment.refunded and payment.standing == "order":
        return "partially_refunded"
    return _STANDING_IN[payment.standing or "order"]


def captured(payments: Iterable[Payment], *standings: str) -> list[Payment]:
    """The captured payments that stand there."""
    return [payment for payment in payments if payment.state == "captured" and payment.standing in standings]


def paid_in(order: Order, payments: Iterable[Payment], *standings: str) -> int:
    """What stands there in the order's own currency, in minor units, refunds not taken off: those undo no debt."""
    there = captured(payments, *standings)
    return sum(payment.amount for payment in there if payment.currency == order.currency)


def payment_status(order: Order, payments: Sequence[Payment]) -> str:
    """How the order stands with its money, in one word. What was paid twice does not change it."""
    if any(payment.state == "charged_back" and payment.standing != "refund" for payment in payments):
        return "charged_back"
    kept = captured(payments, "order")
    if kept:
        amount, refunded = (
            sum(column) for column in zip(*((each.amount, each.refunded) for each in kept), strict=True)
        )
        if refunded == 0:
            return "paid"
        return "refunded" if refunded == amount else "partially_refunded"
    due = captured(payments, "refund")
    if due:
        return "refund_due" if any(payment.refunded < payment.amount for payment in due) else "refunded"
    in_review = captured(payments, "review")
    if in_review:
        if all(payment.refunded == payment.amount for payment in in_review):
            return "refunded"
        return "paid" if paid_in(order, in_review, "review") >= order.total else "unpaid"
    states = {payment.state for payment in payments}
    return "failed" if states == {"failed"} else "unpaid"


def turn(books: Books, order: Order, standings: Sequence[str], to: str, reason: str | None) -> list[Payment]:
    """Let what is left of the captured money that stands there stand elsewhere; answers the payments that do."""
    return [
        books.shelves[Payment].put(payment._replace(standing=to, reason=reason, updated_at=books.now))
        for payment in captured(payments_of(books, order), *standings)
        if payment.refunded < payment.amount
    ]


def told(payment: Payment) -> Mapping[str, Any]:
    """A payment as events tell it."""
    return {
        "payment_id": payment.payment_id,
        "provider": payment.provider,
        "amount": str(money.amount(payment.amount, payment.currency)),
        "currency": payment.currency,
        "refunded": str(money.amount(payment.refunded, payment.currency)),
    }
