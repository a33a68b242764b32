"""Bringing alerts into the books: those that commands name, and at the end of a batch those that have recovered."""

from onhand.books import Books, Needs
from onhand.db.catalog import looks_like_id
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import Alert
from onhand.trade import alerts

_STANDING = (
    f"SELECT {', '.join(STORAGE[Alert].columns)} FROM alerts "
    "WHERE closed_at IS NULL AND subject = ANY(:subjects::text[])"
)


def load(writer: Writer, books: Books, needs: Needs) -> None:
    """The alerts that commands name, by id or by what they are about."""
    ids = sorted({reference for reference in needs.alerts if looks_like_id(reference)})
    if ids:
        alerts.bring(books, map(Alert._make, writer.select(STORAGE[Alert], ["id"], ids, lock=True)))
    if needs.alert_subjects:
        _load_standing(writer, books, set(needs.alert_subjects))


def finish(writer: Writer, books: Books) -> None:
    """Close the alerts of levels that have recovered in this batch. Those that the books lack are read in one
    statement, which is all that a recovery costs.
    """
    alerts.settle(books)
    if books.closings:
        _load_standing(writer, books, {subject for subject, _ in books.closings})
        alerts.close_what_was_left(books)


def _load_standing(writer: Writer, books: Books, subjects: set[str]) -> None:
    found = map(Alert._make, writer.run(_STANDING, subjects=sorted(subjects)))
    alerts.bring(books, found)
