"""Where several processes write: a line that begins to wait must not miss goods that another process makes available.

Neither of the two transactions sees what the other has not committed yet. So a line would wait for goods that already
lie there, and whoever comes next would get them. Therefore both lock the row of the variant when all is decided, and
look once more: then one of them comes second, and sees what the first has done.
"""

from onhand.books import Books, Incomplete
from onhand.db.dialect import Writer

# Those who make something available do not wait for each other.
_LOCK_TO_WAIT = "SELECT id FROM variants WHERE id = ANY(:variants::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_LOCK_TO_GIVE = "SELECT id FROM variants WHERE id = ANY(:variants::uuid[]) ORDER BY id FOR SHARE"
_WHO_WAITS = "SELECT variant_id, order_id, line FROM waiting WHERE quantity > 0 AND variant_id = ANY(:variants::uuid[])"
_WHAT_LIES = """
SELECT store_id, variant_id FROM levels WHERE available > safety_stock AND variant_id = ANY(:variants::uuid[])
"""


def meet(writer: Writer, books: Books) -> None:
    """Look once more, when all is decided. Nothing is asked when nothing was made available and nobody begins to wait.

    Raises Incomplete when somebody waits for what was made available, or something lies there for a line that begins to
    wait, and the books do not know of it.
    """
    begin = [row for key, row in books.waiting.changed.items() if row.quantity > _waited(books, key)]
    if not begin and not books.raised:
        return
    wanted = {row.variant_id for row in begin}
    writer.run(_LOCK_TO_WAIT if begin else _LOCK_TO_GIVE, variants=sorted(wanted | books.raised))
    unknown: set[str] = set()
    if books.raised:
        waiting = writer.run(_WHO_WAITS, variants=sorted(books.raised))
        unknown.update(key[0] for key in waiting if key not in books.waiting.loaded)
    if begin:
        places = {(row.store_id, row.variant_id) for row in begin}
        free = writer.run(_WHAT_LIES, variants=sorted(wanted))
        unknown.update(
            variant_id
            for store_id, variant_id in free
            if (store_id, variant_id) not in books.levels.loaded
            and not places.isdisjoint({(store_id, variant_id), (None, variant_id)})
        )
    if unknown:
        raise Incomplete(unknown)


def _waited(books: Books, key: tuple[str, str, int]) -> int:
    before = books.waiting.loaded.get(key)
    return before.quantity if before else 0
