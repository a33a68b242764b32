"""The load: a process of its own that sends prepared requests over kept-open connections and counts what comes back.

`python -m onhand.bench.http_load` reads a `Job` as JSON from standard input and writes a `Tally` to standard output. It
does as little as a client can (requests are bytes made beforehand, answers are looked at only for their status and
length), so that on a small machine it takes little of the processor from the server that it measures.
"""

import asyncio
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import orjson
import uvloop

from onhand import clock

GRACE_SECONDS = 30.0


class Job(NamedTuple):
    """Send the bodies, again and again, for so many seconds.

    Without a `rate` each connection sends its next request when the last was answered. With one, so many requests are
    due each second whether or not the earlier ones were answered, and latency counts from when one was due.
    """

    port: int
    path: str
    bodies: Sequence[str]
    key: str
    connections: int
    seconds: float = 0.0
    rate: float | None = None
    requests: int | None = None
    """Stop after so many requests, however long it takes."""


class Tally(NamedTuple):
    """How many answers there were with each status, in how many seconds, and each one's latency in seconds."""

    statuses: dict[str, int]
    seconds: float
    latencies: list[float]

    def answers(self, status: int) -> int:
        """How many were answered so. Raises when any was answered otherwise."""
        if set(self.statuses) - {str(status)}:
            raise UnexpectedAnswer(f"Not every request was answered {status}: {self.statuses}")
        return self.statuses.get(str(status), 0)


class UnexpectedAnswer(Exception):
    """A request was not answered as it should have been."""


def send(job: Job) -> Tally:
    """Do the job in a process of its own."""
    command = [sys.executable, "-m", "onhand.bench.http_load"]
    done = subprocess.run(command, input=orjson.dumps(job._asdict()), stdout=subprocess.PIPE, check=True)
    return Tally(**orjson.loads(done.stdout))


# ── In the load's process ───────────────────────────────────────────────────────────────────────────────────────────


class Load:
    """All connections together, and what they have seen."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._requests = cycle([_request(job, body.encode()) for body in job.bodies])
        self._idle: deque[Connection] = deque()
        self._waiting: deque[float] = deque()
        self._sent = 0
        self._began = 0.0
        self._until = 0.0
        self._all_answered = asyncio.Event()
        self._is_over = False
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []

    async def run(self) -> Tally:
        loop = asyncio.get_running_loop()
        for _ in range(self._job.connections):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._job.port)
            self._idle.append(connection)
        self._began = clock.stopwatch()
        self._until = self._began + self._job.seconds
        if self._job.rate is None:
            while self._idle and self._has_more():
                self._start(self._idle.popleft(), clock.stopwatch())
        else:
            await self._send_when_due(self._job.rate)
        self._is_over = self._job.rate is not None
        if self._sent > self.statuses.total():
            await asyncio.wait_for(self._all_answered.wait(), self._job.seconds + GRACE_SECONDS + self._patience())
        seconds = clock.stopwatch() - self._began
        return Tally({str(status): count for status, count in self.statuses.items()}, seconds, self.latencies)

    def answered(self, connection: "Connection", status: int) -> None:
        now = clock.stopwatch()
        self.statuses[status] += 1
        self.latencies.append(now - connection.due)
        if self._waiting:
            self._start(connection, self._waiting.popleft())
        elif self._job.rate is None and self._has_more():
            self._start(connection, now)
        else:
            self._idle.append(connection)
            if self._is_over or self._job.rate is None:
                self._look_for_the_end()

    def _look_for_the_end(self) -> None:
        if self.statuses.total() == self._sent:
            self._all_answered.set()

    def _has_more(self) -> bool:
        if self._job.requests is not None:
            return self._sent < self._job.requests
        return clock.stopwatch() < self._until

    def _patience(self) -> float:
        """A job of so many requests may take its time."""
        return 3_600.0 if self._job.requests is not None else 0.0

    async def _send_when_due(self, rate: float) -> None:
        for place in range(int(rate * self._job.seconds)):
            due = self._began + place / rate
            if (early := due - clock.stopwatch()) > 0:
                await asyncio.sleep(early)
            if self._idle:
                self._start(self._idle.popleft(), due)
            else:
                self._waiting.append(due)

    def _start(self, connection: "Connection", due: float) -> None:
        self._sent += 1
        connection.send(next(self._requests), due)


class Connection(asyncio.Protocol):
    """One connection, with at most one request under way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._transport: Any = None
        self._arrived = b""
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        head = self._arrived.find(b"\r\n\r\n")
        if head < 0:
            return
        if len(self._arrived) < head + 4 + _content_length(self._arrived[:head]):
            return
        status = int(self._arrived[9:12])
        self._arrived = b""
        self._load.answered(self, status)


def _content_length(head: bytes) -> int:
    place = head.lower().index(b"content-length:")
    return int(head[place + 15 :].split(b"\r\n", 1)[0])


def _request(job: Job, body: bytes) -> bytes:
    head = (
        f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nAuthorization: Bearer {job.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    job = Job(**orjson.loads(sys.stdin.buffer.read()))
    tally = uvloop.run(Load(job).run())
    sys.stdout.buffer.write(orjson.dumps(tally._asdict()))


if __name__ == "__main__":
    main()
