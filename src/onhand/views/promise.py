"""What could be promised for an order that is not placed yet, and when those that wait will be delivered."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from onhand.books import Expected, Policy
from onhand.calendars import days_off
from onhand.clock import as_datetime
from onhand.db.outlook import coming, run_on
from onhand.db.schema import variants
from onhand.rows import Store, Variant
from onhand.trade import allocation, catalog, promise, substitutes
from onhand.trade.allocation import Planned, Supply, Want, recipe_of
from onhand.trade.orders import OrderPicture
from onhand.trade.promise import Outlook
from onhand.views.sourcing import Places, WantedItem, find_places, find_variants, free_units, want


def with_expected(
    connection: Connection, pictures: Sequence[OrderPicture], now: int, policy: Policy
) -> Sequence[OrderPicture]:
    """The same, with when the last of what each waits for will be delivered. Nothing waits: nothing is asked."""
    lines = [line for picture in pictures for line in picture.lines if line.backordered]
    if not lines:
        return pictures
    parts = {part for line in lines for part, _ in allocation.line_recipe(line.variant_id, line.components)}
    known = variants_by_id(connection, parts.union(line.variant_id for line in lines))
    stores = find_places(connection).ranked
    outlook = Outlook(now, policy, days_off, known, stores, *coming(run_on(connection), parts, now))
    return [picture._replace(expected=Expected(outlook.delivery(picture.order, picture.lines))) for picture in pictures]


def variants_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Variant]:
    rows = connection.execute(select(variants).where(variants.c.id.in_(set(ids))))
    return {row.id: Variant._make(row) for row in rows}


# ── Before an order ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Source:
    store: str
    available: int


@dataclass(slots=True)
class OfferedSubstitute:
    """What could be had instead: so many units of a SKU at a store."""

    sku: str
    store: str
    available: int


@dataclass(slots=True)
class ItemAvailability:
    """Whether an item could be had now, from where, and when it would be delivered.

    What is short counts as waiting: `restock_at` is when there will be enough. Null is what nobody knows.
    """

    sku: str
    quantity: int
    available: int
    sufficient: bool
    sources: list[Source]
    estimated_delivery: date | None
    restock_at: datetime | None
    substitutes: list[OfferedSubstitute]


class _Asked(NamedTuple):
    """One item, and the plan for it alone."""

    item: WantedItem
    variant: Variant
    want: Want
    plan: Planned


def check_availability(
    connection: Connection,
    wanted: Sequence[WantedItem],
    ship_to: Mapping[str, Any] | None,
    now: int,
    policy: Policy,
) -> list[ItemAvailability]:
    """What each item could have, if it alone were ordered now. Takes nothing. Raises VariantNotFound, StoreNotFound."""
    found = find_variants(connection, [item.variant for item in wanted])
    places = find_places(connection)
    wants = [want(item, found, places) for item in wanted]
    free = free_units(connection, {part for each in wants for part, _ in each.recipe}, now)
    destination = allocation.place_of(json.dumps(ship_to)) if ship_to else None
    asked = []
    for item, each in zip(wanted, wants, strict=True):
        (plan,) = allocation.plan([each], places.ranked, _supply(free), policy.sourcing, destination)
        asked.append(_Asked(item, found[item.variant], each, plan))
    ahead = _Ahead(connection, [each for each in asked if each.plan.short], places, free, now, policy)
    country = promise.country_of(ship_to)
    return [ahead.answer(each, country) for each in asked]


class _Ahead:
    """What is found out, all at once, about items that are short."""

    def __init__(
        self,
        connection: Connection,
        short: Sequence[_Asked],
        places: Places,
        free: Mapping[tuple[str, str], int],
        now: int,
        policy: Policy,
    ) -> None:
        self._places, self._now, self._policy = places, now, policy
        self._others = _others(connection, [each.variant for each in short]) if short else {}
        candidates = {part for each in self._others.values() for other in each for part, _ in recipe_of(other)}
        more = free_units(connection, candidates, now) if candidates else {}
        self._supply = _supply({**free, **more})
        self._outlook = _outlook(connection, short, places.ranked, now, policy)

    def answer(self, asked: _Asked, country: str | None) -> ItemAvailability:
        answer = _as_it_is(asked, self._places.ranked, self._supply)
        days = [self._delivery(part.store_id, country) for part in asked.plan.parts]
        if not asked.plan.short:
            answer.estimated_delivery = max(days)
            return answer
        variant, store_id, stores = asked.variant, asked.want.store_id, self._places.ranked
        quantity = asked.item.quantity
        missing = substitutes.missing(variant, quantity, answer.available, store_id, stores, self._supply)
        arrival = self._outlook.restock(variant, missing, store_id)
        if arrival is not None:
            answer.restock_at = as_datetime(arrival.at)
        waits_until = self._outlook.delivery_of(arrival, store_id, country)
        answer.estimated_delivery = waits_until and max([waits_until, *days])
        offered = substitutes.ranked(variant, store_id, self._others[variant.id], stores, self._supply)
        answer.substitutes = [OfferedSubstitute(*each) for each in offered]
        return answer

    def _delivery(self, store_id: str, country: str | None) -> date:
        return promise.delivery_day(self._places.named[store_id], self._now, country, self._policy, days_off)


def _supply(free: Mapping[tuple[str, str], int]) -> Supply:
    return Supply(lambda store_id, variant_id: free.get((store_id, variant_id), 0))


def _as_it_is(asked: _Asked, stores: Sequence[Store], supply: Supply) -> ItemAvailability:
    sources = [
        Source(store.code, units)
        for store in stores
        if asked.want.store_id in (None, store.id)
        for units in (supply.units(store.id, asked.want.recipe),)
        if units
    ]
    sources.sort(key=lambda source: (-source.available, source.store))
    return ItemAvailability(
        sku=asked.variant.sku,
        quantity=asked.item.quantity,
        available=sum(source.available for source in sources),
        sufficient=asked.plan.short == 0,
        sources=sources,
        estimated_delivery=None,
        restock_at=None,
        substitutes=[],
    )


def _outlook(
    connection: Connection, short: Sequence[_Asked], stores: Sequence[Store], now: int, policy: Policy
) -> Outlook:
    parts = {part for each in short for part, _ in each.want.recipe}
    known = {each.variant.id: each.variant for each in short}
    known |= variants_by_id(connection, parts - set(known)) if parts - set(known) else {}
    return Outlook(now, policy, days_off, known, stores, *coming(run_on(connection), parts, now))


def _others(connection: Connection, short: Sequence[Variant]) -> dict[str, list[Variant]]:
    """What could stand for each of these, in one statement."""
    skus = {sku for variant in short for sku in catalog.substitutes(variant)}
    products = {variant.product_id for variant in short}
    rows = connection.execute(
        select(variants)
        .where(or_(variants.c.sku.in_(skus), variants.c.product_id.in_(products)))
        .order_by(variants.c.product_id, variants.c.position)
    )
    listed = [Variant._make(row) for row in rows]
    by_sku = {variant.sku: variant for variant in listed}
    return {
        variant.id: substitutes.candidates(
            variant,
            (by_sku.get(sku) for sku in catalog.substitutes(variant)),
            (sibling for sibling in listed if sibling.product_id == variant.product_id),
        )
        for variant in short
    }
