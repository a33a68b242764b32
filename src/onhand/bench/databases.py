"""Where the bench makes its databases: files in a folder, or databases on a PostgreSQL server. It removes them again.

A URL that the caller gives says where, not which: its database is never touched. The bench's own stand beside it.
"""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from onhand.bench.postgres_server import PostgresServer
from onhand.db.database import DatabaseUnusable, open_database
from onhand.db.revision import bring_up_to_date
from onhand.db.sqlite import SQLITE

SHOWN = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")


class Databases(Protocol):
    """One of the two contenders, with a place for databases on it."""

    name: str
    folder: Path
    """The disk that durability is measured on."""
    programs: Path | None
    """Where the database's own programs are, when that is known."""

    def settings(self) -> dict[str, str]:
        """What decides how durable a commit is, and how fast, as the database itself says it."""

    def fresh(self) -> str:
        """The URL of a new database, migrated and empty."""

    def drop(self, url: str) -> None: ...


class SqliteFiles:
    """Databases that are files, in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs: Path | None = None

    def settings(self) -> dict[str, str]:
        return {"version": SQLITE.sqlite_version, "journal_mode": "WAL", "synchronous": "FULL"}

    def fresh(self) -> str:
        return _migrated(f"sqlite:///{self.folder / secrets.token_hex(4)}.db")

    def drop(self, url: str) -> None:
        path = Path(make_url(url).database or "")
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()


class PostgresDatabases:
    """Databases on a server; `folder` is on its disk, or at least on this machine's when the server is elsewhere."""

    name = "postgresql"

    def __init__(self, url: str, folder: Path, programs: Path | None = None) -> None:
        self._url = url
        self.folder = folder
        self.programs = programs

    def _admin(self) -> "psycopg.Connection[Any]":
        """Raises DatabaseUnusable."""
        try:
            return psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise DatabaseUnusable(url=self._url, problem=str(error)) from error

    def settings(self) -> dict[str, str]:
        with self._admin() as admin:
            return {name: admin.execute(f"SHOW {name}".encode()).fetchall()[0][0] for name in SHOWN}

    def fresh(self) -> str:
        name = f"onhand_bench_{secrets.token_hex(4)}"
        with self._admin() as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return _migrated(make_url(self._url).set(database=name).render_as_string(hide_password=False))

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        with self._admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _migrated(url: str) -> str:
    database = open_database(url)
    bring_up_to_date(database)
    database.close()
    return url


@contextmanager
def sqlite_files(beside: str | None = None) -> Iterator[Databases]:
    """Files beside the one that the URL names, or in the folder for temporary files."""
    parent = Path(make_url(beside).database or "").resolve().parent if beside else None
    with tempfile.TemporaryDirectory(prefix="onhand-bench-", dir=parent) as folder:
        yield SqliteFiles(Path(folder))


@contextmanager
def postgres_databases(url: str | None = None) -> Iterator[Databases]:
    """On the server that the URL names, or on one started for the run. Raises PostgresUnavailable."""
    with ExitStack() as undone_at_the_end:
        folder = Path(tempfile.mkdtemp(prefix="onhand-bench-"))
        undone_at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
        if url is not None:
            yield PostgresDatabases(url, folder)
            return
        server = PostgresServer(folder)
        undone_at_the_end.callback(server.stop)
        yield PostgresDatabases(server.start(), folder, server.programs)
