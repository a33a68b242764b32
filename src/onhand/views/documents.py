"""What the views of the warehouse's documents share: finding one, listing them, and everything that happened to one."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, and_, or_, select

from onhand.db.catalog import looks_like_id
from onhand.db.schema import events, movements
from onhand.db.storage import STORAGE
from onhand.rows import Count, PurchaseOrder, Return, Transfer, Wave
from onhand.trade.counts import CountNotFound
from onhand.trade.documents import NOUNS, Document
from onhand.trade.errors import NotFound
from onhand.trade.receiving import PurchaseOrderNotFound
from onhand.trade.returns import ReturnNotFound
from onhand.trade.transfers import TransferNotFound
from onhand.trade.waves import WaveNotFound
from onhand.views.names import store_id_of
from onhand.views.pages import Page, after, page
from onhand.views.search import mentions
from onhand.views.timeline import TimelineEntry, history

Answer = TypeVar("Answer")

# What is said when there is no document of that id or number.
MISSING: dict[type, type[NotFound]] = {
    PurchaseOrder: PurchaseOrderNotFound,
    Return: ReturnNotFound,
    Transfer: TransferNotFound,
    Count: CountNotFound,
    Wave: WaveNotFound,
}


def find_document(connection: Connection, kind: type[Document], reference: str) -> Document:
    """The head of the document of that id or number. Raises the NotFound of its kind."""
    table = STORAGE[kind].table
    named = table.c.id if looks_like_id(reference) else table.c.number
    row = connection.execute(select(table).where(named == reference)).first()
    if row is None:
        raise MISSING[kind](reference)
    make: Any = kind
    head: Document = make(*row)
    return head


def document_timeline(connection: Connection, kind: type[Document], reference: str) -> list[TimelineEntry]:
    """The history of the document of that id or number. Raises the NotFound of its kind."""
    head = find_document(connection, kind, reference)
    noun, _ = NOUNS[kind]
    subject = f"{noun}/{head.id}"
    # Movements have no index by cause. A document's are recorded with one of its events, and by that time they have.
    told_at = select(events.c.occurred_at).where(events.c.subject == subject)
    return history(connection, subject, and_(movements.c.recorded_at.in_(told_at), movements.c.cause_id == head.id))


class DocumentFilter(NamedTuple):
    """What a list of documents is narrowed to. `q` is looked for in the number and in the texts of the head."""

    status: str | None = None
    store: str | None = None
    q: str | None = None


def list_documents(
    connection: Connection,
    kind: type[Document],
    wanted: DocumentFilter,
    limit: int,
    cursor: str | None,
    answers: Callable[[list[Document]], list[Answer]],
) -> Page[Answer]:
    """One page of the documents of a kind, newest first; `answers` makes a page of heads into answers at once."""
    table = STORAGE[kind].table
    columns = (table.c.created_at, table.c.id)
    statement = select(table)
    if wanted.status is not None:
        statement = statement.where(table.c.status == wanted.status)
    if wanted.store is not None:
        store_id = store_id_of(connection, wanted.store)
        places = (column for column in table.c if column.name.endswith("store_id"))
        statement = statement.where(or_(*(place == store_id for place in places)))
    if wanted.q:
        texts = (table.c[name] for name in ("number", "supplier", "reason", "note") if name in table.c)
        statement = statement.where(mentions(wanted.q, *texts))
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)).all()
    make: Any = kind
    heads: Page[Document] = page(rows, limit, lambda row: (row.created_at, row.id), lambda row: make(*row))
    return Page(answers(heads.data), heads.next_cursor)
