"""The real app over real HTTP: one server for the run, on which each test puts an app of its own."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from tests.shop import Shop

from onhand.api.app import create_app
from onhand.api.secrets import hash_of
from onhand.config import Settings
from onhand.trade.keys import CreateKey

ADMIN = "admin-of-the-tests"


class Stage:
    """What the server serves: whichever app stands on it."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
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
def url(stage: tuple[Stage, str], shop: Shop) -> str:
    """Where the shop's app answers."""
    settings = Settings(_env_file=None, bootstrap_key=ADMIN)  # type: ignore[call-arg]
    stage[0].app = create_app(settings, shop.engine, shop.engine.database)
    return stage[1]


def client(url: str, key: str | None) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=60)


@pytest.fixture
def api(url: str) -> Iterator[httpx2.Client]:
    """A client that may do everything."""
    with client(url, ADMIN) as opened:
        yield opened


@pytest.fixture
def stranger(url: str) -> Iterator[httpx2.Client]:
    """A client without a key."""
    with client(url, None) as opened:
        yield opened


class Keys:
    """Makes keys, and clients that use them."""

    def __init__(self, shop: Shop, url: str) -> None:
        self._shop = shop
        self._url = url
        self._open: list[httpx2.Client] = []

    def client(self, *scopes: str, name: str = "till", stores: tuple[str, ...] = ()) -> httpx2.Client:
        secret = f"{name}-{len(self._open)}"
        self._shop.run(CreateKey(name, hash_of(secret.encode()), secret[:6], scopes, stores))
        self._open.append(client(self._url, secret))
        return self._open[-1]

    def close(self) -> None:
        for each in self._open:
            each.close()


@pytest.fixture
def keys(shop: Shop, url: str) -> Iterator[Keys]:
    keys = Keys(shop, url)
    yield keys
    keys.close()


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer must be, whole and consistent."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    members = answer.json()
    assert members["status"] == status
    assert members["type"] == f"https://onhand.dev/problems/{code}"
    assert members["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert members["title"]
    assert members["detail"]
    return dict(members)
