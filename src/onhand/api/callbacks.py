"""What providers of payments say, over HTTP. They have no key: their signature is what lets them in."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.calls import Desk
from onhand.api.documents import FORM, JSON, read_body
from onhand.api.openapi import REFUSED, REQUEST_ID
from onhand.books import Actor
from onhand.integrations import Provider
from onhand.trade.errors import Refusal
from onhand.trade.security import ReportRefusedCallback

log = structlog.get_logger()

MOST_BYTES = 1 << 18
MOST_TOLD, TOLD_WITHIN_SECONDS = 60, 60.0
_REFUSED_WITH = (400, 401, 405, 413, 415, 422, 503)


@dataclass(slots=True)
class CallbackAnswer:
    """What a message came to. Every verified one is answered 200, acted on or not, so that nobody sends it for ever."""

    outcome: str


class TellingLimit:
    """Refused callbacks of one app: told as events, but not so many that a flood of them would fill the database."""

    def __init__(self) -> None:
        self._told: deque[float] = deque(maxlen=MOST_TOLD)

    def may_tell(self) -> bool:
        now = clock.stopwatch()
        if len(self._told) == MOST_TOLD and now - self._told[0] < TOLD_WITHIN_SECONDS:
            return False
        self._told.append(now)
        return True


class CallbackRoute(APIRoute):
    """Where one provider sends its messages."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        headers = [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in provider.headers
        ]
        super().__init__(
            provider.path,
            _receiver(provider),
            methods=["POST"],
            response_model=CallbackAnswer,
            responses={
                200: {"headers": {"X-Request-Id": REQUEST_ID}},
                **{status: REFUSED[status] for status in _REFUSED_WITH},
            },
            tags=["Payments"],
            operation_id=f"receive_{provider.name}_callback",
            openapi_extra={
                "parameters": headers,
                "security": [],
                "requestBody": {"required": True, "content": {provider.media_type: {"schema": provider.body}}},
            },
        )
        self.summary = f"Receive a callback ({provider.name})"
        self.description = "For the provider, which signs what it sends. Again, late or out of order: one effect."


def _receiver(provider: Provider) -> Callable[[Request], Awaitable[Response]]:
    media_type = next(each for each in (JSON, FORM) if each.fullmatch(provider.media_type))

    async def receive(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        try:
            body = await read_body(request, MOST_BYTES, media_type)
            said = provider.read(desk.settings, body, request.headers, clock.now())
            if said is None:
                return json_response(CallbackAnswer("ignored"))
            came_to = await desk.mailbox().submit(desk.engine, said, Actor(provider.name))
            if isinstance(came_to, BaseException):
                raise came_to
        except Refusal as refusal:
            if refusal.status < 500:
                await _tell_refused(request, desk, provider, refusal)
            raise
        return json_response(CallbackAnswer(came_to.outcome))

    return receive


async def _tell_refused(request: Request, desk: Desk, provider: Provider, refusal: Refusal) -> None:
    """One event of a refused callback. The message itself is not kept: nobody knows whose it is."""
    address = request.client.host if request.client else None
    log.warning("callback_refused", provider=provider.name, code=refusal.code, detail=refusal.detail, address=address)
    limit: TellingLimit = request.app.state.telling_limit
    if limit.may_tell():
        command = ReportRefusedCallback(provider.name, refusal.code, refusal.detail[:500], address)
        told: Any = await desk.mailbox().submit(desk.engine, command, Actor(provider.name))
        if isinstance(told, BaseException):
            log.warning("refused_callback_not_told", error=repr(told)[:200])
