"""A variant over time: what its levels were at the end of each day, and where they are going."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from onhand.clock import DAY
from onhand.db.schema import movements, stores
from onhand.views.incoming import incoming

DEMAND_DAYS = 28
TAKES = ("hold", "reserve", "decrement")
GIVES_BACK = ("release", "expire", "unreserve")


@dataclass(slots=True)
class Curve:
    """What was available at one store at the end of each day; None before its first movement."""

    store: str
    available: list[int | None]


@dataclass(slots=True)
class History:
    """`days` are the moments of the points. The forecast goes on from the last of them: all stores together, with what
    a day has taken on average (over four weeks) and what purchase orders should bring.
    """

    days: list[int]
    curves: list[Curve]
    forecast: list[int]
    taken_a_day: float


def variant_history(connection: Connection, variant_id: str, now: int, days: int, ahead: int = 28) -> History:
    """In three statements, and in rows only as many as there are days and stores."""
    m = movements.c
    end_of = [now - (days - 1 - at) * DAY for at in range(days)]
    age = now - m.recorded_at
    bucket = age - age % DAY
    store_ids = {
        row.id: row.code for row in connection.execute(select(stores.c.id, stores.c.code).order_by(stores.c.code))
    }
    of_variant = and_(m.store_id.in_(list(store_ids)), m.variant_id == variant_id)
    last = (
        select(m.store_id, func.max(m.version).label("version"), func.min(bucket).label("before"))
        .where(of_variant, m.recorded_at <= now)
        .group_by(m.store_id, bucket)
        .subquery()
    )
    rows = connection.execute(
        select(m.store_id, last.c.before, m.available)
        .join(last, and_(last.c.store_id == m.store_id, last.c.version == m.version))
        .where(m.variant_id == variant_id)
    ).all()
    points: dict[str, dict[int, int]] = {}
    for store_id, before, available in rows:
        points.setdefault(store_id, {})[int(before) // DAY] = available
    curves = [
        Curve(code, _filled(points[store_id], days)) for store_id, code in store_ids.items() if store_id in points
    ]
    taken = _taken_a_day(connection, variant_id, list(store_ids), now)
    today = sum(curve.available[-1] or 0 for curve in curves)
    return History(end_of, curves, _forecast(connection, variant_id, today, taken, now, ahead), taken)


def _filled(by_age: dict[int, int], days: int) -> list[int | None]:
    """A day without a movement ends as the day before did. Ages are in days, 0 is today."""
    older = [age for age in by_age if age >= days]
    level: int | None = by_age[min(older)] if older else None
    filled: list[int | None] = []
    for age in range(days - 1, -1, -1):
        level = by_age.get(age, level)
        filled.append(level)
    return filled


def _taken_a_day(connection: Connection, variant_id: str, store_ids: Sequence[str], now: int) -> float:
    m = movements.c
    rows = connection.execute(
        select(m.kind, func.sum(m.quantity))
        .where(
            m.store_id.in_(store_ids),
            m.variant_id == variant_id,
            m.recorded_at > now - DEMAND_DAYS * DAY,
            m.kind.in_(TAKES + GIVES_BACK),
        )
        .group_by(m.kind)
    ).all()
    units = {kind: int(quantity) for kind, quantity in rows}
    net = sum(units.get(kind, 0) for kind in TAKES) - sum(units.get(kind, 0) for kind in GIVES_BACK)
    return max(0, net) / DEMAND_DAYS


def _forecast(connection: Connection, variant_id: str, available: int, taken: float, now: int, ahead: int) -> list[int]:
    """What will be available day by day, if demand stays as it was and purchase orders come when they should."""
    coming = [0] * (ahead + 1)
    for each in incoming(connection, [variant_id]):
        if each.incoming.expected_at is not None:
            day = int((each.incoming.expected_at.timestamp() * 1_000_000 - now) // DAY) + 1
            if day <= ahead:
                coming[max(0, day)] += each.incoming.quantity
    left = float(available)
    forecast = []
    for units in coming:
        forecast.append(round(max(0.0, left)))
        left = max(0.0, left - taken) + units
    return forecast
