"""What comes in over a connection, before there is a request of it."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 1 << 20
MOST_HEADERS = 1_000


class Wire(HttpToolsProtocol):
    """Hangs up on a request whose head, or what follows its body, goes on for ever.

    Whoever sent it needs no key: a gigabyte of headers would become twenty of memory. Bodies are counted by those who
    read them.
    """

    _beside_the_body = 0

    def data_received(self, data: bytes) -> None:
        self._beside_the_body += len(data)
        super().data_received(data)
        if self._beside_the_body > MOST_BYTES or len(self.headers or ()) > MOST_HEADERS:
            self._hang_up()

    def on_body(self, body: bytes) -> None:
        self._beside_the_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._beside_the_body = 0
        super().on_message_complete()

    def _hang_up(self) -> None:
        cycle: Any = self.cycle
        if self.transport.is_closing():
            return
        if cycle is None or cycle.response_complete:
            self.send_400_response("The head of the request is too large.")
        else:
            self.transport.close()
