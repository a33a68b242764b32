"""SQLite: one file, owned by one process, durable at every commit (WAL, synchronous = FULL)."""

import json
import os
import re
import sqlite3
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, event

from onhand.db.dialect import Database, DatabaseUnusable, Interfered, Storage, Writer

try:
    import fcntl
except ImportError:  # Not POSIX: the operating system has no advisory lock of this kind.
    fcntl = None  # type: ignore[assignment]

try:
    import pysqlite3.dbapi2 as bundled_sqlite
except ImportError:  # No wheel for this machine: the interpreter's own library has to do.
    bundled_sqlite = None


def _is_fixed(version: tuple[int, ...]) -> bool:
    """Free of the WAL-reset fault, which can corrupt a database that two connections write or checkpoint at once."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _sqlite() -> Any:
    """The module to use: the interpreter's own where its library is fixed, else the bundled one, else its own."""
    if _is_fixed(sqlite3.sqlite_version_info) or bundled_sqlite is None:
        return sqlite3
    return bundled_sqlite


SQLITE = _sqlite()
_SESSION = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
)


_HINDRANCES = {
    "database or disk is full": "The disk of the database is full: make room on it.",
    "attempt to write a readonly database": "The file of the database, or its folder, cannot be written to.",
}


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class SqliteDatabase(Database):
    """One file, owned by one process. One connection writes and checkpoints; the others only read."""

    is_shared = False

    bytewise = "BINARY"

    def __init__(self, url: str, path: str) -> None:
        if path in ("", ":memory:"):
            raise DatabaseUnusable(url=url, problem="an in-memory database would forget the stock; name a file")
        self.path = Path(path)
        self._lock: Any = None
        if not self.path.parent.is_dir():
            raise DatabaseUnusable(url=url, problem=f"there is no folder {self.path.parent}")
        if not _is_fixed(SQLITE.sqlite_version_info):
            warnings.warn(
                f"SQLite {SQLITE.sqlite_version} has the WAL-reset fault. Onhand writes through one connection only, "
                "which avoids it; let no other program write to the file.",
                stacklevel=2,
            )
        engine = create_engine(f"sqlite:///{path}", module=SQLITE, pool_size=8, max_overflow=32)
        event.listen(engine, "connect", self._prepare_reader)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        super().__init__(url, engine)

    @staticmethod
    def _prepare_reader(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # The driver's own transaction handling would begin too late for DDL.
        for pragma in (*_SESSION, "PRAGMA wal_autocheckpoint = 0"):
            connection.execute(pragma)
        # SQLite's own knows the capitals of ASCII alone: who looks for "öl" would not find "Öl".
        connection.create_function("lower", 1, _lower, deterministic=True)

    @property
    def is_there(self) -> bool:
        return self.path.exists()

    @property
    def name(self) -> str:
        return f"SQLite {SQLITE.sqlite_version}"

    def writer(self) -> Writer:
        connection = SQLITE.connect(str(self.path), isolation_level=None, check_same_thread=False)
        for pragma in (*_SESSION, "PRAGMA wal_autocheckpoint = 4000"):
            connection.execute(pragma)
        return SqliteWriter(connection)

    def own(self) -> None:
        if self._lock is not None or fcntl is None:
            return
        file = self.path.resolve()  # By whichever link the file is called, its lock is one.
        try:
            lock = file.with_name(file.name + ".lock").open("a+", encoding="ascii")
        except OSError as error:
            problem = f"the folder {file.parent} cannot be written to ({error.strerror})"
            raise DatabaseUnusable(url=self.url, problem=problem) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise DatabaseUnusable(
                url=self.url,
                problem=f"process {owner} has it open for writing, and SQLite allows one. Stop that process, send the "
                "change through its API, or use PostgreSQL, which many processes may share",
            ) from error
        self._lock = lock
        if self.is_there and not os.access(self.path, os.W_OK):
            raise DatabaseUnusable(url=self.url, problem="the file cannot be written to")
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_transient(self, error: Exception) -> bool:
        busy = isinstance(error, SQLITE.OperationalError) and ("locked" in str(error) or "busy" in str(error))
        same_time = isinstance(error, SQLITE.IntegrityError) and "batches.committed_at" in str(error)
        return busy or same_time or isinstance(error, Interfered)

    def hindrance(self, error: Exception) -> str | None:
        return _HINDRANCES.get(str(error)) if isinstance(error, SQLITE.OperationalError) else None

    def is_lost(self, error: Exception) -> bool:
        return False


class SqliteWriter(Writer):
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()

    def run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        given = {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}
        rows: list[tuple[Any, ...]] = self._connection.execute(_sqlite_lists(statement), given).fetchall()
        return rows

    def select(
        self, storage: Storage, columns: Sequence[str], keys: Sequence[Any], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        del lock  # BEGIN IMMEDIATE has locked everything already.
        statement = _sqlite_select(storage.table, storage.key_width, tuple(columns))
        rows: list[tuple[Any, ...]] = self._connection.execute(statement, (json.dumps(list(keys)),)).fetchall()
        return rows

    def insert(self, storage: Storage, rows: Sequence[tuple[Any, ...]]) -> None:
        self._connection.executemany(_sqlite_insert(storage.table), rows)

    def update(
        self, storage: Storage, rows: Sequence[tuple[Any, ...]], seen: tuple[str, Sequence[Any]] | None = None
    ) -> None:
        statement = _sqlite_update(storage.table, storage.key_width, storage.mutable, seen and seen[0])
        places = [storage.columns.index(name) for name in (*storage.mutable, *storage.key)]
        values = [tuple(row[place] for place in places) for row in rows]
        if seen is not None:
            values = [(*row, was) for row, was in zip(values, seen[1], strict=True)]
        cursor = self._connection.executemany(statement, values)
        if cursor.rowcount != len(rows):
            raise Interfered(storage.table.name)


@cache
def _sqlite_lists(statement: str) -> str:
    """`= ANY(:ids::uuid[])` is how either database is asked for a list; SQLite unpacks it from JSON."""
    return re.sub(r"= ANY\((:\w+)(?:::\w+\[\])?\)", r"IN (SELECT value FROM json_each(\1))", statement)


@cache
def _sqlite_select(table: Table, key_width: int, columns: tuple[str, ...]) -> str:
    listed = ", ".join(f"t.{column.name}" for column in table.columns)
    order = ", ".join(f"t.{column.name}" for column in list(table.columns)[:key_width])
    if len(columns) == 1:
        wanted = "SELECT value AS k0 FROM json_each(?)"
    else:
        wanted = "SELECT " + ", ".join(f"value->>{i} AS k{i}" for i in range(len(columns))) + " FROM json_each(?)"
    match = " AND ".join(f"t.{column} = k.k{i}" for i, column in enumerate(columns))
    # CROSS JOIN keeps the planner from reading the table first.
    return f"SELECT {listed} FROM ({wanted}) AS k CROSS JOIN {table.name} AS t ON {match} ORDER BY {order}"


@cache
def _sqlite_insert(table: Table) -> str:
    columns = [column.name for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


@cache
def _sqlite_update(table: Table, key_width: int, mutable: tuple[str, ...], seen: str | None) -> str:
    changes = ", ".join(f"{name} = ?" for name in mutable)
    match = [f"{column.name} = ?" for column in list(table.columns)[:key_width]] + ([f"{seen} = ?"] if seen else [])
    return f"UPDATE {table.name} SET {changes} WHERE {' AND '.join(match)}"
