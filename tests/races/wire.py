"""A wire between the engine and PostgreSQL that reads along, and can be cut at the moment of a COMMIT.

It speaks the frontend's side of the protocol (PostgreSQL manual, "Message Formats"): the start-up message has no type;
every other is a type, a length, and a body. Whatever the engine sends is kept in `statements`.
"""

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable

from psycopg import conninfo

Fate = str
FATES = ("before", "after", "unheard", "late")


class Wire:
    """`fates` are those of the next COMMITs, in order; all that follow are fine.

    before: cut before PostgreSQL hears it. after: cut when PostgreSQL has answered. unheard: PostgreSQL hears it and
    the wire is cut at the same moment. late: cut, and PostgreSQL hears it when the next try is already under way.
    after, for good: cut when PostgreSQL has answered, and the wire stays down.
    """

    def __init__(self, url: str) -> None:
        self._to = conninfo.conninfo_to_dict(url)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._muted: set[socket.socket] = set()
        self.fates: list[Fate] = []
        self.statements: list[str] = []
        self.prepared: list[str] = []
        self.is_down = False
        port = self._door.getsockname()[1]
        self.url = f"postgresql://{self._to.get('user', 'postgres')}@127.0.0.1:{port}/{self._to['dbname']}"
        self.url += "?sslmode=disable&gssencmode=disable"
        if "password" in self._to:
            self.url += f"&password={self._to['password']}"
        threading.Thread(target=self._take_calls, daemon=True).start()

    def close(self) -> None:
        _hang_up(self._door)  # Who waits in accept() would else go on waiting, perhaps at the next wire's door.
        self._door.close()
        self.cut()

    def cut(self) -> None:
        """Every connection, at once."""
        for each in list(self._open):
            _hang_up(each)

    def _take_calls(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._door.accept()[0]
                if self.is_down:
                    client.close()
                    continue
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, self._call_server() as server:
            self._open |= {client, server}
            heard = threading.Event()
            threading.Thread(target=self._answers, args=(server, client, heard), daemon=True).start()
            with contextlib.suppress(OSError):
                self._questions(client, server, heard)
            _hang_up(client)
            _hang_up(server)
            self._open -= {client, server}

    def _call_server(self) -> socket.socket:
        host, port = str(self._to.get("host") or "/var/run/postgresql"), self._to.get("port") or 5432
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(os.path.join(host, f".s.PGSQL.{port}"))
        return server

    def _answers(self, server: socket.socket, client: socket.socket, heard: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while sent := server.recv(65_536):
                if server in self._muted:
                    heard.set()
                else:
                    client.sendall(sent)
        _hang_up(client)

    def _questions(self, client: socket.socket, server: socket.socket, heard: threading.Event) -> None:
        size = _exactly(client, 4)
        server.sendall(size + _exactly(client, struct.unpack("!i", size)[0] - 4))
        is_batch = False  # The feed is numbered over a connection of its own, whose fate nobody asks for.
        while True:
            head = _exactly(client, 5)
            body = _exactly(client, struct.unpack("!i", head[1:])[0] - 4)
            self._read_along(head[:1], body)
            is_batch = is_batch or b"INSERT INTO batches" in body
            ends = is_batch and head + body == b"Q\0\0\0\x0bCOMMIT\0"
            is_batch = is_batch and not (ends or b"ROLLBACK" in body)
            fate = self.fates.pop(0) if ends and self.fates else "fine"
            if fate != "fine":
                self._meet(fate, client, server, head + body, heard)
                return
            server.sendall(head + body)

    def _read_along(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self.statements.append(body.rstrip(b"\0").decode())
        elif kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self.statements.append(text.decode())
            self.prepared += [name.decode()] if name else []

    def _meet(
        self, fate: Fate, client: socket.socket, server: socket.socket, commit: bytes, heard: threading.Event
    ) -> None:
        self.is_down = self.is_down or fate == "after, for good"
        self._muted.add(server)
        so_far = len(self.statements)
        if fate in ("unheard", "late"):
            _hang_up(client)
        if fate == "late":
            # The next try waits for this one's row in `batches`: from its INSERT on, it is under way.
            _until(lambda: any("INSERT INTO batches" in text for text in self.statements[so_far:]))
            time.sleep(0.1)
        if fate != "before":
            server.sendall(commit)
        if fate in ("after", "after, for good", "late"):
            heard.wait(60)


def _exactly(source: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = source.recv(size - len(found))
        if not more:
            raise ConnectionError
        found += more
    return found


def _hang_up(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)


def _until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
