"""A receiver of webhooks on a real socket, which does what a test tells it to."""

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from standardwebhooks import Webhook


class Received(NamedTuple):
    """One message, as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_signed_with(self, secret: str) -> bool:
        """By the reference implementation. Raises when it is not."""
        Webhook(secret).verify(self.body, self.headers)
        return True


Behaviour = Callable[["Call"], None]


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        size = int(self.headers["content-length"])
        body = self.rfile.read(size)
        if len(body) < size:
            return  # Who sent it is gone.
        headers = {name.lower(): value for name, value in self.headers.items()}
        message = Received(self.path, headers, body, time.monotonic())
        with receiver.lock:
            receiver.received.append(message)
            behaviour = receiver.next.pop(0) if receiver.next else receiver.usual
        behaviour(self)

    do_GET = do_POST

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda call: call.answer(status, body, **headers)


def hangs_up(call: Call) -> None:
    call.connection.shutdown(socket.SHUT_RDWR)
    call.close_connection = True


def is_slow(seconds: float) -> Behaviour:
    def behave(call: Call) -> None:
        time.sleep(seconds)
        call.answer(200)

    return behave


def waits_for(gate: threading.Event) -> Behaviour:
    """Takes its time, until somebody lets it go on."""

    def behave(call: Call) -> None:
        gate.wait(120)
        call.answer(200)

    return behave


def drips(seconds: float) -> Behaviour:
    """A byte now and then: no single wait is long."""

    def behave(call: Call) -> None:
        call.send_response(200)
        call.send_header("Content-Length", "100000")
        call.end_headers()
        ends = time.monotonic() + seconds
        try:
            while time.monotonic() < ends:
                call.wfile.write(b".")
                call.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    return behave


def never_ends(call: Call) -> None:
    """As much as anybody will read."""
    call.send_response(200)
    call.end_headers()
    try:
        for _ in range(10_000):
            call.wfile.write(b"x" * 65_536)
    except OSError:
        return


class Receiver:
    """Remembers what it receives; behaves as `next` says, then as `usual`."""

    def __init__(self, usual: Behaviour | None = None, port: int = 0) -> None:
        self.received: list[Received] = []
        self.next: list[Behaviour] = []
        self.usual = usual or answers(200, b"thanks")
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Call)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._server.receiver = self  # type: ignore[attr-defined]
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.received]
