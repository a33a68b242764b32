"""Every state of an order × every message about its money: what it comes to, where the stock is, what is told.

The order is for 2 of 5 mugs, 20.00 USD. `new` messages are about a payment that nobody has heard of; `same` ones about
the payment that brought the order where it is. The same table is in docs/payments.md, in words.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.shop import Shop
from tests.stories.paying import money, order_row, resolves, says, told

from onhand.trade.payments import KINDS

SAME, NEW = "P-1", "P-2"
ON_HOLD, RESERVED, GONE, BACK, SOLD_OUT = (3, 2, 0), (3, 0, 2), (3, 0, 0), (5, 0, 0), (1, 0, 4)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One of the two: what a message comes to is decided before either is asked, and test_payments.py runs on both."""
    return sqlite_url


def placed(shop: Shop) -> Any:
    return shop.order({"MUG": 2})


def pending(shop: Shop) -> Any:
    order = placed(shop)
    says(shop, "pending", order, SAME)
    return order


def expired(shop: Shop) -> Any:
    order = shop.order({"MUG": 2}, hold_minutes=1)
    shop.moment.passes(minutes=2)
    shop.expire(order)
    return order


def expired_and_sold_out(shop: Shop) -> Any:
    order = expired(shop)
    shop.order({"MUG": 4}, paid=True)
    return order


def failed(shop: Shop) -> Any:
    order = placed(shop)
    says(shop, "failed", order, SAME)
    return order


def called_off(shop: Shop) -> Any:
    order = placed(shop)
    shop.cancel(order, "Changed their mind")
    return order


def called_off_as_expired(shop: Shop) -> Any:
    """In words that the engine uses itself: what the caller did counts, not what it is called."""
    order = placed(shop)
    shop.cancel(order, "expired")
    return order


def called_off_as_failed(shop: Shop) -> Any:
    order = placed(shop)
    shop.cancel(order, "payment_failed")
    return order


def wrong(shop: Shop) -> Any:
    order = placed(shop)
    says(shop, "paid", order, SAME, amount="15.00")
    return order


def late(shop: Shop) -> Any:
    order = expired_and_sold_out(shop)
    says(shop, "paid", order, SAME)
    return order


def on_account(shop: Shop) -> Any:
    order = placed(shop)
    shop.confirm(order)
    return order


def paid(shop: Shop) -> Any:
    order = placed(shop)
    says(shop, "paid", order, SAME)
    return order


def processing(shop: Shop) -> Any:
    order = paid(shop)
    shop.pick(order)
    return order


def partly_shipped(shop: Shop) -> Any:
    order = paid(shop)
    shop.ship(order, {"MUG": 1})
    return order


def shipped(shop: Shop) -> Any:
    order = paid(shop)
    shop.ship(order)
    return order


def delivered(shop: Shop) -> Any:
    order = shipped(shop)
    shop.deliver(order)
    return order


def partly_returned(shop: Shop) -> Any:
    order = shipped(shop)
    shop.take_back(order, {"MUG": 1}, condition="lost")
    return order


def returned(shop: Shop) -> Any:
    order = shipped(shop)
    shop.take_back(order, {"MUG": 2}, condition="lost")
    return order


def paid_and_called_off(shop: Shop) -> Any:
    order = paid(shop)
    shop.cancel(order)
    return order


def refunded(shop: Shop) -> Any:
    order = late(shop)
    resolves(shop, order, "refund")
    return order


MESSAGES = {
    "paid": ("paid", NEW, "20.00"),
    "paid_wrong": ("paid", NEW, "19.99"),
    "pending": ("pending", NEW, "20.00"),
    "failed": ("failed", NEW, "20.00"),
    "cancelled": ("cancelled", NEW, "20.00"),
    "charged_back": ("charged_back", NEW, "20.00"),
    "same_paid": ("paid", SAME, "20.00"),
    "same_failed": ("failed", SAME, "20.00"),
    "same_pending": ("pending", SAME, "20.00"),
    "same_charged_back": ("charged_back", SAME, "20.00"),
}
CONFIRM = "payment.received order.confirmed"
REVIEW = "payment.received order.payment_review"
DUE = "payment.received payment.refund_due"
RELEASE = "payment.failed order.cancelled"
BACK_AT_BANK = "payment.charged_back"

# State, message → outcome, the order's status, (available, on hold, reserved), the events that tell it.
Row = tuple[Callable[[Shop], Any], str, str, str, tuple[int, int, int], str]


def _settled(state: Callable[[Shop], Any], status: str, stock: tuple[int, int, int]) -> list[Row]:
    """An order that is paid in full, wherever its goods are: nothing that is said moves any of them."""
    return [
        (state, "paid", "refund_due", status, stock, DUE),
        (state, "paid_wrong", "refund_due", status, stock, DUE),
        (state, "pending", "ignored", status, stock, "payment.pending"),
        (state, "failed", "ignored", status, stock, "payment.failed"),
        (state, "cancelled", "ignored", status, stock, "payment.failed"),
        (state, "charged_back", "charged_back", status, stock, BACK_AT_BANK),
        (state, "same_paid", "repeated", status, stock, ""),
        (state, "same_failed", "ignored", status, stock, ""),
        (state, "same_pending", "ignored", status, stock, ""),
        (state, "same_charged_back", "charged_back", status, stock, BACK_AT_BANK),
    ]


def _called_off(state: Callable[[Shop], Any], stock: tuple[int, int, int]) -> list[Row]:
    """An order that somebody has called off: money does not bring it back."""
    return [
        (state, "paid", "refund_due", "cancelled", stock, DUE),
        (state, "paid_wrong", "refund_due", "cancelled", stock, DUE),
        (state, "pending", "ignored", "cancelled", stock, "payment.pending"),
        (state, "failed", "ignored", "cancelled", stock, "payment.failed"),
        (state, "cancelled", "ignored", "cancelled", stock, "payment.failed"),
        (state, "charged_back", "charged_back", "cancelled", stock, BACK_AT_BANK),
    ]


def _unpaid(state: Callable[[Shop], Any]) -> list[Row]:
    """An order that waits for its money. (Nobody has heard of the first payment: the same is a new one.)"""
    return [
        (state, "paid", "confirmed", "confirmed", RESERVED, CONFIRM),
        (state, "paid_wrong", "payment_review", "payment_review", ON_HOLD, REVIEW),
        (state, "charged_back", "charged_back", "pending", ON_HOLD, BACK_AT_BANK),
        (state, "same_paid", "confirmed", "confirmed", RESERVED, CONFIRM),
        (state, "same_failed", "released", "cancelled", BACK, RELEASE),
        (state, "same_charged_back", "charged_back", "pending", ON_HOLD, BACK_AT_BANK),
    ]


TABLE: list[Row] = [
    *_unpaid(placed),
    (placed, "pending", "pinned", "pending", ON_HOLD, "payment.pending"),
    (placed, "failed", "released", "cancelled", BACK, RELEASE),
    (placed, "cancelled", "released", "cancelled", BACK, RELEASE),
    (placed, "same_pending", "pinned", "pending", ON_HOLD, "payment.pending"),
    *_unpaid(pending),
    (pending, "pending", "pinned", "pending", ON_HOLD, "payment.pending"),
    (pending, "failed", "ignored", "pending", ON_HOLD, "payment.failed"),
    (pending, "cancelled", "ignored", "pending", ON_HOLD, "payment.failed"),
    (pending, "same_pending", "repeated", "pending", ON_HOLD, ""),
    (expired, "paid", "confirmed", "confirmed", RESERVED, CONFIRM),
    (expired, "paid_wrong", "payment_review", "payment_review", BACK, REVIEW),
    (expired, "pending", "ignored", "cancelled", BACK, "payment.pending"),
    (expired, "failed", "ignored", "cancelled", BACK, "payment.failed"),
    (expired, "cancelled", "ignored", "cancelled", BACK, "payment.failed"),
    (expired, "charged_back", "charged_back", "cancelled", BACK, BACK_AT_BANK),
    (expired_and_sold_out, "paid", "payment_review", "payment_review", SOLD_OUT, REVIEW),
    (expired_and_sold_out, "paid_wrong", "payment_review", "payment_review", SOLD_OUT, REVIEW),
    (expired_and_sold_out, "pending", "ignored", "cancelled", SOLD_OUT, "payment.pending"),
    (expired_and_sold_out, "failed", "ignored", "cancelled", SOLD_OUT, "payment.failed"),
    (expired_and_sold_out, "cancelled", "ignored", "cancelled", SOLD_OUT, "payment.failed"),
    (expired_and_sold_out, "charged_back", "charged_back", "cancelled", SOLD_OUT, BACK_AT_BANK),
    (failed, "paid", "confirmed", "confirmed", RESERVED, CONFIRM),
    (failed, "paid_wrong", "payment_review", "payment_review", BACK, REVIEW),
    (failed, "pending", "ignored", "cancelled", BACK, "payment.pending"),
    (failed, "failed", "ignored", "cancelled", BACK, "payment.failed"),
    (failed, "cancelled", "ignored", "cancelled", BACK, "payment.failed"),
    (failed, "charged_back", "charged_back", "cancelled", BACK, BACK_AT_BANK),
    (failed, "same_paid", "confirmed", "confirmed", RESERVED, CONFIRM),
    (failed, "same_failed", "repeated", "cancelled", BACK, ""),
    (failed, "same_pending", "ignored", "cancelled", BACK, ""),
    (failed, "same_charged_back", "charged_back", "cancelled", BACK, BACK_AT_BANK),
    *_called_off(called_off, BACK),
    *_called_off(called_off_as_expired, BACK),
    *_called_off(called_off_as_failed, BACK),
    *_called_off(paid_and_called_off, BACK),
    *_called_off(refunded, SOLD_OUT),
    (paid_and_called_off, "same_paid", "repeated", "cancelled", BACK, ""),
    (paid_and_called_off, "same_charged_back", "charged_back", "cancelled", BACK, BACK_AT_BANK),
    (wrong, "paid", "payment_review", "payment_review", ON_HOLD, "payment.received payment.in_review"),
    (wrong, "paid_wrong", "payment_review", "payment_review", ON_HOLD, "payment.received payment.in_review"),
    (wrong, "pending", "ignored", "payment_review", ON_HOLD, "payment.pending"),
    (wrong, "failed", "ignored", "payment_review", ON_HOLD, "payment.failed"),
    (wrong, "cancelled", "ignored", "payment_review", ON_HOLD, "payment.failed"),
    (wrong, "charged_back", "charged_back", "payment_review", ON_HOLD, BACK_AT_BANK),
    (wrong, "same_paid", "repeated", "payment_review", ON_HOLD, ""),
    (wrong, "same_failed", "ignored", "payment_review", ON_HOLD, ""),
    (wrong, "same_pending", "ignored", "payment_review", ON_HOLD, ""),
    (wrong, "same_charged_back", "charged_back", "payment_review", ON_HOLD, BACK_AT_BANK),
    *_settled(late, "payment_review", SOLD_OUT),
    *_settled(paid, "confirmed", RESERVED),
    *_settled(processing, "processing", RESERVED),
    *_settled(partly_shipped, "partially_shipped", (3, 0, 1)),
    *_settled(shipped, "shipped", GONE),
    *_settled(delivered, "delivered", GONE),
    *_settled(partly_returned, "partially_returned", GONE),
    *_settled(returned, "returned", GONE),
    (on_account, "paid", "confirmed", "confirmed", RESERVED, "payment.received"),
    (on_account, "paid_wrong", "payment_review", "confirmed", RESERVED, "payment.received payment.in_review"),
    (on_account, "pending", "ignored", "confirmed", RESERVED, "payment.pending"),
    (on_account, "failed", "ignored", "confirmed", RESERVED, "payment.failed"),
    (on_account, "cancelled", "ignored", "confirmed", RESERVED, "payment.failed"),
    (on_account, "charged_back", "charged_back", "confirmed", RESERVED, BACK_AT_BANK),
]


@pytest.mark.parametrize(
    ("state", "message", "outcome", "status", "stock", "events"), TABLE, ids=[f"{r[0].__name__}-{r[1]}" for r in TABLE]
)
def test_what_a_message_comes_to(shop, state, message, outcome, status, stock, events):
    shop.stocks({"MUG": 5})
    order = state(shop)
    before = told(shop, order)
    kind, payment_id, amount = MESSAGES[message]
    reported = says(shop, kind, order, payment_id, amount, event_id="now")
    assert (reported.outcome, shop.status(order), shop.balances("MUG")) == (outcome, status, stock)
    assert told(shop, order)[len(before) :] == events.split()
    assert reported.order == order_row(shop, order)
    once = (told(shop, order), money(shop), shop.balances("MUG"))
    assert says(shop, kind, order, payment_id, amount, event_id="now").outcome == "repeated"
    assert (told(shop, order), money(shop), shop.balances("MUG")) == once


STATES = list(dict.fromkeys(row[0] for row in TABLE))
# Where the first payment was captured, the provider may have given it back.
CAPTURED = {wrong, late, paid, processing, partly_shipped, shipped, delivered, partly_returned, returned}
CAPTURED |= {paid_and_called_off, refunded}


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_a_bank_gives_back_moves_no_goods(shop, state):
    """The two messages that are about money on its way back: of an unknown payment they come to nothing; a refund of
    one that was captured is recorded, and a reversal of a charge-back sets all as it was before it.
    """
    shop.stocks({"MUG": 5})
    order = state(shop)
    before, status, stock = told(shop, order), shop.status(order), shop.balances("MUG")
    for kind in ("refunded", "reinstated"):
        assert says(shop, kind, order, NEW).outcome == "ignored"
    assert told(shop, order) == before
    if state in CAPTURED:
        paid_as, amount = money(shop)[SAME], "15.00" if state is wrong else "20.00"
        says(shop, "charged_back", order, SAME, amount)
        assert says(shop, "reinstated", order, SAME, amount).payment.state == "captured"
        assert money(shop)[SAME] == paid_as
        assert says(shop, "refunded", order, SAME, "5.00").outcome == "ignored"
        assert told(shop, order)[len(before) :] == ["payment.charged_back", "payment.reinstated", "payment.refunded"]
        assert says(shop, "refunded", order, SAME, "5.00", event_id="again").outcome == "repeated"
    assert (shop.status(order), shop.balances("MUG")) == (status, stock)


def test_the_table_is_whole():
    """Every state of an order, with every message of a payment that is new to it, but the two of the test above."""
    wanted = ["paid", "paid_wrong", "pending", "failed", "cancelled", "charged_back"]
    assert {row[:2] for row in TABLE} >= {(state, message) for state in STATES for message in wanted}
    assert {*(MESSAGES[message][0] for message in wanted), "refunded", "reinstated"} == set(KINDS)
    assert {row[3] for row in TABLE} == {
        *("pending", "confirmed", "processing", "partially_shipped", "shipped", "delivered"),
        *("partially_returned", "returned", "cancelled", "payment_review"),
    }
