"""What telling costs: the library as it is, against itself when it tells nothing, no alert and no place."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from unittest.mock import patch

from onhand.api.secrets import new_webhook_secret
from onhand.bench.library import Library
from onhand.bench.shop import BUYER, PLACED, Shop
from onhand.books import Books
from onhand.db.feed import number_all
from onhand.engine import Engine
from onhand.trade.webhooks import CreateWebhook

UNTOLD = PLACED._replace(events=0)
RECEIVERS = ("https://one.example/", "https://two.example/", "https://three.example/")


def configure_receivers(shop: Shop) -> None:
    """Three webhooks that want everything. Telling them is a worker's business, and none runs here."""
    with closing(Engine(shop.database)) as engine:
        engine.start()
        for url in RECEIVERS:
            engine.run(CreateWebhook(url, new_webhook_secret(), 0), BUYER)


def place_untold(shop: Shop, library: Library, seconds: float, in_flight: int) -> tuple[int, float]:
    """Place orders of which nothing is told. What was not numbered meanwhile is numbered before the next turn."""
    with _silence():
        placed = library.place_for(seconds, in_flight)
    with closing(shop.database.writer()) as writer:
        number_all(writer)
    return placed


@contextmanager
def _silence() -> Iterator[None]:
    def nothing(*_: Any, **__: Any) -> int:
        return 0

    with (
        patch.object(Books, "tell", nothing),
        patch("onhand.trade.alerts.settle", nothing),
        patch("onhand.engine.number_own", nothing),
        patch("onhand.db.feed.number_all", nothing),
    ):
        yield
