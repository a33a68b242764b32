"""Orders in review: a person decides what becomes of their money and their goods.

refund           the order is cancelled, and its money is due to go back
retry            take the stock again, all of it, and confirm
backorder        take what is there, let the rest wait, and confirm
accept_amount    take what was paid for what was owed, and confirm
"""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Order, Payment, Waiting
from onhand.trade import dues, orders, revival
from onhand.trade.errors import InvalidTransition
from onhand.trade.orders import OrderPicture

DECISIONS = ("refund", "retry", "backorder", "accept_amount")


class ResolveReview(NamedTuple):
    order: str
    decision: str
    note: str | None = None


def needs_to_resolve(command: ResolveReview) -> Needs:
    return Needs(orders=(command.order,), revived=(command.order,), order_parts=(Payment, Waiting))


def resolve(books: Books, command: ResolveReview, actor: Actor) -> OrderPicture:
    """Raises OrderNotFound, InvalidTransition when nothing is in review, InsufficientStock."""
    order = orders.find(books, command.order)
    payments = dues.payments_of(books, order)
    if order.status != "payment_review" and not dues.captured(payments, "review"):
        raise orders.refuse(order, "confirmed", "resolve the review of")
    told = {"decision": command.decision, "note": command.note}
    order = orders.move(books, order, order.status, "order.review_resolved", actor, told)
    if command.decision == "refund":
        return orders.picture(books, _refund(books, order, actor))
    if command.decision != "accept_amount" and dues.paid_in(order, payments, "order", "review") < order.total:
        words = "The order is not paid in full: accept the amount, or refund it"
        raise InvalidTransition(words, present=order.status, wanted="confirmed")
    order = _pays_for_order(books, order, actor)
    if order.status == "payment_review":
        wanted = revival.plan_again(books, order, actor)
        if command.decision != "backorder":
            revival.refuse_shortages(books, wanted)
        order = revival.confirm(books, order, wanted, actor)
    return orders.picture(books, order)


def _refund(books: Books, order: Order, actor: Actor) -> Order:
    if order.status == "payment_review":
        return orders.call_off(books, order, "refund", actor)
    return orders.tell_refunds_due(books, order, dues.turn(books, order, ("review",), "refund", "refused"), actor)


def _pays_for_order(books: Books, order: Order, actor: Actor) -> Order:
    """What is in review pays for the order: one payment that is right alone, else as many as it takes. The rest is due
    to go back.
    """
    payments = dues.payments_of(books, order)
    in_review = dues.captured(payments, "review")
    owed = order.total - dues.paid_in(order, payments, "order")
    right = [each for each in in_review if (each.currency, each.amount) == (order.currency, owed)]
    surplus = []
    for payment in right + [each for each in in_review if each not in right]:
        if owed > 0:
            books.shelves[Payment].put(payment._replace(standing="order", reason=None, updated_at=books.now))
            # Money of another currency was accepted for whatever was owed.
            owed -= payment.amount if payment.currency == order.currency else owed
        else:
            back = payment._replace(standing="refund", reason="paid_twice", updated_at=books.now)
            surplus.append(books.shelves[Payment].put(back))
    status = dues.payment_status(order, dues.payments_of(books, order))
    order = books.orders.put(order._replace(payment_status=status))
    return orders.tell_refunds_due(books, order, surplus, actor)
