"""An order's money in a browser: recorded, given back, decided about; and an order that is changed in time."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says

from onhand.rows import Order, Payment
from onhand.trade.refunds import RefundPayment


@pytest.fixture
def stocked(shop):
    shop.sells("MUG", "Enamel mug", price="12.50")
    shop.stocks({"MUG": 10, "TEAPOT": 4})
    return shop


@pytest.fixture
def page(person):
    return person("Ada")


def step(page, name):
    """The form of a step, opened."""
    box = page.locator(f"#step-{name}")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    return box


def test_a_payment_is_recorded_and_a_part_of_it_given_back(page, stocked):
    stocked.order({"MUG": 2})
    page.goto("/console/orders/1001")
    pay = step(page, "pay")
    expect(pay.get_by_label("Amount")).to_have_value("25.00")
    pay.get_by_label("Amount").fill("much")
    press(pay, "Record a payment")
    expect(step(page, "pay").get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    step(page, "pay").get_by_label("Amount").fill("25.00")
    press(step(page, "pay"), "Record a payment")
    says(page, "Paid: the order is confirmed.")
    assert stocked.balances("MUG") == (8, 0, 2)
    back = step(page, "refund")
    back.get_by_label("Amount").fill("30")
    back.get_by_label("Reason").fill("Scratched")
    press(back, "Give money back")
    expect(page.get_by_role("alert")).to_contain_text("30.00")
    step(page, "refund").get_by_label("Amount").fill("5.00")
    press(step(page, "refund"), "Give money back")
    says(page, "Recorded as given back.")
    (payment,) = stocked.rows(Payment)
    assert (payment.payment_id, payment.amount, payment.refunded) == ("1001-1", 2500, 500)
    expect(page.get_by_role("row", name="1001-1")).to_contain_text("partly refunded")


def test_money_that_goes_back_elsewhere_shows_by_itself_and_what_is_typed_here_stays(page, stocked):
    stocked.order({"MUG": 2}, paid=True)
    page.goto("/console/orders/1001")
    expect(page.locator("html.listening")).to_be_attached()
    reason = step(page, "cancel").get_by_label("Reason")
    reason.fill("Changed their mind")
    page.locator("h1").click()  # The focus is elsewhere.
    (payment,) = stocked.rows(Payment)
    stocked.run(RefundPayment(payment.payment_id, Decimal("5.00"), "Scratched"))
    expect(page.get_by_role("row", name=payment.payment_id)).to_contain_text("partly refunded")
    expect(reason).to_be_visible()
    expect(reason).to_have_value("Changed their mind")


def test_money_that_does_not_fit_is_decided_about(page, stocked):
    stocked.order({"MUG": 2})
    page.goto("/console/orders/1001")
    step(page, "pay").get_by_label("Amount").fill("20.00")
    press(step(page, "pay"), "Record a payment")
    says(page, "That is not what is owed")
    page.goto("/console/")
    page.get_by_role("listitem").filter(has_text="Payments to review").get_by_role("link").click()
    page.get_by_role("link", name="1001").click()
    decide = page.locator("#step-resolve")
    expect(decide).to_contain_text("The amount or the currency is not what is owed.")
    decide.get_by_label("Take the stock again, all of it").check()
    press(decide, "Decide about the money")
    expect(page.get_by_role("alert")).to_contain_text("not paid in full")
    page.get_by_label("Take it for what is owed").check()
    press(page.locator("#step-resolve"), "Decide about the money")
    says(page, "Decided.")
    assert [(order.status, order.payment_status) for order in stocked.rows(Order)] == [("confirmed", "paid")]


def test_items_are_changed_before_they_are_picked(person, stocked):
    page = person(java_script_enabled=False)
    stocked.order({"MUG": 2, "TEAPOT": 1})
    page.goto("/console/orders/1001")
    amend = step(page, "amend")
    amend.get_by_label("From now on of MUG").fill("12")
    press(amend, "Change the items")
    expect(page.get_by_role("alert")).to_contain_text("Insufficient stock")
    amend = step(page, "amend")
    expect(amend.get_by_label("From now on of MUG")).to_have_value("12")
    amend.get_by_label("From now on of MUG").fill("3")
    amend.get_by_label("From now on of TEAPOT").fill("")
    press(amend, "Change the items")
    says(page, "it costs US$2.50 more")
    assert stocked.balances("MUG") == (7, 3, 0)
    assert stocked.balances("TEAPOT") == (4, 0, 0)
    amend = step(page, "amend")
    amend.get_by_label("And more items").fill("TEAPOT 2")
    press(amend, "Change the items")
    says(page, "it costs US$20.00 more")
    assert stocked.balances("TEAPOT") == (2, 2, 0)
