"""The promise: on which day goods are with the customer, and when what is short comes again.

Days are counted from the moment at which the store can begin. An order that comes after the store's cut-off, in the
store's time zone, is begun the next day. Handling and transit take working days of the store's country. A line that
waits is begun when the delivery is expected that will fill it. Where that is not known nothing is promised: None.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from onhand.books import Books, DaysOff, Policy
from onhand.rows import Line, Order, Store, Variant
from onhand.trade import allocation, reservations
from onhand.trade.durations import DAY, SECOND

# ── From a store to the customer ────────────────────────────────────────────────────────────────────────────────────


def delivery_day(store: Store, at: int, country: str | None, policy: Policy, days_off: DaysOff) -> date:
    """The working day on which goods reach a customer in a country, when the store can begin to handle them at `at`."""
    here = datetime.fromtimestamp(at // SECOND, ZoneInfo(store.time_zone))
    late = store.cutoff is not None and here.time() > _cutoff(store.cutoff)
    working_days = store.handling_days + transit_days(store, country, policy)
    return _working_day(here.date(), late, working_days, country_of(_address(store.address)), days_off)


def transit_days(store: Store, country: str | None, policy: Policy) -> int:
    """Working days on the way: to the country if the store names it, else from the store, else the shop's usual."""
    named = _by_country(store.transit_by_country).get(country) if country and store.transit_by_country else None
    if named is not None:
        return named
    return policy.transit_days if store.transit_days is None else store.transit_days


@lru_cache(maxsize=20_000)
def _working_day(day: date, late: bool, working_days: int, country: str | None, days_off: DaysOff) -> date:
    """So many working days after the first on which work can begin."""
    day = _next_working(day + timedelta(days=late), country, days_off)
    for _ in range(working_days):
        day = _next_working(day + timedelta(days=1), country, days_off)
    return day


def _next_working(day: date, country: str | None, days_off: DaysOff) -> date:
    while day in days_off(country, day.year):
        day += timedelta(days=1)
    return day


def country_of(address: Mapping[str, Any] | None) -> str | None:
    """The ISO 3166-1 alpha-2 code in an address: its `country_code`, else its `country`."""
    for name in ("country_code", "country"):
        code = address.get(name) if address else None
        if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha():
            return code.upper()
    return None


def destination_of(order: Order) -> str | None:
    """The country that an order goes to."""
    return country_of(_address(order.shipping_address))


@lru_cache(maxsize=1_000)
def _address(stored: str | None) -> dict[str, Any] | None:
    found = json.loads(stored) if stored else None
    return found if isinstance(found, dict) else None


@lru_cache(maxsize=1_000)
def _by_country(stored: str | None) -> dict[str, int]:
    return dict(json.loads(stored)) if stored else {}


@lru_cache(maxsize=1_000)
def _cutoff(text: str) -> time:
    return time.fromisoformat(text)


# ── What an order has claimed ───────────────────────────────────────────────────────────────────────────────────────


def of_stores(books: Books, store_ids: Iterable[str], country: str | None) -> str | None:
    """The day (ISO 8601) on which all is there that these stores send now; None when they are none."""
    latest = None
    for store_id in store_ids:
        day = books.delivery_days.get((store_id, country))
        if day is None:
            store = books.catalog.stores[store_id]
            day = delivery_day(store, books.now, country, books.policy, books.days_off).isoformat()
            books.delivery_days[store_id, country] = day
        if latest is None or day > latest:
            latest = day
    return latest


def renewed(books: Books, order: Order, lines: Sequence[Line]) -> dict[str, Any]:
    """The promise of an order as its claims are now, as changes of its row.

    What was promised first stays in `promised_at`. While a line waits, nothing is promised yet.
    """
    claims = reservations.of_claim(books, order.id, len(lines))
    open_at = {claim.store_id for claim in claims if claim.state in ("held", "reserved")}
    day = of_stores(books, open_at, destination_of(order)) or order.estimated_delivery
    if order.promised_at is not None or any(books.lines[line[:2]].backordered for line in lines):
        return {"estimated_delivery": day}
    return {"estimated_delivery": day, "promised_at": moment_of(day)}


@lru_cache(maxsize=1_000)
def moment_of(day: str | None) -> int | None:
    """The beginning of a day (ISO 8601) in UTC, in microseconds."""
    return None if day is None else int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * SECOND


# ── What waits ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Coming(NamedTuple):
    """Units of a variant that a store expects of its suppliers at a moment."""

    variant_id: str
    store_id: str
    at: int
    units: int


class Queued(NamedTuple):
    """A part of an order line that waits for a variant, in units of the line."""

    variant_id: str
    order_id: str
    line: int
    store_id: str | None
    quantity: int
    components: str | None


class Arrival(NamedTuple):
    """When units will be for sale, and at which store if that is known."""

    at: int
    store_id: str | None


class Outlook:
    """What is coming, shared out to those who wait: each in turn takes the earliest that it can use.

    `coming` begins with the earliest, `queue` with whoever is served first. `stores` stand by priority, then code.
    """

    def __init__(
        self,
        now: int,
        policy: Policy,
        days_off: DaysOff,
        variants: Mapping[str, Variant],
        stores: Sequence[Store],
        coming: Iterable[Coming] = (),
        queue: Iterable[Queued] = (),
    ) -> None:
        self._now = now
        self._policy = policy
        self._days_off = days_off
        self._variants = variants
        self._stores = stores
        self._by_id = {store.id: store for store in stores}
        self._left: dict[str, list[Coming]] = {}
        for lot in coming:
            self._left.setdefault(lot.variant_id, []).append(lot)
        self._promised: dict[tuple[str, str, int], Arrival | None] = {}
        for row in queue:
            units = row.quantity * dict(allocation.line_recipe(row.variant_id, row.components))[row.variant_id]
            self._promised[row[:3]] = self._take(row.variant_id, row.store_id, units)

    def _take(self, variant_id: str, store_id: str | None, units: int) -> Arrival | None:
        """Give so many units of what is left; None when it does not suffice."""
        kept = []
        last = None
        for lot in self._left.get(variant_id, ()):
            given = min(units, lot.units) if store_id in (None, lot.store_id) else 0
            units -= given
            if given:
                last = Arrival(lot.at, lot.store_id)
            if given < lot.units:
                kept.append(lot._replace(units=lot.units - given))
        if variant_id in self._left:
            self._left[variant_id] = kept
        return last if units == 0 else None

    def delivery(self, order: Order, lines: Sequence[Line]) -> date | None:
        """When the last of what an order waits for is with the customer; None when nobody knows, or nothing waits."""
        days = [self._line_delivery(order, line) for line in lines if line.backordered]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None

    def _line_delivery(self, order: Order, line: Line) -> date | None:
        arrivals = []
        for variant_id, _ in allocation.line_recipe(line.variant_id, line.components):
            arrival = self._promised.get((variant_id, line.order_id, line.line))
            arrivals.append(arrival or self._guess((line.variant_id, variant_id), line.store_id, order.created_at))
        return self.delivery_of(_last(arrivals), line.store_id, destination_of(order))

    def delivery_of(self, arrival: Arrival | None, store_id: str | None, country: str | None) -> date | None:
        """When units that arrive then are with a customer. Where no store is known, it is the one that goes first."""
        if arrival is None:
            return None
        store = self._by_id[arrival.store_id or store_id or self._stores[0].id]
        return delivery_day(store, max(arrival.at, self._now), country, self._policy, self._days_off)

    def restock(self, variant: Variant, missing: Collection[tuple[str, int]], store_id: str | None) -> Arrival | None:
        """When so many units more of what a variant is made of can be had by somebody who comes now."""
        arrivals = []
        for variant_id, units in missing:
            before = list(self._left.get(variant_id, ()))
            arrival = self._take(variant_id, store_id, units)
            if before:
                self._left[variant_id] = before
            arrivals.append(arrival or self._guess((variant.id, variant_id), store_id, self._now))
        return _last(arrivals)

    def _guess(self, variant_ids: Iterable[str], store_id: str | None, since: int) -> Arrival | None:
        """By the supplier's lead time, counted from the order, but not before sales begin; else when sales begin."""
        variants = [self._variants[variant_id] for variant_id in variant_ids]
        begins = [variant.preorder_until for variant in variants if (variant.preorder_until or 0) > self._now]
        lead = next((variant.lead_days for variant in reversed(variants) if variant.lead_days is not None), None)
        there = [] if lead is None else [since + lead * DAY]
        if there and there[0] <= self._now:
            there = []  # It should have been here: the lead time was wrong, and nobody knows better.
        moments = [moment for moment in (*begins, *there) if moment is not None]
        return Arrival(max(moments), store_id) if moments else None


def _last(arrivals: Sequence[Arrival | None]) -> Arrival | None:
    known = [arrival for arrival in arrivals if arrival is not None]
    return max(known, key=lambda arrival: arrival.at) if known and len(known) == len(arrivals) else None
