"""Holds whose time has run out count as given back in every answer, swept or not."""

from sqlalchemy import BindParameter, Select, Subquery, bindparam, func, select, union_all

from onhand.db.dialect import Whole
from onhand.db.schema import holds, orders, reservations


def overdue_units() -> Subquery:
    """Units per level that are still on hold although their time is over. Takes the parameter `now`."""

    def held_by(claim_ids: Select[tuple[str]]) -> Select[tuple[str, str, int]]:
        claims = claim_ids.subquery()
        return (
            select(reservations.c.store_id, reservations.c.variant_id, reservations.c.quantity)
            .join(claims, claims.c.id == reservations.c.claim_id)
            .where(reservations.c.state == "held")
        )

    now: BindParameter[int] = bindparam("now", type_=Whole)
    due_orders = select(orders.c.id).where(orders.c.status == "pending", orders.c.hold_expires_at <= now)
    due_holds = select(holds.c.id).where(holds.c.state == "held", holds.c.expires_at <= now)
    claims = union_all(held_by(due_orders), held_by(due_holds)).subquery()
    return (
        select(claims.c.store_id, claims.c.variant_id, func.sum(claims.c.quantity).label("units"))
        .group_by(claims.c.store_id, claims.c.variant_id)
        .subquery("overdue")
    )
