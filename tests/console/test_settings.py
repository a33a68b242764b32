"""Settings in a browser: keys, stores, files; and what is done to many levels at once."""

import re

import pytest
from playwright.sync_api import expect
from tests.console.stage import ADMIN

from onhand.rows import ApiKey, Product, Store, Variant


@pytest.fixture
def page(person):
    return person("Ada")


@pytest.mark.walk
def test_a_key_is_made_shown_once_and_revoked(page, console, shop, browser):
    page.goto("/console/keys")
    page.get_by_label("Name").fill("web shop")
    page.get_by_label("place and change orders").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator(".secret").inner_text()
    key = next(row for row in shop.rows(ApiKey) if row.name == "web shop")
    assert set(key.scopes.split()) == {"read", "orders"}
    of_key = {"Authorization": f"Bearer {secret}"}
    assert page.request.get("/api/orders", headers=of_key).status == 200
    other = browser.new_context(base_url=console).new_page()
    other.goto("/console/sign-in")
    other.get_by_label("API key").fill(secret)
    other.get_by_role("button").click()
    expect(other.get_by_role("heading", name="Today")).to_be_visible()
    page.goto("/console/keys")
    expect(page.get_by_text(secret)).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke web shop").click()
    expect(page.get_by_role("status").first).to_contain_text("is revoked")
    assert page.request.get("/api/orders", headers=of_key).status == 401
    other.goto("/console/stock")
    expect(other.get_by_label("API key")).to_be_visible()
    other.context.close()


def test_a_key_without_a_name_is_not_made(page, shop):
    before = shop.rows(ApiKey)
    page.goto("/console/keys")
    page.evaluate("document.querySelectorAll('[required]').forEach((box) => (box.required = false))")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    assert shop.rows(ApiKey) == before


def test_a_store_is_opened_and_changed(page, shop):
    page.goto("/console/stores")
    page.get_by_role("link", name="Open a store").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code").fill("lisbon")
    dialog.get_by_label("Name").fill("Lisbon")
    dialog.get_by_label("Cutoff").fill("25:99")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Cutoff")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Cutoff").fill("16:00")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    assert shop.store("lisbon").cutoff == "16:00"
    page.goto("/console/stores/lisbon")
    page.get_by_label("Cutoff").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    assert shop.store("lisbon").cutoff is None
    assert len(shop.rows(Store)) == 2


PRODUCTS = """sku,name,price,currency
MUG,Enamel mug,12.50,EUR
POT,Teapot,48.00,EUR
"""


def upload(page, name, text):
    page.goto(f"/console/upload/{name}")
    page.get_by_label("CSV file").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
    )
    page.get_by_role("button", name="Try the file").click()


def test_a_file_is_tried_first_and_then_taken(page, shop):
    upload(page, "products", PRODUCTS)
    expect(page.get_by_role("status")).to_contain_text("All 2 rows can be taken.")
    assert not shop.rows(Product)
    page.get_by_role("button", name="Take all of them").click()
    expect(page.get_by_role("status").first).to_contain_text("2 rows of the file are in.")
    assert {row.sku: row.price for row in shop.rows(Variant)} == {"MUG": 125_000, "POT": 480_000}
    upload(page, "products", "sku;name;price\nMUG;Enamel mug;13.00\n")
    page.get_by_role("button", name="Take all of them").click()
    expect(page.get_by_role("status").first).to_contain_text("1 rows of the file are in.")
    assert shop.variant("MUG").price == 130_000
    upload(page, "stock", "sku,store,quantity\nMUG,main,120\nPOT,main,8\n")
    page.get_by_role("button", name="Take all of them").click()
    expect(page.get_by_role("status").first).to_contain_text("2 rows")
    assert (shop.balances("MUG"), shop.balances("POT")) == ((120, 0, 0), (8, 0, 0))


def test_every_row_that_is_wrong_is_named_and_nothing_is_taken(page, shop):
    shop.stocks({"MUG": 5})
    rows = ["sku,store,operation,quantity", "MUG,main,decrement,9", "NONE,main,increment,1", "MUG,main,increment,many"]
    rows.append(f"MUG,main,increment,{'9' * 5_000}")
    upload(page, "stock", "\n".join([*rows, "MUG,main,increment,1"]))
    expect(page.get_by_role("status")).to_contain_text("4 of 5 rows cannot be taken.")
    for line, said in ((2, "below 0"), (3, "no variant"), (4, "quantity"), (5, "quantity")):
        expect(page.get_by_role("row", name=re.compile(f"^{line} "))).to_contain_text(said)
    expect(page.get_by_role("button", name="Take all of them")).to_have_count(0)
    assert shop.balances("MUG") == (5, 0, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column sku"),
        ("sku,colour\nA,red\n", "'colour'"),
        ("sku,quantity\n", "no rows"),
        ("sku,quantity\nA,1\0", "NUL"),
        pytest.param(f"sku,quantity\nA,1\n{'B' * 140_000},1\n", "Line 3 is not CSV", id="a-cell-beyond-all-measure"),
    ],
)
def test_a_file_that_is_none_says_why(page, text, said):
    upload(page, "stock", text)
    expect(page.locator(".error")).to_contain_text(said)


def test_many_levels_are_changed_at_once_each_by_itself(page, shop):
    shop.stocks({"A": 5, "B": 1, "C": 9})
    page.goto("/console/stock?store=main")
    page.get_by_label("Choose A", exact=True).check()
    page.get_by_label("Choose B", exact=True).check()
    page.get_by_text("Change the chosen SKUs").click()
    page.get_by_label("What").select_option(label="Take units")
    page.get_by_label("Value").fill("some")
    page.get_by_label("Reason, for units").fill("Samples")
    page.get_by_role("button", name="Change all chosen").click()
    expect(page.get_by_role("alert")).to_contain_text("Type a whole number.")
    expect(page.get_by_label("Choose B", exact=True)).to_be_checked()
    expect(page.get_by_label("Reason, for units")).to_have_value("Samples")
    page.get_by_label("Value").fill("2")
    page.get_by_role("button", name="Change all chosen").click()
    expect(page.get_by_role("status").first).to_contain_text("1 changed. 1 refused: B: Cannot decrement")
    assert [shop.balances(sku)[0] for sku in "ABC"] == [3, 1, 9]
    page.get_by_label("Choose all on this page").check()
    page.get_by_text("Change the chosen SKUs").click()
    page.get_by_label("What").select_option(label="Low at")
    page.get_by_label("Value").fill("4")
    page.get_by_role("button", name="Change all chosen").click()
    expect(page.get_by_role("status").first).to_contain_text("3 changed.")
    assert {shop.level(sku).low_stock_threshold for sku in "ABC"} == {4}


def test_the_grid_is_exported_and_no_cell_is_a_formula(page, shop):
    shop.stocks({"=1+1": 5, "MUG": 2})
    text = page.request.get("/console/stock.csv").text()
    assert text.startswith("\ufeffsku,name,barcode,store,available")
    assert "\r\n'=1+1,'=1+1,,main,5,0,0,0,5,LOW_STOCK,10,0,\r\n" in text
    assert "MUG" not in page.request.get("/console/stock.csv?q=1%2B1").text()


def test_the_admin_of_the_settings_may_sign_in(console, browser):
    page = browser.new_context(base_url=console, locale="de-DE").new_page()
    page.goto("/console/sign-in")
    page.locator("[name=key]").fill(ADMIN)
    page.get_by_role("button").click()
    expect(page.locator("html")).to_have_attribute("lang", "de-DE")
    page.context.close()
