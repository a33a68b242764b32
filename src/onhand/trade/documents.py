"""What the warehouse's documents share: a head with a number, a status and a history, and numbered lines."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from onhand.books import Actor, Books
from onhand.rows import Count, PurchaseOrder, Return, Transfer, Wave
from onhand.trade.errors import AlreadyExists, Forbidden, InvalidTransition, NotFound, Refusal

Document = TypeVar("Document", PurchaseOrder, Transfer, Count, Return, Wave)
Part = TypeVar("Part", bound=tuple[Any, ...])

# The word for a document in events' subjects and in sentences, and the prefix of its number.
NOUNS: dict[type, tuple[str, str]] = {
    PurchaseOrder: ("purchase_order", "PO-"),
    Transfer: ("transfer", "T-"),
    Count: ("count", "C-"),
    Return: ("return", "R-"),
    Wave: ("wave", "W-"),
}


def find(books: Books, kind: type[Document], reference: str, missing: type[NotFound]) -> Document:
    """The document of that id or number."""
    found: Document | None = books.shelves[kind].get(books.document_ids.get((kind, reference), reference))
    if found is None:
        raise missing(reference)
    return found


def new_number(books: Books, kind: type[Document], given: str | None) -> str:
    """The number that the caller gave, or the next one with the document's prefix. Raises AlreadyExists."""
    noun, prefix = NOUNS[kind]
    if given is None:
        return prefix + books.take_number()
    if (kind, given) in books.document_ids or not books.take_name(noun, given):
        raise AlreadyExists(noun.replace("_", " "), given)
    return given


def parts(books: Books, kind: type[Part], document_id: str) -> list[Part]:
    """The lines of a document, which are numbered from 1 without gaps."""
    found: list[Part] = []
    while (part := books.shelves[kind].get((document_id, len(found) + 1))) is not None:
        found.append(part)
    return found


def move(
    books: Books,
    document: Document,
    status: str,
    event: str,
    actor: Actor,
    told: Mapping[str, Any],
    **changes: Any,
) -> Document:
    """Take a document to its next status and tell it, once. The caller has checked that the step is legal."""
    noun, _ = NOUNS[type(document)]
    seq = document.events + 1
    before = document.status if document.events else None
    books.tell(
        f"{noun}/{document.id}", seq, event, actor, {"number": document.number, "from": before, "to": status, **told}
    )
    moved: Document = books.shelves[type(document)].put(
        document._replace(status=status, events=seq, updated_at=books.now, **changes)
    )
    return moved


def must_be(document: Document, statuses: Sequence[str], wanted: str, deed: str) -> None:
    """Refuse a step from any other status."""
    if document.status not in statuses:
        raise refusal(document, wanted, deed)


def refusal(document: Document, wanted: str, deed: str) -> Refusal:
    noun, _ = NOUNS[type(document)]
    status = document.status.replace("_", " ")
    return InvalidTransition(
        f"Cannot {deed} a {noun.replace('_', ' ')} that is {status}", present=document.status, wanted=wanted
    )


def permit(actor: Actor, *store_ids: str) -> None:
    """Refuse a key that is bound to other stores."""
    if actor.stores is not None and not actor.stores.issuperset(store_ids):
        raise Forbidden("This key may not act at that store.")
