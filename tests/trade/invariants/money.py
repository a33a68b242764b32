"""What must always be true of money, each as a check over plain rows. Written from the design, not from the code."""

import json
from collections import Counter
from collections.abc import Iterator

from tests.trade.invariants.reading import Books

from onhand.rows import Event, Line, Order, Payment, PaymentMessage, Refund

TAKEN = ("captured", "charged_back")


def totals_are_the_sum_of_their_parts(books: Books) -> Iterator[str]:
    lines: Counter[str] = Counter()
    for line in books[Line]:
        lines[line.order_id] += line.total
        if not line.total >= 0 or line.discount < 0 or line.tax < 0:
            yield f"{line} costs less than nothing"
    for order in books[Order]:
        total = lines[order.id] - order.discount + order.shipping + order.tax
        if order.total != total or total < 0:
            yield f"{order} should cost {total}"


def no_more_goes_back_than_came(books: Books) -> Iterator[str]:
    refunded: Counter[str] = Counter()
    payments = {payment.payment_id: payment for payment in books[Payment]}
    for refund in books[Refund]:
        refunded[refund.payment_id] += refund.amount
        payment = payments.get(refund.payment_id)
        if payment is None or (refund.order_id, refund.currency) != (payment.order_id, payment.currency):
            yield f"{refund} is of no payment of its order"
    for payment in books[Payment]:
        if not payment.refunded == refunded[payment.payment_id] <= payment.amount:
            yield f"{payment} gave back {refunded[payment.payment_id]}"
        if payment.refunded and payment.state not in TAKEN:
            yield f"{payment} gave back what never came"


def a_payment_belongs_to_one_order(books: Books) -> Iterator[str]:
    named = Counter(payment.payment_id for payment in books[Payment])
    yield from (f"payment {payment_id} is there {times} times" for payment_id, times in named.items() if times > 1)
    said = Counter((message.provider, message.event_id) for message in books[PaymentMessage])
    yield from (f"message {key} was heard {times} times" for key, times in said.items() if times > 1)


def money_came_by_a_recorded_word(books: Books) -> Iterator[str]:
    """A verified message, a named person's, or that of whoever placed the order as paid."""
    said = {(message.order_id, message.payment_id) for message in books[PaymentMessage] if message.kind == "paid"}
    received: Counter[str] = Counter()
    for event in books[Event]:
        if event.type == "payment.received":
            received[json.loads(event.data)["payment_id"]] += 1
    for payment in books[Payment]:
        taken = payment.standing is not None
        if taken and payment.provider != "till" and (payment.order_id, payment.payment_id) not in said:
            yield f"{payment} was captured by nobody's word"
        if received[payment.payment_id] != (taken and payment.provider != "till"):
            yield f"{payment} was told as received {received[payment.payment_id]} times"


def money_stands_in_one_place_that_fits_its_order(books: Books) -> Iterator[str]:
    orders = {order.id: order for order in books[Order]}
    kept: Counter[str] = Counter()
    for payment in books[Payment]:
        order = orders[payment.order_id]
        open_money = payment.state == "captured" and payment.refunded < payment.amount
        if open_money and order.status == "cancelled" and payment.standing != "refund":
            yield f"{payment} pays for an order that is cancelled"
        if open_money and order.status == "payment_review" and payment.standing == "order":
            yield f"{payment} pays for an order in review"
        if payment.state == "captured" and payment.standing == "order":
            kept[order.id] += 1
    for order in orders.values():
        if (order.payment_status in ("paid", "partially_refunded")) and not kept[order.id]:
            in_review = any(payment.standing == "review" for payment in books[Payment] if payment.order_id == order.id)
            if not in_review:
                yield f"{order} is paid by nothing"


def what_is_paid_for_is_to_be_had(books: Books) -> Iterator[str]:
    """An order that lives has something that was not given up; one in review knows what was paid."""
    given: Counter[str] = Counter()
    for line in books[Line]:
        given[line.order_id] += line.quantity - line.released
    reviewed = {payment.order_id for payment in books[Payment] if payment.standing == "review"}
    for order in books[Order]:
        if order.status in ("pending", "confirmed", "processing") and not given[order.id]:
            yield f"{order} has nothing to give"
        if order.status == "payment_review" and order.id not in reviewed:
            yield f"{order} is in review for no money"


def an_order_is_confirmed_by_what_it_costs(books: Books) -> Iterator[str]:
    """One message alone confirms an order only when it names its whole total, as long as nothing was amended."""
    amended = {event.subject for event in books[Event] if event.type in ("order.amended", "order.review_resolved")}
    paid: Counter[str] = Counter()
    for payment in books[Payment]:
        if payment.standing == "order":
            paid[payment.order_id] += payment.amount
    for order in books[Order]:
        if f"order/{order.id}" not in amended and paid[order.id] not in (0, order.total):
            yield f"{order} was paid {paid[order.id]}"


CHECKS = [
    what_is_paid_for_is_to_be_had,
    an_order_is_confirmed_by_what_it_costs,
    totals_are_the_sum_of_their_parts,
    no_more_goes_back_than_came,
    a_payment_belongs_to_one_order,
    money_came_by_a_recorded_word,
    money_stands_in_one_place_that_fits_its_order,
]
