"""Everybody can use it: axe-core finds no fault on any screen, light or dark, at a desk or on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.console.screens import a_day_at_the_shop

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What depends on how a screen looks; the rest is in the text of the page, which is the same.
OF_LOOKS = [
    "color-contrast",
    "target-size",
    "scrollable-region-focusable",
    "link-in-text-block",
    "css-orientation-lock",
]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
EVERYTHING = {"type": "tag", "values": TAGS}
LOOKS = {
    "light, at a desk": ("light", DESK, EVERYTHING),
    "dark, on a phone": ("dark", PHONE, {"type": "rule", "values": OF_LOOKS}),
}


def faults(page, rules=EVERYTHING):
    found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(shop, person, look):
    screens = a_day_at_the_shop(shop)
    scheme, viewport, rules = LOOKS[look]
    page = person("Nora", color_scheme=scheme, viewport=viewport)
    found, wide = {}, {}
    for name, path in screens.items():
        page.goto(path)
        assert page.locator("h1").count() == 1, name
        if wrong := faults(page, rules):
            found[name] = wrong
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[name] = over
    assert found == {}
    assert wide == {}, "pixels wider than the window"


def test_axe_finds_nothing_at_the_door(console, browser):
    page = browser.new_page()
    page.goto(f"{console}/console/sign-in")
    assert faults(page) == []
    page.close()
