"""The feed on real brokers, which are started for the test; without the program on this machine it is skipped."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nats
import orjson
import pytest
import redis
from pydantic import ValidationError
from tests.feeds import read_all
from tests.shop import Shop
from tests.worker.postbox import free_port

from onhand.config import Settings
from onhand.rows import Follower
from onhand.worker.brokers import publish_events
from onhand.worker.duty import Duty
from onhand.worker.loop import do_all


@contextmanager
def running(program: str, *arguments: str, port: int) -> Iterator[None]:
    """The program, once it listens."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{program} is not on this machine")
    process = subprocess.Popen([path, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, f"{program} ended by itself"
                assert time.monotonic() < deadline, f"{program} does not listen"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def nats_url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    with running("nats-server", "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(tmp_path), port=port):
        yield f"nats://127.0.0.1:{port}"


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    with running(
        *("redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path), "--save", ""), port=port
    ):
        yield f"redis://127.0.0.1:{port}"


def publishes(shop: Shop, url: str | None) -> int:
    read_all(shop)
    settings = Settings(_env_file=None, broker_url=url, broker_topic="shop")  # type: ignore[call-arg]
    return do_all(shop.engine, Duty("publish", "Publishes.", 1, 7, publish_events(settings)))


def a_day(shop: Shop) -> None:
    shop.stocks({"MUG": 12})
    shop.ship(shop.order({"MUG": 4}, paid=True))
    shop.cancel(shop.order({"MUG": 8}))


async def on_nats(url: str) -> list[tuple[str, dict[str, Any]]]:
    client = await nats.connect(url)
    stream = client.jetstream()
    info = await stream.stream_info("shop")
    found = [await stream.get_msg("shop", seq) for seq in range(1, info.state.messages + 1)]
    await client.close()
    return [(str(message.subject), orjson.loads(message.data or b"")) for message in found]


def test_the_feed_is_on_jetstream_in_order_and_once(shop: Shop, nats_url: str):
    a_day(shop)
    feed = read_all(shop)
    assert publishes(shop, nats_url) == len(feed)
    assert publishes(shop, nats_url) == 0
    found = asyncio.run(on_nats(nats_url))
    assert [(event["position"], event["id"]) for _, event in found] == [(event.position, event.id) for event in feed]
    assert [name for name, _ in found] == [f"shop.{event.type}" for event in feed]
    shop.order({"MUG": 1})
    with shop.engine.database.engine.begin() as connection:  # As after a crash before it was written down.
        connection.exec_driver_sql("UPDATE followers SET position = 3 WHERE name = 'broker'")
    feed = read_all(shop)
    assert publishes(shop, nats_url) == len(feed) - 3
    found = asyncio.run(on_nats(nats_url))
    assert [event["id"] for _, event in found] == [event.id for event in feed], "what came twice was dropped"


def test_the_feed_is_on_a_redis_stream(shop: Shop, redis_url: str):
    a_day(shop)
    feed = read_all(shop)
    assert publishes(shop, redis_url) == len(feed)
    shop.order({"MUG": 1})
    publishes(shop, redis_url)
    client = redis.Redis.from_url(redis_url)
    entries: Any = client.xrange("shop")
    client.close()
    feed = read_all(shop)
    assert len(entries) == len(feed)
    for (_, fields), event in zip(entries, feed, strict=True):
        assert event.id.encode() in b"".join(fields.values())


def test_a_broker_that_is_away_gets_it_later(shop: Shop):
    a_day(shop)
    with pytest.raises(Exception, match=r"(?i)connect|refused|nats"):
        publishes(shop, f"redis://127.0.0.1:{free_port()}")
    assert shop.rows(Follower) == []


def test_without_a_broker_nothing_is_published(shop: Shop):
    a_day(shop)
    assert publishes(shop, None) == 0
    with pytest.raises(ValidationError, match="broker_url"):
        publishes(shop, "carrier-pigeon://loft")
