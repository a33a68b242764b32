"""The engine without a database: it keeps the rows in dictionaries, opens the books on what a command needs, and
folds back what changed, column by column as saving would. So the rules can be tried thousands of times a second.
"""

import copy
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs, Policy
from onhand.db import documents_load
from onhand.db.storage import KEYS, STORAGE
from onhand.rows import Alert, Hold, Level, Line, Order, Reservation, Shipment, Store, Variant, Waiting
from onhand.trade import alerts, allocation
from onhand.trade.errors import Refusal
from onhand.trade.holds import expire_all_overdue
from onhand.trade.verbs import VERBS, combined, decide

START = 1_760_000_000_000_000
MINUTE = 60_000_000
CLERK = Actor("clerk")
POLICY = Policy()


class Shelves(NamedTuple):
    """The catalog of a keeper: a plain reading of its stores and variants."""

    stores: dict[str, Store]
    variants: dict[str, Variant]
    variants_of: dict[str, tuple[Variant, ...]]
    ranked_stores: tuple[Store, ...]


def an_id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


MAIN = Store(an_id(1), "main", "Main store", 0, 0, None, "UTC", None, 0, 0)


class Keeper:
    """All rows of a shop. `run` answers the outcome, be it a refusal."""

    def __init__(self, ids_a_batch: int = 0) -> None:
        self.ids_a_batch = ids_a_batch
        self.rows: dict[type, dict[Any, Any]] = {row_type: {} for row_type in STORAGE}
        self.rows[Store][MAIN.id] = MAIN
        self.now = START
        self.ids_made = 1_000
        self.last_number = 1_000

    def new_id(self) -> str:
        self.ids_made += 1
        return an_id(self.ids_made)

    def copy(self) -> "Keeper":
        twin = copy.copy(self)
        twin.rows = {row_type: dict(rows) for row_type, rows in self.rows.items()}
        return twin

    def books(self) -> dict[type, list[Any]]:
        return {row_type: list(rows.values()) for row_type, rows in self.rows.items()}

    def run(self, command: Any, actor: Actor = CLERK) -> Any:
        return self.batch([(command, actor)])[0]

    def batch(self, commands: Sequence[tuple[Any, Actor]]) -> list[Any]:
        """Decide the commands on one opening of the books, as the engine does with whatever is waiting."""
        self.ids_made += self.ids_a_batch
        books = self._open(combined(VERBS[type(command)].needs(command) for command, _ in commands))
        expire_all_overdue(books)
        outcomes = [self._decide(books, command, actor) for command, actor in commands]
        self._finish(books)
        self._fold(books)
        return outcomes

    def only_open_for(self, command: Any) -> None:
        """What is left of a command that was refused: overdue orders and holds in its way have ended."""
        books = self._open(VERBS[type(command)].needs(command))
        expire_all_overdue(books)
        self._finish(books)
        self._fold(books)

    def _decide(self, books: Books, command: Any, actor: Actor) -> Any:
        mark = books.mark()
        try:
            return decide(books, command, actor)
        except Refusal as refusal:
            books.undo_to(mark)
            return refusal

    def _finish(self, books: Books) -> None:
        alerts.settle(books)
        alerts.bring(books, self._standing({subject for subject, _ in books.closings}))
        alerts.close_what_was_left(books)

    def _standing(self, subjects: Collection[str]) -> list[Alert]:
        return [row for row in self.rows[Alert].values() if row.closed_at is None and row.subject in subjects]

    # ── Opening the books ───────────────────────────────────────────────────────────────────────────────────────────

    def _catalog(self) -> Shelves:
        variants = list(self.rows[Variant].values())
        return Shelves(
            {name: store for store in self.rows[Store].values() for name in (store.id, store.code)},
            {name: variant for variant in variants for name in (variant.id, variant.sku)},
            {
                variant.product_id: tuple(each for each in variants if each.product_id == variant.product_id)
                for variant in variants
            },
            tuple(sorted(self.rows[Store].values(), key=lambda store: (-store.priority, store.code))),
        )

    def _open(self, needs: Needs) -> Books:
        """Only what is needed, as the database would be asked for: a rule that reads more must say so."""
        catalog = self._catalog()
        numbers = range(self.last_number + 1, self.last_number + 1_000)
        books = Books(self.now, POLICY, catalog, KEYS, self.new_id, numbers)
        levels = {
            (catalog.stores[store].id, variant_id)
            for reference, store in needs.levels
            if store in catalog.stores
            for variant_id in _stocked(catalog, reference)
        }
        sourced = {name for one in needs.sourced for name, _ in one.items}
        levels |= self._everywhere({variant_id for name in sourced for variant_id in _stocked(catalog, name)})
        levels |= self._open_documents(books, needs)
        numbered = {order.number: order.id for order in self.rows[Order].values()}
        books.order_ids = {number: numbered[number] for number in needs.orders if number in numbered}
        claims = {*needs.orders, *books.order_ids.values(), *needs.holds, *documents_load.orders_of(books)}
        claims |= self._overdue({variant_id for _, variant_id in levels})
        claims |= self._waiting_with(claims, {variant_id for _, variant_id in levels})
        for row_type, field in ((Order, "id"), (Line, "order_id"), (Shipment, "order_id"), (Hold, "id")):
            books.shelves[row_type].load(row for row in self.rows[row_type].values() if getattr(row, field) in claims)
        for part_type in documents_load.ORDER_PARTS:
            books.shelves[part_type].load(row for row in self.rows[part_type].values() if row[0] in claims)
        books.waiting.load(row for row in self.rows[Waiting].values() if row.order_id in claims)
        books.reservations.load(row for row in self.rows[Reservation].values() if row.claim_id in claims)
        levels |= {(claim.store_id, claim.variant_id) for claim in books.reservations}
        lines = [allocation.line_recipe(line.variant_id, line.components) for line in books.lines]
        made_of = {variant_id for recipe in lines for variant_id, _ in recipe}
        places = [catalog.stores[store].id for store in needs.at_stores if store in catalog.stores]
        levels |= {(place, variant_id) for place in places for variant_id in made_of}
        if needs.everywhere:
            levels |= self._everywhere(made_of)
        books.levels.load(self.rows[Level][key] for key in levels if key in self.rows[Level])
        alerts.bring(books, [row for row in self.rows[Alert].values() if row.id in needs.alerts])
        alerts.bring(books, self._standing(needs.alert_subjects))
        return books

    def _everywhere(self, variants: set[str]) -> set[tuple[str, str]]:
        return {key for key in self.rows[Level] if key[1] in variants}

    def _open_documents(self, books: Books, needs: Needs) -> set[tuple[str, str]]:
        """The documents that are named, with their parts; answers the levels that they are about."""
        levels = set()
        for kind, reference in needs.documents:
            for head in self.rows[kind].values():
                if reference not in (head.id, head.number):
                    continue
                books.document_ids[(kind, head.number)] = head.id
                books.shelves[kind].load([head])
                stores = [getattr(head, name) for name in head._fields if name.endswith("store_id")]
                for part_type in documents_load.PARTS[kind]:
                    parts = [part for part in self.rows[part_type].values() if part[0] == head.id]
                    books.shelves[part_type].load(parts)
                    variants = {part.variant_id for part in parts if hasattr(part, "variant_id")}
                    levels |= {(store, variant) for store in stores if store for variant in variants}
        return levels

    def _waiting_with(self, claims: set[str], variants: set[str]) -> set[str]:
        """Orders that wait for what these claims, or levels of these variants, could make available."""
        claimed = {claim.variant_id for claim in self.rows[Reservation].values() if claim.claim_id in claims}
        return {
            row.order_id for row in self.rows[Waiting].values() if row.quantity and row.variant_id in variants | claimed
        }

    def _overdue(self, variants: set[str]) -> set[str]:
        """Orders and bare holds whose time has run out, and that claim any of these variants."""
        due = {
            row.id for row in self.rows[Order].values() if row.status == "pending" and row.hold_expires_at <= self.now
        }
        due |= {row.id for row in self.rows[Hold].values() if row.state == "held" and row.expires_at <= self.now}
        return {claim.claim_id for claim in self.rows[Reservation].values() if claim.variant_id in variants} & due

    # ── Folding them back ───────────────────────────────────────────────────────────────────────────────────────────

    def _fold(self, books: Books) -> None:
        for row_type, shelf in books.shelves.items():
            kept = self.rows[row_type]
            for key, row in shelf.changed.items():
                assert (key in kept) == (key in shelf.loaded), f"{row} was changed without having been asked for"
                assert key not in kept or _lasting(row_type, row) == _lasting(row_type, kept[key]), (
                    f"{row} was {kept[key]}"
                )
                kept[key] = row
        for row in [*books.movements, *books.events]:
            key = KEYS[type(row)](row)
            assert key not in self.rows[type(row)], f"{row} is there twice"
            self.rows[type(row)][key] = row
        self.last_number += books.numbers_taken


def _stocked(catalog: Shelves, reference: str) -> list[str]:
    """What is stocked of the variant, or of the variants of the product, of that name."""
    found = catalog.variants.get(reference)
    variants = (found,) if found else catalog.variants_of.get(reference, ())
    return [variant_id for variant in variants for variant_id, _ in allocation.recipe_of(variant)]


def _lasting(row_type: type, row: Any) -> dict[str, Any]:
    """The columns that saving a changed row does not write: they must not have changed."""
    return {name: value for name, value in row._asdict().items() if name not in STORAGE[row_type].mutable}
