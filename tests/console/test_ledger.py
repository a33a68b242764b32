"""The ledger, the proof, and where numbers come from."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from onhand.console import ledger
from onhand.console.pages import ref


@pytest.fixture
def page(person):
    return person("Ada")


@pytest.fixture
def traded(shop):
    shop.stocks({"MUG": 50, "POT": 4})
    shop.confirm(shop.order({"MUG": 3}))
    shop.order({"POT": 1})
    return shop


def test_the_ledger_tells_previous_and_new_and_is_narrowed(page, traded):
    page.goto("/console/ledger")
    expect(page.locator("#movements tbody tr")).to_have_count(5)
    expect(page.get_by_role("row", name="MUG").filter(has_text="held for an order")).to_contain_text("50 → 47")
    page.get_by_label("Kind").select_option("increment")
    expect(page.locator("#movements tbody tr")).to_have_count(2)
    page.get_by_label("SKU", exact=True).fill("POT")
    page.get_by_label("SKU", exact=True).press("Enter")
    expect(page.locator("#movements tbody tr")).to_have_count(1)


def test_stock_as_of_a_moment(page, traded):
    page.goto("/console/ledger/as-of?sku=MUG&at=2099-01-01T00:00")
    expect(page.get_by_role("row", name="main")).to_contain_text("47")
    page.goto("/console/ledger/as-of?sku=MUG&at=2001-01-01T00:00")
    expect(page.get_by_role("row", name="main").locator("td").first).to_have_text("0")
    page.goto("/console/ledger/as-of?sku=MUG&at=yesterday")
    expect(page.get_by_role("alert")).to_contain_text("Write a date")


def test_verifying_shows_how_far_it_is_and_that_all_is_well(page, traded):
    page.goto("/console/ledger/verify")
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#verification").get_by_role("status")).to_contain_text("Clean.")
    page.goto("/console/")
    expect(page.get_by_role("listitem").filter(has_text="Drift")).to_contain_text("0")


def test_a_proof_that_fails_tells_nothing_of_the_inside(page, traded, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(ledger, "verify", fail)
    told = page.request.get("/console/ledger/verify/stream").text()
    assert "event: failed" in told
    assert "swordfish" not in told


def test_names_that_no_path_can_hold_are_named_by_id():
    assert [ref(name, "0199-id") for name in ("A/B", ".", "..", "...", "A B")] == [*3 * ["0199-id"], "...", "A%20B"]


def test_what_is_wrong_in_the_books_is_named(person, traded):
    page = person("Ada", java_script_enabled=False)
    with traded.engine.database.engine.begin() as connection:
        connection.execute(text("UPDATE levels SET available = available + 1 WHERE available = 47"))
    try:
        page.goto("/console/ledger/verify")
        page.get_by_role("button", name="Verify now").click()
        expect(page.locator("#verification")).to_contain_text("Not clean.")
        expect(page.get_by_role("row", name="main/MUG").first).to_be_visible()
        page.goto("/console/stock/MUG/main")
        expect(page.get_by_text("does not add up")).to_be_visible()
    finally:
        with traded.engine.database.engine.begin() as connection:
            connection.execute(text("UPDATE levels SET available = available - 1 WHERE available = 48"))


def test_a_level_says_where_each_number_comes_from_and_who_holds_it(page, traded):
    page.goto("/console/stock")
    page.get_by_role("link", name="MUG", exact=True).click()
    page.get_by_role("link", name="main", exact=True).click()
    expect(page.get_by_text("The ledger adds up to these numbers")).to_be_visible()
    expect(page.get_by_role("row", name="held for an order").first).to_contain_text("−3")
    page.get_by_label("Low at").fill("20")
    page.get_by_label("Bin").fill("A-03-2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Thresholds saved.")
    assert (traded.level("MUG").low_stock_threshold, traded.level("MUG").bin) == (20, "A-03-2")


def test_the_command_bar_finds_goods_orders_and_screens(page, traded):
    page.goto("/console/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("dialog").get_by_role("searchbox")
    expect(field).to_be_focused()
    field.fill("mug")
    expect(page.get_by_role("dialog").get_by_role("link", name="MUG")).to_be_visible()
    field.fill("ledg")
    expect(page.get_by_role("dialog").get_by_role("link", name="Ledger")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ledger")).to_be_visible()


def test_numbers_of_the_day_lead_to_their_rows(page, traded):
    page.goto("/console/")
    tile = page.get_by_role("listitem").filter(has_text="To pick")
    expect(tile).to_contain_text("1")
    tile.get_by_role("link").click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_an_alert_is_acknowledged_snoozed_and_assigned(page, traded):
    page.goto("/console/alerts?kind=low_stock")
    row = page.locator("#alerts tbody tr").filter(has_text="POT")
    row.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status").first).to_contain_text("Acknowledged.")
    page.goto("/console/alerts?kind=low_stock&status=acknowledged")
    page.get_by_text("More").first.click()
    page.get_by_label("Assign to").first.fill("Ben")
    page.get_by_role("button", name="Assign", exact=True).first.click()
    expect(page.locator("#alerts tbody tr").first).to_contain_text("Ben")
