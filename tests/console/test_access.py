"""Everybody can use it: axe-core finds no fault on any screen, light or dark, at a desk or on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.console.screens import a_day_at_the_shop

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def faults(page):
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("look", [("light", DESK), ("dark", PHONE)], ids=["light, at a desk", "dark, on a phone"])
def test_axe_finds_nothing(shop, person, look):
    screens = a_day_at_the_shop(shop)
    scheme, viewport = look
    page = person("Nora", color_scheme=scheme, viewport=viewport)
    found = {}
    for name, path in screens.items():
        page.goto(path)
        assert page.locator("h1").count() == 1, name
        if wrong := faults(page):
            found[name] = wrong
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the window"
    assert found == {}


def test_axe_finds_nothing_at_the_door(console, browser):
    page = browser.new_page()
    page.goto(f"{console}/console/sign-in")
    assert faults(page) == []
    page.close()
