"""Cycle counts, from Python."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from onhand import clock
from onhand.books import Actor
from onhand.library import items as items_
from onhand.library.service import Service
from onhand.rows import Count
from onhand.trade import counts, orders, variances
from onhand.views import counts as views
from onhand.views.documents import DocumentFilter, document_timeline
from onhand.views.pages import DEFAULT_LIMIT, Page
from onhand.views.timeline import TimelineEntry


class CountService(Service):
    """What is on the shelves, against what the books say. `by` is the person, where that is not the shop's `actor`."""

    def create(
        self,
        store: str = orders.DEFAULT_STORE,
        skus: Sequence[str] | None = None,
        *,
        class_: str | None = None,
        due_since: datetime | None = None,
        blind: bool = True,
        approval_over_units: int | None = None,
        approval_over_value: Decimal | str | None = None,
        number: str | None = None,
    ) -> views.CountAnswer:
        """Begin a count of SKUs; without any, of all that was ever stocked there, by class A, B or C and when due.

        Raises AlreadyExists, VariantNotFound, StoreNotFound, ValidationFailed.
        """
        if skus is None:
            since = clock.as_microseconds(due_since)
            skus = self._ask(views.to_count, store, since, class_, clock.now())
        value = None if approval_over_value is None else Decimal(approval_over_value)
        return self._count(counts.CreateCount(store, tuple(skus), blind, approval_over_units, value, number))

    def write_down(
        self,
        count: str,
        found: Mapping[str, int],
        *,
        by: str | None = None,
        reason: str | None = None,
        second: bool = False,
    ) -> views.CountedAnswer:
        """What was found, as {SKU: units}; a draft, all or nothing. `second` is another person's second number.

        Raises CountNotFound, CountLineNotFound, InvalidTransition, SecondPersonNeeded.
        """
        lines = tuple(
            counts.Counted(sku, items_.quantity(units, f"found.{sku}", least=0), reason, second)
            for sku, units in found.items()
        )
        return views.counted_answer(self._engine.run(counts.SaveCounted(count, lines), self._person(by)))

    def submit(
        self, count: str, *, by: str | None = None, skip_uncounted: bool = False, prefer: str | None = None
    ) -> views.CountAnswer:
        """Apply what differs, or ask for approval. Again: the same answer. `prefer` is first or second.

        Raises CountNotFound, CountIncomplete, CountsDiffer, CountExceedsAvailable, CountOvertaken, InvalidTransition.
        """
        return self._count(variances.SubmitCount(count, skip_uncounted, prefer), by)

    def approve(self, count: str, *, by: str | None = None) -> views.CountAnswer:
        """Apply what differs, on the word of somebody who has counted none of it. Again: the same answer.

        Raises CountNotFound, SecondPersonNeeded, CountExceedsAvailable, CountOvertaken, InvalidTransition.
        """
        return self._count(variances.ApproveCount(count), by)

    def recount(self, count: str, skus: Sequence[str]) -> views.CountAnswer:
        """Have lines counted again. CountNotFound, CountLineNotFound, InvalidTransition."""
        return self._count(counts.RecountLines(count, tuple(skus)))

    def cancel(self, count: str) -> views.CountAnswer:
        """Give up a count that is not applied. Again: the same answer. CountNotFound, InvalidTransition."""
        return self._count(counts.CancelCount(count))

    def get(self, count: str) -> views.CountAnswer:
        """The count of that id or number. CountNotFound."""
        return self._ask(views.find_count, count, self._engine.policy.currency)

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[views.CountSummary]:
        """Counts without their lines, newest first, narrowed by the fields of `views.documents.DocumentFilter`."""
        return self._ask(views.list_counts, DocumentFilter(**narrowed), self._engine.policy.currency, limit, cursor)

    def accuracy(self, store: str | None = None) -> Sequence[views.Accuracy]:
        """How well the books of each store, or of one, agree with its shelves. StoreNotFound."""
        return self._ask(views.accuracy, store)

    def timeline(self, count: str) -> Sequence[TimelineEntry]:
        """Everything that happened to it, oldest first. CountNotFound."""
        return self._ask(document_timeline, Count, count)

    def _count(self, command: Any, by: str | None = None) -> views.CountAnswer:
        return views.count_answer(self._engine.run(command, self._person(by)))

    def _person(self, by: str | None) -> Actor:
        return self._actor if by is None else self._actor._replace(on_behalf_of=by)
