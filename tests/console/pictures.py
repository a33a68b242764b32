"""`./dev screenshots`: the demo shop's console, as docs/console.md shows it."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.cli.running import Server
from tests.console.chromium import FLAGS, MISSING, find_chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MOST_BYTES = 150_000
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
AT_A_DESK = {
    "today": "/console/",
    "alerts": "/console/alerts?kind=out_of_stock",
    "stock": "/console/stock",
    "adjust": "/console/stock/LANTERN/main/adjust",
    "product": "/console/products/MUG-ENAMEL-BLU",
    "level": "/console/stock/LANTERN/main",
    "ledger": "/console/ledger",
    "verify": "/console/ledger/verify",
    "reports": "/console/reports",
    "find": "/console/find?q=mug",
    "keys": "/console/keys",
    "stores": "/console/stores",
    "upload": "/console/upload/stock",
}
ALSO = ("today", "stock", "product", "ledger")


def take(browser: Browser, server: Server, screens: dict[str, str], look: str) -> None:
    """One picture of each screen; `look` is desk-light, desk-dark, phone-light or phone-dark."""
    place, _, light = look.partition("-")
    context = browser.new_context(
        base_url=server.url,
        viewport=DESK if place == "desk" else PHONE,  # type: ignore[arg-type]
        color_scheme=light,  # type: ignore[arg-type]
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/console/sign-in")
    if screens is AT_A_DESK and light == "light":
        page.screenshot(path=FOLDER / f"sign-in-{look}.png")
    page.locator("[name=key]").fill(server.key)
    page.locator("[name=person]").fill("Nora Berg")
    page.get_by_role("button").click()
    for name, path in screens.items():
        page.goto(path)
        page.wait_for_timeout(400)  # Until charts are drawn.
        page.screenshot(path=FOLDER / f"{name}-{look}.png")
    context.close()


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        print(f"screenshots: {MISSING}", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    try:
        with (
            Server("--demo", database_url=f"sqlite:///{folder / 'demo.db'}") as server,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            take(browser, server, AT_A_DESK, "desk-light")
            some = {name: AT_A_DESK[name] for name in ALSO}
            for look in ("desk-dark", "phone-light", "phone-dark"):
                take(browser, server, some, look)
            browser.close()
    finally:
        shutil.rmtree(folder)
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > MOST_BYTES]
    if large:
        print(f"screenshots: larger than {MOST_BYTES} bytes: {', '.join(large)}", file=sys.stderr)
    return bool(large)


if __name__ == "__main__":
    sys.exit(main())
