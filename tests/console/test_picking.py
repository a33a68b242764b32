"""Picking, packing and shipping with a scanner in the hand: a keyboard that types fast and ends in Enter."""

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says, scan

from onhand.rows import Count, Parcel, Pick, Wave
from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.stock import SetThresholds


@pytest.fixture
def stocked(shop):
    shop.run(CreateProduct("Enamel mug", (VariantSpec("MUG", 100_000, barcode="4006381333931"),)))
    shop.stocks({"MUG": 10, "TEAPOT": 4, "TOWEL": 6})
    for sku, place in (("MUG", "B-02"), ("TEAPOT", "A-01"), ("TOWEL", "C-03")):
        shop.run(SetThresholds(sku, "main", bin=place))
    return shop


def picks(shop):
    return [(pick.line, pick.quantity, pick.outcome) for pick in shop.rows(Pick)]


def test_an_order_is_picked_with_a_scanner_alone(person, stocked):
    stocked.order({"MUG": 3, "TEAPOT": 1}, paid=True)
    page = person("Ines")
    page.goto("/console/picking/1001/main")
    field = page.get_by_label("Scan", exact=True)
    expect(field).to_be_focused()
    expect(page.locator(".stop .bin")).to_have_text("A-01")
    expect(page.get_by_role("columnheader", name="Zone")).to_have_text(["Zone A", "Zone B"])
    scan(page, "WRONG")
    expect(page.locator("#heard")).to_have_text("WRONG: not on this list")
    scan(page, "TEAPOT")
    says(page, "1 × TEAPOT picked.")
    expect(page.locator(".stop .bin")).to_have_text("B-02")
    expect(field).to_be_focused()
    scan(page, "4006381333931")
    expect(page.locator("#heard")).to_have_text("MUG: 1 / 3")
    assert picks(stocked) == [(2, 1, "picked")]  # Nothing is said to be done before it is.
    scan(page, "4006381333931")
    scan(page, "MUG")
    expect(page.get_by_text("All of it is picked.")).to_be_visible()
    assert picks(stocked) == [(2, 1, "picked"), (1, 3, "picked")]
    expect(page.get_by_role("link", name="Pack", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pack #1001")


def test_keys_for_thumbs_and_a_part_of_a_stop(person, stocked):
    stocked.order({"MUG": 4}, paid=True)
    page = person(viewport={"width": 390, "height": 844})
    page.goto("/console/picking/1001/main")
    for key in ("+1", "+1", "+1", "−1"):
        page.get_by_role("button", name=key, exact=True).click()
    expect(page.locator("input[name=quantity]")).to_have_value("2")
    expect(page.get_by_label("Scan", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    says(page, "2 × MUG picked.")
    expect(page.locator(".keypad .of")).to_have_text("of 2")
    page.keyboard.press("Enter")
    expect(page.locator("#heard")).to_have_text("Scan something first, or type how many.")
    assert picks(stocked) == [(1, 2, "picked")]


@pytest.mark.walk
def test_a_short_pick_goes_to_another_store_and_is_counted(person, stocked):
    stocked.stocks({"MUG": 5}, "station")
    stocked.order([("MUG", 4, "main")], paid=True)
    page = person(java_script_enabled=False)
    page.goto("/console/picking/1001/main")
    page.get_by_role("textbox", name="Picked").fill("1")
    page.locator("summary", has_text="Not all of it is there").click()
    page.get_by_label("Units that are missing").fill("5")
    press(page, "Write down what is there and what is missing")
    expect(page.locator("#e-short")).to_have_text("Only 4 are to be picked here.")
    page.get_by_label("Units that are missing").fill("3")
    page.get_by_label("In other words").fill("Shelf is empty")
    press(page, "Write down what is there and what is missing")
    says(page, "3 short: off sale, and to be counted.")
    assert picks(stocked) == [(1, 1, "picked"), (1, 3, "short")]
    assert stocked.balances("MUG") == (6, 0, 1)
    assert stocked.balances("MUG", "station") == (2, 0, 3)
    (count,) = stocked.rows(Count)
    page.goto(f"/console/counts/{count.number}")
    expect(page.get_by_role("rowheader", name="MUG")).to_be_visible()


def test_a_wave_is_one_walk_for_several_orders(person, stocked):
    stocked.order({"MUG": 2, "TOWEL": 1}, paid=True)
    stocked.order({"MUG": 1}, paid=True)
    page = person()
    page.goto("/console/picking")
    page.get_by_label("Order 1001").check()
    page.get_by_label("Order 1002").check()
    press(page, "Wave of the ticked orders")
    says(page, "The wave has begun.")
    expect(page.locator(".shares li")).to_have_text(["2 → #1001", "1 → #1002"])
    for _ in range(3):
        scan(page, "MUG")
    says(page, "3 × MUG picked.")
    scan(page, "TOWEL")
    press(page, "Finish the wave")
    says(page, "The wave is finished.")
    assert [wave.status for wave in stocked.rows(Wave)] == ["picked"]
    assert sorted(picks(stocked)) == [(1, 1, "picked"), (1, 2, "picked"), (2, 1, "picked")]
    expect(page.get_by_text("Nothing waits to be picked")).to_be_visible()


def test_a_wave_can_be_undone_and_its_list_is_printed(person, stocked):
    stocked.order({"MUG": 2}, paid=True)
    page = person(java_script_enabled=False)
    page.goto("/console/picking")
    page.get_by_label("or of the most urgent").fill("many")
    press(page, "Begin a wave")
    expect(page.get_by_label("or of the most urgent")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("or of the most urgent").fill("5")
    press(page, "Begin a wave")
    page.get_by_role("link", name="Paper list").click()
    expect(page.get_by_role("img", name="4006381333931")).to_be_visible()
    pdf = page.request.get(page.url + "?as=pdf")
    assert pdf.body().startswith(b"%PDF")
    page.go_back()
    press(page, "Cancel the wave")
    says(page, "The wave is cancelled.")
    assert [wave.status for wave in stocked.rows(Wave)] == ["cancelled"]


def test_what_is_packed_is_checked_by_scanning_and_leaves_with_its_label(person, stocked):
    stocked.order({"MUG": 2, "TEAPOT": 1}, paid=True)
    page = person("Ines")
    page.goto("/console/packing/1001")
    scan(page, "TOWEL")
    expect(page.locator("#heard")).to_have_text("TOWEL: not on this list")
    for code in ("MUG", "4006381333931", "TEAPOT"):
        scan(page, code)
    expect(page.locator("tr.whole")).to_have_count(2)
    scan(page, "MUG")
    expect(page.locator("tr.over")).to_have_count(1)
    page.get_by_label("Weight in grams").fill("1250")
    press(page, "Close the parcel")
    expect(page.get_by_role("alert")).to_contain_text("Cannot pack 3 of MUG")
    page.get_by_label("In the box of MUG", exact=True).fill("2")
    press(page, "Close the parcel")
    says(page, "Parcel 1 is packed.")
    assert [(parcel.weight_grams, parcel.checked_by) for parcel in stocked.rows(Parcel)] == [(1250, "Ines")]
    page.get_by_role("link", name="Label").click()
    expect(page.get_by_role("img", name="1001-1")).to_be_visible()
    page.get_by_role("link", name="Back to packing").click()
    page.get_by_label("Tracking number").fill("NS7")
    press(page, "Ship the ticked parcels")
    says(page, "Shipped.")
    assert stocked.balances("MUG") == (8, 0, 0)


def test_packing_without_scripts(person, stocked):
    stocked.order({"MUG": 2}, paid=True)
    page = person(java_script_enabled=False)
    page.goto("/console/packing/1001")
    press(page, "Close the parcel")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was entered")
    page.get_by_label("In the box of MUG", exact=True).fill("2")
    press(page, "Close the parcel")
    says(page, "Parcel 1 is packed.")
