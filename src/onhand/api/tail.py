"""The end of the feed, followed by browsers: server-sent events, written as soon as there is something to tell.

One thread looks for news while anybody follows: commits of this process wake it, those of others it finds within a
quarter of a second. Followers who want the same and are at the same place share what is read: ten open consoles cost
what one does.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from fastapi.concurrency import run_in_threadpool

from onhand.api.answers import to_json
from onhand.api.questions import ask
from onhand.db.database import Database
from onhand.engine import Engine
from onhand.trade.errors import Overloaded, Refusal
from onhand.views.envelopes import Envelope, in_envelope
from onhand.views.events import EventFilter, EventPage, last_position, list_events

log = structlog.get_logger()

LOOKS_EVERY_SECONDS = 0.25
PAUSE_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
AT_A_TIME = 500
MOST_FOLLOWERS = 500
RECONNECT_AFTER_MILLISECONDS = 1_000

_Place = tuple[int, EventFilter]


class Tail:
    def __init__(self, engine: Engine, database: Database) -> None:
        self._engine = engine
        self._database = database
        self._followers = 0
        self._watch: threading.Thread | None = None
        self._changing = threading.Lock()
        self._news = asyncio.Event()
        self._pages: dict[_Place, asyncio.Task[EventPage]] = {}
        self._closed = False

    async def follow(
        self,
        after: int | None,
        wanted: EventFilter,
        envelope: Envelope = "onhand",
        may_go_on: Callable[[], Awaitable[bool]] | None = None,
    ) -> AsyncIterator[bytes]:
        """The lines of a stream, from a place on, or (None) with what comes now. Raises Overloaded.

        `may_go_on` is asked with each heartbeat: the stream ends when the one who follows may not any more.
        """
        if self._followers >= MOST_FOLLOWERS or self._closed:
            raise Overloaded("Too many follow the feed already.")
        if after is None:
            after = await run_in_threadpool(ask, self._database, last_position)
        return self._lines(after, wanted, envelope, may_go_on)

    def close(self) -> None:
        """End all streams: a server that is to stop waits for those that it answers. Called in their loop."""
        self._closed = True
        self._news.set()

    async def _lines(
        self,
        after: int,
        wanted: EventFilter,
        envelope: Envelope,
        may_go_on: Callable[[], Awaitable[bool]] | None,
    ) -> AsyncIterator[bytes]:
        self._begin()
        try:
            yield b"retry: %d\n\n" % RECONNECT_AFTER_MILLISECONDS
            while not self._closed:
                news = self._news
                try:
                    page = await self._page(after, wanted)
                except Overloaded:
                    page = EventPage([], after)  # The database is away; who follows need not notice.
                if page.next_after > after:
                    after = page.next_after
                    yield b"".join(
                        b"id: %d\ndata: %b\n\n" % (event.position, to_json(in_envelope(event, envelope)))
                        for event in page.data
                    )
                    continue
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    if may_go_on is not None and not await may_go_on():
                        return
                    yield b": still here\nid: %d\n\n" % after
        finally:
            with self._changing:
                self._followers -= 1

    async def _page(self, after: int, wanted: EventFilter) -> EventPage:
        """What comes after a place. Whoever asks while another's answer is on its way gets that answer."""
        place = (after, wanted)
        reading = self._pages.get(place)
        if reading is None:
            question = run_in_threadpool(
                ask, self._database, lambda connection: list_events(connection, after, AT_A_TIME, wanted)
            )
            reading = self._pages[place] = asyncio.ensure_future(question)
            reading.add_done_callback(lambda _: self._pages.pop(place, None))
        return await asyncio.shield(reading)

    # ── The watch ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        with self._changing:
            self._followers += 1
            if self._watch is None:
                loop = asyncio.get_running_loop()
                self._watch = threading.Thread(target=self._look, args=(loop,), name="onhand-tail", daemon=True)
                self._watch.start()

    def _is_over(self, loop: asyncio.AbstractEventLoop) -> bool:
        with self._changing:
            if self._followers and not self._closed and not loop.is_closed():
                return False
            self._watch = None
            return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread, while anybody follows."""
        known = -1
        feed = self._engine.feed
        while not self._is_over(loop):
            turn = feed.turn
            try:
                last = ask(self._database, last_position)
            except Refusal as refusal:
                log.info("tail_not_read", error=refusal.detail)
                last = known
            if last != known:
                known = last
                loop.call_soon_threadsafe(self._tell)
            threading.Event().wait(PAUSE_SECONDS)  # What comes in the meantime is told together.
            feed.wait(turn, LOOKS_EVERY_SECONDS)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
