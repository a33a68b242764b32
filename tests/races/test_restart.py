"""PostgreSQL restarts as after a crash, while it is at work; several hosts; a transaction pooler between.

Service resumes by itself, and every acknowledged order is there as was said.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.db.server import Server
from tests.races.crowd import all_at_once, taking_turns
from tests.races.offices import a_whole_day, assert_nothing_was_lost, close_offices, open_offices, stock_up
from tests.shop import Shop

from onhand import clock
from onhand import engine as door
from onhand.db import leases
from onhand.db.database import Database, DatabaseUnusable, open_database
from onhand.db.migrate import migrate
from onhand.engine import Engine
from onhand.views.verify import verify

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A durable PostgreSQL that a test may stop."""
    folder = Path(tempfile.mkdtemp(prefix="onhand-restarted-"))
    server = Server(folder, **DURABLE)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_url(own_server: Server) -> str:
    url = own_server.start()
    database = open_database(url)
    migrate(database)
    database.close()
    return url


def crash_and_start(server: Server) -> None:
    """As `pg_ctl restart -m immediate` does: no checkpoint, every connection is dropped, the log is replayed."""
    server.stop(signal.SIGQUIT)
    server.start()


# ── A restart ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_crash_of_the_server_under_load_loses_nothing(own_server: Server, own_url: str, tmp_path: Path):
    stock_up(own_url, 200)
    offices = open_offices(own_url, 2, 6, tmp_path)
    books = [tmp_path / f"acknowledged-{seed}" for seed in range(2)]
    wait_for(lambda: all(book.exists() and book.stat().st_size > 2_000 for book in books))
    crash_and_start(own_server)
    before = [book.stat().st_size for book in books]
    wait_for(lambda: all(book.stat().st_size > size for book, size in zip(books, before, strict=True)))
    figures = close_offices(offices, 60)
    assert figures["refused"]["overloaded"] == 0, figures
    assert figures["longest_seconds"] < door.UNREACHABLE_AFTER_SECONDS
    assert assert_nothing_was_lost(own_url, tmp_path) > 50


def test_the_first_question_after_a_restart_is_answered(own_server: Server, own_url: str):
    """The pool holds connections of the server that was: each is tried before it is used."""
    database = open_database(own_url)
    asked = [database.reading() for _ in range(5)]
    for each in asked:
        each.__enter__().execute(text("SELECT 1"))
    for each in asked:
        each.__exit__(None, None, None)
    crash_and_start(own_server)
    outcomes = all_at_once(*[partial(count_orders, database) for _ in range(8)])
    database.close()
    assert outcomes == [0] * 8


def count_orders(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM orders")).scalar_one())


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not become so")


def test_the_url_may_name_several_hosts(own_server: Server, own_url: str):
    """The first that accepts writes is taken: here the first of them is not there at all."""
    hosts = f"{own_server.folder}/nothing,{own_server.folder}"
    database = open_database(f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=read-write")
    assert count_orders(database) == 0
    writer = database.writer()
    assert writer.run("SELECT 1") == [(1,)]
    writer.close()
    database.close()


def test_a_url_that_the_driver_does_not_understand_is_named():
    with pytest.raises(DatabaseUnusable, match="conect_timeout"):
        open_database("postgresql://shop@db/shop?conect_timeout=3")


def test_many_claim_a_lease_at_once_and_one_has_it(postgres_url: str):
    databases = [open_database(postgres_url) for _ in range(8)]
    now = clock.now()
    for duty in range(10):
        claims = [
            partial(leases.claim, database, f"duty {duty}", f"holder {place}", now, now + clock.MINUTE)
            for place, database in enumerate(databases)
        ]
        assert sorted(map(str, all_at_once(*claims))) == ["False"] * 7 + ["True"]
    for database in databases:
        database.close()


# ── A transaction pooler ────────────────────────────────────────────────────────────────────────────────────────────

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@pytest.fixture
def pooled_url(own_server: Server, own_url: str) -> Iterator[str]:
    """Behind PgBouncer in transaction mode, with fewer connections to the server than there are engines."""
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed (Debian, Ubuntu: apt-get install pgbouncer)")
    folder = own_server.folder
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\npostgres = host={folder} dbname=postgres user=postgres\n"
        f"[pgbouncer]\nunix_socket_dir = {folder}\nlisten_port = 6543\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 3\n"
    )
    pooler = subprocess.Popen(
        [PGBOUNCER, "-q", str(folder / "pgbouncer.ini")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr,
        **own_server.user,
    )
    wait_for((folder / ".s.PGSQL.6543").exists)
    yield f"postgresql://postgres@/postgres?host={folder}&port=6543"
    pooler.terminate()
    pooler.wait()


def test_engines_work_through_a_transaction_pooler(pooled_url: str, own_url: str, moment: Any):
    databases = [open_database(pooled_url) for _ in range(4)]
    engines = [Engine(database) for database in databases]
    for engine in engines:
        engine.start()
    shops = [Shop(engine, moment) for engine in engines]
    shops[0].stocks({"A": 60})
    outcomes = taking_turns(16, 100, lambda number: shops[number % 4].order({"A": 1}))
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 60, outcomes
    shops[1].stocks({"A": 20})
    a_whole_day(shops[1])
    for engine, database in zip(engines, databases, strict=True):
        engine.close()
        database.close()
    direct = open_database(own_url)
    found = verify(direct)
    direct.close()
    assert found.clean, found.broken
