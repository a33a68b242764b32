"""What changes while somebody looks: a stream of server-sent events, on which pages load their live parts again."""

from collections.abc import AsyncIterator, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from onhand import clock
from onhand.console.office import Office
from onhand.console.screen import visit_of
from onhand.views.changes import Change

LOOKS_EVERY_SECONDS = 1.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def tell_changes(request: Request) -> Response:
    """Topics that have changed: `stock` with its SKUs, `orders`, `alerts`, `counts` …

    Ends when the session does; browsers come back.
    """
    office: Office = request.app.state.office
    if await visit_of(request) is None:
        return Response(status_code=204, headers=HEADERS)  # Tells a browser not to come back.
    return StreamingResponse(_events(request, office), media_type="text/event-stream", headers=HEADERS)


async def _events(request: Request, office: Office) -> AsyncIterator[bytes]:
    """A shop may never be quiet, so it is the clock that says when to look whether they may still listen."""
    yield b"retry: 2000\n: listening\n\n"
    look_at = clock.stopwatch() + LOOKS_EVERY_SECONDS
    async for changes in office.ticker.changes():
        if clock.stopwatch() >= look_at:
            if await visit_of(request) is None or await request.is_disconnected():
                return
            look_at = clock.stopwatch() + LOOKS_EVERY_SECONDS
        yield b"event: changed\ndata: " + orjson.dumps(_topics(changes)) + b"\n\n" if changes else b": still here\n\n"


def _topics(changes: Sequence[Change]) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {change.topic: [] for change in changes}
    if "stock" in topics:
        topics["stock"] = sorted({change.sku for change in changes if change.sku})
    return topics
