"""What comes back over the counter, and what is announced first."""

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says, scan

from onhand.rows import Return


@pytest.fixture
def shipped(shop):
    """Order 1001: three mugs and a teapot, at the customer's."""
    shop.stocks({"MUG": 10, "TEAPOT": 4})
    shop.ship(shop.order({"MUG": 3, "TEAPOT": 1}, paid=True))
    return shop


@pytest.mark.walk
def test_goods_are_scanned_back_over_the_counter(person, shipped):
    page = person("Ines")
    page.goto("/console/returns/new")
    scan(page, "1001")
    expect(page.get_by_label("Scan", exact=True)).to_be_focused()
    scan(page, "MUG")
    expect(page.locator("#heard")).to_have_text("MUG: 1 / 3")
    page.get_by_label("Damaged of MUG", exact=True).fill("1")
    page.get_by_label("Reason").fill("Wrong colour")
    page.get_by_label("To refund, USD").fill("20.00")
    press(page, "Take it back now")
    says(page, "Taken back.")
    level = shipped.level("MUG")
    assert (level.available, level.unsellable) == (8, 1)
    (row,) = shipped.rows(Return)
    assert (row.reason, row.processed_by, row.refund_amount) == ("Wrong colour", "Ines", 2000)
    page.goto("/console/orders/1001")
    expect(page.get_by_text("came back", exact=True).first).to_be_visible()


def test_a_return_is_announced_and_received_without_scripts(person, shipped):
    page = person(java_script_enabled=False)
    page.goto("/console/returns/new?order=1001")
    page.get_by_label("Reason").fill("Too heavy")
    press(page, "Only announce it")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was entered")
    page.get_by_label("Sellable of TEAPOT", exact=True).fill("2")
    press(page, "Only announce it")
    expect(page.get_by_role("alert")).to_contain_text("Cannot return 2 of TEAPOT: 1 shipped")
    page.get_by_label("Sellable of TEAPOT", exact=True).fill("1")
    press(page, "Only announce it")
    says(page, "No stock moves before it comes.")
    assert shipped.balances("TEAPOT") == (3, 0, 0)
    page.get_by_label("Sellable of TEAPOT", exact=True).fill("1")
    press(page, "Book what came")
    says(page, "Received")
    assert shipped.balances("TEAPOT") == (4, 0, 0)


def test_what_was_announced_can_be_taken_back(person, shipped):
    page = person()
    page.goto("/console/returns/new?order=1001")
    page.get_by_label("Sellable of MUG", exact=True).fill("1")
    page.get_by_label("Reason").fill("Too small")
    press(page, "Only announce it")
    press(page, "Undo")
    says(page, "Cancelled")
    assert [row.status for row in shipped.rows(Return)] == ["cancelled"]


def test_an_order_that_is_not_there_is_said_beside_the_field(person, shipped):
    page = person()
    page.goto("/console/returns/new?order=9999")
    expect(page.get_by_label("Order number")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#order-wrong")).to_contain_text("There is no order '9999'.")
