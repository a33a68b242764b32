"""Killed at any moment: the books add up, and what was acknowledged is there."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.cli import retail

from onhand.books import Actor
from onhand.cli import online_retail
from onhand.cli.replay_orders import POLICY, Replay
from onhand.db.database import Database, open_database
from onhand.db.schema import orders
from onhand.engine import Engine
from onhand.views.verify import verify

ROOT = Path(__file__).resolve().parents[2]
KILLS = {"sqlite": 8, "postgres": 3}
MOST_ACKNOWLEDGED = 600
REACHED = {"placed": 0, "pending": 0, "confirmed": 1, "shipped": 2}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KILLS)
def test_a_process_killed_at_random_moments_loses_nothing_that_it_acknowledged(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
):
    url = request.getfixturevalue(f"{kind}_url")
    path = retail.busy_shop(tmp_path / "shop.csv", 400)
    acknowledged = tmp_path / "acknowledged"
    stock_up(url, path)
    chance = random.Random(20)
    database = open_database(url)
    for kill in range(KILLS[kind]):
        run_and_kill(url, path, acknowledged, chance)
        found = verify(database)
        assert found.clean, f"after kill {kill}: {found.broken}"
        assert lost(database, acknowledged) == [], f"after kill {kill}"
    database.close()
    assert len(_lines(acknowledged)) > 100 * KILLS[kind], "too little was under way to be lost"


def stock_up(url: str, path: Path) -> None:
    """Everything in stock that all the runs could sell."""
    database = open_database(url)
    engine = Engine(database, POLICY)
    engine.start()
    Replay(engine, Actor("replay")).open_shop(online_retail.survey(path).articles, lambda article: 10_000_000)
    engine.close()
    database.close()


def run_and_kill(url: str, path: Path, acknowledged: Path, chance: random.Random) -> None:
    """However fast the machine is: so many acknowledgements after it began, and some milliseconds."""
    enough = len(_lines(acknowledged)) + chance.randrange(MOST_ACKNOWLEDGED)
    command = [sys.executable, "-m", "tests.races.replaying", url, str(path), str(acknowledged)]
    process = subprocess.Popen(command, cwd=ROOT)
    while len(_lines(acknowledged)) <= enough:
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.02))
    process.kill()
    process.wait()


def _lines(acknowledged: Path) -> list[str]:
    return acknowledged.read_text().splitlines() if acknowledged.exists() else []


def lost(database: Database, acknowledged: Path) -> list[str]:
    """Acknowledged orders that are not there, or not as far as was acknowledged."""
    with database.reading() as connection:
        present = {row.id: row.status for row in connection.execute(select(orders.c.id, orders.c.status))}
    faults = []
    for line in _lines(acknowledged):
        step, order_id = line.split()
        if step in REACHED and REACHED.get(present.get(order_id, ""), -1) < REACHED[step]:
            faults.append(f"{order_id} was {step}, and is {present.get(order_id)}")
    return faults
