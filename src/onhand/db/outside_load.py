"""Bringing into the books what commands about followers, mail, subscriptions and duties name."""

from typing import Any

from onhand.books import Books, Needs
from onhand.db.catalog import looks_like_id
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import DutyRun, Follower, Mail, Subscription


def load(writer: Writer, books: Books, needs: Needs) -> None:
    subscriptions = {reference for reference in needs.subscriptions if looks_like_id(reference)}
    wanted: tuple[tuple[type, list[str], set[Any]], ...] = (
        (Follower, ["name"], set(needs.followers)),
        (Mail, ["fact", "recipient"], set(needs.mails)),
        (Subscription, ["id"], subscriptions),
        (DutyRun, ["name"], set(needs.duties)),
    )
    for row_type, columns, keys in wanted:
        if keys:
            make: Any = row_type
            found = writer.select(STORAGE[row_type], columns, sorted(keys), lock=True)
            books.shelves[row_type].load(make._make(row) for row in found)
