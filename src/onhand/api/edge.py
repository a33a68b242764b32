"""The edge: what holds for every request, whether a route has its path or not."""

import re
from collections import Counter

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onhand import clock
from onhand.api import problems

log = structlog.get_logger()

ANSWERED: Counter[tuple[str, int]] = Counter()
"""Answers of this process by method and status, for metrics.py."""
# Nothing that is answered is ever taken for anything but what it says it is.
_NO_GUESSING = (b"x-content-type-options", b"nosniff")
_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


class Edge:
    """Gives every answer an X-Request-Id, refuses NUL in paths and queries, answers failures without details."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        if not _SANE_ID.fullmatch(request_id):
            request_id = clock.new_id().encode("ascii")
        has_begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                ANSWERED[scope["method"], message["status"]] += 1
                message["headers"] = [*message["headers"], _NO_GUESSING, (b"x-request-id", request_id)]
            await send(message)

        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                raise problems.MalformedRequest("The path or the query has the character NUL in it.")
            # A HEAD is a GET whose body the server leaves out.
            as_get = dict(scope, method="GET") if scope["method"] == "HEAD" else scope
            await self._app(as_get, receive, send_with_id)
        except ClientDisconnect:
            log.info("caller_went_away", request_id=request_id.decode())
        except Exception as error:
            refusal = problems.refusal_of(error)
            if refusal is None:
                log.exception(
                    "request_failed",
                    request_id=request_id.decode(),
                    method=scope["method"],
                    path=problems.path_of(Request(scope)),  # As it was sent: no line of the log but its own.
                )
            if has_begun:
                raise
            answer = problems.response(refusal or problems.InternalError(), problems.path_of(Request(scope)))
            await answer(scope, receive, send_with_id)
