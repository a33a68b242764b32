"""Bring the warehouse's documents: a head, locked, with its lines, and the levels that they are about."""

from collections.abc import Collection, Sequence
from typing import Any

from onhand.books import Books
from onhand.db.catalog import CatalogCopy, looks_like_id
from onhand.db.database import Writer
from onhand.db.storage import STORAGE
from onhand.rows import (
    Count,
    CountLine,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    RequestedReturn,
    Return,
    ReturnLine,
    Transfer,
    TransferLine,
    Wave,
    WaveOrder,
)

# What hangs on the head of each kind of document: rows whose key begins with the head's id.
PARTS: dict[type, tuple[type, ...]] = {
    PurchaseOrder: (PurchaseOrderLine, Receipt),
    Transfer: (TransferLine,),
    Count: (CountLine,),
    Return: (RequestedReturn, ReturnLine),
    Wave: (WaveOrder,),
}


def load(
    writer: Writer, catalog: CatalogCopy, books: Books, wanted: Sequence[tuple[type, str]]
) -> set[tuple[str, str]]:
    """Load documents by id or number, kind by kind in the order of `PARTS`; answers the levels they are about."""
    levels: set[tuple[str, str]] = set()
    for head_type, part_types in PARTS.items():
        references = {reference for kind, reference in wanted if kind is head_type}
        if not references:
            continue
        heads = _heads(writer, books, head_type, references)
        books.shelves[head_type].load(heads)
        stores = {store for head in heads for store in _stores_of(head)}
        for part_type in part_types:
            storage = STORAGE[part_type]
            make: Any = part_type
            parts = [make._make(row) for row in writer.select(storage, storage.key[:1], sorted(h[0] for h in heads))]
            books.shelves[part_type].load(parts)
            variants = {part.variant_id for part in parts if hasattr(part, "variant_id")}
            catalog.fetch(variants, writer)
            levels |= {(store, variant) for store in stores for variant in variants}
    return levels


def _heads(writer: Writer, books: Books, head_type: type, references: Collection[str]) -> list[Any]:
    storage = STORAGE[head_type]
    make: Any = head_type
    ids = {reference for reference in references if looks_like_id(reference)}
    numbers = sorted({reference for reference in references if reference not in ids})
    if numbers:
        named = [make._make(row) for row in writer.select(storage, ["number"], numbers)]
        books.document_ids.update({(head_type, head.number): head.id for head in named})
        ids.update(head.id for head in named)
    return [make._make(row) for row in writer.select(storage, ["id"], sorted(ids), lock=True)] if ids else []


def _stores_of(head: Any) -> list[str]:
    names = ("store_id", "from_store_id", "to_store_id")
    return [store for name in names if (store := getattr(head, name, None)) is not None]


def orders_of(books: Books) -> set[str]:
    """The orders that the loaded documents are about."""
    orders = {head.order_id for head in books.shelves[Return].loaded.values()}
    return orders | {part.order_id for part in books.shelves[WaveOrder].loaded.values()}
