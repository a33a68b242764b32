"""The ticker: sees what changes in the database, in whichever process it was changed, and tells who listens here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial

from starlette.concurrency import run_in_threadpool

from onhand import clock
from onhand.api.calls import Desk
from onhand.api.questions import ask
from onhand.trade.errors import Overloaded
from onhand.views.changes import Change, changes_since

EVERY_SECONDS = 0.2
# A batch's time is taken before its COMMIT: what is committed later than something newer is found by looking back.
LOOKS_BACK = 5 * clock.SECOND
MOST_WAITING = 100


class Ticker:
    """Asks the database a few times a second, once for all listeners, and only while there are any."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listeners: set[asyncio.Queue[Sequence[Change]]] = set()
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_closing(self) -> bool:
        return self._desk.is_closing

    async def changes(self) -> AsyncIterator[Sequence[Change]]:
        """What changes from now on; nothing now and then, so that a listener who went away is noticed."""
        heard: asyncio.Queue[Sequence[Change]] = asyncio.Queue(MOST_WAITING)
        self._listeners.add(heard)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        try:
            while not self.is_closing:
                try:
                    yield await asyncio.wait_for(heard.get(), 1)
                except TimeoutError:
                    yield ()
        finally:
            self._listeners.discard(heard)

    async def _watch(self) -> None:
        newest = clock.now()
        seen: set[tuple[str | int, ...]] = set()
        while self._listeners and not self.is_closing:
            try:
                found = await run_in_threadpool(
                    ask, self._desk.database, partial(changes_since, since=newest - LOOKS_BACK)
                )
            except Overloaded:
                found = []
            fresh = [change for change in found if change.key not in seen]
            if found:
                seen = {change.key for change in found}
                newest = max(newest, found[-1].recorded_at)
            if fresh:
                self._tell(fresh)
            await asyncio.sleep(EVERY_SECONDS)

    def _tell(self, changes: Sequence[Change]) -> None:
        for heard in self._listeners:
            # A listener that does not keep up is told less: it looks at the whole page again anyway.
            with contextlib.suppress(asyncio.QueueFull):
                heard.put_nowait(changes)
