"""Deliveries at the gate: expected against scanned."""

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says, scan

from onhand.rows import PurchaseOrder
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem


@pytest.fixture
def expecting(shop):
    """The last mug is gone, somebody waits for three, and twelve are on order."""
    shop.sells("MUG", "Enamel mug")
    shop.stocks({"MUG": 0, "TEAPOT": 4})
    shop.order({"MUG": 3}, paid=True, on_shortage="backorder")
    items = (PurchaseItem("MUG", 12), PurchaseItem("TEAPOT", 5))
    shop.run(CreatePurchaseOrder("Runwell Ltd", "main", items, "PO-88"))
    return shop


@pytest.mark.walk
def test_a_delivery_is_scanned_and_fills_what_waits(person, expecting):
    page = person("Ines")
    page.goto("/console/receiving/PO-88")
    expect(page.get_by_label("Scan", exact=True)).to_be_focused()
    scan(page, "LAMP")
    expect(page.locator("#heard")).to_have_text("LAMP: not on this list")
    for _ in range(5):
        scan(page, "MUG")
    expect(page.locator("#heard")).to_have_text("MUG: 5 / 12")
    page.get_by_label("Not accepted of MUG", exact=True).fill("1")
    page.get_by_label("Why not accepted: MUG").fill("Chipped")
    press(page, "Book the delivery")
    says(page, "Booked. 4 units are on sale now.")
    level = expecting.level("MUG")
    assert (level.available, level.reserved, level.unsellable) == (1, 3, 1)
    page.goto("/console/orders/1001")
    expect(page.locator(".history")).to_contain_text("Stock came for it")


def test_more_than_ordered_has_to_be_meant(person, expecting):
    page = person()
    page.goto("/console/receiving/PO-88")
    press(page, "All as expected")
    page.get_by_label("Arrived of TEAPOT", exact=True).fill("9")
    press(page, "Book the delivery")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Arrived of MUG", exact=True)).to_have_value("12")
    assert expecting.balances("TEAPOT") == (4, 0, 0)
    page.get_by_label("Take in more than was ordered").check()
    press(page, "Book the delivery")
    says(page, "Booked.")
    assert expecting.balances("TEAPOT") == (13, 0, 0)


def test_ordering_receiving_and_closing_without_scripts(person, expecting):
    page = person(java_script_enabled=False)
    page.goto("/console/receiving/new")
    page.get_by_label("Supplier").fill("Lumen")
    page.get_by_label("Items", exact=True).fill("TEAPOT 3")
    page.get_by_label("Your number").fill("PO-90")
    press(page, "Order it")
    says(page, "Ordered.")
    page.get_by_label("Arrived of TEAPOT", exact=True).fill("x")
    press(page, "Book the delivery")
    expect(page.get_by_label("Arrived of TEAPOT", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Arrived of TEAPOT", exact=True).fill("2")
    press(page, "Book the delivery")
    says(page, "Booked.")
    page.locator("summary", has_text="Nothing more will come").click()
    page.get_by_label("Why", exact=True).fill("Out of production")
    press(page, "Close the purchase order")
    says(page, "Closed")
    assert {each.number: each.status for each in expecting.rows(PurchaseOrder)} == {"PO-88": "open", "PO-90": "closed"}
    assert expecting.balances("TEAPOT") == (6, 0, 0)
