"""What providers and named persons say about money, and what it does to orders.

Messages come late, twice, out of order and at the same moment from several sides. What makes one happen once is its
key, (provider, event id); what makes a payment count once is its own state, which only goes forward:

    pending → failed | captured → charged_back            failed → captured      (the customer tried again)

A payment that is right (what is owed, in the order's currency) confirms its order. When the hold has run out, the
stock is taken again, or by the policy of the shop the order waits, is refunded, or goes to review (revival.py). One
that is not right goes to review; what comes on top of a paid order is due to go back.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs, Shelf
from onhand.rows import Order, Payment, PaymentMessage, Refund, Waiting
from onhand.trade import dues, money, orders, refunds, revival
from onhand.trade.durations import MINUTE
from onhand.trade.errors import AlreadyExists, ValidationFailed

KINDS = ("paid", "pending", "failed", "cancelled", "charged_back", "reinstated", "refunded")
OUTCOMES = (
    "confirmed",
    "released",
    "pinned",
    "payment_review",
    "refund_due",
    "charged_back",
    "repeated",
    "unknown_order",
    "ignored",
)


class PaymentReported(NamedTuple):
    """A verified message about a payment. `order` is an id or a number, or None where the payment tells it.

    `amount` is what the message is about; of a refund, all that has gone back of the payment so far. `raw` is kept for
    audit, without secrets and card data.
    """

    provider: str
    event_id: str
    kind: str
    payment_id: str
    order: str | None
    amount: Decimal | None = None
    currency: str | None = None
    method: str | None = None
    raw: str = ""


class Reported(NamedTuple):
    """What a message came to: one of `OUTCOMES`, why, and the order and payment after it."""

    outcome: str
    note: str | None = None
    order: Order | None = None
    payment: Payment | None = None


def needs_to_report(command: PaymentReported) -> Needs:
    named = (command.order,) if command.order else ()
    return Needs(
        orders=named,
        payments=(command.payment_id,),
        messages=((command.provider, command.event_id),),
        revived=named,
        order_parts=(Payment, Refund, Waiting),
    )


def report(books: Books, command: PaymentReported, actor: Actor) -> Reported:
    """Take a message in. Again: "repeated", and nothing changes. Raises ValidationFailed for what is no amount."""
    messages = books.shelves[PaymentMessage]
    order = _order_of(books, command)
    if messages.get((command.provider, command.event_id)) is not None:
        return Reported("repeated", None, order, _find(books, order, command.payment_id))
    if order is None:
        told = {"provider": command.provider, "payment_id": command.payment_id, "order": command.order}
        subject = f"payment_message/{command.provider}/{command.event_id}"
        books.tell(subject, 1, "payment.unknown_order", actor, {**told, "kind": command.kind})
        came_to = Reported("unknown_order")
    elif books.payment_orders.get(command.payment_id, order.id) != order.id:
        told = {"payment_id": command.payment_id, "provider": command.provider, "reason": "payment of another order"}
        orders.move(books, order, order.status, "payment.ignored", actor, told)
        came_to = Reported("ignored", "the payment belongs to another order", order)
    else:
        came_to = _DEEDS[command.kind](_Case(books, command, actor, order, _find(books, order, command.payment_id)))
    messages.put(
        PaymentMessage(
            provider=command.provider,
            event_id=command.event_id,
            kind=command.kind,
            payment_id=command.payment_id,
            order_reference=command.order,
            order_id=order.id if order else None,
            amount=f"{command.amount:f}" if command.amount is not None else None,
            currency=command.currency,
            outcome=came_to.outcome,
            note=came_to.note,
            raw=command.raw,
            actor=actor.name,
            received_at=books.now,
        )
    )
    if order is None:
        return came_to
    return came_to._replace(order=books.orders[order.id], payment=_find(books, order, command.payment_id))


def _order_of(books: Books, command: PaymentReported) -> Order | None:
    if command.order is not None:
        return books.orders.get(books.order_ids.get(command.order, command.order))
    return books.orders.get(books.payment_orders.get(command.payment_id))


def _find(books: Books, order: Order | None, payment_id: str) -> Payment | None:
    if order is None:
        return None
    return next((each for each in dues.payments_of(books, order) if each.payment_id == payment_id), None)


class _Case(NamedTuple):
    """One message about one payment of one order. `known` is the payment as it was, if it was heard of before."""

    books: Books
    command: PaymentReported
    actor: Actor
    order: Order
    known: Payment | None

    def write(self, state: str, standing: str | None = None, reason: str | None = None) -> Payment:
        """The payment in its new state, with the amount that the message names."""
        books, command, known = self.books, self.command, self.known
        currency = command.currency or (known.currency if known else self.order.currency)
        money.known_currency(currency)
        amount = known.amount if known else 0
        if command.amount is not None and (known is None or known.state in ("pending", "failed")):
            amount = money.minor(command.amount, currency, "amount")
        changes: dict[str, Any] = {
            "state": state,
            "standing": standing,
            "reason": reason,
            "updated_at": books.now,
            "currency": currency,
            "amount": amount,
        }
        shelf: Shelf[Payment] = books.shelves[Payment]
        if known is not None:
            return shelf.put(known._replace(method=command.method or known.method, **changes))
        books.note(books.payment_orders, command.payment_id, self.order.id)
        return shelf.put(
            Payment(
                order_id=self.order.id,
                payment=len(dues.payments_of(books, self.order)) + 1,
                payment_id=command.payment_id,
                provider=command.provider,
                method=command.method,
                refunded=0,
                actor=self.actor.name,
                created_at=books.now,
                **changes,
            )
        )

    def tell(self, event: str, payment: Payment, **changes: Any) -> Order:
        """Tell a fact about the payment, with the order's standing after it."""
        order = self.books.orders[self.order.id]
        status = dues.payment_status(order, dues.payments_of(self.books, order))
        told = {**dues.told(payment), "method": payment.method, "payment_status": status}
        return orders.move(self.books, order, order.status, event, self.actor, told, payment_status=status, **changes)


# ── Paid ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _paid(case: _Case) -> Reported:
    known, order = case.known, case.order
    if known is not None and known.state == "captured":
        return Reported("repeated")
    if known is not None and known.state == "charged_back":
        return Reported("ignored", "the payment was charged back")
    payments = dues.payments_of(case.books, order)
    owed = order.total - dues.paid_in(order, payments, "order")
    is_right = _is(case, owed)
    if order.status == "payment_review":
        in_review = dues.paid_in(order, payments, "review")
        return _is_due_back(case, "paid_twice") if in_review >= order.total else _goes_to_review(case)
    if order.status == "cancelled" and not orders.is_revivable(order):
        return _is_due_back(case, "order_cancelled")
    if order.status in ("pending", "cancelled"):
        return _settles(case) if is_right else _goes_to_review(case)
    if owed <= 0:
        return _is_due_back(case, "paid_twice")
    if not is_right:
        return _goes_to_review(case)
    case.tell("payment.received", case.write("captured", "order"))
    return Reported("confirmed")


def _is(case: _Case, owed: int) -> bool:
    """The message is about exactly what is owed."""
    command, currency = case.command, case.order.currency
    return command.currency == currency and command.amount == money.amount(owed, currency)


def _settles(case: _Case) -> Reported:
    """The right amount for an order that has waited for it, or that has ended because it did not come."""
    books, actor = case.books, case.actor
    order = case.tell("payment.received", case.write("captured", "order"))
    if order.status == "pending":
        orders.reserve_held(books, order, actor)
        return Reported("confirmed")
    late = revival.revive(books, order, actor, books.policy.on_late_payment)
    return Reported(late, None if late == "confirmed" else "paid too late, and the stock is gone")


def _goes_to_review(case: _Case) -> Reported:
    """Not what was owed, or in another currency: kept, and somebody decides. What the order holds, it keeps."""
    payment = case.write("captured", "review", "amount_differs")
    order = case.tell("payment.received", payment)
    told = {**dues.told(payment), "reason": "amount_differs"}
    if order.status in ("pending", "cancelled"):
        revival.put_in_review(case.books, order, told, case.actor)
    else:
        orders.move(case.books, order, order.status, "payment.in_review", case.actor, told)
    return Reported("payment_review", "the amount or the currency differs")


def _is_due_back(case: _Case, reason: str) -> Reported:
    payment = case.write("captured", "refund", reason)
    order = case.tell("payment.received", payment)
    told = {**dues.told(payment), "reason": reason}
    orders.move(case.books, order, order.status, "payment.refund_due", case.actor, told)
    return Reported("refund_due", reason.replace("_", " "))


# ── Not paid, or not any more ───────────────────────────────────────────────────────────────────────────────────────


def _pending(case: _Case) -> Reported:
    """The customer is paying: the hold is kept while the payment window is open, counted from the first try."""
    if case.known is not None:
        return _heard_too_late(case, "pending")
    books, order = case.books, case.order
    payment = case.write("pending")
    tries = dues.payments_of(books, order)
    if order.status != "pending" or order.hold_expires_at is None:
        case.tell("payment.pending", payment)
        return Reported("ignored", f"the order is {order.status}")
    window = round(books.policy.payment_window_minutes * MINUTE)
    until = max(order.hold_expires_at, min(each.created_at for each in tries) + window)
    case.tell("payment.pending", payment, hold_expires_at=until)
    return Reported("pinned")


def _failed(case: _Case) -> Reported:
    """The hold is released, unless the shop keeps it until it expires, or the customer is paying another way."""
    if case.known is not None and case.known.state != "pending":
        return _heard_too_late(case, "failed")
    books = case.books
    order = case.tell("payment.failed", case.write("failed", reason=case.command.kind))
    if order.status != "pending":
        return Reported("ignored", f"the order is {order.status}")
    if any(each.state == "pending" for each in dues.payments_of(books, order)):
        return Reported("ignored", "another payment is under way")
    if books.policy.on_payment_failed == "keep":
        return Reported("ignored", "the hold is kept until it expires")
    orders.call_off(books, order, orders.PAYMENT_FAILED, case.actor, orders.PAYMENT_FAILED)
    return Reported("released")


def _heard_too_late(case: _Case, state: str) -> Reported:
    assert case.known is not None
    if case.known.state == state:
        return Reported("repeated")
    return Reported("ignored", f"the payment is {case.known.state} already")


def _charged_back(case: _Case) -> Reported:
    """The bank took the money back. Nothing more of the order is shipped; what to do about it is for a person."""
    known = case.known
    if known is not None and known.state == "charged_back":
        return Reported("repeated")
    standing = known.standing if known else None
    case.tell("payment.charged_back", case.write("charged_back", standing, known.reason if known else None))
    return Reported("charged_back")


def _reinstated(case: _Case) -> Reported:
    """The bank gave the money back: the payment stands where it stood."""
    known = case.known
    if known is None or known.state != "charged_back" or known.standing is None:
        return Reported("ignored", "there is no charge-back of a captured payment")
    case.tell("payment.reinstated", case.write("captured", known.standing, known.reason))
    return Reported("confirmed" if known.standing == "order" else "ignored", "the charge-back was reversed")


def _refunded(case: _Case) -> Reported:
    """The provider gave money back. What was recorded here before is part of it."""
    known, command = case.known, case.command
    if known is None or known.state != "captured" or command.amount is None or command.currency != known.currency:
        return Reported("ignored", "there is no captured payment in that currency")
    back = money.minor(command.amount, known.currency, "amount")
    if back > known.amount:
        return Reported("ignored", "more than was captured")
    if back <= known.refunded:
        return Reported("repeated")
    reason = f"Refunded at {command.provider}"
    refunds.give_back(case.books, case.order, known, back - known.refunded, reason, case.actor)
    return Reported("ignored", "a refund was recorded; refunds move no goods")


_DEEDS: Mapping[str, Callable[[_Case], Reported]] = {
    "paid": _paid,
    "pending": _pending,
    "failed": _failed,
    "cancelled": _failed,
    "charged_back": _charged_back,
    "reinstated": _reinstated,
    "refunded": _refunded,
}


# ── A named person's word ───────────────────────────────────────────────────────────────────────────────────────────


class RecordPayment(NamedTuple):
    """A person says that an order was paid: cash, a bank transfer, a card at the till. Again: the same answer."""

    order: str
    payment_id: str
    amount: Decimal
    currency: str
    method: str


def needs_to_record(command: RecordPayment) -> Needs:
    return needs_to_report(_as_reported(command))


def record(books: Books, command: RecordPayment, actor: Actor) -> Reported:
    """Raises OrderNotFound, AlreadyExists when the payment is another one's or another one, ValidationFailed."""
    order = orders.find(books, command.order)
    if books.payment_orders.get(command.payment_id, order.id) != order.id:
        raise AlreadyExists("payment", command.payment_id)
    known = _find(books, order, command.payment_id)
    money.known_currency(command.currency)
    if command.amount <= 0:
        raise ValidationFailed(("amount", "more than nothing"))
    if known is not None and known.state in ("captured", "charged_back"):
        same = (known.amount, known.currency) == (
            money.minor(command.amount, command.currency, "amount"),
            command.currency,
        )
        if not same:
            raise AlreadyExists("payment", command.payment_id)
        return Reported("repeated", None, order, known)
    return report(books, _as_reported(command), actor)


def _as_reported(command: RecordPayment) -> PaymentReported:
    said = command._asdict() | {"amount": str(command.amount)}
    return PaymentReported(
        provider=dues.PERSON,
        event_id=command.payment_id,
        kind="paid",
        payment_id=command.payment_id,
        order=command.order,
        amount=command.amount,
        currency=command.currency,
        method=command.method,
        raw=json.dumps(said),
    )
