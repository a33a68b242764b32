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
LONGEST_RUN_SECONDS = 0.8
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
        run_and_kill(url, path, acknowledged, chance.uniform(0, LONGEST_RUN_SECONDS))
        found = verify(database)
        assert found.clean, f"after kill {kill}: {found.broken}"
        assert lost(database, acknowledged) == [], f"after kill {kill}"
    database.close()
    assert len(acknowledged.read_text().splitlines()) > 100 * KILLS[kind], "too little was under way to be lost"


def stock_up(url: str, path: Path) -> None:
    """Everything in stock that all the runs could sell."""
    database = open_database(url)
    engine = Engine(database, POLICY)
    engine.start()
    Replay(engine, Actor("replay")).open_shop(online_retail.survey(path).articles, lambda article: 10_000_000)
    engine.close()
    database.close()


def run_and_kill(url: str, path: Path, acknowledged: Path, seconds: float) -> None:
    starts = acknowledged.read_text().count("started") if acknowledged.exists() else 0
    command = [sys.executable, "-m", "tests.races.replaying", url, str(path), str(acknowledged)]
    process = subprocess.Popen(command, cwd=ROOT)
    while not acknowledged.exists() or acknowledged.read_text().count("started") == starts:
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.01)
    time.sleep(seconds)
    process.kill()
    process.wait()


def lost(database: Database, acknowledged: Path) -> list[str]:
    """Acknowledged orders that are not there, or not as far as was acknowledged."""
    with database.reading() as connection:
        present = {row.id: row.status for row in connection.execute(select(orders.c.id, orders.c.status))}
    faults = []
    for line in acknowledged.read_text().splitlines():
        step, order_id = line.split()
        if step in REACHED and REACHED.get(present.get(order_id, ""), -1) < REACHED[step]:
            faults.append(f"{order_id} was {step}, and is {present.get(order_id)}")
    return faults
