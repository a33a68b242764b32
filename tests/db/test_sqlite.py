"""What is said of SQLite alone: how it is opened, and that one process owns the file."""

import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from onhand.db import sourcing, sqlite
from onhand.db.database import DatabaseUnusable, open_database
from onhand.db.storage import metadata

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit is on the disk before it is answered.
    "foreign_keys": 1,
    "trusted_schema": 0,
}


@pytest.mark.parametrize(("pragma", "value"), PRAGMAS.items())
def test_every_connection_is_set_up(database, pragma, value):
    writer = database.writer()
    assert writer.run(f"PRAGMA {pragma}") == [(value,)]
    writer.close()
    with database.reading() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_only_the_writer_checkpoints(database):
    """Two connections that checkpoint at once can corrupt a file of the older SQLite libraries."""
    writer = database.writer()
    assert writer.run("PRAGMA wal_autocheckpoint") == [(4000,)]
    writer.close()
    with database.reading() as connection:
        assert connection.execute(text("PRAGMA wal_autocheckpoint")).scalar() == 0


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_table_is_strict(database, table):
    with database.reading() as connection:
        listed = {row.name: row.strict for row in connection.execute(text("PRAGMA table_list"))}
    assert listed[table] == 1


def test_the_file_is_sound_after_work(shop, database):
    shop.stocks({"A": 100})
    for _ in range(20):
        shop.ship(shop.order({"A": 1}, paid=True))
    with database.reading() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_a_second_owner_is_refused(database, database_url):
    database.own()
    database.own()
    second = open_database(database_url)
    with pytest.raises(
        DatabaseUnusable, match=r"process \d+ has it open for writing, and SQLite allows one"
    ) as refused:
        second.own()
    assert database_url in str(refused.value)
    assert "PostgreSQL, which many processes may share" in str(refused.value)
    database.close()
    second.own()
    second.close()


def test_a_second_owner_by_a_link_is_refused(database, tmp_path):
    database.own()
    link = tmp_path / "link.db"
    link.symlink_to(database.path.resolve())
    second = open_database(f"sqlite:///{link}")
    with pytest.raises(DatabaseUnusable, match="has it open for writing"):
        second.own()


def test_another_process_is_refused_and_told_which(database, database_url):
    database.own()
    program = f"from onhand.db.database import open_database; open_database({database_url!r}).own()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert f"process {_own_pid(database)} has it open for writing" in done.stderr


def _own_pid(database):
    return database.path.with_name(database.path.name + ".lock").read_text().strip()


def test_an_owner_that_was_killed_owns_nothing(database, database_url):
    opening = f"from onhand.db.database import open_database; open_database({database_url!r}).own()"
    program = f"import os; {opening}; os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == -9
    database.own()


def test_reading_needs_no_ownership(database, database_url):
    database.own()
    reader = open_database(database_url)
    with reader.reading() as connection:
        assert connection.execute(text("SELECT code FROM stores")).scalar() == "main"
    reader.close()


def test_another_programs_lock_is_waited_for(shop, database):
    """A backup, or a shell with a transaction open, delays an order and does not fail it."""
    shop.stocks({"A": 10})
    shell = database.writer()
    shell.begin()
    threading.Timer(0.3, shell.rollback).start()
    shop.order({"A": 1})
    assert shop.balances("A") == (9, 1, 0)
    shell.close()


def test_a_disk_that_failed_once_does_not_leave_a_shop_sold_out(shop, monkeypatch):
    """Where nobody else writes, what is known of stock is not read again: so it may not be noted before it is read."""
    shop.stocks({"A": 10})
    shop.stocks({"A": 5}, store="annex")
    fails = [sqlite.SQLITE.OperationalError("disk I/O error")]
    run = sqlite.SqliteWriter.run

    def run_or_fail(writer, statement, **values):
        if fails and statement == sourcing._EVERYWHERE:
            raise fails.pop()
        return run(writer, statement, **values)

    monkeypatch.setattr(sqlite.SqliteWriter, "run", run_or_fail)
    with pytest.raises(sqlite.SQLITE.OperationalError):
        shop.order({"A": 3})
    assert shop.order({"A": 3}).order.status == "pending"


def test_it_says_what_it_is(database):
    assert database.name.startswith("SQLite 3.")
    assert not database.is_shared
