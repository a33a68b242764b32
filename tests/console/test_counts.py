"""Counting: blind, with a scanner, by two people, and approved by a third."""

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says, scan

from onhand.rows import Count, CountLine


@pytest.fixture
def stocked(shop):
    shop.stocks({"MUG": 10, "TEAPOT": 4})
    return shop


def plan(page, items="MUG\nTEAPOT", units="1"):
    page.goto("/console/counts/new")
    page.get_by_label("SKUs").fill(items)
    page.get_by_label("Approval beyond, units off").fill(units)
    press(page, "Plan the count")
    says(page, "Planned.")
    return page.url


@pytest.mark.walk
def test_a_blind_count_that_somebody_else_has_to_approve(person, stocked):
    ines, maria = person("Ines"), person("Maria")
    count = plan(ines)
    expect(ines.get_by_label("Scan", exact=True)).to_be_focused()
    for _ in range(2):
        scan(ines, "MUG")
    expect(ines.get_by_label("Found of MUG", exact=True)).to_have_value("2")
    ines.get_by_label("Found of MUG", exact=True).fill("7")
    ines.get_by_label("Found of TEAPOT", exact=True).fill("4")
    assert "Books" not in ines.locator("main").inner_text()
    stocked.order({"MUG": 1})  # The shop goes on selling meanwhile.
    press(ines, "Write down")
    says(ines, "2 lines are written down.")
    press(ines, "Write down and submit")
    press(ines, "Submit the count")
    says(ines, "somebody who has not counted has to approve it")
    expect(ines.get_by_text("You have counted here")).to_be_visible()
    expect(ines.get_by_role("row", name="MUG")).to_contain_text("−3")
    assert stocked.balances("MUG") == (9, 1, 0)
    maria.goto(count)
    press(maria, "Approve and apply")
    says(maria, "Approved and applied")
    assert stocked.balances("MUG") == (6, 1, 0)
    assert [row.approved_by for row in stocked.rows(Count)] == ["Maria"]


def test_a_second_counter_sees_nothing_of_the_first_and_they_differ(person, stocked):
    ines, per = person("Ines"), person("Per", java_script_enabled=False)
    count = plan(ines, "MUG", "0")
    ines.get_by_label("Found of MUG", exact=True).fill("9")
    press(ines, "Write down")
    ines.get_by_role("link", name="Count a second time").click()
    ines.get_by_label("Found of MUG", exact=True).fill("9")
    press(ines, "Write down")
    expect(ines.get_by_role("alert")).to_contain_text("somebody else has to count it a second time")
    per.goto(f"{count}?second=1")
    expect(per.get_by_label("Found of MUG", exact=True)).to_have_value("")
    per.get_by_label("Found of MUG", exact=True).fill("8")
    press(per, "Write down")
    per.get_by_role("link", name="Submit the count").click()
    press(per, "Submit the count")
    expect(per.get_by_role("alert")).to_contain_text("different numbers of MUG")
    per.get_by_label("Whose number counts").select_option("second")
    press(per, "Submit the count")
    says(per, "Too much is off")
    per.get_by_label("MUG", exact=True).check()
    press(per, "Have the ticked ones counted again")
    says(per, "count again")
    assert [line.counted for line in stocked.rows(CountLine)] == [None]


def test_counting_without_scripts_leaves_out_what_nobody_has_counted(person, stocked):
    page = person(java_script_enabled=False)
    plan(page)
    page.get_by_label("Found of MUG", exact=True).fill("x")
    press(page, "Write down")
    expect(page.get_by_label("Found of MUG", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Found of MUG", exact=True).fill("11")
    press(page, "Write down and submit")
    press(page, "Submit the count")
    expect(page.get_by_role("alert")).to_contain_text("Not counted yet: TEAPOT")
    page.get_by_label("Leave these out").check()
    press(page, "Submit the count")
    says(page, "Applied")
    assert stocked.balances("MUG") == (11, 0, 0)
    page.goto("/console/counts")
    expect(page.locator(".facts")).to_contain_text("0 of 1 lines exact")


def test_a_count_is_given_up_at_once(person, stocked):
    page = person()
    plan(page)
    press(page, "Undo")
    says(page, "The count is given up.")
    assert [row.status for row in stocked.rows(Count)] == ["cancelled"]
