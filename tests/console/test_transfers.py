"""Goods between two stores: sent here, scanned there, and what is missing."""

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says, scan

from onhand.rows import Transfer


@pytest.fixture
def stocked(shop):
    shop.stocks({"MUG": 10, "TEAPOT": 4})
    shop.opens("station", "Central Station")
    return shop


def draft(page, items):
    page.goto("/console/transfers/new")
    page.get_by_label("To", exact=True).select_option("station")
    page.get_by_label("Items", exact=True).fill(items)
    press(page, "Draft the transfer")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_transfer_of_which_not_everything_arrives(person, stocked, scripts):
    page = person("Ines", java_script_enabled=scripts)
    draft(page, "MUG 6\nTEAPOT 2")
    says(page, "Nothing moves before it is sent.")
    press(page, "Send")
    says(page, "On the way.")
    assert stocked.balances("MUG") == (4, 0, 0)
    page.get_by_label("Arrived of MUG", exact=True).fill("3")
    page.get_by_label("Damaged of MUG", exact=True).fill("1")
    press(page, "Book what arrived")
    expect(page.get_by_role("alert")).to_contain_text("say why units were damaged or lost")
    expect(page.get_by_label("Why damaged or lost: MUG")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Why damaged or lost: MUG").fill("Crushed box")
    press(page, "Book what arrived")
    says(page, "Received in part")
    expect(page.get_by_role("row", name="MUG")).to_contain_text("1 damaged")
    page.get_by_label("Lost of MUG", exact=True).fill("2")
    page.get_by_label("Why damaged or lost: MUG").fill("Not in the van")
    page.get_by_label("Arrived of TEAPOT", exact=True).fill("2")
    press(page, "Book what arrived")
    says(page, "Received.")
    level = stocked.level("MUG", "station")
    assert (level.available, level.unsellable) == (3, 1)
    assert [each.status for each in stocked.rows(Transfer)] == ["received"]


def test_arrivals_are_scanned_and_more_than_was_sent_is_refused(person, stocked):
    stocked.send(stocked.transfer({"MUG": 2}, "main", "station", number="T-1"))
    page = person()
    page.goto("/console/transfers/T-1")
    for _ in range(3):
        scan(page, "MUG")
    expect(page.locator("#heard")).to_have_class("heard warn")
    press(page, "Book what arrived")
    expect(page.get_by_role("alert")).to_be_visible()
    assert stocked.balances("MUG", "station") == (0, 0, 0)
    page.get_by_role("button", name="Arrived of MUG: −1").click()
    page.keyboard.press("Enter")
    says(page, "Received.")
    assert stocked.balances("MUG", "station") == (2, 0, 0)


def test_sending_is_undone_by_recalling(person, stocked):
    page = person()
    draft(page, "MUG 6")
    press(page, "Send")
    press(page, "Undo")
    says(page, "Recalled")
    assert stocked.balances("MUG") == (10, 0, 0)


def test_what_is_not_there_cannot_be_sent(person, stocked):
    page = person()
    draft(page, "MUG 60")
    press(page, "Send")
    expect(page.get_by_role("alert")).to_contain_text("Insufficient stock")
    assert stocked.balances("MUG") == (10, 0, 0)
