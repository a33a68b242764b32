"""What a verification has read and found, and how it walks millions of rows without holding them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from onhand.db import schema

Progress = Callable[[int], None]
CHUNK = 5_000
MOST_NAMED = 100


class Broken(NamedTuple):
    """One row, or a group of rows, for which an invariant does not hold."""

    invariant: str
    subject: str
    detail: str


class Findings:
    """One snapshot being read: rows go by, and what is wrong with them is kept.

    At most `MOST_NAMED` of each invariant are named, and the others counted: a database that is wrong throughout must
    not fill the memory of who looks at it.
    """

    def __init__(self, connection: Connection, progress: Progress | None) -> None:
        self.rows = 0
        self.checked: Counter[str] = Counter()
        self._connection = connection
        self._progress = progress
        self._broken: list[Broken] = []
        self._found: Counter[str] = Counter()
        self._stores: dict[str, str] = {
            row.id: row.code for row in connection.execute(select(schema.stores.c.id, schema.stores.c.code))
        }

    def read(self, question: Select[Any]) -> Iterator[Sequence[Any]]:
        """The rows of an answer, streamed and counted."""
        result = self._connection.execute(question, execution_options={"yield_per": CHUNK})
        for chunk in result.partitions():
            self.rows += len(chunk)
            if self._progress is not None:
                self._progress(len(chunk))
            yield from chunk

    def walk(self, question: Select[Any], invariant: str, what: str, owner: str) -> "Walk":
        """The rows of an answer by their first column, which names the owner that they hang on: "lines" of a "count".

        Rows whose owner is never asked for break the invariant.
        """
        detail = f"there are {what}, but no {owner} that they belong to"
        return Walk(self.read(question), 1, lambda key: self.broke(invariant, str(key) or what, detail))

    def broke(self, invariant: str, subject: str, detail: str) -> None:
        self._found[invariant] += 1
        if self._found[invariant] <= MOST_NAMED:
            self._broken.append(Broken(invariant, subject, detail))

    @property
    def broken(self) -> list[Broken]:
        more = [
            Broken(invariant, "more", f"{found - MOST_NAMED} more are not listed")
            for invariant, found in self._found.items()
            if found > MOST_NAMED
        ]
        return self._broken + more

    def level_name(self, store_id: str, variant_id: str) -> str:
        """`store/SKU`, or the ids where the catalog does not know them. Asked only for what is broken."""
        variants = schema.variants.c
        sku = self._connection.execute(select(variants.sku).where(variants.id == variant_id)).scalar()
        return f"{self._stores.get(store_id, store_id)}/{sku or variant_id}"


class Walk:
    """Rows sorted by the columns that they begin with, handed out key by key in rising order.

    Each group must be taken to its end before the next. Rows whose key nobody asks for are `stray`: they hang on
    something that is not there.
    """

    def __init__(self, rows: Iterable[Sequence[Any]], width: int, stray: Callable[[Any], None]) -> None:
        self._groups = groupby(rows, itemgetter(*range(width)))
        self._stray = stray
        self._next = next(self._groups, None)

    def of(self, key: Any) -> Iterator[Sequence[Any]]:
        """The rows of this key, which is greater than every one asked for before."""
        while self._next is not None and self._next[0] < key:
            self._skip(self._next[0])
        if self._next is not None and self._next[0] == key:
            yield from self._next[1]
            self._next = next(self._groups, None)

    def end(self) -> None:
        """No key is left to ask for."""
        while self._next is not None:
            self._skip(self._next[0])

    def _skip(self, key: Any) -> None:
        self._stray(key)
        self._next = next(self._groups, None)
