"""A worker that is killed in the middle of its mail: nothing is lost, and next to nothing comes twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.feeds import read_all
from tests.shop import Moment, Shop
from tests.worker.postbox import Postbox, open_postbox
from tests.worker.test_mail import Post

from onhand.db.database import open_database
from onhand.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
KILLS = 3
ORDERS = 60


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_in_the_middle_of_mail(kind: str, request: pytest.FixtureRequest, moment: Moment):
    url = request.getfixturevalue(f"{kind}_url")
    with open_postbox() as postbox:
        postbox.seconds = 0.01
        with_shop(url, moment, lambda shop: place_orders(shop, postbox.url))
        chance = random.Random(7)
        for _ in range(KILLS):
            run_and_kill(url, postbox, chance.randint(4, 15), chance.uniform(0, 0.03))
        killed_at = len(postbox.received)
        postbox.seconds = 0
        moment.passes(minutes=11)  # What was being sent is taken for lost after ten.
        with_shop(url, moment, lambda shop: Post(shop, postbox.url).goes())
        came = Counter(str(message["Message-ID"]) for message in postbox.received)
        to = {str(message["To"]) for message in postbox.received}
    assert to == {f"buyer-{number}@example.com" for number in range(ORDERS)}, "some were lost"
    assert len(came) == ORDERS
    twice = sum(times - 1 for times in came.values())
    assert twice <= KILLS, "more than what was under way at each kill came twice"
    assert 10 < killed_at < ORDERS, "it was not killed in the middle"


def with_shop(url: str, moment: Moment, act) -> None:
    database = open_database(url)
    engine = Engine(database)
    engine.start()
    act(Shop(engine, moment))
    engine.close()
    database.close()


def place_orders(shop: Shop, smtp_url: str) -> None:
    Post(shop, smtp_url).goes()
    shop.stocks({"MUG": 1_000})
    for number in range(ORDERS):
        shop.order({"MUG": 1}, paid=True, customer_email=f"buyer-{number}@example.com")
    read_all(shop)


def run_and_kill(url: str, postbox: Postbox, mails: int, seconds: float) -> None:
    """Once it has sent so many, and so much later: in the middle of whatever it does then."""
    enough = len(postbox.received) + mails
    postbox.last_taken = enough + 3
    postbox.goes_on.clear()
    command = [sys.executable, "-m", "tests.races.posting", url, postbox.url]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "started\n", "it ended by itself"
        deadline = time.monotonic() + 60
        while len(postbox.received) < enough:
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline, "it sends nothing"
            time.sleep(0.002)
        time.sleep(seconds)
    finally:
        process.kill()
        process.wait()
        postbox.goes_on.set()
        process.stdin.close()
        process.stdout.close()
