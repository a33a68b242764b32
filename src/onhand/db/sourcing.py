"""What is known of stock at all stores, before anything is locked: so that a sourced order locks only what it takes.

Where several processes write, what is known may be out of date. That is no harm: it only chooses which levels to lock.
Decisions are made on the locked levels, and where those do not suffice, the engine brings all levels and decides again.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from onhand.books import Sourced
from onhand.db.catalog import CatalogCopy
from onhand.db.dialect import Writer
from onhand.rows import Level
from onhand.trade import allocation
from onhand.trade.allocation import Want
from onhand.trade.durations import SECOND

FRESH_FOR = 2 * SECOND
MOST_VARIANTS = 20_000

_EVERYWHERE = """
SELECT store_id, variant_id, available - safety_stock FROM levels
WHERE variant_id = ANY(:variants::uuid[]) AND available > 0
"""


class ToLock(NamedTuple):
    """The levels to lock, the variants for which they were chosen, and those variants that may have more levels."""

    levels: set[tuple[str, str]]
    variants: set[str]
    partly: set[str]


class StockKnown:
    """Units for sale by variant and store, as they were last seen."""

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self._units: dict[str, dict[str, int]] = {}
        self._read_at: dict[str, int] = {}

    def levels_to_lock(
        self,
        writer: Writer,
        catalog: CatalogCopy,
        sourced: Sequence[Sourced],
        all_of: Collection[str],
        default_rules: Sequence[str],
        now: int,
    ) -> "ToLock":
        """What to lock for sourced items. `all_of` are variants of which every level is wanted."""
        wanted = [_wants(catalog, one) for one in sourced]
        if len(catalog.ranked_stores) == 1:
            return _of_one_store(catalog.ranked_stores[0].id, wanted, all_of)
        variants = {variant_id for wants in wanted for want in wants for variant_id, _ in want.recipe} | set(all_of)
        self._bring(writer, {v for v in variants if v in all_of or self._is_old(v, now)}, now)
        supply = allocation.Supply(
            lambda store_id, variant_id: self._units[variant_id].get(store_id, 0), self._units.__getitem__
        )
        chosen = {(store_id, variant_id) for variant_id in all_of for store_id in self._units[variant_id]}
        complete = set(all_of)
        for one, wants in zip(sourced, wanted, strict=True):
            rules = allocation.rules_of(one.rule, default_rules)
            destination = allocation.place_of(one.destination)
            planned = allocation.plan(wants, catalog.ranked_stores, supply, rules, destination)
            for want, plan in zip(wants, planned, strict=True):
                for variant_id, _ in want.recipe:
                    chosen.update((part.store_id, variant_id) for part in plan.parts)
                    if plan.short:
                        chosen.update((store_id, variant_id) for store_id in self._units[variant_id])
                        if self._alone or self._read_at[variant_id] == now:
                            complete.add(variant_id)
        return ToLock(chosen, variants, variants - complete)

    def note(self, changed: Collection[Level]) -> None:
        """Remember what a committed batch has left."""
        for level in changed:
            units = self._units.get(level.variant_id)
            if units is not None:
                units[level.store_id] = level.available - level.safety_stock

    def _is_old(self, variant_id: str, now: int) -> bool:
        read_at = self._read_at.get(variant_id)
        return read_at is None or (not self._alone and now - read_at > FRESH_FOR)

    def _bring(self, writer: Writer, variants: set[str], now: int) -> None:
        if not variants:
            return
        if len(self._units) > MOST_VARIANTS:
            self._units = {variant_id: units for variant_id, units in self._units.items() if variant_id not in variants}
            for variant_id in list(self._units)[: len(self._units) // 2]:
                del self._units[variant_id], self._read_at[variant_id]
        found = writer.run(_EVERYWHERE, variants=sorted(variants))
        for variant_id in variants:
            self._units[variant_id] = {}
            self._read_at[variant_id] = now
        for store_id, variant_id, units in found:
            self._units[variant_id][store_id] = units


def _of_one_store(store_id: str, wanted: Sequence[Sequence[Want]], all_of: Collection[str]) -> ToLock:
    """Where there is one store there is nothing to choose."""
    variants = {variant_id for wants in wanted for want in wants for variant_id, _ in want.recipe} | set(all_of)
    return ToLock({(store_id, variant_id) for variant_id in variants}, variants, set())


def _wants(catalog: CatalogCopy, sourced: Sourced) -> list[Want]:
    """The items that name something; a name that nothing has is for the verb to refuse."""
    wants = []
    for reference, quantity in sourced.items:
        variant = catalog.variants.get(reference)
        found = (variant,) if variant else catalog.variants_of.get(reference, ())
        wants += [Want(allocation.recipe_of(each), quantity, None) for each in found]
    return wants
