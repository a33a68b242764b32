"""Today and the reports in a browser: numbers that stay true while one looks, and charts that say what they show."""

from playwright.sync_api import expect
from sqlalchemy import update

from onhand import clock
from onhand.db.schema import levels
from onhand.trade.alerts import ReportTroubles, Trouble
from onhand.trade.catalog import ChangeStore
from onhand.trade.housekeeping import RecordRun


def tile(page, label):
    return page.locator(".tile", has=page.locator(f".label:text-is('{label}')"))


def figure(page, label):
    return tile(page, label).locator(".figure")


def test_numbers_stay_true_while_one_looks_and_the_focus_stays(person, shop):
    shop.stocks({"MUG": 50})
    shop.run(ChangeStore("main", time_zone="Europe/Lisbon"))
    page = person()
    page.goto("/console/")
    expect(page.locator("html.listening")).to_be_attached()
    expect(page.locator(".about")).to_contain_text("from midnight on, Europe/Lisbon")
    expect(figure(page, "Orders")).to_have_text("0")
    tile(page, "To pick").locator("a").focus()
    shop.order({"MUG": 2}, paid=True)
    expect(figure(page, "Orders")).to_have_text("1")
    expect(figure(page, "To pick")).to_have_text("1")
    expect(tile(page, "To pick").locator("a")).to_be_focused()
    expect(page.locator("#pulse canvas")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    shop.order({"MUG": 1}, paid=True)
    expect(page.locator("#rows tbody tr")).to_have_count(2)


def test_whether_the_numbers_can_be_trusted(person, shop):
    shop.stocks({"MUG": 50})
    page = person()
    page.goto("/console/")
    expect(figure(page, "Verified")).to_have_text("not yet")
    expect(figure(page, "Drift")).to_have_text("–")
    tamper(shop, +1)
    page.goto("/console/ledger/verify")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("Not clean.")).to_be_visible()
    page.goto("/console/")
    expect(figure(page, "Drift")).not_to_have_text("0")
    expect(figure(page, "Negative")).to_have_text("0")
    tamper(shop, -1)
    page.goto("/console/ledger/verify")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("Clean.", exact=True)).to_be_visible()
    page.goto("/console/")
    expect(figure(page, "Drift")).to_have_text("0")
    shop.moment.passes(minutes=1)
    shop.run(RecordRun("verify-ledger", clock.now(), clock.now(), 1))
    shop.run(ReportTroubles("drift_found", (Trouble("ledger", {"invariants": ["2"], "rows": 7}),)))
    page.reload()
    expect(tile(page, "Verified")).to_contain_text("by the worker")
    expect(figure(page, "Drift")).to_have_text("7")
    expect(figure(page, "Negative")).to_have_text("–")


def tamper(shop, units):
    with shop.engine.database.engine.begin() as connection:
        connection.execute(update(levels).values(available=levels.c.available + units))


def test_who_is_signed_out_is_told_that_the_numbers_stand_still(person, shop):
    page = person()
    page.goto("/console/")
    expect(page.locator("html.listening")).to_be_attached()
    expect(page.locator("#away")).to_be_hidden()
    page.context.clear_cookies()
    shop.stocks({"MUG": 1})
    expect(page.locator("#away")).to_be_visible()


def test_a_year_of_reports_in_charts_and_tables(person, shop):
    shop.stocks({"MUG": 5, "POT": 1})
    shop.ship(shop.order({"MUG": 5}, paid=True))
    shop.order({"POT": 1})
    page = person(viewport={"width": 390, "height": 844})
    page.goto("/console/reports?days=365")
    expect(page.locator(".chart canvas")).to_have_count(3)
    expect(page.get_by_role("img", name="Units shipped on each day")).to_be_visible()
    expect(page.get_by_text("5 units were shipped.")).to_contain_text("Most on")
    expect(page.get_by_text("It ran out 2 times.")).to_be_visible()
    expect(page.get_by_role("row", name="MUG").first).to_contain_text("100%")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
