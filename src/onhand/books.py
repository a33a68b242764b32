"""The open books of a batch: the rows that its commands need, in memory, and what they have changed so far.

A change is a new row put in the place of the old one. Every put is journalled, so a refused command is undone by
going back to its mark; the others stand. `db/load.py` fills the books, `db/save.py` writes what changed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import orjson

from onhand.rows import (
    Alert,
    ApiKey,
    Event,
    Hold,
    Level,
    Line,
    Movement,
    Order,
    Product,
    Reservation,
    Return,
    ReturnLine,
    Shipment,
    Store,
    Variant,
    Waiting,
)

Row = TypeVar("Row", bound=tuple[Any, ...])
Journal = list[tuple[dict[Any, Any], Any, Any]]
DaysOff = Callable[[str | None, int], frozenset[date]]
"""Answers the days of a year on which nobody works in a country (ISO 3166-1 alpha-2, None: not known)."""


class Actor(NamedTuple):
    """Who asks: a name for the ledger, and where that one may act (no stores named: everywhere)."""

    name: str
    on_behalf_of: str | None = None
    stores: frozenset[str] | None = None


ONHAND = Actor("onhand")
"""Who the ledger names for what nobody has asked for: what runs out, is filled from the queue, is found by a duty."""


class Policy(NamedTuple):
    """The settings that decisions depend on."""

    hold_minutes: float = 15
    hold_minutes_max: float = 10_080
    currency: str = "USD"
    sourcing: tuple[str, ...] = ("fewest_splits", "priority")
    transit_days: int = 3
    payment_window_minutes: float = 60
    on_payment_failed: str = "release"
    on_late_payment: str = "review"


class Catalog(Protocol):
    """What the commands of a batch call by name: stores by code or id, variants by SKU or id, products' variants."""

    @property
    def stores(self) -> Mapping[str, Store]: ...

    @property
    def variants(self) -> Mapping[str, Variant]: ...

    @property
    def variants_of(self) -> Mapping[str, Sequence[Variant]]: ...

    @property
    def ranked_stores(self) -> Sequence[Store]:
        """Every store, by priority, then code."""
        ...


class Sourced(NamedTuple):
    """Items without a store, as (variant, quantity), and how their sources are chosen."""

    items: Sequence[tuple[str, int]]
    rule: str | None
    destination: str | None


class Incomplete(Exception):
    """The levels in the books do not suffice, and these variants have others: load all of them and decide again."""

    def __init__(self, variant_ids: Iterable[str]) -> None:
        super().__init__()
        self.variant_ids = frozenset(variant_ids)


class Needs(NamedTuple):
    """The rows that a command is decided on, named as its caller named them: by SKU, code, number or id.

    A name that nothing has brings no row; the verb refuses it.
    """

    variants: Sequence[str] = ()
    stores: Sequence[str] = ()
    # (variant, store) pairs.
    levels: Sequence[tuple[str, str]] = ()
    # Orders come with their lines, claims, shipments and the levels that they claim.
    orders: Sequence[str] = ()
    holds: Sequence[str] = ()
    products: Sequence[str] = ()
    keys: Sequence[str] = ()
    # (row type, id or number) pairs.
    documents: Sequence[tuple[type, str]] = ()
    sourced: Sequence[Sourced] = ()
    # Orders whose variants are wanted in all stores.
    everywhere: Sequence[str] = ()
    # (count, variant) pairs: one line, and its level, of a count that may have thousands.
    count_lines: Sequence[tuple[str, str]] = ()
    # Stores whose open count of what pickers did not find is wanted.
    short_counts: Sequence[str] = ()
    # Stores in which the orders' variants are wanted: of a kit, the components that it had when it was sold.
    at_stores: Sequence[str] = ()
    # The row types that are wanted of the orders besides what orders come with.
    order_parts: Sequence[type] = ()
    webhooks: Sequence[str] = ()
    # (webhook, place in the feed) pairs.
    deliveries: Sequence[tuple[str, int]] = ()
    # Empty for a command that can make nothing available: then no waiting line need be brought that could use it.
    raises: Sequence[bool] = (True,)
    alerts: Sequence[str] = ()
    # What alerts are about: of these subjects, the alerts that stand.
    alert_subjects: Sequence[str] = ()
    followers: Sequence[str] = ()
    # (fact, recipient) pairs.
    mails: Sequence[tuple[str, str]] = ()
    subscriptions: Sequence[str] = ()
    duties: Sequence[str] = ()
    # Sessions and sign-in links, by the hashes of their secrets.
    sessions: Sequence[str] = ()
    sign_in_links: Sequence[str] = ()
    # Payments by their ids; their orders come with them.
    payments: Sequence[str] = ()
    # (provider, event id) pairs.
    messages: Sequence[tuple[str, str]] = ()
    # Orders that may have ended unpaid: of those that have, the variants are wanted in all stores.
    revived: Sequence[str] = ()


class Shelf(Generic[Row]):
    """The rows of one table: as they were read, and as they are now."""

    __slots__ = ("_journal", "changed", "key_of", "loaded")

    def __init__(self, journal: Journal, key_of: Callable[[Any], Any]) -> None:
        self._journal = journal
        self.key_of = key_of
        self.loaded: dict[Any, Row] = {}
        self.changed: dict[Any, Row] = {}

    def get(self, key: Any) -> Row | None:
        return self.changed.get(key) or self.loaded.get(key)

    def __getitem__(self, key: Any) -> Row:
        return self.changed.get(key) or self.loaded[key]

    def put(self, row: Row) -> Row:
        key = self.key_of(row)
        self._journal.append((self.changed, key, self.changed.get(key)))
        self.changed[key] = row
        return row

    def load(self, found: Iterable[Row]) -> None:
        key_of = self.key_of
        self.loaded.update((key_of(row), row) for row in found)

    def __bool__(self) -> bool:
        return bool(self.loaded or self.changed)

    def __iter__(self) -> Iterator[Row]:
        """Every row as it is now."""
        yield from (self.changed.get(key, row) for key, row in self.loaded.items())
        yield from (row for key, row in self.changed.items() if key not in self.loaded)


class Holder(NamedTuple):
    """Who claims units of a level, for a refusal to name: an order's number, or a bare hold's reference."""

    order: str | None
    reference: str | None
    state: str
    quantity: int


class Forgotten(NamedTuple):
    """Rows of a type that are to be deleted: the oldest of those made before a moment, at most so many."""

    before: int
    at_most: int


@dataclass(slots=True)
class Expected:
    """When the last of what an order waits for will be delivered. None: not found out yet, or unknown."""

    delivery: date | None = None


class Mark(NamedTuple):
    """A place in the journal to go back to."""

    puts: int
    movements: int
    events: int
    numbers: int


class Books:
    """What the verbs of `trade` work on. `now` is the time of the whole batch."""

    def __init__(
        self,
        now: int,
        policy: Policy,
        catalog: Catalog,
        keys: Mapping[type, Callable[[Any], Any]],
        new_id: Callable[[], str],
        numbers: Sequence[int],
        days_off: DaysOff,
    ) -> None:
        self.now = now
        self.policy = policy
        self.new_id = new_id
        self.journal: Journal = []
        self.shelves: dict[type, Shelf[Any]] = {row: Shelf(self.journal, key) for row, key in keys.items()}
        self.stores: Shelf[Store] = self.shelves[Store]
        self.products: Shelf[Product] = self.shelves[Product]
        self.variants: Shelf[Variant] = self.shelves[Variant]
        self.levels: Shelf[Level] = self.shelves[Level]
        self.orders: Shelf[Order] = self.shelves[Order]
        self.lines: Shelf[Line] = self.shelves[Line]
        self.reservations: Shelf[Reservation] = self.shelves[Reservation]
        self.holds: Shelf[Hold] = self.shelves[Hold]
        self.shipments: Shelf[Shipment] = self.shelves[Shipment]
        self.returns: Shelf[Return] = self.shelves[Return]
        self.return_lines: Shelf[ReturnLine] = self.shelves[ReturnLine]
        self.api_keys: Shelf[ApiKey] = self.shelves[ApiKey]
        self.movements: list[Movement] = []
        self.events: list[Event] = []
        self.waiting: Shelf[Waiting] = self.shelves[Waiting]
        # Variants of which units became available: since the queues were last filled, and in the whole batch.
        self.risen: set[str] = set()
        self.raised: set[str] = set()
        # The stores in which this batch has opened a level, by variant.
        self.opened: dict[str, set[str]] = {}
        self._stores_of: dict[str, set[str]] = {}
        self._stores_counted = 0
        self.alerts: Shelf[Alert] = self.shelves[Alert]
        # Levels that have moved near one of their lines, as (store, variant): `trade/alerts.py` judges them.
        self.crossed: set[tuple[str, str]] = set()
        # By (subject, kind): the alert that stands, empty where it was closed; and those to close at the batch's end.
        self.standing: dict[tuple[str, str], str] = {}
        self.closings: dict[tuple[str, str], Mapping[str, Any]] = {}
        # Variants of the products to be changed of which units lie somewhere.
        self.stocked: set[str] = set()
        # Variants of which the books may lack levels, and those of which they have every level.
        self.partly_loaded: set[str] = set()
        self.wholly_loaded: set[str] = set()
        self.forgotten: dict[type, Forgotten] = {}
        # Ids by the numbers that callers used; the order of each payment.
        self.order_ids: dict[str, str] = {}
        self.payment_orders: dict[str, str] = {}
        self.document_ids: dict[tuple[type, str], str] = {}
        # For counts, by (store, variant): who claims units there, and the last movement by a count or a short pick.
        self.holders: dict[tuple[str, str], list[Holder]] = {}
        self.counted_at: dict[tuple[str, str], int] = {}
        self.catalog = catalog
        self.days_off = days_off
        # Found out once for each (store, country) of the batch.
        self.delivery_days: dict[tuple[str, str | None], str] = {}
        # Orders that are answered while a line of theirs waits. When it will come is found out when all is decided, by
        # `db/outlook.py`, which writes it into these.
        self.outlook: dict[str, Expected] = {}
        self._names_taken: dict[tuple[str, str], bool] = {}
        self._numbers = numbers
        self._numbers_taken = 0

    def stores_having(self, variant_id: str) -> Collection[str]:
        """The stores whose level of the variant is in the books: read, or opened by this batch."""
        loaded = self.levels.loaded
        if self._stores_counted != len(loaded):
            self._stores_counted = len(loaded)
            self._stores_of = {}
            for store_id, each in loaded:
                self._stores_of.setdefault(each, set()).add(store_id)
        having: Collection[str] = self._stores_of.get(variant_id, ())
        opened = self.opened.get(variant_id)
        return {*having, *opened} if opened else having

    def mark(self) -> Mark:
        return Mark(len(self.journal), len(self.movements), len(self.events), self._numbers_taken)

    def undo_to(self, mark: Mark) -> None:
        """Put everything back as it was at the mark."""
        while len(self.journal) > mark.puts:
            changed, key, before = self.journal.pop()
            if before is None:
                del changed[key]
            else:
                changed[key] = before
        del self.movements[mark.movements :]
        del self.events[mark.events :]
        self._numbers_taken = mark.numbers

    def take_number(self) -> str:
        """The next order number; it goes back when the command is undone."""
        self._numbers_taken += 1
        return str(self._numbers[self._numbers_taken - 1])

    def take_name(self, noun: str, name: str) -> bool:
        """Take a name that must be unique; False when an earlier command of the batch has it."""
        key = (noun, name)
        if key in self._names_taken:
            return False
        self.note(self._names_taken, key, True)
        return True

    def note(self, notes: dict[Any, Any], key: Any, value: Any) -> None:
        """Put something down that goes away again when the command is undone."""
        self.journal.append((notes, key, notes.get(key)))
        notes[key] = value

    def forget(self, row_type: type, before: int, at_most: int) -> None:
        """Note that rows of the type which nothing else refers to are to be deleted."""
        self.note(self.forgotten, row_type, Forgotten(before, at_most))

    @property
    def numbers_taken(self) -> int:
        return self._numbers_taken

    def tell(self, subject: str, seq: int, type_: str, actor: Actor, data: Mapping[str, Any]) -> None:
        """Write an event: one fact, once, in the transaction of the fact."""
        self.events.append(Event(subject, seq, type_, actor.name, self.now, orjson.dumps(data).decode()))
