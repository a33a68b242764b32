"""Money against itself: what was captured, refunded and said about each payment, and what each order costs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from onhand.db import payments, schema
from onhand.rows import Order, Payment
from onhand.trade import dues
from onhand.views.verify.findings import Findings

_O, _L = schema.orders.c, schema.order_lines.c
_ORDERS = select(schema.orders).order_by(_O.id)
_LINES = select(_L.order_id, func.sum(_L.total)).group_by(_L.order_id).order_by(_L.order_id)
_P = payments.payments.c
_PAYMENTS = select(payments.payments).order_by(_P.order_id, _P.payment)
_R = payments.refunds.c
_REFUNDS = select(_R.order_id, _R.payment_id, _R.currency, _R.amount).order_by(_R.order_id, _R.refund)
_M = payments.payment_messages.c
_SAID = (
    select(_M.order_id, _M.payment_id)
    .where(_M.kind == "paid", _M.order_id.is_not(None))
    .distinct()
    .order_by(_M.order_id, _M.payment_id)
)
_MESSAGES = select(func.count()).select_from(payments.payment_messages)
_SHARED = select(_P.payment_id, func.count()).group_by(_P.payment_id).having(func.count() > 1)
_ASTRAY = (
    select(_M.provider, _M.event_id, _M.payment_id)
    .join(payments.payments, _P.payment_id == _M.payment_id)
    .where(_M.order_id != _P.order_id, _M.outcome != "ignored")
)
_E = schema.events.c
_TOLD = (
    select(_E.subject, _E.type, func.count())
    .where(_E.type.in_(("payment.received", "payment.refunded")))
    .group_by(_E.subject, _E.type)
)


def check_payments(findings: Findings) -> None:
    """Invariants 9, 10 and 15 of money, and that every total is the sum of its parts."""
    lines = findings.walk(_LINES, "8", "lines", "order")
    paid = findings.walk(_PAYMENTS, "10", "payments", "order")
    back = findings.walk(_REFUNDS, "10", "refunds", "order")
    said = findings.walk(_SAID, "15", "messages", "order")
    told = {(subject, type_): count for subject, type_, count in findings.read(_TOLD)}
    for row in findings.read(_ORDERS):
        order = Order._make(row)
        findings.checked["money"] += 1
        total = sum(int(each[1]) for each in lines.of(order.id)) - order.discount + order.shipping + order.tax
        if order.total != total:
            findings.broke("money", f"order {order.number}", f"it costs {order.total}; its parts make {total}")
        of_order = [Payment._make(each) for each in paid.of(order.id)]
        refunds = list(back.of(order.id))
        spoken = {payment_id for _, payment_id in said.of(order.id)}
        _check_payments(findings, order, of_order, refunds, spoken)
        received = sum(payment.standing is not None and payment.provider != dues.TILL for payment in of_order)
        for type_, there in (("payment.received", received), ("payment.refunded", len(refunds))):
            findings.checked["9"] += 1
            if told.get((f"order/{order.id}", type_), 0) != there:
                times = told.get((f"order/{order.id}", type_), 0)
                findings.broke("9", f"order {order.number}", f"{type_} was told {times} times, of {there}")
    for walk in (lines, paid, back, said):
        walk.end()
    _check_names(findings)


def _check_payments(
    findings: Findings, order: Order, of_order: Sequence[Payment], refunds: Sequence[Sequence[Any]], said: set[str]
) -> None:
    gone: Counter[tuple[str, str]] = Counter()
    for _, payment_id, currency, amount in refunds:
        gone[payment_id, currency] += amount
    for payment in of_order:
        findings.checked["10"] += 1
        name = f"payment {payment.payment_id} of order {order.number}"
        refunded = gone.pop((payment.payment_id, payment.currency), 0)
        if refunded != payment.refunded or refunded > payment.amount:
            findings.broke("10", name, f"{payment.refunded} of {payment.amount} went back; its refunds are {refunded}")
        if payment.standing is not None and payment.provider != dues.TILL and payment.payment_id not in said:
            findings.broke("10", name, "it was captured, and nobody has said so")
        _check_place(findings, order, payment, name)
    for payment_id, currency in gone:
        findings.broke("10", f"order {order.number}", f"{currency} were refunded of {payment_id}, which is no payment")
    if of_order and order.payment_status != dues.payment_status(order, of_order):
        should = dues.payment_status(order, of_order)
        findings.broke("10", f"order {order.number}", f"it is {order.payment_status}; its payments make it {should}")
    if not of_order and order.payment_status != "unpaid":
        findings.broke("10", f"order {order.number}", f"it is {order.payment_status}, by no payment")


def _check_place(findings: Findings, order: Order, payment: Payment, name: str) -> None:
    """Money that is here pays for an order that lives, is looked into, or is due to go back."""
    findings.checked["money"] += 1
    if payment.state != "captured" or payment.refunded == payment.amount:
        return
    homeless = {"cancelled": ("order", "review"), "payment_review": ("order",)}.get(order.status, ())
    if payment.standing in homeless:
        findings.broke("money", name, f"it stands for {payment.standing}, and the order is {order.status}")


def _check_names(findings: Findings) -> None:
    """That a message was heard once is its own key; whose it is, is checked here."""
    findings.checked["15"] += next(findings.read(_MESSAGES))[0]
    for payment_id, count in findings.read(_SHARED):
        findings.broke("15", f"payment {payment_id}", f"it is there {count} times")
    for provider, event_id, payment_id in findings.read(_ASTRAY):
        findings.broke("15", f"message {event_id} of {provider}", f"payment {payment_id} belongs to another order")
