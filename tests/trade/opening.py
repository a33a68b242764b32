"""Opening the books on plain dictionaries of rows: what `db/load.py` asks of a database, said once more.

Only what is needed is brought, so that a rule which reads more has to say so.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from onhand.books import Books, Holder, Needs
from onhand.db import documents_load
from onhand.db.payments_load import variants_to_revive
from onhand.rows import (
    Alert,
    ApiKey,
    Count,
    CountLine,
    Hold,
    Level,
    Line,
    Movement,
    Order,
    Payment,
    PaymentMessage,
    Product,
    RequestedReturn,
    Reservation,
    Return,
    Shipment,
    Store,
    Variant,
    Waiting,
    Wave,
    WaveOrder,
)
from onhand.trade import alerts, allocation

Place = tuple[str, str]


class Shelves(NamedTuple):
    """The catalog of a keeper: a plain reading of its stores and variants."""

    stores: dict[str, Store]
    variants: dict[str, Variant]
    variants_of: dict[str, tuple[Variant, ...]]
    ranked_stores: tuple[Store, ...]


class Opening:
    """Fills books from `rows`: rows by key, by type."""

    def __init__(self, rows: Mapping[type, dict[Any, Any]], books: Books, catalog: Shelves, now: int) -> None:
        self.rows = rows
        self.books = books
        self.catalog = catalog
        self.now = now

    def load(self, needs: Needs, all_of: Collection[str] = ()) -> None:
        """`all_of` are variants of which every level is wanted, because an earlier try had too few."""
        levels = self._named_levels(needs) | self._documents(needs)
        self._numbers(needs)
        orders = {*needs.orders, *self.books.order_ids.values(), *documents_load.orders_of(self.books)}
        orders |= self._payments(needs)
        claims = orders | set(needs.holds) | self._overdue({variant_id for _, variant_id in levels})
        if needs.raises or claims & (self.rows[Order].keys() | self.rows[Hold].keys()):
            claims |= self._waiting_with(claims, {variant_id for _, variant_id in levels})
        self._claims(claims)
        self._order_parts(needs, claims)
        levels |= {(claim.store_id, claim.variant_id) for claim in self.books.reservations}
        lines = [allocation.line_recipe(line.variant_id, line.components) for line in self.books.lines]
        made_of = {variant_id for recipe in lines for variant_id, _ in recipe}
        levels |= {(place, variant_id) for place in self._ids(needs.at_stores) for variant_id in made_of}
        kits = [line for line in self.books.lines if line.backordered and line.components]
        levels |= self._everywhere(
            {variant_id for kit in kits for variant_id, _ in allocation.line_recipe(kit.variant_id, kit.components)}
        )
        if needs.everywhere:
            levels |= self._everywhere(made_of)
        catalog: Any = self.catalog
        nobody: Any = None
        self.books.wholly_loaded = set(all_of) | variants_to_revive(nobody, self.books, needs, catalog)
        levels |= self._everywhere(self.books.wholly_loaded)
        self.books.levels.load(self.rows[Level][key] for key in levels if key in self.rows[Level])
        alerts.bring(self.books, [row for row in self.rows[Alert].values() if row.id in needs.alerts])
        alerts.bring(self.books, standing(self.rows, needs.alert_subjects))
        self._look_at_counted_levels()
        self._settings(needs)

    def _payments(self, needs: Needs) -> set[str]:
        """Whose the named payments are; and the messages that were heard before."""
        named = [row for row in self.rows[Payment].values() if row.payment_id in needs.payments]
        self.books.payment_orders = {row.payment_id: row.order_id for row in named}
        heard = (self.rows[PaymentMessage].get(key) for key in needs.messages)
        self.books.shelves[PaymentMessage].load(row for row in heard if row is not None)
        return set(self.books.payment_orders.values())

    def _ids(self, stores: Iterable[str]) -> set[str]:
        return {self.catalog.stores[store].id for store in stores if store in self.catalog.stores}

    # ── Levels ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _named_levels(self, needs: Needs) -> set[Place]:
        levels = {
            (self.catalog.stores[store].id, variant_id)
            for reference, store in needs.levels
            if store in self.catalog.stores
            for variant_id in self._stocked(reference)
        }
        sourced = {name for one in needs.sourced for name, _ in one.items}
        return levels | self._everywhere({variant_id for name in sourced for variant_id in self._stocked(name)})

    def _stocked(self, reference: str) -> list[str]:
        """What is stocked of the variant, or of the variants of the product, of that name."""
        found = self.catalog.variants.get(reference)
        variants = (found,) if found else self.catalog.variants_of.get(reference, ())
        return [variant_id for variant in variants for variant_id, _ in allocation.recipe_of(variant)]

    def _everywhere(self, variants: set[str]) -> set[Place]:
        return {key for key in self.rows[Level] if key[1] in variants}

    # ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _documents(self, needs: Needs) -> set[Place]:
        """The documents that are named, with their parts; answers the levels that they are about."""
        named = [(kind, reference) for kind, reference in needs.documents]
        short = self._ids(needs.short_counts)
        named += [
            (Count, count.id)
            for count in self.rows[Count].values()
            if (count.status, count.origin) == ("counting", "short_pick") and count.store_id in short
        ]
        levels = set()
        for kind, reference in named:
            for head in self._heads(kind, reference):
                stores = [getattr(head, name) for name in head._fields if name.endswith("store_id")]
                for part_type in documents_load.PARTS[kind]:
                    parts = [part for part in self.rows[part_type].values() if part[0] == head.id]
                    self.books.shelves[part_type].load(parts)
                    variants = {part.variant_id for part in parts if hasattr(part, "variant_id") and _may_move(part)}
                    levels |= {(store, variant) for store in stores if store for variant in variants}
        return levels | self._count_lines(needs)

    def _heads(self, kind: type, reference: str) -> Iterator[Any]:
        for head in self.rows[kind].values():
            if reference in (head.id, head.number):
                self.books.document_ids[(kind, head.number)] = head.id
                self.books.shelves[kind].load([head])
                yield head

    def _count_lines(self, needs: Needs) -> set[Place]:
        levels = set()
        for reference, name in needs.count_lines:
            variant = self.catalog.variants.get(name)
            for head in self._heads(Count, reference):
                lines = [line for line in self.rows[CountLine].values() if line.count_id == head.id]
                self.books.shelves[CountLine].load(line for line in lines if variant and line.variant_id == variant.id)
                levels |= {(head.store_id, variant.id)} if variant else set()
        return levels

    def _look_at_counted_levels(self) -> None:
        """Other counts of the levels that a count is about, and who claims them."""
        for line in self.books.shelves[CountLine]:
            key = (self.books.shelves[Count][line.count_id].store_id, line.variant_id)
            level = self.books.levels.get(key)
            if level is None or not _may_move(line):
                continue
            corrected = [
                movement.version
                for movement in self.rows[Movement].values()
                if movement[:2] == key and movement.kind in ("found", "lost")
            ]
            if corrected:
                self.books.counted_at[key] = max(corrected)
            if _missing(line) > level.available:
                self.books.holders[key] = self._holders(key)

    def _holders(self, key: Place) -> list[Holder]:
        units: dict[tuple[str | None, str | None, str], int] = {}
        for claim in self.rows[Reservation].values():
            if (claim.store_id, claim.variant_id) != key or claim.state not in ("held", "reserved"):
                continue
            order = self.rows[Order].get(claim.claim_id)
            claimant: Any = order or self.rows[Hold][claim.claim_id]
            deadline = order.hold_expires_at if order else claimant.expires_at
            if claim.state == "held" and deadline <= self.now:
                continue
            who = (order.number if order else None, claimant.reference, claim.state)
            units[who] = units.get(who, 0) + claim.quantity
        ranked = sorted(units.items(), key=lambda each: (each[0][0] is None, each[0][0] or "", each[0][1] or ""))
        return [Holder(number, reference, state, units) for (number, reference, state), units in ranked]

    # ── Orders and bare holds ───────────────────────────────────────────────────────────────────────────────────────

    def _numbers(self, needs: Needs) -> None:
        numbered = {order.number: order.id for order in self.rows[Order].values()}
        self.books.order_ids = {number: numbered[number] for number in needs.orders if number in numbered}

    def _claims(self, claims: set[str]) -> None:
        for row_type, field in (
            *((Order, "id"), (Line, "order_id"), (Shipment, "order_id"), (Hold, "id")),
            (Reservation, "claim_id"),
        ):
            found = (row for row in self.rows[row_type].values() if getattr(row, field) in claims)
            self.books.shelves[row_type].load(found)
        if any(row.quantity for row in self.rows[Waiting].values()):
            self.books.waiting.load(row for row in self.rows[Waiting].values() if row.order_id in claims)

    def _order_parts(self, needs: Needs, claims: set[str]) -> None:
        for row_type in set(needs.order_parts):
            self.books.shelves[row_type].load(row for row in self.rows[row_type].values() if row.order_id in claims)
        if Return in needs.order_parts:
            returns = {returned.id for returned in self.books.returns}
            items = (row for row in self.rows[RequestedReturn].values() if row.return_id in returns)
            self.books.shelves[RequestedReturn].load(items)
        if WaveOrder in needs.order_parts:
            waves = {part.wave_id for part in self.books.shelves[WaveOrder]}
            self.books.shelves[Wave].load(row for row in self.rows[Wave].values() if row.id in waves)

    def _waiting_with(self, claims: set[str], variants: set[str]) -> set[str]:
        """Orders that wait for what these claims, or levels of these variants, could make available.

        One of them may be overdue itself: then so could its claims.
        """
        ended, overdue = set[str](), claims
        while True:
            ended |= overdue
            claimed = {claim.variant_id for claim in self.rows[Reservation].values() if claim.claim_id in ended}
            queued = [row for row in self.rows[Waiting].values() if row.quantity]
            found = {row.order_id for row in queued if row.variant_id in variants | claimed}
            overdue = found & self._due() - ended
            if not overdue:
                return found

    def _overdue(self, variants: set[str]) -> set[str]:
        """Orders and bare holds whose time has run out, and that claim any of these variants."""
        claimants = {claim.claim_id for claim in self.rows[Reservation].values() if claim.variant_id in variants}
        return claimants & self._due()

    def _due(self) -> set[str]:
        orders, holds = self.rows[Order].values(), self.rows[Hold].values()
        due = {row.id for row in orders if row.status == "pending" and row.hold_expires_at <= self.now}
        return due | {row.id for row in holds if row.state == "held" and row.expires_at <= self.now}

    # ── Settings ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _settings(self, needs: Needs) -> None:
        named = {self.catalog.variants[name].product_id for name in needs.products if name in self.catalog.variants}
        products = named | set(needs.products)
        self.books.products.load(row for row in self.rows[Product].values() if row.id in products)
        self.books.variants.load(row for row in self.rows[Variant].values() if row.product_id in products)
        self.books.stocked = {level.variant_id for level in self.rows[Level].values() if level.on_hand}
        self.books.stores.load(row for row in self.rows[Store].values() if row.id in self._ids(needs.stores))
        self.books.api_keys.load(row for row in self.rows[ApiKey].values() if row.id in needs.keys)


def standing(rows: Mapping[type, dict[Any, Any]], subjects: Collection[str]) -> list[Alert]:
    """The alerts of these subjects that are not over."""
    return [row for row in rows[Alert].values() if row.closed_at is None and row.subject in subjects]


def _may_move(part: Any) -> bool:
    """True of a document's line that may move stock: of a count, only what was found other than booked does."""
    if not isinstance(part, CountLine):
        return True
    return (part.counted, part.second_counted) != (part.book_quantity, part.second_book_quantity)


def _missing(line: CountLine) -> int:
    first = (line.book_quantity or 0) - (line.counted or 0)
    second = (line.second_book_quantity or 0) - (line.second_counted or 0)
    return max(first, second)
