"""Money over HTTP, by keys: what was paid, what went back, what is undecided. Providers speak in callbacks.py."""

from typing import Annotated

from fastapi import Path, Query, Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.calls import Call
from onhand.api.orders import answer, items_of
from onhand.api.payment_bodies import AmendBody, PaymentBody, RefundBody, ResolveBody
from onhand.api.queries import OrderRef, PageQuery, PaymentQuery
from onhand.trade import amend, payments, refunds, reviews
from onhand.views import payments as views
from onhand.views.pages import part

PaymentRef = Annotated[str, Path(max_length=255, description="A payment, by its id", examples=["CASH-0017"])]


async def list_payments(call: Call, query: Annotated[PaymentQuery, Query()]) -> Response:
    """List payments, oldest first.

    `status=refund_due` is what has to go back, `status=payment_review` what somebody has to decide on.
    """
    return await call.ask(views.list_payments, query.filter(), query.limit, query.cursor)


async def list_order_payments(call: Call, ref: OrderRef, query: Annotated[PageQuery, Query()]) -> Response:
    """Look at the payments of an order, with their refunds."""
    found = await call.find(views.payments_of_order, ref)
    return json_response(part(found.data, query.limit, query.cursor))


async def record_payment(call: Call, ref: OrderRef, body: PaymentBody) -> Response:
    """Record that an order was paid, by your word.

    It does what a provider's message would: the right amount confirms the order. The same payment again has no second
    effect.
    """
    command = payments.RecordPayment(ref, body.payment_id, body.amount, body.currency, body.method)
    return await call.perform(command, views.recorded_payment, 201)


async def refund_payment(call: Call, payment_id: PaymentRef, body: RefundBody) -> Response:
    """Record that money of a payment went back, all or a part.

    Never more than was captured. It moves no goods, and sends no money: that is done where it was paid.
    """
    command = refunds.RefundPayment(payment_id, body.amount, body.reason)
    return await call.perform(command, views.refunded_payment, 201)


async def resolve_order(call: Call, ref: OrderRef, body: ResolveBody) -> Response:
    """Decide what becomes of an order in `payment_review`.

    `refund` cancels it, and its money is due to go back; `retry` takes the stock again, all of it; `backorder` takes
    what there is, and the rest waits; `accept_amount` takes what was paid for what was owed.
    """
    return await call.perform(reviews.ResolveReview(ref, body.decision, body.note), answer)


async def amend_order(call: Call, ref: OrderRef, body: AmendBody) -> Response:
    """Amend a pending or confirmed order: the items are its whole new list.

    All or nothing: what is more is taken, what is less is given back, and the total is computed again.
    `payment_difference` says what it costs more than before, or less.
    """
    command = amend.AmendOrder(
        ref,
        items_of(body.items),
        body.discount_total,
        body.shipping_total,
        body.tax_total,
        body.expected_total,
    )
    return await call.perform(command, lambda amended: views.amended_order(amended, clock.now()))
