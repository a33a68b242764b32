"""The browser of the tests: a Chromium that is installed. Nothing is downloaded."""

import os
import shutil

GIVEN = "ONHAND_TEST_CHROMIUM"
# The first one has no window to draw around the page, which saves more than half of its time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = f"no Chromium: install one (Debian, Ubuntu: apt-get install chromium), or name it in {GIVEN}"


def find_chromium() -> str | None:
    given = os.environ.get(GIVEN)
    return given or next(filter(None, map(shutil.which, NAMES)), None)
