"""The console as people use it: a real server and a real Chromium. Walks are on both databases.

console     the address of the shop's console
browser     a Chromium; `person` opens a window of somebody who is signed in
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.console.chromium import FLAGS, MISSING, find_chromium
from tests.console.stage import Stage, open_stage
from tests.shop import Shop

from onhand.api.secrets import hash_of
from onhand.trade.keys import CreateKey


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Walks go through the whole house, on both databases. A screen is the same on either: SQLite is enough."""
    if "database_url" in metafunc.fixturenames:
        is_walk = metafunc.definition.get_closest_marker("walk") is not None
        metafunc.parametrize("database_url", ["sqlite", "postgres"] if is_walk else ["sqlite"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


@pytest.fixture
def console(stage: Stage, shop: Shop) -> Iterator[str]:
    """Where the shop's app answers."""
    with stage.shows(shop) as url:
        yield url


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Of this package only: while it runs, no other event loop can in this thread."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(MISSING)
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


Person = Callable[..., Page]


@pytest.fixture
def person(browser: Browser, console: str, shop: Shop) -> Iterator[Person]:
    """`person("Ada")` opens a window in which Ada is signed in. `scopes` are those of her key; `more` goes to the
    browser: `java_script_enabled=False`, `locale="de-DE"` …
    """
    contexts: list[BrowserContext] = []

    def open_window(name: str = "Ada", scopes: tuple[str, ...] = ("admin",), **more: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "base_url": console, **more})
        contexts.append(context)
        context.set_default_timeout(30_000)
        secret = f"key-of-{name}-{len(contexts)}"
        shop.run(CreateKey(f"{name}'s key", hash_of(secret.encode()), secret[:6], scopes))
        # test_signing_in.py goes through the door as people do.
        answer = context.request.post("/console/sign-in", form={"key": secret, "person": name}, max_redirects=0)
        assert answer.status == 303
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()
