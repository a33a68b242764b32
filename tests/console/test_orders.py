"""Orders in a browser: from the counter to the customer's door, and every step that an order may or may not take."""

import pytest
from playwright.sync_api import expect
from tests.console.hands import says
from tests.console.stage import ADMIN

from onhand.rows import Order


@pytest.fixture
def stocked(shop):
    shop.sells("MUG", "Enamel mug")
    shop.stocks({"MUG": 10, "TEAPOT": 4})
    return shop


def open_step(page, words):
    page.locator("summary", has_text=words).click()


def press(page, words):
    """Click the button of these words that is to be seen: steps that are closed have one of the same name."""
    page.get_by_role("button", name=words, exact=True).locator("visible=true").first.click()


def order_by_hand(page, items, **choices):
    page.goto("/console/orders/new")
    page.get_by_label("Items", exact=True).fill(items)
    for label, value in choices.items():
        page.get_by_label(label).fill(value)
    press(page, "Place the order")


@pytest.mark.walk
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_order_from_the_counter_to_the_door(person, stocked, scripts):
    page = person("Ada", java_script_enabled=scripts)
    order_by_hand(page, "MUG 3\nTEAPOT", Customer="Nora Lind")
    says(page, "The order is placed.")
    assert stocked.balances("MUG") == (7, 3, 0)
    press(page, "Confirm")
    says(page, "Confirmed")
    assert stocked.balances("MUG") == (7, 0, 3)
    press(page, "Start picking")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pick #1001")
    page.goto("/console/orders/1001")
    open_step(page, "Ship")
    page.get_by_label("To ship of MUG").fill("2")
    press(page, "Ship")
    says(page, "Shipped in part")
    open_step(page, "Ship")
    page.get_by_label("Carrier").fill("Nordsped")
    page.get_by_label("Tracking number").fill("NS1")
    press(page, "Ship")
    says(page, "Shipped.")
    press(page, "Mark as delivered")
    says(page, "Delivered.")
    assert [order.status for order in stocked.rows(Order)] == ["delivered"]
    assert stocked.balances("MUG") == (7, 0, 0)
    told = page.locator(".history strong").all_inner_texts()
    assert told == ["Placed", "Confirmed", "Picking began", "Shipped in part", "Shipped", "Delivered"]
    expect(page.locator(".history")).to_contain_text("Nordsped NS1")
    assert {row.on_behalf_of for row in stocked.movements("MUG")[1:]} == {"Ada"}


def test_what_cannot_be_done_says_why(person, stocked):
    page = person(java_script_enabled=False)
    stocked.order({"MUG": 1})
    page.goto("/console/orders/1001")
    expect(page.get_by_role("button", name="Mark as delivered")).to_have_count(0)
    page.get_by_text("What cannot be done now, and why").click()
    why = dict(
        zip(page.locator(".why-not dt").all_inner_texts(), page.locator(".why-not dd").all_inner_texts(), strict=True)
    )
    assert why["Ship"] == why["Start picking"] == "Confirm it first."
    assert why["Take goods back"] == "Nothing has shipped that could come back."
    stocked.confirm("1001")
    stocked.ship("1001")
    press(page, "Confirm")
    says(page, "Confirmed")  # Again is the same answer, and no second effect.
    page.get_by_text("What cannot be done now, and why").click()
    expect(page.locator(".why-not")).to_contain_text("A part of it has left: take that back instead.")


def test_a_step_that_came_too_late_is_refused_where_it_was_taken(person, stocked):
    page = person(java_script_enabled=False)
    stocked.order({"MUG": 1}, paid=True)
    page.goto("/console/orders/1001")
    open_step(page, "Cancel the order")
    stocked.ship("1001")
    page.get_by_label("Reason").locator("visible=true").fill("Changed their mind")
    press(page, "Cancel the order")
    expect(page.get_by_role("alert")).to_contain_text("Cannot cancel a shipped order")
    assert stocked.balances("MUG") == (9, 0, 0)


def test_cancelling_gives_back_and_tells_the_reason(person, stocked):
    page = person(java_script_enabled=False)
    stocked.order({"MUG": 2}, paid=True)
    page.goto("/console/orders/1001")
    open_step(page, "Cancel the order")
    page.locator("#f-cancel-reason").fill("Changed their mind")
    press(page, "Cancel the order")
    expect(page.locator(".notice")).to_contain_text("Changed their mind")
    assert stocked.balances("MUG") == (10, 0, 0)


def test_a_hold_is_extended_and_an_order_planned_again(person, stocked):
    stocked.stocks({"MUG": 5}, "station")
    stocked.order([("MUG", 2, "main")])
    page = person()
    page.goto("/console/orders/1001")
    open_step(page, "Extend the hold")
    page.get_by_label("Minutes from now").fill("0")
    press(page, "Extend the hold")
    expect(page.get_by_role("alert")).to_contain_text("greater than")
    page.get_by_label("Minutes from now").fill("90")
    press(page, "Extend the hold")
    says(page, "The hold lasts longer now.")
    open_step(page, "Plan again")
    page.get_by_label("All of it from").select_option("station")
    press(page, "Plan again")
    says(page, "Planned again")
    assert stocked.balances("MUG") == (10, 0, 0)
    assert stocked.balances("MUG", "station") == (3, 2, 0)


def test_what_waits_is_given_up(person, stocked):
    page = person()
    page.goto("/console/orders/new")
    page.get_by_label("Items", exact=True).fill("TEAPOT 6")
    press(page, "Place the order")
    expect(page.get_by_role("alert")).to_contain_text("Available: 4, Requested: 6")
    page.get_by_label("If something is short").select_option("backorder")
    press(page, "Place the order")
    expect(page.locator(".claims", has_text="waits for stock")).to_be_visible()
    open_step(page, "Cancel backorders")
    press(page, "Cancel backorders")
    says(page, "The customer goes without")
    expect(page.locator(".claims", has_text="waits for stock")).to_have_count(0)


def test_an_item_that_nothing_is_known_of_is_named_beside_the_list(person, stocked):
    page = person()
    order_by_hand(page, "MUG 2\nNO-SUCH 3")
    expect(page.get_by_label("Items", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#e-items")).to_contain_text("Line 2: nothing has the SKU or barcode “NO-SUCH”.")
    expect(page.get_by_label("Items", exact=True)).to_have_value("MUG 2\nNO-SUCH 3")
    assert stocked.balances("MUG") == (10, 0, 0)


def test_the_list_is_narrowed_and_a_filter_is_kept(person, stocked):
    stocked.order({"MUG": 1}, customer_name="Ada Holm")
    stocked.order({"TEAPOT": 1}, customer_name="Jon Berg", paid=True)
    page = person()
    page.goto("/console/orders")
    expect(page.locator("#orders tbody tr")).to_have_count(2)
    page.get_by_role("link", name="To pick").click()
    expect(page.locator("#orders tbody tr")).to_have_count(1)
    page.goto("/console/orders")
    page.get_by_label("Search", exact=True).fill("holm")
    expect(page.locator("#orders tbody tr")).to_have_count(1)
    page.get_by_label("Keep this filter as").fill("Ada's")
    press(page, "Save filter")
    says(page, "Saved in this browser.")
    page.goto("/console/orders")
    page.get_by_role("link", name="Ada's").click()
    expect(page.locator("#orders tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Ada's")).to_have_attribute("aria-current", "page")
    press(page, "Forget the filter “Ada's”")
    expect(page.get_by_role("link", name="Ada's")).to_have_count(0)
    page.goto("/console/orders?from=yesterday")
    expect(page.get_by_role("alert")).to_contain_text("Give a day")


def test_an_order_that_comes_in_shows_by_itself(person, stocked):
    page = person()
    page.goto("/console/orders")
    expect(page.locator("html.listening")).to_be_attached()
    expect(page.get_by_text("No orders yet")).to_be_visible()
    stocked.order({"MUG": 1})
    expect(page.locator("#orders tbody tr")).to_have_count(1)


def test_who_may_only_read_sees_no_step(person, stocked):
    stocked.order({"MUG": 1})
    page = person(scopes=("read",))
    page.goto("/console/orders/1001")
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("What can be done")).to_have_count(0)


def test_an_order_is_placed_and_confirmed_by_keyboard_alone(person, stocked):
    page = person()
    page.goto("/console/")
    expect(page.locator("html.moves")).to_be_attached()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    tab_to(page, "New order")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Items", exact=True)).to_be_focused()
    page.keyboard.type("MUG 2")
    tab_to(page, "Place the order")
    page.keyboard.press("Enter")
    says(page, "The order is placed.")
    tab_to(page, "Confirm")
    page.keyboard.press("Enter")
    says(page, "Confirmed")
    tab_to(page, "Change the items")
    page.keyboard.press("Enter")
    expect(page.get_by_label("From now on of MUG")).to_be_visible()
    assert stocked.balances("MUG") == (8, 0, 2)


def tab_to(page, words):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText?.trim()") == words:
            return
    raise AssertionError(f"no key leads to {words!r}")


def test_a_session_that_ends_in_the_middle_loses_nothing_that_was_typed(person, stocked):
    page = person()
    page.goto("/console/orders/new")
    page.get_by_label("Items").fill("MUG 2")
    page.context.clear_cookies()
    page.get_by_role("button", name="Place the order").click()
    page.get_by_label("API key").fill(ADMIN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Items")).to_have_value("MUG 2")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/console/orders/1001")


def test_a_parcel_that_is_no_number_is_no_failure(person, stocked):
    number = stocked.confirm(stocked.order({"MUG": 1})).order.number
    page = person("Ada")
    page.goto(f"/console/orders/{number}")
    fields = {"csrf": page.locator("[name=csrf]").first.input_value()}
    for parcel in ("²", "9" * 5_000):
        answer = page.request.post(f"/console/orders/{number}/ship", form=fields | {"parcel": parcel}, max_redirects=0)
        assert answer.status == 422
    assert stocked.balances("MUG") == (9, 0, 1)
