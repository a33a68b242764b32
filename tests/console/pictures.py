"""`./dev screenshots`: every screen, at a desk and on a phone, light and dark, as docs/screens.md shows them."""

import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.console.chromium import FLAGS, MISSING, find_chromium
from tests.console.screens import a_day_at_the_shop
from tests.console.stage import ADMIN, Stage, open_stage
from tests.shop import Moment, Shop

from onhand import clock
from onhand.db.database import open_database
from onhand.db.migrate import migrate
from onhand.engine import Engine

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDER = DOCS / "screenshots"
MOST_BYTES = 60_000
COLOURS = 128
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS = {
    "desk-light": (DESK, "light"),
    "desk-dark": (DESK, "dark"),
    "phone-light": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}


@contextmanager
def a_shop() -> Iterator[Shop]:
    folder = Path(tempfile.mkdtemp())
    database = open_database(f"sqlite:///{folder / 'demo.db'}")
    migrate(database)
    engine = Engine(database)
    engine.start()
    try:
        yield Shop(engine, Moment(clock.now))
    finally:
        engine.close()
        database.close()
        shutil.rmtree(folder)


def take(browser: Browser, stage: Stage, screens: dict[str, str], look: str) -> None:
    """One picture of each screen."""
    viewport, light = LOOKS[look]
    context = browser.new_context(
        base_url=stage.url,
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme=light,  # type: ignore[arg-type]
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/console/sign-in")
    keep(page, f"sign-in-{look}")
    context.request.post("/console/sign-in", form={"key": ADMIN, "person": "Nora Berg"})
    for name, path in screens.items():
        page.goto(path)
        if page.locator("[data-chart]").count():
            page.locator("[data-chart] canvas").first.wait_for()
        keep(page, f"{name}-{look}")
    context.close()


def keep(page: Page, name: str) -> None:
    """A palette and no loss beyond it: letters stay sharp, and a page is some 20 kB."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = picture.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
    few.save(FOLDER / f"{name}.webp", lossless=True, method=6)


def write_gallery(names: Iterable[str]) -> None:
    lines = ["# Every screen of the console", ""]
    lines += ["At a desk and on a phone, by day and by night; `./dev screenshots` takes the pictures again."]
    for name in names:
        title = name.replace("-", " ").capitalize()
        desk, dark, phone, night = (f"screenshots/{name}-{look}.webp" for look in LOOKS)
        lines += ["", f"## {title}", "", f"![{title}, at a desk]({desk})", ""]
        lines += [f"[In the dark]({dark}) · [on a phone]({phone}) · [on a phone, in the dark]({night})"]
    (DOCS / "screens.md").write_text("\n".join(lines) + "\n")


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        print(f"screenshots: {MISSING}", file=sys.stderr)
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with a_shop() as shop, open_stage() as stage, stage.shows(shop), sync_playwright() as playwright:
        screens = a_day_at_the_shop(shop, with_past=True)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for look in LOOKS:
            take(browser, stage, screens, look)
        browser.close()
    write_gallery(["sign-in", *screens])
    pictures = list(FOLDER.glob("*.webp"))
    print(f"{len(pictures)} pictures, {sum(path.stat().st_size for path in pictures) // 1000} kB")
    large = [path.name for path in pictures if path.stat().st_size > MOST_BYTES]
    if large:
        print(f"screenshots: larger than {MOST_BYTES} bytes: {', '.join(large)}", file=sys.stderr)
    return bool(large)


if __name__ == "__main__":
    sys.exit(main())
