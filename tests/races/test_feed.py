"""Several processes write events at full speed, and readers follow: each sees every event once, in order.

`./dev test tests/races/test_feed.py --feed-events 200000` is the same at full size.
"""

import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.cli.running import Server
from tests.feeds import read_all
from tests.races.telling import KEY, SKUS
from tests.shop import Shop

from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.views.events import list_events
from onhand.views.verify import verify

ROOT = Path(__file__).resolve().parents[2]
WRITERS, READERS = 4, 3


class Reader(threading.Thread):
    """Follows the feed until it has seen so many events; keeps what it found wrong."""

    def __init__(self, url: str, events: int, page: int) -> None:
        super().__init__(daemon=True)
        self.wrong: list[str] = []
        self.seen = 0
        self._events = events
        self._page = page
        self._database = open_database(url)

    def run(self) -> None:
        numbers: Counter[str] = Counter()
        after = 0
        while self.seen < self._events and len(self.wrong) < 10:
            with self._database.reading() as connection:
                page = list_events(connection, after, self._page)
            for event in page.data:
                self.seen += 1
                numbers[event.subject] += 1
                if event.position != self.seen:
                    self.wrong.append(f"after {self.seen - 1} comes {event.position}")
                if event.seq != numbers[event.subject]:
                    self.wrong.append(f"{event.subject} #{event.seq} comes as number {numbers[event.subject]}")
            if page.next_after == after:
                time.sleep(0.01)
            after = page.next_after
        self._database.close()


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_readers_see_every_event_once_and_in_order(
    kind: str, request: pytest.FixtureRequest, pytestconfig: pytest.Config
):
    """Where one process owns the database, the four write through its server; the readers read beside it."""
    url = request.getfixturevalue(f"{kind}_url")
    events = pytestconfig.getoption("--feed-events")
    orders, before = stock_up(url)
    database = open_database(url)
    readers = [Reader(url, before + events, page) for page in (500, 37, 200)]
    with ExitStack() as stack:
        door = url if database.is_shared else stack.enter_context(Server(database_url=url, bootstrap_key=KEY)).url
        module = [sys.executable, "-m", "tests.races.telling", door, str(events // WRITERS)]
        writers = [subprocess.Popen([*module, str(seed), *orders], cwd=ROOT) for seed in range(WRITERS)]
        for writer in writers:
            stack.callback(writer.kill)
        for reader in readers:
            reader.start()
        assert [writer.wait(3_000) for writer in writers] == [0] * WRITERS
        for reader in readers:
            reader.join(1_500)
    assert [(reader.seen, reader.wrong) for reader in readers] == [(before + events, [])] * READERS
    assert verify(database).broken == []
    database.close()


def stock_up(url: str) -> tuple[list[str], int]:
    """Orders that all writers will change, and how many events there are before they begin."""
    database = open_database(url)
    engine = Engine(database)
    engine.start()
    shop = Shop(engine, None)  # type: ignore[arg-type]
    shop.stocks(dict.fromkeys(SKUS, 100))
    orders = [shop.order({sku: 1}, hold_minutes=60).order.id for sku in SKUS]
    before = len(read_all(shop))
    engine.close()
    database.close()
    return orders, before
