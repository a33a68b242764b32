"""PostgreSQL: any number of processes may share it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import errors as pg_errors
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Table, create_engine, event

from onhand.db.dialect import Database, DatabaseUnusable, Id, Interfered, Storage, Writer

# A peer that vanished without a word (its machine, or the network) is given up after about 20 seconds: the system's own
# limit is two hours, and all that time the writer would wait for an answer. The URL may say otherwise.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# SQLSTATEs (PostgreSQL manual, appendix A) after which a new connection is wanted, and it is not known what was done:
# connection exceptions, operator intervention, completion unknown, a server that is a standby now, a session timed out.
LOST = ("08", "57", "40003", "25006", "25P03", "25P04")


class _IdAsText(Loader):
    """Ids are texts everywhere in Onhand; the driver would make an object of each."""

    def load(self, data: Any) -> str:
        return bytes(data).decode("ascii")


class PostgresDatabase(Database):
    """Any number of processes may share it."""

    bytewise = "C"

    is_shared = True

    def __init__(self, url: str, *, distributed: bool = False) -> None:
        self._distributed = distributed
        self._conninfo = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
        self._connecting = _connecting(url, self._conninfo)
        engine = create_engine(
            self._conninfo.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=8,
            max_overflow=8,
            pool_pre_ping=True,
            connect_args=self._connecting,
        )
        event.listen(engine, "connect", self._prepare_reader)
        super().__init__(url, engine)

    @staticmethod
    def _prepare_reader(connection: Any, _record: Any) -> None:
        connection.adapters.register_loader("uuid", _IdAsText)

    @property
    def name(self) -> str:
        with self.reading() as connection:
            return "PostgreSQL " + str(connection.exec_driver_sql("SHOW server_version").scalar_one())

    def writer(self) -> Writer:
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True, **self._connecting)
        except psycopg.OperationalError as error:
            raise DatabaseUnusable(url=self.url, problem=str(error)) from error
        connection.adapters.register_loader("uuid", _IdAsText)
        return PostgresWriter(connection, distributed=self._distributed)

    def own(self) -> None:
        """Nothing to claim: rows are locked, not the database."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        # Not for the whole engine: leases and migrations want to see what others have just done, not fail over it.
        with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection

    def is_transient(self, error: Exception) -> bool:
        again = (
            Interfered,
            pg_errors.SerializationFailure,
            pg_errors.DeadlockDetected,
            pg_errors.UniqueViolation,
            pg_errors.LockNotAvailable,
        )
        return isinstance(error, again) or self.is_lost(error)

    def hindrance(self, error: Exception) -> str | None:
        state = _sqlstate(error)
        if state == pg_errors.DiskFull.sqlstate:
            return "The disk of the database is full: make room on it."
        if state == pg_errors.InsufficientPrivilege.sqlstate:
            return (
                f"The database refuses: {str(error).splitlines()[0]}. Grant the role of ONHAND_DATABASE_URL the right."
            )
        return None

    def is_lost(self, error: Exception) -> bool:
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            return True
        return isinstance(error, DatabaseUnusable) or _sqlstate(error).startswith(LOST)


def _sqlstate(error: Exception) -> str:
    return (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""


def _connecting(url: str, conninfo: str) -> dict[str, Any]:
    """How to connect, beside what the URL says. Raises DatabaseUnusable when the driver does not understand it."""
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        raise DatabaseUnusable(url=url, problem=str(error).strip()) from error
    return {"prepare_threshold": None} | {name: value for name, value in PATIENCE.items() if name not in given}


class PostgresWriter(Writer):
    def __init__(self, connection: "psycopg.Connection[Any]", *, distributed: bool) -> None:
        self._connection = connection
        self._distributed = distributed

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
        types = [_pg_type(storage.table, column) for column in columns]
        if len(columns) == 1:
            return self._connection.execute(statement, [_array(keys, types[0])]).fetchall()
        found: list[tuple[Any, ...]] = []
        for group in _by_shard(keys) if lock and self._distributed else [keys]:
            lists = [_array(values, type_) for values, type_ in zip(zip(*group, strict=True), types, strict=True)]
            found += self._connection.execute(statement, lists).fetchall()
        return found

    def insert(self, storage: Storage, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(_pg_copy(storage.table)) as copy:
            for row in rows:
                copy.write_row(row)

    def update(
        self, storage: Storage, rows: Sequence[tuple[Any, ...]], seen: tuple[str, Sequence[Any]] | None = None
    ) -> None:
        if seen is None or not self._distributed:
            self._update(storage, rows, seen)
            return
        column, were = seen
        for group in _by_shard([(*row, was) for row, was in zip(rows, were, strict=True)]):
            self._update(storage, [row[:-1] for row in group], (column, [row[-1] for row in group]))

    def _update(
        self, storage: Storage, rows: Sequence[tuple[Any, ...]], seen: tuple[str, Sequence[Any]] | None
    ) -> None:
        statement = _pg_update(storage.table, storage.key_width, storage.mutable, seen and seen[0])
        table, names = storage.table, storage.columns
        lists = [
            _array([row[place] for row in rows], _pg_type(table, name))
            for name in (*storage.key, *storage.mutable)
            for place in (names.index(name),)
        ]
        if seen is not None:
            lists.append(_array(seen[1], _pg_type(table, seen[0])))
        if self._connection.execute(statement, lists).rowcount != len(rows):
            raise Interfered(storage.table.name)


def _by_shard(keys: Sequence[Any]) -> list[list[Any]]:
    """The keys in their order, grouped by what comes first in them: the store, which is what levels are sharded by."""
    return [list(group) for _, group in groupby(sorted(keys, key=itemgetter(0, 1)), key=itemgetter(0))]


def _array(values: Sequence[Any], type_: str) -> Any:
    """A list as the driver sends it. Ids and numbers need no quoting: written out here, they cost a tenth."""
    if type_ == "text":
        return list(values)
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


@cache
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
    wanted = f"unnest({arrays}) AS k({names})"
    return f"SELECT {listed} FROM {wanted} JOIN {table.name} AS t ON {match} ORDER BY {order}{ending}"


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
