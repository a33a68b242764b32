"""What is tampered with in money is found, and named by its invariant."""

from collections.abc import Callable

import pytest
from tests.shop import Shop
from tests.stories.paying import refunds, resolves, says
from tests.views.conftest import Day
from tests.views.test_verify import of, tampered

from onhand.db.database import Database
from onhand.trade.amend import AmendOrder
from onhand.trade.placing import Item
from onhand.views.verify import verify


@pytest.fixture
def till(live: Callable[[Day], Shop]) -> Shop:
    return live(day_at_the_till)


def day_at_the_till(shop: Shop) -> None:
    """Orders paid in every way, one of them revived after it had expired and then called off, one amended."""
    shop.stocks({"MUG": 100})
    says(shop, "paid", shop.order({"MUG": 2}, reference="paid"), "P-1")
    refunds(shop, "P-1", "5.00")
    shop.order({"MUG": 2}, paid=True, reference="till")
    twice = shop.order({"MUG": 2}, reference="twice")
    says(shop, "paid", twice, "T-1")
    says(shop, "paid", twice, "T-2")
    says(shop, "paid", shop.order({"MUG": 2}, reference="review"), "R-1", amount="1.00")
    accepted = shop.order({"MUG": 2}, reference="accepted")
    says(shop, "paid", accepted, "A-1", amount="1.00")
    resolves(shop, accepted, "accept_amount")
    late = shop.order({"MUG": 2}, hold_minutes=1, reference="late")
    shop.moment.passes(minutes=2)
    shop.expire(late)
    says(shop, "paid", late, "L-1")
    shop.cancel(late)
    amended = shop.order({"MUG": 2}, reference="amended")
    shop.run(AmendOrder(amended.order.id, (Item("MUG", 3),)))
    says(shop, "pending", amended, "N-1")
    says(shop, "paid", "no-such-order", "U-1")


def test_a_day_of_money_is_clean(till: Shop, database: Database):
    found = verify(database)
    assert found.broken == []
    assert all(found.checked[invariant] for invariant in ("9", "10", "15", "money"))


# invariant, what of it is broken, the statement that breaks it
FAULTS = [
    ("9", "received once more", "UPDATE events SET type = 'payment.received' WHERE type = 'payment.refunded'"),
    ("9", "cancelled once more", "UPDATE events SET type = 'order.cancelled' WHERE type = 'payment.refund_due'"),
    ("10", "more went back than is written", f"UPDATE payments SET refunded = 501 WHERE {of('paid')}"),
    ("10", "more is written than went back", "UPDATE refunds SET amount = 501"),
    ("10", "in another currency", "UPDATE refunds SET currency = 'EUR'"),
    ("10", "of another payment", "UPDATE refunds SET payment_id = 'tide'"),
    ("10", "nobody said so", "DELETE FROM payment_messages WHERE payment_id = 'T-1'"),
    ("10", "paid by nothing", f"DELETE FROM payments WHERE {of('till')}"),
    ("10", "not paid, by something", f"UPDATE orders SET payment_status = 'unpaid' WHERE {of('paid', 'id')}"),
    ("10", "paid by what is due to go back", f"UPDATE payments SET standing = 'refund' WHERE {of('till')}"),
    (
        "15",
        "of another order",
        "UPDATE payment_messages SET payment_id = 'T-2' WHERE payment_id = 'P-1'",
    ),
    ("money", "a total that is no sum", f"UPDATE orders SET total = total + 1 WHERE {of('paid', 'id')}"),
    ("money", "shipping that was not charged", f"UPDATE orders SET shipping = 1 WHERE {of('paid', 'id')}"),
    ("money", "pays for a cancelled order", f"UPDATE payments SET standing = 'order' WHERE {of('late')}"),
    ("money", "pays for an order in review", f"UPDATE payments SET standing = 'order' WHERE {of('review')}"),
]


@pytest.mark.parametrize(
    ("invariant", "statement"), [(fault[0], fault[2]) for fault in FAULTS], ids=[fault[1] for fault in FAULTS]
)
def test_tampering_is_found(till: Shop, database: Database, invariant: str, statement: str):
    assert invariant in {broken.invariant for broken in tampered(database, statement).broken}
