"""What strangers send without end, on a connection of their own."""

import socket
import threading
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest
import uvicorn

from onhand.cli.wire import Wire

HEAD = b"POST / HTTP/1.1\r\nHost: shop\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTES = 16


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """Reads all of it, and says how much it was."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(shop, http=Wire, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def sent(port: int, parts: Iterator[bytes]) -> tuple[int, bytes]:
    """How many bytes could be sent, and what came back."""
    size = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        try:
            for part in parts:
                line.sendall(part)
                size += len(part)
            line.shutdown(socket.SHUT_WR)
            return size, line.recv(1_000)
        except OSError:
            return size, b""


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (HEAD, b"a: b\r\n" * 10_000),
        (HEAD + b"a: ", b"a" * 65_536),
        (b"GET /", b"a" * 65_536),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"a: b\r\n" * 10_000),
        (CHUNKED + b"1\r\na\r\n0\r\na: ", b"a" * 65_536),
    ],
    ids=["headers", "a header", "a path", "trailers", "a trailer"],
)
def test_what_never_ends_is_cut_off(port: int, begins: bytes, goes_on: bytes):
    most = MEGABYTES * 1_000_000
    size, answer = sent(port, chain([begins], repeat(goes_on, most // len(goes_on) + 1)))
    assert size < most
    assert b"200 OK" not in answer


def test_what_ends_is_answered(port: int):
    many = HEAD + b"a: b\r\n" * 900 + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    assert b"200 OK" in sent(port, iter([many]))[1]
    body = b"400\r\n" + b"a" * 1_024 + b"\r\n"
    closing = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = sent(port, chain([closing], repeat(body, 8_192), [b"0\r\n\r\n"]))[1]
    assert b"8388608" in answer
