"""Bring the warehouse's documents: a head, locked, with its lines, and the levels that they are about."""

from collections.abc import Collection
from typing import Any

from onhand.books import Books, Needs
from onhand.db import counts_load
from onhand.db.catalog import CatalogCopy, looks_like_id
from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import (
    Count,
    CountLine,
    Parcel,
    ParcelItem,
    Payment,
    Pick,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    Refund,
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

# What hangs on an order besides its lines and claims, and is brought with it.
ORDER_PARTS: tuple[type, ...] = (Pick, Parcel, ParcelItem, Payment, Refund)


def load(writer: Writer, catalog: CatalogCopy, books: Books, needs: Needs) -> set[tuple[str, str]]:
    """Load documents by id or number, kind by kind in the order of `PARTS`; answers the levels they are about."""
    levels: set[tuple[str, str]] = set()
    for head_type, part_types in PARTS.items():
        references = {reference for kind, reference in needs.documents if kind is head_type}
        in_part: set[str] = set()
        if head_type is Count:
            references |= counts_load.open_short_counts(writer, catalog, needs.short_counts)
            in_part = {reference for reference, _ in needs.count_lines}
        if not references and not in_part:
            continue
        heads = _heads(writer, books, head_type, references | in_part)
        books.shelves[head_type].load(heads)
        whole = sorted(head.id for head in heads if head.id in references or head.number in references)
        stores = {store for head in heads if head.id in whole for store in _stores_of(head)}
        for part_type in part_types if whole else ():
            storage = STORAGE[part_type]
            make: Any = part_type
            parts = [make._make(row) for row in writer.select(storage, storage.key[:1], whole)]
            books.shelves[part_type].load(parts)
            catalog.fetch({part.variant_id for part in parts if hasattr(part, "variant_id")}, writer)
            moving = {part.variant_id for part in parts if hasattr(part, "variant_id") and counts_load.may_move(part)}
            levels |= {(store, variant) for store in stores for variant in moving}
        if in_part:
            levels |= counts_load.load_lines(writer, catalog, books, needs.count_lines)
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


def load_around(writer: Writer, books: Books, wanted: Collection[type]) -> None:
    """What belongs to the order parts that were brought: the items of returns, the heads of waves.

    They change only together with their order, so a batch that has locked the order needs no lock on them.
    """
    if Return in wanted:
        returns = sorted(returned.id for returned in books.returns)
        items = writer.select(STORAGE[RequestedReturn], ["return_id"], returns)
        books.shelves[RequestedReturn].load(map(RequestedReturn._make, items))
    if WaveOrder in wanted:
        waves = sorted({part.wave_id for part in books.shelves[WaveOrder]})
        books.shelves[Wave].load(map(Wave._make, writer.select(STORAGE[Wave], ["id"], waves)))
