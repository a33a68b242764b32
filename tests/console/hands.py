"""What a person's hands and eyes do on any screen: press a button, scan a code, read what was said."""

from playwright.sync_api import expect


def press(place, words):
    """Click the button of these very words; `place` is the page, or one part of it."""
    place.get_by_role("button", name=words, exact=True).click()


def scan(page, code):
    """As a scanner does, which is a keyboard that types fast and ends in Enter: wherever the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def says(page, words):
    """Wait until the page's message has these words in it."""
    expect(page.locator(".said")).to_contain_text(words)
