"""What is to be picked: the queue of orders, and the lists that pickers walk with, by bin, then SKU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, exists, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from onhand.clock import as_datetime
from onhand.db.dialect import Whole
from onhand.db.documents import picks, wave_orders, waves
from onhand.db.schema import levels, orders, reservations, stores, variants
from onhand.rows import Order, Pick, Store, Variant, Wave
from onhand.trade.orders import OrderPicture
from onhand.trade.waves import WavePicture
from onhand.views.documents import DocumentFilter, find_document, list_documents
from onhand.views.names import store_id_of
from onhand.views.orders import find_picture, pictures_of
from onhand.views.pages import Page, after, page
from onhand.views.zones import WHOLE, WavePart, walking_order, walks, zone_of

PICKABLE = ("confirmed", "processing", "partially_shipped")
_NEVER = 2**62


@dataclass(slots=True)
class PickLine:
    """What one order line wants from one shelf, of a kit one component. In units of what lies there.

    `state`: to_pick, picked, short, substituted.
    """

    line: int
    sku: str
    name: str
    barcode: str | None
    bin: str | None
    quantity: int
    picked: int
    to_pick: int
    state: str


@dataclass(slots=True)
class StorePickList:
    store: str
    store_name: str
    lines: list[PickLine]


@dataclass(slots=True)
class OrderPickList:
    """What to take from the shelves for an order, one list a store."""

    order_id: str
    number: str
    status: str
    note: str | None
    lists: list[StorePickList]


class Shelves(NamedTuple):
    """Where goods lie, and what they are called. A bin is known by (store, variant)."""

    bins: Mapping[tuple[str, str], str | None]
    variants: Mapping[str, Variant]


def find_pick_list(connection: Connection, reference: str, store: str | None) -> OrderPickList:
    """The picking list of the order of that id or number. Raises OrderNotFound, StoreNotFound."""
    picture = find_picture(connection, reference)
    written = select(picks).where(picks.c.order_id == picture.order.id).order_by(picks.c.pick)
    done = [Pick._make(row) for row in connection.execute(written)]
    wanted = {store_id_of(connection, store)} if store else None
    return _order_list(picture, shelves_of(connection, [picture]), done, wanted)


def _order_list(
    picture: OrderPicture, shelves: Shelves, done: Sequence[Pick], wanted: set[str] | None
) -> OrderPickList:
    at_stores: dict[str, dict[tuple[int, str], list[int]]] = {}
    for claim in picture.reservations:
        if claim.state == "reserved":
            units = at_stores.setdefault(claim.store_id, {}).setdefault((claim.line, claim.variant_id), [0, 0])
            units[0] += claim.quantity
            units[1] += claim.picked
    outcomes: dict[tuple[str, int], str] = {}
    variant_of = {line.line: line.variant_id for line in picture.lines}
    for pick in done:
        if pick.outcome != "picked":
            outcomes[(pick.store_id, pick.line)] = pick.outcome
            at_store = at_stores.setdefault(pick.store_id, {})
            if not any(line == pick.line for line, _ in at_store):
                at_store[(pick.line, variant_of[pick.line])] = [0, 0]
    lists = []
    for store_id, at_store in at_stores.items():
        if wanted is None or store_id in wanted:
            store = picture.stores[store_id]
            lines = [
                _line(shelves, store_id, line, variant_id, quantity, picked, outcomes.get((store_id, line)))
                for (line, variant_id), (quantity, picked) in at_store.items()
            ]
            lines.sort(key=lambda each: (each.bin is None, each.bin or "", each.sku, each.line))
            lists.append(StorePickList(store.code, store.name, lines))
    lists.sort(key=lambda each: each.store)
    order = picture.order
    return OrderPickList(order.id, order.number, order.status, order.note, lists)


def _line(
    shelves: Shelves, store_id: str, line: int, variant_id: str, quantity: int, picked: int, outcome: str | None
) -> PickLine:
    variant = shelves.variants[variant_id]
    state = "to_pick" if picked < quantity else outcome or "picked"
    return PickLine(
        line=line,
        sku=variant.sku,
        name=variant.title,
        barcode=variant.barcode,
        bin=shelves.bins.get((store_id, variant_id)),
        quantity=quantity,
        picked=picked,
        to_pick=quantity - picked,
        state=state,
    )


def shelves_of(connection: Connection, pictures: Sequence[OrderPicture]) -> Shelves:
    """Where the goods of these orders lie, in every store."""
    claims = [claim for picture in pictures for claim in picture.reservations]
    ids = {claim.variant_id for claim in claims} | {line.variant_id for each in pictures for line in each.lines}
    known = connection.execute(select(variants).where(variants.c.id.in_(sorted(ids))))
    found = {row.id: Variant._make(row) for row in known}
    places = connection.execute(
        select(levels.c.store_id, levels.c.variant_id, levels.c.bin).where(
            levels.c.variant_id.in_(sorted(ids)), levels.c.bin.is_not(None)
        )
    )
    return Shelves({(row.store_id, row.variant_id): row.bin for row in places}, found)


# ── Waves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class WaveShare:
    """How much of a wave's line is for which order."""

    order_id: str
    number: str
    line: int
    quantity: int
    picked: int


@dataclass(slots=True)
class WaveLine:
    """One stop of the walk: what to take from one bin, for all orders together.

    `walk` numbers the walks through its zone, where the caller says how many lines one may have.
    """

    zone: str | None
    walk: int | None
    bin: str | None
    sku: str
    name: str
    barcode: str | None
    quantity: int
    picked: int
    to_pick: int
    orders: list[WaveShare]


@dataclass(slots=True)
class WaveOrderAnswer:
    order_id: str
    number: str
    status: str
    priority: int


@dataclass(slots=True)
class WaveAnswer:
    """A wave and its picking list, zone after zone, by bin. What has left or was cancelled is not in the list."""

    id: str
    number: str
    status: str
    store: str
    orders: list[WaveOrderAnswer]
    lines: list[WaveLine]
    actor: str
    created_at: datetime
    updated_at: datetime


def wave_answer(picture: WavePicture, part: WavePart = WHOLE) -> WaveAnswer:
    wave = picture.wave
    members = sorted((each.order for each in picture.orders), key=lambda order: (-order.priority, order.created_at))
    return WaveAnswer(
        id=wave.id,
        number=wave.number,
        status=wave.status,
        store=picture.store.code,
        orders=[WaveOrderAnswer(order.id, order.number, order.status, order.priority) for order in members],
        lines=_part_of(_wave_lines(picture), part),
        actor=wave.actor,
        created_at=as_datetime(wave.created_at),
        updated_at=as_datetime(wave.updated_at),
    )


def _wave_lines(picture: WavePicture) -> list[WaveLine]:
    store_id = picture.store.id
    stops: dict[str, dict[tuple[str, int], WaveShare]] = {}
    for each in picture.orders:
        for claim in each.reservations:
            if claim.state == "reserved" and claim.store_id == store_id:
                shares = stops.setdefault(claim.variant_id, {})
                order = each.order
                share = shares.setdefault((order.id, claim.line), WaveShare(order.id, order.number, claim.line, 0, 0))
                share.quantity += claim.quantity
                share.picked += claim.picked
    lines = [
        _stop(picture.variants[variant_id], picture.bins.get((store_id, variant_id)), list(shares.values()))
        for variant_id, shares in stops.items()
    ]
    return sorted(lines, key=lambda line: walking_order(line.bin, line.sku))


def _part_of(lines: list[WaveLine], part: WavePart) -> list[WaveLine]:
    for line, walk in zip(lines, walks([line.zone for line in lines], part.zone_size), strict=True):
        line.walk = walk
    return [line for line in lines if part.has(line.zone)]


def _stop(variant: Variant, bin_: str | None, shares: list[WaveShare]) -> WaveLine:
    quantity, picked = sum(share.quantity for share in shares), sum(share.picked for share in shares)
    named = (variant.sku, variant.title, variant.barcode)
    return WaveLine(zone_of(bin_), None, bin_, *named, quantity, picked, quantity - picked, shares)


def find_wave(connection: Connection, reference: str, part: WavePart = WHOLE) -> WaveAnswer:
    """The wave of that id or number, with that part of its list. Raises WaveNotFound."""
    return _waves(connection, [find_document(connection, Wave, reference)], part)[0]


def list_waves(connection: Connection, wanted: DocumentFilter, limit: int, cursor: str | None) -> Page[WaveAnswer]:
    """Waves, newest first."""
    return list_documents(connection, Wave, wanted, limit, cursor, lambda heads: _waves(connection, heads))


def _waves(connection: Connection, heads: Sequence[Wave], part: WavePart = WHOLE) -> list[WaveAnswer]:
    members: dict[str, list[str]] = {head.id: [] for head in heads}
    w = wave_orders.c
    for row in connection.execute(select(w.wave_id, w.order_id).where(w.wave_id.in_(sorted(members)))):
        members[row.wave_id].append(row.order_id)
    ids = sorted({order_id for of_wave in members.values() for order_id in of_wave})
    found = [Order._make(row) for row in connection.execute(select(orders).where(orders.c.id.in_(ids)))]
    pictures = {picture.order.id: picture for picture in pictures_of(connection, found)}
    shelves = shelves_of(connection, list(pictures.values()))
    places = {row.id: Store._make(row) for row in connection.execute(select(stores))}
    return [
        wave_answer(
            WavePicture(
                head,
                tuple(pictures[order_id] for order_id in sorted(members[head.id])),
                places[head.store_id],
                shelves.bins,
                shelves.variants,
            ),
            part,
        )
        for head in heads
    ]


# ── The queue ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class QueueStore:
    """What of an order waits in one store, in units of what lies there."""

    store: str
    to_pick: int
    picked: int


@dataclass(slots=True)
class QueuedOrder:
    """An order that waits to be picked. `wave` is the open one that it is in."""

    order_id: str
    number: str
    status: str
    priority: int
    promised_at: datetime | None
    customer_id: str | None
    stores: list[QueueStore]
    to_pick: int
    picked: int
    wave: str | None
    created_at: datetime
    confirmed_at: datetime | None


def free_orders(connection: Connection, store: str, limit: int) -> list[QueuedOrder]:
    """The most urgent orders that are to be picked at a store and are in no open wave there. Raises StoreNotFound."""
    return queue(connection, store, limit, None, free=True).data


def queue(
    connection: Connection, store: str | None, limit: int, cursor: str | None, *, free: bool = False
) -> Page[QueuedOrder]:
    """Orders to pick, most urgent first: by priority, then age, then the promised date. `free`: in no open wave."""
    store_id = store_id_of(connection, store) if store else None
    columns: tuple[ColumnElement[Any], ...] = (
        literal(0, Whole) - orders.c.priority,
        orders.c.created_at,
        func.coalesce(orders.c.promised_at, literal(_NEVER, Whole), type_=Whole),
        orders.c.id,
    )
    statement = select(orders).where(is_to_pick(store_id))
    if free:
        statement = statement.where(~exists().where(_in_open_wave(store_id), wave_orders.c.order_id == orders.c.id))
    if cursor:
        statement = statement.where(after(cursor, columns, descending=False))
    found = [Order._make(row) for row in connection.execute(statement.order_by(*columns).limit(limit + 1))]
    answers = _queued(connection, found[:limit], store_id)
    return page(
        found,
        limit,
        lambda order: (
            -order.priority,
            order.created_at,
            _NEVER if order.promised_at is None else order.promised_at,
            order.id,
        ),
        lambda order: answers[order.id],
    )


def is_to_pick(store_id: str | None = None) -> ColumnElement[bool]:
    """The orders of which units lie on a shelf of that store, or of any, and wait to be picked."""
    r = reservations.c
    waits = and_(r.claim_id == orders.c.id, r.state == "reserved", r.picked < r.quantity)
    if store_id is not None:
        waits = and_(waits, r.store_id == store_id)
    is_stopped = orders.c.payment_status == "charged_back"
    return and_(orders.c.status.in_(PICKABLE), ~is_stopped, exists().where(waits))


def _in_open_wave(store_id: str | None) -> ColumnElement[bool]:
    open_wave = and_(waves.c.id == wave_orders.c.wave_id, waves.c.status == "picking")
    return open_wave if store_id is None else and_(open_wave, waves.c.store_id == store_id)


def _queued(connection: Connection, found: Sequence[Order], store_id: str | None) -> dict[str, QueuedOrder]:
    ids = [order.id for order in found]
    r = reservations.c
    units = (
        select(r.claim_id, stores.c.code, func.sum(r.quantity - r.picked), func.sum(r.picked))
        .join(stores, stores.c.id == r.store_id)
        .where(r.claim_id.in_(ids), r.state == "reserved", *((r.store_id == store_id,) if store_id else ()))
        .group_by(r.claim_id, stores.c.code)
        .order_by(r.claim_id, stores.c.code)
    )
    at_stores: dict[str, list[QueueStore]] = {id_: [] for id_ in ids}
    for order_id, code, to_pick, picked in connection.execute(units):
        at_stores[order_id].append(QueueStore(code, int(to_pick), int(picked)))
    open_waves = select(wave_orders.c.order_id, waves.c.number).where(
        wave_orders.c.order_id.in_(ids), _in_open_wave(store_id)
    )
    numbers = {row.order_id: row.number for row in connection.execute(open_waves)}
    return {order.id: _queued_order(order, at_stores[order.id], numbers.get(order.id)) for order in found}


def _queued_order(order: Order, at_stores: list[QueueStore], wave: str | None) -> QueuedOrder:
    return QueuedOrder(
        order_id=order.id,
        number=order.number,
        status=order.status,
        priority=order.priority,
        promised_at=as_datetime(order.promised_at),
        customer_id=order.customer_id,
        stores=at_stores,
        to_pick=sum(each.to_pick for each in at_stores),
        picked=sum(each.picked for each in at_stores),
        wave=wave,
        created_at=as_datetime(order.created_at),
        confirmed_at=as_datetime(order.confirmed_at),
    )
