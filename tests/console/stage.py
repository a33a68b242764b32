"""A real server that outlives the shops it serves: which one stands on it is changed between two visits."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from tests.shop import Shop

from onhand.api.app import create_app
from onhand.config import Settings
from onhand.console.app import console as console_routes

ADMIN = "admin-of-the-tests"


class Stage:
    """What the server serves: whichever app stands on it. `url` is where."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    @contextlib.contextmanager
    def shows(self, shop: Shop) -> Iterator[str]:
        """Serve a shop; ADMIN is a key of it that may do everything."""
        settings = Settings(_env_file=None, bootstrap_key=ADMIN)  # type: ignore[call-arg]
        self.app = create_app(settings, shop.engine, shop.engine.database, console_routes)
        yield self.url
        self.app.state.desk.is_closing = True  # Streams of pages that are still open end.


@contextlib.contextmanager
def open_stage() -> Iterator[Stage]:
    listener = socket.create_server(("127.0.0.1", 0))
    stage = Stage(f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        stage, loop="uvloop", http="httptools", lifespan="off", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield stage
    server.should_exit = True
    thread.join(10)
