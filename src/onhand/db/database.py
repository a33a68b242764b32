"""Where the two databases differ, and the only file that names either.

A `Database` gives two things: a `Writer`, the one connection of the write path, which speaks to the bare driver in a
handful of set-based statements; and `reading()`, a SQLAlchemy connection for questions.
"""

import json
import os
import re
import sqlite3
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import errors as pg_errors
from psycopg.adapt import Loader
from sqlalchemy import BigInteger, Connection, Engine, Integer, Table, Text, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql import UUID

try:
    import fcntl
except ImportError:  # Not POSIX: the operating system has no advisory lock of this kind.
    fcntl = None  # type: ignore[assignment]

try:
    import pysqlite3.dbapi2 as bundled_sqlite
except ImportError:  # No wheel for this machine: the interpreter's own library has to do.
    bundled_sqlite = None

Id = Text().with_variant(UUID(as_uuid=False), "postgresql")
Whole = BigInteger().with_variant(Integer, "sqlite")
PLAIN: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def only_where(condition: str) -> dict[str, Any]:
    """The options of an index that holds only the rows that meet the condition."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Storage(NamedTuple):
    """How the rows of one type are stored: their table, the width of its key, and the columns that may change."""

    table: Table
    key_width: int
    mutable: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        return [column.name for column in self.table.columns]

    @property
    def key(self) -> list[str]:
        return self.columns[: self.key_width]


class DatabaseUnusable(Exception):
    """The database cannot be used: says which, and what is wrong with it."""

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(f"Cannot use {url}: {problem}.")


class Interfered(Exception):
    """A row was no longer what the batch had read: decide again on what is there now."""


class Writer(ABC):
    """The one connection that writes. Rows go in and come out as plain tuples in the order of the table's columns."""

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def commit(self) -> None: ...

    @abstractmethod
    def rollback(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run one statement with `:name` parameters; the rows it answers, if it answers any."""

    @abstractmethod
    def select(
        self, storage: Storage, columns: Sequence[str], keys: Sequence[Any], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        """The rows whose columns equal one of the keys (tuples where there are several columns), in key order."""

    @abstractmethod
    def insert(self, storage: Storage, rows: Sequence[tuple[Any, ...]]) -> None: ...

    @abstractmethod
    def update(
        self, storage: Storage, rows: Sequence[tuple[Any, ...]], seen: tuple[str, Sequence[Any]] | None = None
    ) -> None:
        """Write the changeable columns of rows that exist. `seen` names a column and the values it must still have.

        Raises Interfered when a row is not there any more as it was seen.
        """


class Database(ABC):
    """One database, opened by `open_database`."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.engine = engine

    @property
    @abstractmethod
    def name(self) -> str:
        """What the database is, for people: its product and version."""

    @abstractmethod
    def writer(self) -> Writer:
        """A new connection for the write path."""

    @abstractmethod
    def is_transient(self, error: Exception) -> bool:
        """True when the same batch may well succeed on a second try."""

    @abstractmethod
    def is_lost(self, error: Exception) -> bool:
        """True when the connection broke, so that nobody knows what became of a COMMIT under way."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for questions; what it answers is one snapshot."""
        with self.engine.connect() as connection:
            yield connection

    def own(self) -> None:
        """Claim the right to write, where only one process may have it. Raises DatabaseUnusable."""

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database that the URL names: `sqlite:///shop.db` or `postgresql://user@host/name`."""
    try:
        parsed = make_url(url)
    except Exception as error:
        raise DatabaseUnusable(url=url, problem="it is not a database URL") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return SqliteDatabase(url, parsed.database or "")
    if backend in ("postgresql", "postgres"):
        return PostgresDatabase(url)
    raise DatabaseUnusable(url=url, problem="use sqlite:///FILE or postgresql://USER@HOST/NAME")


# ── SQLite ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


class SqliteDatabase(Database):
    """One file, owned by one process. One connection writes and checkpoints; the others only read."""

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
        lock_path = self.path.with_name(self.path.name + ".lock")
        lock = lock_path.open("a+", encoding="ascii")
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
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_transient(self, error: Exception) -> bool:
        busy = isinstance(error, SQLITE.OperationalError) and ("locked" in str(error) or "busy" in str(error))
        return busy or isinstance(error, Interfered)

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
    return f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"


@cache
def _sqlite_update(table: Table, key_width: int, mutable: tuple[str, ...], seen: str | None) -> str:
    changes = ", ".join(f"{name} = ?" for name in mutable)
    match = [f"{column.name} = ?" for column in list(table.columns)[:key_width]] + ([f"{seen} = ?"] if seen else [])
    return f"UPDATE {table.name} SET {changes} WHERE {' AND '.join(match)}"


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────────────────────


class _IdAsText(Loader):
    """Ids are texts everywhere in Onhand; the driver would make an object of each."""

    def load(self, data: Any) -> str:
        return bytes(data).decode("ascii")


class PostgresDatabase(Database):
    """Any number of processes may share it."""

    def __init__(self, url: str) -> None:
        self._conninfo = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
        engine = create_engine(
            self._conninfo.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=8,
            max_overflow=32,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            connect_args={"prepare_threshold": None},
        )
        super().__init__(url, engine)

    @property
    def name(self) -> str:
        with self.reading() as connection:
            return "PostgreSQL " + str(connection.exec_driver_sql("SHOW server_version").scalar_one())

    def writer(self) -> Writer:
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=None, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise DatabaseUnusable(url=_without_password(self.url), problem=str(error)) from error
        connection.adapters.register_loader("uuid", _IdAsText)
        return PostgresWriter(connection)

    def is_transient(self, error: Exception) -> bool:
        again = (pg_errors.SerializationFailure, pg_errors.DeadlockDetected, pg_errors.UniqueViolation, Interfered)
        return isinstance(error, again) or self.is_lost(error)

    def is_lost(self, error: Exception) -> bool:
        if isinstance(error, DatabaseUnusable):
            return True
        if not isinstance(error, psycopg.OperationalError):
            return False
        return error.sqlstate is None or error.sqlstate[:2] in ("08", "57")


class PostgresWriter(Writer):
    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def begin(self) -> None:
        self._connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if not self._connection.closed:
            self._connection.rollback() if self._connection.info.transaction_status else None

    def close(self) -> None:
        self._connection.close()

    def run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(_pg_names(statement), values)
        return cursor.fetchall() if cursor.description else []

    def select(
        self, storage: Storage, columns: Sequence[str], keys: Sequence[Any], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        statement = _pg_select(storage.table, storage.key_width, tuple(columns), lock)
        lists = [list(keys)] if len(columns) == 1 else [list(values) for values in zip(*keys, strict=True)]
        return self._connection.execute(statement, lists).fetchall()

    def insert(self, storage: Storage, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(_pg_copy(storage.table)) as copy:
            for row in rows:
                copy.write_row(row)

    def update(
        self, storage: Storage, rows: Sequence[tuple[Any, ...]], seen: tuple[str, Sequence[Any]] | None = None
    ) -> None:
        statement = _pg_update(storage.table, storage.key_width, storage.mutable, seen and seen[0])
        names = storage.columns
        lists = [[row[names.index(name)] for row in rows] for name in (*storage.key, *storage.mutable)]
        if seen is not None:
            lists.append(list(seen[1]))
        if self._connection.execute(statement, lists).rowcount != len(rows):
            raise Interfered(storage.table.name)


def _pg_type(table: Table, column: str) -> str:
    kind = table.columns[column].type
    return {"Text": "text", "BigInteger": "bigint"}[type(kind).__name__] if kind is not Id else "uuid"


@cache
def _pg_names(statement: str) -> str:
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement)


@cache
def _pg_select(table: Table, key_width: int, columns: tuple[str, ...], lock: bool) -> str:
    listed = ", ".join(f"t.{column.name}" for column in table.columns)
    order = ", ".join(f"t.{column.name}" for column in list(table.columns)[:key_width])
    arrays = ", ".join(f"%s::{_pg_type(table, column)}[]" for column in columns)
    names = ", ".join(f"k{i}" for i in range(len(columns)))
    match = " AND ".join(f"t.{column} = k.k{i}" for i, column in enumerate(columns))
    ending = " FOR UPDATE OF t" if lock else ""
    return f"SELECT {listed} FROM unnest({arrays}) AS k({names}) JOIN {table.name} AS t ON {match} ORDER BY {order}{ending}"


@cache
def _pg_copy(table: Table) -> str:
    return f"COPY {table.name} ({', '.join(column.name for column in table.columns)}) FROM STDIN"


@cache
def _pg_update(table: Table, key_width: int, mutable: tuple[str, ...], seen: str | None) -> str:
    key = [column.name for column in list(table.columns)[:key_width]]
    given = [*key, *mutable]
    arrays = [f"%s::{_pg_type(table, name)}[]" for name in given] + ([f"%s::{_pg_type(table, seen)}[]"] if seen else [])
    names = [*given, *(["seen"] if seen else [])]
    changes = ", ".join(f"{name} = k.{name}" for name in mutable)
    match = [f"t.{name} = k.{name}" for name in key] + ([f"t.{seen} = k.seen"] if seen else [])
    return (
        f"UPDATE {table.name} AS t SET {changes} FROM unnest({', '.join(arrays)}) AS k({', '.join(names)}) "
        f"WHERE {' AND '.join(match)}"
    )


def _without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
