"""What either database can do, said once: the two that do it are in `sqlite.py` and `postgres.py`.

A `Database` gives two things: a `Writer`, the one connection of the write path, which speaks to the bare driver in a
handful of set-based statements; and `reading()`, a SQLAlchemy connection for questions. Only the files of this folder
know that there are two databases, and only these three name them.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Engine, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

Id = Text().with_variant(UUID(as_uuid=False), "postgresql")
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")
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
    """The database cannot be used: says which, without its password, and what is wrong with it."""

    def __init__(self, url: str, problem: str) -> None:
        shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
        shown = re.sub(r"(password=)[^&]*", r"\1***", shown)
        super().__init__(f"Cannot use {shown}: {problem}" + ("" if problem.endswith("?") else "."))


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
    """One database, opened by `open_database`. `is_shared`: several processes may write to it."""

    bytewise: str
    """The collation that sorts text by its bytes, as Python and every other machine would."""

    is_shared: bool

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.engine = engine

    @property
    def is_there(self) -> bool:
        """False when nobody has made it yet, and only looking at it would."""
        return True

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
    def hindrance(self, error: Exception) -> str | None:
        """In words for people, what keeps the database from taking any change, if that is why it failed: it is whole,
        nothing was done, and somebody has to do something about it. None for all else.
        """

    @abstractmethod
    def is_lost(self, error: Exception) -> bool:
        """True when the connection broke, so that nobody knows what became of a COMMIT under way."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for questions; what it answers is one snapshot."""
        with self.engine.connect() as connection:
            yield connection

    @abstractmethod
    def own(self) -> None:
        """Claim the right to write, where only one process may have it. Raises DatabaseUnusable."""

    def close(self) -> None:
        self.engine.dispose()
