"""A mail server on this machine, which keeps what it is given and can be told to refuse."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Postbox:
    """Addresses in `refused` are answered by that line; each message takes `seconds`, and the one that is the
    `last_taken`-th stays unanswered until `goes_on` is set.
    """

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self.received: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.seconds = 0.0
        self.last_taken = 0
        self.goes_on = threading.Event()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        threading.Event().wait(self.seconds)
        if len(self.received) == self.last_taken:
            self.goes_on.wait(120)
        return "250 Taken"

    def subjects(self) -> list[tuple[str, str]]:
        return sorted((str(message["To"]), str(message["Subject"])) for message in self.received)


@contextmanager
def open_postbox(port: int | None = None) -> Iterator[Postbox]:
    port = port or free_port()
    postbox = Postbox(port)
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield postbox
    finally:
        controller.stop()
