"""One call to a receiver: signed, within its time, no further than where it goes, and no more read than is logged."""

import asyncio
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import NamedTuple

import httpcore2
from httpx2 import create_ssl_context
from standardwebhooks import Webhook as Signer

from onhand import clock
from onhand.worker.addresses import GuardedNetwork

MOST_BYTES = 65_536
LOGGED_CHARACTERS = 1_000
LONGEST_RETRY_AFTER_SECONDS = 86_400
AT_ONCE = 8

_FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    httpcore2.TimeoutException,
    OSError,
)
_USER_AGENT = f"Onhand/{version('onhand')}"


class Called(NamedTuple):
    """What came of a call: the status and the beginning of the answer, or why there is none."""

    status: int | None
    error: str | None
    response: str
    latency_ms: int
    retry_after_seconds: float | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Message(NamedTuple):
    """What a receiver is sent."""

    id: str
    body: bytes
    content_type: str


class Line:
    """The connections to one receiver."""

    def __init__(self, *, timeout_seconds: float, allow_private: bool) -> None:
        self._timeout = timeout_seconds
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=create_ssl_context(trust_env=False),
            max_connections=AT_ONCE,
            keepalive_expiry=15,
            network_backend=GuardedNetwork(allow_private=allow_private),
        )

    async def close(self) -> None:
        await self._pool.aclose()

    async def call(self, url: str, secrets: Sequence[str], message: Message, now: int) -> Called:
        """Never raises for what the receiver does."""
        began = clock.stopwatch()

        def took() -> int:
            return round((clock.stopwatch() - began) * 1_000)

        try:
            async with asyncio.timeout(self._timeout):
                return (await self._exchange(url, signed(secrets, message, now), message.body))._replace(
                    latency_ms=took()
                )
        except TimeoutError:
            return Called(None, f"No whole answer within {self._timeout:g} seconds.", "", took())
        except _FAILURES as error:
            return Called(None, str(error) or type(error).__name__, "", took())

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> Called:
        listed = [(name.encode(), value.encode()) for name, value in headers.items()]
        # Redirects are answers like any other: who followed them could be led to where the guard would not go.
        async with self._pool.stream("POST", url, headers=listed, content=body) as answer:
            received = bytearray()
            async for chunk in answer.aiter_stream():
                received += chunk
                if len(received) > MOST_BYTES:
                    return Called(None, f"The answer has more than {MOST_BYTES} bytes.", _text(received), 0)
            given = dict(answer.headers).get(b"retry-after") or dict(answer.headers).get(b"Retry-After")
            return Called(answer.status, None, _text(received), 0, _seconds(given))


def signed(secrets: Sequence[str], message: Message, now: int) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0, signed with each of the secrets."""
    at = clock.as_datetime(now)
    body = message.body.decode()
    return {
        "Content-Type": message.content_type,
        "User-Agent": _USER_AGENT,
        "Accept-Encoding": "identity",
        "webhook-id": message.id,
        "webhook-timestamp": str(now // clock.SECOND),
        "webhook-signature": " ".join(Signer(secret).sign(message.id, at, body) for secret in secrets),
    }


def _text(received: bytes | bytearray) -> str:
    return bytes(received[: 4 * LOGGED_CHARACTERS]).decode(errors="replace").replace("\0", "�")[:LOGGED_CHARACTERS]


def _seconds(retry_after: bytes | None) -> float | None:
    """RFC 9110: seconds, or a date."""
    if retry_after is None:
        return None
    given = retry_after.decode("ascii", "replace").strip()
    if given.isdigit():
        return float(min(int(given[:9]), LONGEST_RETRY_AFTER_SECONDS))
    try:
        wait = (clock.as_microseconds(parsedate_to_datetime(given)) - clock.now()) / clock.SECOND
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_RETRY_AFTER_SECONDS)
