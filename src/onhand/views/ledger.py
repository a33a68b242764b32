"""The ledger: every movement, the balances at a time, and where a level's numbers come from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select, text

from onhand.clock import as_datetime
from onhand.db.schema import MADE_BY_ORDERS, RARE, holds, levels, movements, orders, reservations, stores, variants
from onhand.rows import Level, Movement
from onhand.trade.stock import EFFECTS, OPERATIONS, StockChange
from onhand.views.answers import fields_of
from onhand.views.availability import LevelAnswer, find_level, level_answer
from onhand.views.incoming import Incoming, incoming
from onhand.views.names import order_id_of, store_id_of, variant_ids_of
from onhand.views.pages import Page, after, page


@dataclass(slots=True)
class Balances:
    available: int
    on_hold: int
    reserved: int
    unsellable: int


@dataclass(slots=True)
class MovementAnswer:
    """One row of the ledger. `previous_quantity` and `new_quantity` are what was available before and after."""

    store: str
    sku: str
    variant_id: str
    version: int
    kind: str
    operation: str
    quantity: int
    previous_quantity: int
    new_quantity: int
    previous: Balances
    new: Balances
    reason: str
    notes: str | None
    user: str
    actor: str
    order_id: str | None
    order: str | None
    cause: str
    cause_id: str | None
    occurred_at: datetime
    created_at: datetime


def movement_answer(movement: Movement, sku: str, store: str, order_number: str | None) -> MovementAnswer:
    effect = EFFECTS[movement.kind]
    new = Balances(movement.available, movement.on_hold, movement.reserved, movement.unsellable)
    previous = Balances(
        movement.available - effect.available * movement.quantity,
        movement.on_hold - effect.on_hold * movement.quantity,
        movement.reserved - effect.reserved * movement.quantity,
        movement.unsellable - effect.unsellable * movement.quantity,
    )
    return MovementAnswer(
        store=store,
        sku=sku,
        variant_id=movement.variant_id,
        version=movement.version,
        kind=movement.kind,
        operation=_operation(movement.kind),
        quantity=movement.quantity,
        previous_quantity=previous.available,
        new_quantity=new.available,
        previous=previous,
        new=new,
        reason=movement.reason,
        notes=movement.notes,
        user=movement.on_behalf_of or movement.actor,
        actor=movement.actor,
        order_id=movement.order_id,
        order=order_number,
        cause=movement.cause,
        cause_id=movement.cause_id,
        occurred_at=as_datetime(movement.occurred_at),
        created_at=as_datetime(movement.recorded_at),
    )


def _operation(kind: str) -> str:
    """What was asked for by hand, or else what it does to the quantity that customers can order, if anything."""
    if kind in OPERATIONS:
        return kind
    available = EFFECTS[kind].available
    return "increment" if available > 0 else "decrement" if available < 0 else kind


@dataclass(slots=True)
class StockChangeAnswer(LevelAnswer):
    """A level after a change by hand, and the movement that made it."""

    movement: MovementAnswer | None


def stock_change_answer(change: StockChange, sku: str, store: str) -> StockChangeAnswer:
    movement = None if change.movement is None else movement_answer(change.movement, sku, store, None)
    level = level_answer(change.level, sku, store, overdue=0)
    return StockChangeAnswer(**fields_of(level), movement=movement)


# ── The list ────────────────────────────────────────────────────────────────────────────────────────────────────────


class MovementFilter(NamedTuple):
    """What a list of movements is narrowed to; times are microseconds."""

    variant: str | None = None
    store: str | None = None
    kind: str | None = None
    order: str | None = None
    actor: str | None = None
    recorded_from: int | None = None
    recorded_to: int | None = None


def list_movements(
    connection: Connection, wanted: MovementFilter, limit: int, cursor: str | None
) -> Page[MovementAnswer]:
    """Movements, newest first."""
    m = movements
    columns = (m.c.recorded_at, m.c.store_id, m.c.variant_id, m.c.version)
    statement = (
        select(m, variants.c.sku, stores.c.code, orders.c.number)
        .join(variants, variants.c.id == m.c.variant_id)
        .join(stores, stores.c.id == m.c.store_id)
        .outerjoin(orders, orders.c.id == m.c.order_id)
    )
    for condition in _conditions(connection, wanted):
        statement = statement.where(condition)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=True))
    rows = connection.execute(statement.order_by(*(column.desc() for column in columns)).limit(limit + 1)).all()
    return page(
        rows,
        limit,
        lambda row: (row.recorded_at, row.store_id, row.variant_id, row.version),
        lambda row: movement_answer(Movement._make(row[:-3]), row.sku, row.code, row.number),
    )


def _conditions(connection: Connection, wanted: MovementFilter) -> list[Any]:
    m = movements
    conditions: list[Any] = []
    if wanted.variant is not None:
        conditions.append(m.c.variant_id.in_(variant_ids_of(connection, wanted.variant)))
    if wanted.store is not None:
        conditions.append(m.c.store_id == store_id_of(connection, wanted.store))
    elif wanted.variant is not None:
        conditions.append(m.c.store_id.in_(select(stores.c.id)))  # So that the ledger's own key can be used.
    if wanted.kind is not None:
        conditions.append(m.c.kind == wanted.kind)
        if wanted.kind not in MADE_BY_ORDERS:
            conditions.append(text(RARE))  # It follows from the other; databases do not see that.
    if wanted.order is not None:
        conditions.append(m.c.order_id == order_id_of(connection, wanted.order))
    if wanted.actor is not None:
        conditions.append((m.c.actor == wanted.actor) | (m.c.on_behalf_of == wanted.actor))
    if wanted.recorded_from is not None:
        conditions.append(m.c.recorded_at >= wanted.recorded_from)
    if wanted.recorded_to is not None:
        conditions.append(m.c.recorded_at < wanted.recorded_to)
    return conditions


# ── As of, explain ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class BalancesAsOf:
    """What a level held at a time, as it was known then."""

    sku: str
    store: str
    at: datetime
    version: int
    available: int
    on_hold: int
    reserved: int
    unsellable: int
    on_hand: int


def as_of(connection: Connection, variant: str, store: str, at: int) -> BalancesAsOf:
    """The balances that the last movement recorded up to that time has left; all zero before the first."""
    m = movements
    variant_id, sku, store_id, code = _level_names(connection, variant, store)
    row = connection.execute(
        select(m)
        .where(m.c.store_id == store_id, m.c.variant_id == variant_id, m.c.recorded_at <= at)
        .order_by(m.c.version.desc())
        .limit(1)
    ).first()
    level = Level(store_id, variant_id)
    if row is not None:
        left = Movement._make(row)
        level = Level(store_id, variant_id, left.version, left.available, left.on_hold, left.reserved, left.unsellable)
    return BalancesAsOf(
        sku,
        code,
        as_datetime(at),
        level.version,
        level.available,
        level.on_hold,
        level.reserved,
        level.unsellable,
        level.on_hand,
    )


@dataclass(slots=True)
class KindTotal:
    """All movements of one kind on a level, and what they did to each bucket."""

    kind: str
    movements: int
    units: int
    available: int
    on_hold: int
    reserved: int
    unsellable: int


@dataclass(slots=True)
class Claim:
    """An order or bare hold that has units of a level; `overdue` ones no longer count."""

    claim_id: str
    order: str | None
    reference: str | None
    state: str
    quantity: int
    expires_at: datetime | None
    overdue: bool


@dataclass(slots=True)
class Explanation:
    """Where a level's numbers come from, and what is on its way to it, the earliest first.

    `agrees`: the ledger adds up to the level, and so do the open claims.
    """

    level: LevelAnswer
    totals: list[KindTotal]
    claims: list[Claim]
    incoming: list[Incoming]
    agrees: bool


def explain(connection: Connection, variant: str, store: str, now: int) -> Explanation:
    variant_id, _, store_id, _ = _level_names(connection, variant, store)
    totals = _totals(connection, store_id, variant_id)
    held_by = [each.claim for each in claims(connection, variant_id, now, store_id)]
    row = connection.execute(
        select(levels).where(levels.c.store_id == store_id, levels.c.variant_id == variant_id)
    ).first()
    level = Level._make(row) if row else Level(store_id, variant_id)
    summed = {
        bucket: sum(getattr(total, bucket) for total in totals)
        for bucket in ("available", "on_hold", "reserved", "unsellable")
    }
    held = sum(claim.quantity for claim in held_by if claim.state == "held")
    reserved = sum(claim.quantity for claim in held_by if claim.state == "reserved")
    agrees = (
        all(getattr(level, bucket) == units for bucket, units in summed.items())
        and level.on_hold == held
        and level.reserved == reserved
    )
    coming = [each.incoming for each in incoming(connection, [variant_id], store_id)]
    return Explanation(find_level(connection, variant, store, now), totals, held_by, coming, agrees)


def _totals(connection: Connection, store_id: str, variant_id: str) -> list[KindTotal]:
    m = movements
    rows = connection.execute(
        select(m.c.kind, func.count().label("count"), func.sum(m.c.quantity).label("units"))
        .where(m.c.store_id == store_id, m.c.variant_id == variant_id)
        .group_by(m.c.kind)
    )
    units: dict[str, tuple[int, int]] = {row.kind: (row[1], int(row.units)) for row in rows}
    return [
        KindTotal(
            kind,
            units[kind][0],
            units[kind][1],
            effect.available * units[kind][1],
            effect.on_hold * units[kind][1],
            effect.reserved * units[kind][1],
            effect.unsellable * units[kind][1],
        )
        for kind, effect in EFFECTS.items()
        if kind in units
    ]


class ClaimedUnits(NamedTuple):
    """A claim, and the code of the store whose units it has."""

    store: str
    claim: Claim


def claims(
    connection: Connection, variant_id: str, now: int, store_id: str | None = None, limit: int | None = None
) -> list[ClaimedUnits]:
    """Who has units of a variant now, at one store or at any; the oldest claims first."""
    r = reservations
    expires_at = case((r.c.state == "held", func.coalesce(orders.c.hold_expires_at, holds.c.expires_at)))
    places = select(stores.c.id) if store_id is None else [store_id]
    rows = connection.execute(
        select(
            stores.c.code,
            r.c.claim_id,
            orders.c.number,
            func.coalesce(orders.c.reference, holds.c.reference),
            r.c.state,
            r.c.quantity,
            expires_at,
        )
        .join(stores, stores.c.id == r.c.store_id)
        .outerjoin(orders, orders.c.id == r.c.claim_id)
        .outerjoin(holds, holds.c.id == r.c.claim_id)
        .where(r.c.store_id.in_(places), r.c.variant_id == variant_id, r.c.state.in_(("held", "reserved")))
        .order_by(r.c.claim_id, r.c.line, r.c.part)
        .limit(limit)
    )
    return [
        ClaimedUnits(
            code,
            Claim(
                claim_id,
                number,
                reference,
                state,
                quantity,
                as_datetime(expiry),
                expiry is not None and expiry <= now,
            ),
        )
        for code, claim_id, number, reference, state, quantity, expiry in rows
    ]


def _level_names(connection: Connection, variant: str, store: str) -> tuple[str, str, str, str]:
    """(variant id, SKU, store id, store code) of a level that may not be stocked yet."""
    found = find_level(connection, variant, store, 0)
    return found.variant_id, found.sku, store_id_of(connection, store), found.store
