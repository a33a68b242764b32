"""The end of the feed, followed by browsers: server-sent events, written as soon as there is something to tell.

One thread looks for news while anybody follows: commits of this process wake it, those of others it finds within a
quarter of a second. Followers who want the same and are at the same place share what is read: ten open consoles cost
what one does.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import structlog
from fastapi.concurrency import run_in_threadpool

from onhand import clock
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
MOST_OF_ONE_KEY = 100
RECONNECT_AFTER_MILLISECONDS = 1_000

_Place = tuple[int, EventFilter]


class Tail:
    def __init__(self, engine: Engine, database: Database) -> None:
        self._engine = engine
        self._database = database
        self._followers: Counter[str] = Counter()
        self._watch: threading.Thread | None = None
        self._changing = threading.Lock()
        self._news = asyncio.Event()
        self._pages: dict[_Place, asyncio.Task[EventPage]] = {}
        self._closed = False

    async def follow(
        self,
        after: int | None,
        wanted: EventFilter,
        envelope: Envelope,
        who: str,
        may_go_on: Callable[[], Awaitable[bool]],
    ) -> AsyncIterator[bytes]:
        """The lines of a stream, from a place on, or (None) with what comes now. Raises Overloaded.

        `may_go_on` is asked with each heartbeat: the stream ends when the one who follows may not any more. `who` is
        the key: one whose program forgets to hang up must not take the places of all others.
        """
        if self._followers.total() >= MOST_FOLLOWERS or self._closed:
            raise Overloaded("Too many follow the feed already.")
        if self._followers[who] >= MOST_OF_ONE_KEY:
            raise Overloaded(f"This key follows the feed {MOST_OF_ONE_KEY} times already.")
        if after is None:
            after = await run_in_threadpool(ask, self._database, last_position)
        return self._lines(after, wanted, envelope, who, may_go_on)

    def close(self) -> None:
        """End all streams: a server that is to stop waits for those that it answers. Called in their loop."""
        self._closed = True
        self._news.set()

    async def _lines(
        self,
        after: int,
        wanted: EventFilter,
        envelope: Envelope,
        who: str,
        may_go_on: Callable[[], Awaitable[bool]],
    ) -> AsyncIterator[bytes]:
        self._begin(who)
        try:
            yield b"retry: %d\n\n" % RECONNECT_AFTER_MILLISECONDS
            beat_at = clock.stopwatch() + HEARTBEAT_SECONDS
            while not self._closed:
                news = self._news
                if clock.stopwatch() >= beat_at:  # However busy the feed is, and however little of it is wanted here.
                    if not await may_go_on():
                        return
                    yield b": still here\nid: %d\n\n" % after
                    beat_at = clock.stopwatch() + HEARTBEAT_SECONDS
                try:
                    page = await self._page(after, wanted)
                except Overloaded:
                    page = EventPage([], after)  # The database is away; who follows need not notice.
                if page.next_after > after:
                    after = page.next_after
                    if page.data:
                        yield b"".join(
                            b"id: %d\ndata: %b\n\n" % (event.position, to_json(in_envelope(event, envelope)))
                            for event in page.data
                        )
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), max(0.0, beat_at - clock.stopwatch()))
        finally:
            with self._changing:
                self._followers[who] -= 1
                self._followers += Counter()  # Forgets those who follow no more.

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

    def _begin(self, who: str) -> None:
        with self._changing:
            self._followers[who] += 1
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
        known, is_away = -1, False
        feed = self._engine.feed
        while not self._is_over(loop):
            turn = feed.turn
            try:
                last = ask(self._database, last_position)
                is_away = False
            except Refusal as refusal:
                if not is_away:
                    log.info("tail_not_read", error=refusal.detail)
                is_away = True
                last = known
            if last != known:
                known = last
                loop.call_soon_threadsafe(self._tell)
            threading.Event().wait(PAUSE_SECONDS)  # What comes in the meantime is told together.
            feed.wait(turn, LOOKS_EVERY_SECONDS)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
