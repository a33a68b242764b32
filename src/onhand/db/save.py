"""Books → rows: write what a batch changed, a statement or two for each table, in the order of `STORAGE`."""

from collections.abc import Sequence
from typing import Any

from onhand.books import Books
from onhand.db.dialect import Storage, Writer
from onhand.db.storage import AGED_BY, FORGETTABLE, STORAGE
from onhand.rows import Event, Level, Movement, Product, Store, StoredAnswer, Variant


def save(writer: Writer, books: Books) -> None:
    """Write every changed row. Raises Interfered when a level is no longer what the batch had read."""
    appended: dict[type, Sequence[tuple[Any, ...]]] = {
        Movement: books.movements,
        Event: books.events,
    }
    for row_type, storage in STORAGE.items():
        new = appended.get(row_type, ())
        if not new:
            shelf = books.shelves[row_type]
            if not shelf.changed:
                continue
            loaded = shelf.loaded
            new = [row for key, row in shelf.changed.items() if key not in loaded]
            if len(new) < len(shelf.changed):
                changed = [(row, loaded[key]) for key, row in shelf.changed.items() if key in loaded]
                rows = [row for row, _ in changed]
                seen = ("version", [was.version for _, was in changed]) if row_type is Level else None
                writer.update(storage._replace(mutable=_differing(storage, changed)), rows, seen)
        if new:
            writer.insert(storage, sorted(new) if row_type is Level else new)
    if any(books.shelves[changed].changed for changed in (Product, Store, Variant)):
        writer.run("UPDATE counters SET value = value + 1 WHERE name = 'catalog'")
    for row_type, (before, at_most) in books.forgotten.items():
        writer.run(_forget(row_type), before=before, at_most=at_most)


def save_answers(writer: Writer, answers: Sequence[StoredAnswer]) -> None:
    """Write what the callers with idempotency keys are answered, after all that it speaks of."""
    if answers:
        writer.insert(STORAGE[StoredAnswer], answers)


def _differing(storage: Storage, changed: Sequence[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> tuple[str, ...]:
    """The columns that differ in any of the (new, old) rows: an order takes units, and leaves thresholds alone."""
    columns = storage.columns
    places = [(name, columns.index(name)) for name in storage.mutable]
    differing = tuple(name for name, place in places if any(new[place] != old[place] for new, old in changed))
    return differing or storage.mutable[:1]


def _forget(row_type: type) -> str:
    storage, age = STORAGE[row_type], AGED_BY[row_type]
    table, key = storage.table.name, ", ".join(storage.key)
    which = f"{FORGETTABLE.get(row_type, '1 = 1')} AND {age} < :before"
    oldest = f"SELECT {key} FROM {table} WHERE {which} ORDER BY {age} LIMIT :at_most"
    return f"DELETE FROM {table} WHERE ({key}) IN ({oldest})"
