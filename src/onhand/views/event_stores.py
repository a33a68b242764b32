"""Which events are of which stores: those of a level or a document of that store, of an order that it serves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Select, Table, select, union

from onhand.db.documents import counts, purchase_orders, transfers, waves
from onhand.db.schema import reservations, returns, stores


class Told(Protocol):
    """What is looked at of an event."""

    subject: str
    data: dict[str, Any]


Event = TypeVar("Event", bound=Told)


def at_stores(connection: Connection, told: Sequence[Event], store_ids: Collection[str]) -> list[Event]:
    """Those events that are of one of the stores. An event that is of no store is left out."""
    codes = set(connection.execute(select(stores.c.code).where(stores.c.id.in_(store_ids))).scalars())
    by_noun: dict[str, set[str]] = defaultdict(set)
    for event in told:
        noun, _, reference = event.subject.partition("/")
        by_noun[noun].add(reference)
        by_noun["order"].update(_orders_of(event))
    theirs = {
        (noun, found)
        for noun, references in by_noun.items()
        if noun in _OF_STORES and references
        for found in connection.execute(_OF_STORES[noun](references, store_ids)).scalars()
    }
    return [event for event in told if _is_at(event, codes, theirs)]


def _is_at(event: Told, codes: Collection[str], theirs: Collection[tuple[str, str]]) -> bool:
    noun, _, reference = event.subject.partition("/")
    return (
        event.data.get("store") in codes
        or (noun, reference) in theirs
        or any(("order", order_id) in theirs for order_id in _orders_of(event))
    )


def _orders_of(event: Told) -> Iterable[str]:
    """The order that an event of something else is about."""
    order_id = event.data.get("order_id")
    return (order_id,) if isinstance(order_id, str) else ()


def _by_claims(references: Collection[str], store_ids: Collection[str]) -> Select[Any]:
    """Claims are never deleted: an order is of every store that it ever had a claim in."""
    claims = reservations.c
    return select(claims.claim_id).distinct().where(claims.claim_id.in_(references), claims.store_id.in_(store_ids))


def _by_head(table: Table) -> Any:
    def question(references: Collection[str], store_ids: Collection[str]) -> Select[Any]:
        return select(table.c.id).where(table.c.id.in_(references), table.c.store_id.in_(store_ids))

    return question


def _by_either_end(references: Collection[str], store_ids: Collection[str]) -> Any:
    at_ends = (transfers.c.from_store_id, transfers.c.to_store_id)
    return union(*(select(transfers.c.id).where(transfers.c.id.in_(references), end.in_(store_ids)) for end in at_ends))


_OF_STORES: dict[str, Any] = {
    "order": _by_claims,
    "hold": _by_claims,
    "return": _by_head(returns),
    "transfer": _by_either_end,
    "purchase_order": _by_head(purchase_orders),
    "count": _by_head(counts),
    "wave": _by_head(waves),
}
