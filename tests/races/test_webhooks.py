"""The worker is killed while it delivers: nothing is lost, and what comes twice comes under the same id."""

import subprocess
import sys
import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import Server
from tests.feeds import read_all
from tests.shop import Shop
from tests.worker.receivers import Receiver, is_slow, waits_for
from tests.worker.test_webhooks import until

from onhand.api.secrets import new_webhook_secret
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.rows import Delivery
from onhand.trade.webhooks import CreateWebhook
from onhand.views.verify import verify

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 80


def start_worker(url: str) -> "subprocess.Popen[bytes]":
    environment = {"ONHAND_DATABASE_URL": url, "ONHAND_WEBHOOK_ALLOW_PRIVATE": "1", "PATH": "/usr/bin:/bin"}
    program = Path(sys.executable).with_name("onhand")
    return subprocess.Popen([str(program), "worker"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def receives_more(receiver: Receiver) -> None:
    seen = len(receiver.received)
    until(lambda: len(receiver.received) > seen)


def has_all(receiver: Receiver, ids: set[str]) -> bool:
    return set(receiver.ids) == ids


@pytest.mark.timeout(600)
def test_a_worker_that_is_killed_loses_nothing(postgres_url: str, moment: Any):
    database = open_database(postgres_url)
    engine = Engine(database)
    engine.start()
    shop = Shop(engine, moment)
    shop.stocks({"MUG": 10_000})
    plain, ordered = Receiver(is_slow(0.01)), Receiver(is_slow(0.005))
    position = len(read_all(shop))
    webhook = shop.run(CreateWebhook(plain.url, new_webhook_secret(), position, ("order.*",)))
    other = shop.run(CreateWebhook(ordered.url, new_webhook_secret(), position, ("order.*",), (), True))
    worker = start_worker(postgres_url)
    try:
        for number in range(ORDERS // 2):
            shop.confirm(shop.order({"MUG": 1}))
            if number % 20 == 10:
                receives_more(plain)
                worker.kill()
                worker.wait()
                worker = start_worker(postgres_url)
        ids = {event.id for event in read_all(shop) if event.position > position and event.type.startswith("order.")}
        assert len(ids) == ORDERS, "each was placed and confirmed"
        for receiver in (plain, ordered):
            until(partial(has_all, receiver, ids))
        until(lambda: len([row for row in shop.rows(Delivery) if row.state == "delivered"]) == 2 * ORDERS)
    finally:
        worker.kill()
        worker.wait()
    for receiver, secret in ((plain, webhook.secret), (ordered, other.secret)):
        assert all(message.is_signed_with(secret) for message in receiver.received)
    first: dict[str, int] = {}
    for place, id_ in enumerate(ordered.ids):
        first.setdefault(id_, place)
    for id_ in ids:
        subject, _, seq = id_.rpartition("/")
        if seq == "2":
            assert first[f"{subject}/1"] < first[id_], "the order within an order was kept"
    assert max(Counter(plain.ids).values()) <= 1 + 2, "no more repeats than kills"
    assert verify(database).broken == []
    for each in (plain, ordered, engine, database):
        each.close()


def test_a_server_that_is_killed_loses_nothing(sqlite_url: str, moment: Any):
    """Where one process owns the database, that is the worker too."""
    database = open_database(sqlite_url)
    engine = Engine(database)
    engine.start()
    shop = Shop(engine, moment)
    shop.stocks({"MUG": 1_000})
    receiver, gate = Receiver(), threading.Event()
    receiver.next = [is_slow(0.02)] * 10 + [waits_for(gate)] * ORDERS
    webhook = shop.run(CreateWebhook(receiver.url, new_webhook_secret(), len(read_all(shop)), ("order.*",)))
    ids = {f"order/{shop.order({'MUG': 1}).order.id}/1" for _ in range(ORDERS)}
    engine.close()
    database.close()
    settings = {"database_url": sqlite_url, "bootstrap_key": "key", "webhook_allow_private": "1"}
    with Server(**settings):
        until(lambda: len(receiver.received) > 10)
    assert len(receiver.received) < ORDERS, "it was not killed in the middle"
    gate.set()
    with Server(**settings) as server:
        until(partial(has_all, receiver, ids))
        assert server.ends()[0] == 0
    assert all(message.is_signed_with(webhook.secret) for message in receiver.received)
    assert max(Counter(receiver.ids).values()) <= 2
    receiver.close()
    database = open_database(sqlite_url)
    assert verify(database).broken == []
    database.close()
