"""Bare holds as answers: the inventory half used alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from onhand.clock import as_datetime
from onhand.db.catalog import looks_like_id
from onhand.db.schema import holds, reservations, stores, variants
from onhand.rows import Hold, Reservation, Store, Variant
from onhand.trade.errors import HoldNotFound
from onhand.trade.holds import HoldPicture, is_overdue


@dataclass(slots=True)
class HoldItemAnswer:
    """Units of a hold in one state: held, reserved, fulfilled, released or expired."""

    item: int
    sku: str
    store: str
    quantity: int
    state: str


@dataclass(slots=True)
class HoldAnswer:
    success: bool
    id: str
    hold_id: str
    reference: str
    status: str
    expires_at: datetime | None
    items: list[HoldItemAnswer]
    created_at: datetime
    updated_at: datetime


def hold_answer(picture: HoldPicture, now: int) -> HoldAnswer:
    """A bare hold as its callers see it. What is held beyond its time has expired, swept or not."""
    hold = picture.hold
    overdue = is_overdue(hold, now)
    return HoldAnswer(
        success=True,
        id=hold.id,
        hold_id=hold.id,
        reference=hold.reference,
        status="expired" if overdue else hold.state,
        expires_at=as_datetime(hold.expires_at),
        items=[
            HoldItemAnswer(
                claim.line,
                picture.variants[claim.variant_id].sku,
                picture.stores[claim.store_id].code,
                claim.quantity,
                "expired" if overdue and claim.state == "held" else claim.state,
            )
            for claim in picture.reservations
        ],
        created_at=as_datetime(hold.created_at),
        updated_at=as_datetime(hold.updated_at),
    )


def find_hold(connection: Connection, hold_id: str, now: int) -> HoldAnswer:
    """The bare hold of that id. Raises HoldNotFound."""
    row = None
    if looks_like_id(hold_id):
        row = connection.execute(select(holds).where(holds.c.id == hold_id)).first()
    if row is None:
        raise HoldNotFound(hold_id)
    claims = [
        Reservation._make(claim)
        for claim in connection.execute(
            select(reservations)
            .where(reservations.c.claim_id == hold_id)
            .order_by(reservations.c.line, reservations.c.part)
        )
    ]
    wanted = select(variants).where(variants.c.id.in_({claim.variant_id for claim in claims}))
    by_id = {variant.id: Variant._make(variant) for variant in connection.execute(wanted)}
    places = {store.id: Store._make(store) for store in connection.execute(select(stores))}
    return hold_answer(HoldPicture(Hold._make(row), tuple(claims), by_id, places), now)
