"""Bring counts. One may have thousands of lines, so only those are read that a command is decided on."""

from collections.abc import Iterable, Sequence
from typing import Any

from onhand.books import Books, Holder
from onhand.db.catalog import CatalogCopy
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import Count, CountLine, Level

_OPEN_SHORT_COUNTS = """
SELECT id FROM counts WHERE status = 'counting' AND origin = 'short_pick' AND store_id = ANY(:stores::uuid[])
"""
_HOLDERS = """
SELECT r.store_id, r.variant_id, o.number, coalesce(o.reference, h.reference), r.state, sum(r.quantity)
FROM reservations AS r LEFT JOIN orders AS o ON o.id = r.claim_id LEFT JOIN holds AS h ON h.id = r.claim_id
WHERE r.state IN ('held', 'reserved') AND r.store_id = ANY(:stores::uuid[]) AND r.variant_id = ANY(:variants::uuid[])
  AND (r.state = 'reserved' OR coalesce(o.hold_expires_at, h.expires_at) > :now)
GROUP BY r.store_id, r.variant_id, o.number, coalesce(o.reference, h.reference), r.state
ORDER BY o.number IS NULL, o.number, 4
"""


_LAST_COUNTED = """
SELECT store_id, variant_id, max(version) FROM movements
WHERE store_id = ANY(:stores::uuid[]) AND variant_id = ANY(:variants::uuid[]) AND version > :lowest
  AND kind IN ('found', 'lost')
GROUP BY store_id, variant_id
"""


def open_short_counts(writer: Writer, catalog: CatalogCopy, stores: Sequence[str]) -> set[str]:
    """The counts, still being counted, that short picks have opened at these stores."""
    ids = sorted({catalog.stores[store].id for store in stores if store in catalog.stores})
    return {count_id for (count_id,) in writer.run(_OPEN_SHORT_COUNTS, stores=ids)} if ids else set()


def may_move(part: Any) -> bool:
    """Whether a line of a document may move stock. A line of a count does only where more or less was found than
    booked.
    """
    if not isinstance(part, CountLine):
        return True
    return part.counted != part.book_quantity or part.second_counted != part.second_book_quantity


def load_lines(
    writer: Writer, catalog: CatalogCopy, books: Books, wanted: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Single lines of the counts in the books, as (count, variant); answers their levels."""
    keys: set[tuple[str, str]] = set()
    levels: set[tuple[str, str]] = set()
    heads = books.shelves[Count]
    for reference, name in wanted:
        head = heads.get(books.document_ids.get((Count, reference), reference))
        variant = catalog.variants.get(name)
        if head is not None and variant is not None:
            keys.add((variant.id, head.id))
            levels.add((head.store_id, variant.id))
    if keys:
        found = writer.select(STORAGE[CountLine], ["variant_id", "count_id"], sorted(keys))
        books.shelves[CountLine].load(map(CountLine._make, found))
    return levels


def look_at_levels(writer: Writer, books: Books) -> None:
    """What else decides on a count, once its levels are locked: other counts of them, and who claims them."""
    if not books.shelves[Count]:
        return
    moving = {line: books.levels.get(_level_of(books, line)) for line in books.shelves[CountLine] if may_move(line)}
    counted = [(line, level) for line, level in moving.items() if level is not None]
    since = [(line, level) for line, level in counted if level.version > (line.book_version or 0)]
    if since:
        levels = _named(level for _, level in since)
        lowest = min(line.book_version or 0 for line, _ in since)
        last = writer.run(_LAST_COUNTED, **levels, lowest=lowest)
        books.counted_at.update({(store_id, variant_id): version for store_id, variant_id, version in last})
    short = [level for line, level in counted if _missing(line) > level.available]
    if short:
        for store_id, variant_id, number, reference, state, quantity in writer.run(
            _HOLDERS, **_named(short), now=books.now
        ):
            books.holders.setdefault((store_id, variant_id), []).append(Holder(number, reference, state, int(quantity)))


def _named(levels: Iterable[Level]) -> dict[str, list[str]]:
    found = list(levels)
    return {
        "stores": sorted({level.store_id for level in found}),
        "variants": sorted({level.variant_id for level in found}),
    }


def _level_of(books: Books, line: CountLine) -> tuple[str, str]:
    return books.shelves[Count][line.count_id].store_id, line.variant_id


def _missing(line: CountLine) -> int:
    """How many units fewer a counter has found than the books said."""
    first = (line.book_quantity or 0) - (line.counted or 0)
    second = (line.second_book_quantity or 0) - (line.second_counted or 0)
    return max(first, second)
