"""Transfers as answers: what was sent, what has come of it, and what is on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from onhand.clock import as_datetime
from onhand.db.documents import transfer_lines
from onhand.db.schema import stores, variants
from onhand.rows import Store, Transfer, TransferLine, Variant
from onhand.trade.transfers import TransferPicture, in_transit
from onhand.views.documents import DocumentFilter, find_document, list_documents
from onhand.views.pages import Page


@dataclass(slots=True)
class TransferLineAnswer:
    """One line. Once it is sent, `quantity = in_transit + received + damaged + lost + recalled`."""

    line: int
    sku: str
    name: str
    quantity: int
    received: int
    damaged: int
    lost: int
    recalled: int
    in_transit: int


@dataclass(slots=True)
class TransferAnswer:
    """A transfer: draft, sent, partially_received, received, recalled or cancelled."""

    id: str
    number: str
    status: str
    from_store: str
    to_store: str
    note: str | None
    lines: list[TransferLineAnswer]
    in_transit: int
    actor: str
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None


def transfer_answer(picture: TransferPicture) -> TransferAnswer:
    transfer = picture.transfer
    on_the_way = transfer.status in ("sent", "partially_received")
    lines = [_line(line, picture.variants[line.variant_id], on_the_way) for line in picture.lines]
    return TransferAnswer(
        id=transfer.id,
        number=transfer.number,
        status=transfer.status,
        from_store=picture.stores[transfer.from_store_id].code,
        to_store=picture.stores[transfer.to_store_id].code,
        note=transfer.note,
        lines=lines,
        in_transit=sum(line.in_transit for line in lines),
        actor=transfer.actor,
        created_at=as_datetime(transfer.created_at),
        updated_at=as_datetime(transfer.updated_at),
        sent_at=as_datetime(transfer.sent_at),
    )


def _line(line: TransferLine, variant: Variant, on_the_way: bool) -> TransferLineAnswer:
    return TransferLineAnswer(
        line=line.line,
        sku=line.sku,
        name=variant.title,
        quantity=line.quantity,
        received=line.received,
        damaged=line.damaged,
        lost=line.lost,
        recalled=line.recalled,
        in_transit=in_transit(line) if on_the_way else 0,
    )


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def find_transfer(connection: Connection, reference: str) -> TransferAnswer:
    """The transfer of that id or number. Raises TransferNotFound."""
    (found,) = _pictures(connection, [find_document(connection, Transfer, reference)])
    return transfer_answer(found)


def list_transfers(
    connection: Connection, wanted: DocumentFilter, limit: int, cursor: str | None
) -> Page[TransferAnswer]:
    """Transfers, newest first, from or to the wanted store; `q` is looked for in number and note."""
    return list_documents(
        connection,
        Transfer,
        wanted,
        limit,
        cursor,
        lambda heads: list(map(transfer_answer, _pictures(connection, heads))),
    )


def _pictures(connection: Connection, heads: Sequence[Transfer]) -> list[TransferPicture]:
    """The transfers with their lines, in two statements however many they are."""
    line = transfer_lines.c
    width = len(TransferLine._fields)
    lines: dict[str, list[TransferLine]] = {head.id: [] for head in heads}
    by_id: dict[str, Variant] = {}
    for row in connection.execute(
        select(transfer_lines, variants)
        .join(variants, variants.c.id == line.variant_id)
        .where(line.transfer_id.in_(list(lines)))
        .order_by(line.transfer_id, line.line)
    ):
        found = TransferLine._make(row[:width])
        lines[found.transfer_id].append(found)
        by_id[found.variant_id] = Variant._make(row[width:])
    places = {row.id: Store._make(row) for row in connection.execute(select(stores))}
    return [TransferPicture(head, tuple(lines[head.id]), places, by_id) for head in heads]
