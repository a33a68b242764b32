"""Money as a shopkeeper meets it: in time, too late, twice, wrong, taken back."""

from decimal import Decimal
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from tests.shop import Shop
from tests.stories.paying import money, order_row, records, refunds, resolves, says, told

from onhand.db.migrate import alembic_config
from onhand.trade.catalog import ChangeProduct, VariantSpec
from onhand.trade.errors import (
    AlreadyExists,
    InsufficientStock,
    InvalidTransition,
    PaymentNotFound,
    RefundExceedsCaptured,
    ValidationFailed,
)
from onhand.trade.payments import PaymentReported
from onhand.trade.verbs import Together
from onhand.trade.waves import CreateWave
from onhand.views.picking import queue


@pytest.fixture
def mugs(shop: Shop) -> Shop:
    """Five mugs at 10.00; a message is about 20.00 unless it says otherwise."""
    shop.stocks({"MUG": 5})
    return shop


def policy(shop: Shop, **changes: object) -> None:
    shop.engine.policy = shop.engine.policy._replace(**changes)  # type: ignore[arg-type]


# ── In time ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_paid_in_time(mugs):
    order = mugs.order({"MUG": 2})
    reported = says(mugs, "paid", order)
    assert (reported.outcome, reported.order.status, reported.order.payment_status) == (
        "confirmed",
        "confirmed",
        "paid",
    )
    assert mugs.balances("MUG") == (3, 0, 2)
    assert told(mugs, order) == ["order.placed", "payment.received", "order.confirmed"]
    assert money(mugs) == {"P-1": "captured"}


def test_a_failed_payment_gives_the_stock_back(mugs):
    order = mugs.order({"MUG": 2})
    assert says(mugs, "failed", order).outcome == "released"
    row = order_row(mugs, order)
    assert (row.status, row.cancel_reason, row.payment_status) == ("cancelled", "payment_failed", "failed")
    assert mugs.balances("MUG") == (5, 0, 0)


def test_a_shop_may_keep_the_hold_after_a_failure(mugs):
    policy(mugs, on_payment_failed="keep")
    order = mugs.order({"MUG": 2})
    assert says(mugs, "failed", order).outcome == "ignored"
    assert (mugs.status(order), mugs.balances("MUG")) == ("pending", (3, 2, 0))
    assert says(mugs, "paid", order, "P-2").outcome == "confirmed"
    assert order_row(mugs, order).payment_status == "paid"


def test_a_failure_does_not_release_what_another_payment_is_for(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "pending", order, "P-2")
    assert says(mugs, "failed", order, "P-1").outcome == "ignored"
    assert mugs.status(order) == "pending"


def test_a_pending_payment_pins_the_hold_within_a_window(mugs):
    order = mugs.order({"MUG": 2}, hold_minutes=15)
    mugs.moment.passes(minutes=10)
    first = says(mugs, "pending", order, "P-1")
    assert first.outcome == "pinned"
    assert first.order.hold_expires_at - first.payment.created_at == 60 * 60_000_000
    mugs.moment.passes(minutes=50)
    again = says(mugs, "pending", order, "P-2")
    assert again.order.hold_expires_at == first.order.hold_expires_at, "a new try must not open a new window"
    mugs.moment.passes(minutes=9)
    assert mugs.expire(order) == 0
    mugs.moment.passes(minutes=2)
    assert mugs.expire(order) == 1


# ── Late ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def late(shop: Shop, left: int, items: dict[str, int] | None = None, **more: object):
    """An order whose hold has run out, in a shop that has so many mugs left."""
    order = shop.order(items or {"MUG": 2}, hold_minutes=1, **more)
    shop.moment.passes(minutes=2)
    shop.expire(order)
    if left < 5:
        shop.order({"MUG": 5 - left}, paid=True)
    return order


def test_late_and_the_stock_is_still_there(mugs):
    order = late(mugs, left=2)
    assert says(mugs, "paid", order).outcome == "confirmed"
    row = order_row(mugs, order)
    assert (row.status, row.cancelled_at, row.cancel_reason) == ("confirmed", None, None)
    assert mugs.balances("MUG") == (0, 0, 5)
    mugs.ship(order)
    assert mugs.status(order) == "shipped"


def test_what_is_stored_already_is_known_by_what_happened(mugs):
    """Orders from before how they ended had a column: by their events and payments, not by the words of a caller."""
    ends = {
        "expired": late(mugs, left=5),
        "payment_failed": mugs.order({"MUG": 1}),
        "said to have expired": mugs.order({"MUG": 1}),
        "said to have failed": mugs.order({"MUG": 1}),
        "open": mugs.order({"MUG": 1}),
    }
    says(mugs, "failed", ends["payment_failed"])
    mugs.cancel(ends["said to have expired"], "expired")
    mugs.cancel(ends["said to have failed"], "payment_failed")
    was = {name: order_row(mugs, order).ending for name, order in ends.items()}
    assert list(was.values()) == ["expired", "payment_failed", "called_off", "called_off", None]
    step: Any = ScriptDirectory.from_config(alembic_config()).get_revision("0010")
    with mugs.engine.database.engine.begin() as connection:
        connection.execute(text("UPDATE orders SET ending = NULL"))
        connection.execute(text(step.module.HOW_THEY_ENDED))
    assert {name: order_row(mugs, order).ending for name, order in ends.items()} == was


def test_the_message_itself_finds_the_hold_overdue(mugs):
    """Nobody has swept: the hold counts as expired all the same, and somebody else has the last mugs."""
    order = mugs.order({"MUG": 2}, hold_minutes=1)
    mugs.moment.passes(minutes=2)
    mugs.order({"MUG": 4}, paid=True)
    assert says(mugs, "paid", order).outcome == "payment_review"
    assert mugs.balances("MUG") == (1, 0, 4)


def test_late_and_sold_out_waits_for_a_person(mugs):
    order = late(mugs, left=1)
    reported = says(mugs, "paid", order)
    assert (reported.outcome, mugs.status(order)) == ("payment_review", "payment_review")
    assert money(mugs)["P-1"] == "payment_review"
    assert mugs.balances("MUG") == (1, 0, 4), "all or nothing: the one that is left is not taken"
    with pytest.raises(InvalidTransition):
        mugs.confirm(order)
    with pytest.raises(InsufficientStock):
        resolves(mugs, order, "retry")
    mugs.stocks({"MUG": 1})
    resolves(mugs, order, "retry")
    assert (mugs.status(order), money(mugs)["P-1"], mugs.balances("MUG")) == ("confirmed", "captured", (0, 0, 6))


def test_a_person_refunds_what_is_sold_out(mugs):
    order = late(mugs, left=1)
    says(mugs, "paid", order)
    resolves(mugs, order, "refund")
    row = order_row(mugs, order)
    assert (row.status, row.payment_status, money(mugs)["P-1"]) == ("cancelled", "refund_due", "refund_due")
    refunds(mugs, "P-1", "20.00")
    assert (order_row(mugs, order).payment_status, money(mugs)["P-1"]) == ("refunded", "refunded")
    assert says(mugs, "paid", order, "P-2").outcome == "refund_due", "it was called off: new money does not revive it"


def test_a_person_lets_it_wait(mugs):
    order = late(mugs, left=1)
    says(mugs, "paid", order)
    resolves(mugs, order, "backorder")
    assert (mugs.status(order), mugs.balances("MUG")) == ("confirmed", (0, 0, 5))
    mugs.stocks({"MUG": 3})
    assert mugs.balances("MUG") == (2, 0, 6), "the first that comes is for who waits"


def test_the_policy_refunds(mugs):
    policy(mugs, on_late_payment="refund")
    order = late(mugs, left=1)
    assert says(mugs, "paid", order).outcome == "refund_due"
    assert (mugs.status(order), money(mugs)["P-1"]) == ("cancelled", "refund_due")
    assert told(mugs, order)[-4:] == [
        *("payment.received", "order.payment_review", "order.cancelled", "payment.refund_due")
    ]


def test_the_policy_backorders(mugs):
    policy(mugs, on_late_payment="backorder")
    order = late(mugs, left=1)
    assert says(mugs, "paid", order).outcome == "confirmed"
    mugs.stocks({"MUG": 1})
    assert mugs.balances("MUG") == (0, 0, 6)


def test_the_policy_substitutes(mugs):
    policy(mugs, on_late_payment="substitute")
    mugs.stocks({"CUP": 2})
    substitutable(mugs, "MUG", "CUP")
    order = late(mugs, left=1)
    assert says(mugs, "paid", order).outcome == "confirmed"
    assert (mugs.balances("CUP"), mugs.balances("MUG")) == ((0, 0, 2), (1, 0, 4))
    assert order_row(mugs, order).total == 2000
    mugs.stocks({"MUG": 1})
    other = late(mugs, left=5)
    mugs.order({"MUG": 1}, paid=True)
    assert says(mugs, "paid", other, "P-2").outcome == "payment_review", "no cups are left either"


def substitutable(shop: Shop, sku: str, *others: str) -> None:
    variant = shop.variant(sku)
    shop.run(ChangeProduct(variant.product_id, variants=(VariantSpec(sku, variant.price, substitutes=others),)))


def test_late_in_part_gets_what_it_had_been_promised(mugs):
    """A partial order gave three of its eight up when it was placed, and did not charge for them."""
    order = mugs.order({"MUG": 8}, hold_minutes=1, on_shortage="partial")
    mugs.moment.passes(minutes=2)
    mugs.stocks({"MUG": 5})
    assert says(mugs, "paid", order, amount="50.00").outcome == "confirmed"
    assert mugs.balances("MUG") == (5, 0, 5)


def test_money_does_not_revive_what_somebody_called_off(mugs):
    order = mugs.order({"MUG": 2})
    mugs.cancel(order, "Changed their mind")
    assert says(mugs, "paid", order).outcome == "refund_due"
    assert (mugs.status(order), order_row(mugs, order).payment_status) == ("cancelled", "refund_due")


def test_failed_then_paid_takes_the_stock_again(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "failed", order, "P-1")
    assert says(mugs, "paid", order, "P-1").outcome == "confirmed"
    assert mugs.balances("MUG") == (3, 0, 2)


# ── Wrong, twice, again ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("amount", "currency"), [("19.99", "USD"), ("20.01", "USD"), ("20.00", "EUR"), ("20", "JPY")])
def test_another_amount_or_currency_is_not_confirmed(mugs, amount, currency):
    order = mugs.order({"MUG": 2})
    assert says(mugs, "paid", order, amount=amount, currency=currency).outcome == "payment_review"
    assert mugs.balances("MUG") == (3, 2, 0), "what it holds it keeps while somebody decides"
    mugs.moment.passes(days=3)
    assert mugs.expire(order) == 0
    resolves(mugs, order, "accept_amount")
    assert (mugs.status(order), mugs.balances("MUG"), money(mugs)) == ("confirmed", (3, 0, 2), {"P-1": "captured"})


def test_the_rest_comes_with_a_second_payment(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order, "P-1", amount="15.00")
    with pytest.raises(InvalidTransition, match="not paid in full"):
        resolves(mugs, order, "retry")
    assert says(mugs, "paid", order, "P-2", amount="5.00").outcome == "payment_review"
    resolves(mugs, order, "retry")
    assert money(mugs) == {"P-1": "captured", "P-2": "captured"}
    assert says(mugs, "paid", order, "P-3", amount="5.00").outcome == "refund_due"


def test_of_two_in_review_the_right_one_pays(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order, "P-1", amount="15.00")
    says(mugs, "paid", order, "P-2", amount="20.00")
    resolves(mugs, order, "retry")
    assert money(mugs) == {"P-1": "refund_due", "P-2": "captured"}
    assert order_row(mugs, order).payment_status == "paid"


def test_paid_twice(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order, "P-1")
    assert says(mugs, "paid", order, "P-2").outcome == "refund_due"
    assert money(mugs) == {"P-1": "captured", "P-2": "refund_due"}
    assert order_row(mugs, order).payment_status == "paid"
    assert mugs.balances("MUG") == (3, 0, 2)


def test_the_same_message_again_changes_nothing(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    before = mugs.books()
    assert says(mugs, "paid", order).outcome == "repeated"
    assert mugs.books() | {type_: [] for type_ in before if "Batch" in type_.__name__} == before | {
        type_: [] for type_ in before if "Batch" in type_.__name__
    }


def test_the_same_payment_by_another_message_counts_once(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order, event_id="evt_1")
    assert says(mugs, "paid", order, event_id="evt_2").outcome == "repeated"
    assert told(mugs, order).count("payment.received") == 1


def test_what_comes_out_of_order_does_not_undo(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    assert says(mugs, "pending", order).outcome == "ignored"
    assert says(mugs, "failed", order).outcome == "ignored"
    assert (mugs.status(order), mugs.balances("MUG"), money(mugs)) == ("confirmed", (3, 0, 2), {"P-1": "captured"})


def test_an_order_that_never_was(mugs):
    reported = says(mugs, "paid", "00000000-0000-7000-8000-00000000dead", "P-9")
    assert (reported.outcome, reported.order) == ("unknown_order", None)
    assert says(mugs, "paid", "00000000-0000-7000-8000-00000000dead", "P-9").outcome == "repeated"
    assert says(mugs, "paid", "987654", "P-9").outcome == "unknown_order"
    assert money(mugs) == {}


def test_a_payment_belongs_to_one_order(mugs):
    first, second = mugs.order({"MUG": 2}), mugs.order({"MUG": 2})
    says(mugs, "paid", first, "P-1")
    assert says(mugs, "paid", second, "P-1").outcome == "ignored"
    assert (mugs.status(second), order_row(mugs, second).payment_status) == ("pending", "unpaid")


def test_a_message_without_an_order_finds_it_by_its_payment(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order, "P-1")
    assert says(mugs, "charged_back", None, "P-1").outcome == "charged_back"
    assert order_row(mugs, order).payment_status == "charged_back"


# ── Taken back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_charge_back_stops_the_shipment(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    assert says(mugs, "charged_back", order).outcome == "charged_back"
    for deed in (mugs.ship, mugs.pick, lambda each: mugs.run(CreateWave("main", (each.order.id,)))):
        with pytest.raises(InvalidTransition, match="charged back"):
            deed(order)
    with mugs.engine.database.reading() as connection:
        assert queue(connection, "main", 10, None).data == [], "nobody is sent to pick it"
    assert [(alert.subject, alert.status) for alert in mugs.alerts("charged_back")] == [
        (f"order/{order.order.id}", "open")
    ]
    assert says(mugs, "reinstated", order).outcome == "confirmed"
    assert [alert.status for alert in mugs.alerts("charged_back")] == ["closed"]
    mugs.ship(order)


def test_cancelling_ends_the_alert_of_a_charge_back(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    says(mugs, "charged_back", order)
    mugs.cancel(order)
    assert [alert.status for alert in mugs.alerts("charged_back")] == ["closed"]
    assert mugs.balances("MUG") == (5, 0, 0)


def test_a_charge_back_after_shipping_is_flagged(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    mugs.ship(order)
    assert says(mugs, "charged_back", order).outcome == "charged_back"
    assert (mugs.status(order), order_row(mugs, order).payment_status) == ("shipped", "charged_back")


def test_refunds_never_exceed_what_was_captured(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    refunds(mugs, "P-1", "5.00")
    assert order_row(mugs, order).payment_status == "partially_refunded"
    with pytest.raises(RefundExceedsCaptured) as refused:
        refunds(mugs, "P-1", "15.01")
    assert refused.value.data["refunded"] == "5.00"
    refunds(mugs, "P-1", "15.00")
    assert (order_row(mugs, order).payment_status, mugs.status(order)) == ("refunded", "confirmed")
    assert mugs.balances("MUG") == (3, 0, 2), "a refund moves no goods"
    with pytest.raises(RefundExceedsCaptured):
        refunds(mugs, "P-1", "0.01")


def test_what_cannot_be_refunded(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "pending", order)
    with pytest.raises(RefundExceedsCaptured):
        refunds(mugs, "P-1", "1.00")
    with pytest.raises(PaymentNotFound):
        refunds(mugs, "P-404", "1.00")
    says(mugs, "paid", order)
    for amount in ("0", "0.001"):
        with pytest.raises(ValidationFailed):
            refunds(mugs, "P-1", amount)
    says(mugs, "charged_back", order)
    with pytest.raises(InvalidTransition):
        refunds(mugs, "P-1", "1.00")


def test_a_refund_at_the_provider_is_recorded_once(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    refunds(mugs, "P-1", "5.00")
    assert says(mugs, "refunded", order, amount="5.00").outcome == "repeated", "it is the one that was recorded here"
    says(mugs, "refunded", order, amount="12.00")
    assert says(mugs, "refunded", order, amount="20.01").note == "more than was captured"
    with pytest.raises(RefundExceedsCaptured):
        refunds(mugs, "P-1", "8.01")


def test_goods_that_come_back_refund_nothing(mugs):
    order = mugs.order({"MUG": 2})
    says(mugs, "paid", order)
    mugs.ship(order)
    mugs.take_back(order, {"MUG": 2}, refund_amount=None)
    assert (mugs.status(order), money(mugs)["P-1"]) == ("returned", "captured")


def test_a_paid_order_that_is_cancelled_is_owed_its_money(mugs):
    order = mugs.order({"MUG": 2}, paid=True)
    mugs.cancel(order)
    (till,) = money(mugs)
    assert (till, money(mugs)[till]) == (f"till-{order.order.number}", "refund_due")
    refunds(mugs, till, "20.00", "Cancelled")
    assert order_row(mugs, order).payment_status == "refunded"


def test_all_money_of_a_review_goes_back_and_ends_it(mugs):
    order = late(mugs, left=1)
    says(mugs, "paid", order)
    refunds(mugs, "P-1", "20.00")
    assert (mugs.status(order), order_row(mugs, order).payment_status) == ("cancelled", "refunded")


# ── A named person's word ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_records_cash(mugs):
    order = mugs.order({"MUG": 2})
    assert records(mugs, order, "CASH-1", "20.00").outcome == "confirmed"
    assert records(mugs, order, "CASH-1", "20.00").outcome == "repeated"
    with pytest.raises(AlreadyExists):
        records(mugs, order, "CASH-1", "21.00")
    with pytest.raises(AlreadyExists):
        records(mugs, mugs.order({"MUG": 1}), "CASH-1", "20.00")


def test_a_person_and_the_provider_mean_the_same_payment(mugs):
    order = mugs.order({"MUG": 2})
    records(mugs, order, "pi_1", "20.00", method="card")
    assert says(mugs, "paid", order, "pi_1", provider="stripe").outcome == "repeated"


def test_nothing_is_to_be_resolved_where_nothing_is_in_review(mugs):
    with pytest.raises(InvalidTransition):
        resolves(mugs, mugs.order({"MUG": 1}), "refund")


def test_an_order_on_account_is_paid_after_it_has_left(mugs):
    order = mugs.order({"MUG": 2})
    mugs.confirm(order)
    mugs.ship(order)
    assert says(mugs, "paid", order, "P-1", amount="19.00").outcome == "payment_review"
    assert mugs.status(order) == "shipped"
    resolves(mugs, order, "refund")
    assert says(mugs, "paid", order, "P-2").outcome == "confirmed"
    assert money(mugs) == {"P-1": "refund_due", "P-2": "captured"}


def test_several_messages_of_one_batch_see_each_other(mugs):
    order, other = mugs.order({"MUG": 2}), mugs.order({"MUG": 1})
    twenty = Decimal("20.00")
    said = [("1", "P-1", order), ("1", "P-1", order), ("2", "P-1", order), ("3", "P-2", order), ("4", "P-1", other)]
    messages = [
        PaymentReported("payhere", event, "paid", payment, about.order.id, twenty, "USD")
        for event, payment, about in said
    ]
    outcomes = mugs.run(Together(tuple(messages)))
    assert [each.outcome for each in outcomes] == ["confirmed", "repeated", "repeated", "refund_due", "ignored"]
