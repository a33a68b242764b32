"""The engine without a database: it keeps the rows in dictionaries, opens the books on what a command needs, and
folds back what changed, column by column as saving would. So the rules can be tried thousands of times a second.
"""

import copy
from collections.abc import Collection, Sequence
from typing import Any

from tests.trade.opening import Opening, Shelves, standing

from onhand.books import Actor, Books, Expected, Incomplete, Needs, Policy
from onhand.calendars import days_off
from onhand.db.storage import KEYS, STORAGE
from onhand.rows import Store, Variant
from onhand.trade import alerts
from onhand.trade.errors import Refusal
from onhand.trade.holds import expire_all_overdue
from onhand.trade.verbs import VERBS, combined, decide

START = 1_760_000_000_000_000
CLERK = Actor("clerk")
POLICY = Policy()


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
        needs = combined(VERBS[type(command)].needs(command) for command, _ in commands)
        all_of: set[str] = set()
        while True:
            ids_made = self.ids_made
            books = self._open(needs, all_of)
            expire_all_overdue(books)
            try:
                outcomes = [self._decide(books, command, actor) for command, actor in commands]
            except Incomplete as incomplete:
                all_of |= incomplete.variant_ids
                self.ids_made = ids_made
                continue
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
        alerts.bring(books, standing(self.rows, {subject for subject, _ in books.closings}))
        alerts.close_what_was_left(books)

    def _open(self, needs: Needs, all_of: Collection[str] = ()) -> Books:
        numbers = range(self.last_number + 1, self.last_number + 1_000)
        catalog = self._catalog()
        books = Books(self.now, POLICY, catalog, KEYS, self.new_id, numbers, days_off)
        Opening(self.rows, books, catalog, self.now).load(needs, all_of)
        return books

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


def _lasting(row_type: type, row: Any) -> dict[str, Any]:
    """The columns that saving a changed row does not write: they must not have changed."""
    return {name: value for name, value in row._asdict().items() if name not in STORAGE[row_type].mutable}


def described(outcome: Any) -> Any:
    """An outcome, comparable: refusals by what they say, and without the catalog, of which a batch has read a part.

    Nor with what is yet to come: the keeper looks at none of it.
    """
    if isinstance(outcome, Refusal):
        return {**outcome.problem(), "shortages": [each[:5] for each in getattr(outcome, "shortages", ())]}
    if isinstance(outcome, Expected):
        return None
    if isinstance(outcome, list | tuple):
        return [described(part) for part in outcome if not isinstance(part, dict)]
    return outcome
