"""The console as people use it: a real server and a real Chromium. Walks are on both databases.

console     the address of the shop's console
browser     a Chromium; `person` opens a window of somebody who is signed in
"""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.console.chromium import FLAGS, MISSING, find_chromium
from tests.shop import Shop

from onhand.api.app import create_app
from onhand.api.secrets import hash_of
from onhand.config import Settings
from onhand.console.app import console as console_routes
from onhand.trade.keys import CreateKey

ADMIN = "admin-of-the-tests"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Walks go through the whole house, on both databases. A screen is the same on either: SQLite is enough."""
    if "database_url" in metafunc.fixturenames:
        is_walk = metafunc.definition.get_closest_marker("walk") is not None
        metafunc.parametrize("database_url", ["sqlite", "postgres"] if is_walk else ["sqlite"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


class Stage:
    """What the server serves: whichever app stands on it."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="package")
def stage() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        stage, loop="uvloop", http="httptools", lifespan="off", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield stage, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def console(stage: tuple[Stage, str], shop: Shop) -> Iterator[str]:
    """Where the shop's app answers."""
    settings = Settings(_env_file=None, bootstrap_key=ADMIN)  # type: ignore[call-arg]
    app = create_app(settings, shop.engine, shop.engine.database, console_routes)
    stage[0].app = app
    yield stage[1]
    app.state.desk.is_closing = True  # Streams of pages that are still open end.


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Of this package only: while it runs, no other event loop can in this thread."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(MISSING)
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
        context.set_default_timeout(10_000)
        secret = f"key-of-{name}-{len(contexts)}"
        shop.run(CreateKey(f"{name}'s key", hash_of(secret.encode()), secret[:6], scopes))
        # test_signing_in.py goes through the door as people do.
        answer = context.request.post("/console/sign-in", form={"key": secret, "person": name}, max_redirects=0)
        assert answer.status == 303
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()
