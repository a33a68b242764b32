"""Everybody can use it: axe-core finds no fault on any screen, light or dark, at a desk or on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.console.screens import PATHS, a_day_at_the_shop

from onhand.console.app import SCREENS, navigation

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What depends on how a screen looks; the rest is in the text of the page, which is the same.
OF_LOOKS = [
    "color-contrast",
    "target-size",
    "scrollable-region-focusable",
    "link-in-text-block",
    "css-orientation-lock",
]
EVERYTHING = {"type": "tag", "values": TAGS}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

# Whatever a script listens to by an attribute has to be something that keys reach.
WITHOUT_KEYS = """() => [...document.querySelectorAll(
  "[onclick], [data-dialog], [data-close], [data-step], [data-all], [data-all-expected], [data-print], [data-scan]"
)].filter((each) => !each.matches("a[href], button, input, select, textarea") || each.tabIndex < 0)
  .map((each) => each.outerHTML.slice(0, 200))"""


TOO_WIDE = "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"


def faults(page):
    page.evaluate(Axe().axe_script)
    # The console has no sound and no film, and axe need not fetch its styles again to look at them.
    return violations(page, {"runOnly": EVERYTHING, "preload": False})


def faults_of_the_look(page):
    """The same page again, without loading it."""
    return violations(page, {"runOnly": {"type": "rule", "values": OF_LOOKS}})


def violations(page, options):
    options = {"resultTypes": ["violations"], **options}
    found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("half", [0, 1], ids=["one half of the screens", "the other"])
def test_everybody_can_use_every_screen(shop, person, half):
    screens = list(a_day_at_the_shop(shop).items())[half::2]
    page = person("Nora")
    wrong: dict[tuple[str, str], object] = {}
    for name, path in screens:
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(path)
        assert page.locator("h1").count() == 1, name
        found = {"light, at a desk": faults(page), "keys do not reach": page.evaluate(WITHOUT_KEYS)}
        found["wider than a desk"] = page.evaluate(TOO_WIDE)
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found["dark, on a phone"] = faults_of_the_look(page)
        found["wider than a phone"] = page.evaluate(TOO_WIDE)
        wrong |= {(name, what): each for what, each in found.items() if each}
    assert wrong == {}


def test_axe_finds_nothing_at_the_door(console, browser):
    page = browser.new_page()
    page.goto(f"{console}/console/sign-in")
    assert faults(page) == []
    page.close()


def test_each_screen_of_the_navigation_has_a_letter_of_its_own():
    letters = [entry.letter for entries in navigation(SCREENS).values() for entry in entries]
    assert len(set(letters)) == len(letters)
    assert "g" not in letters


# What axe cannot look at, or need not: a file, a stream, a way to another screen, and the paper of a wave, which is
# that of an order.
NOT_LOOKED_AT = {"/stock.csv", "/ledger/verify/stream", "/upload", "/picking/waves/{ref}/print"}


def test_no_screen_is_forgotten():
    shown = [screen for screen in SCREENS if "GET" in (screen.methods or ())]
    paths = [path.partition("?")[0].removeprefix("/console") for path in PATHS.values()]
    looked_at = {next(screen.path for screen in shown if screen.path_regex.match(path)) for path in paths}
    assert {screen.path for screen in shown} - looked_at == NOT_LOOKED_AT
