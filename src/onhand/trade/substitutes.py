"""What could be had instead of what is short: the same elsewhere, what the product names, its other variants."""

from collections.abc import Iterable, Sequence

from onhand.rows import Store, Variant
from onhand.trade import allocation
from onhand.trade.allocation import Supply
from onhand.trade.errors import Substitute

MOST_OFFERED = 10
MOST_CANDIDATES = 50


def candidates(short: Variant, named: Iterable[Variant | None], siblings: Iterable[Variant]) -> list[Variant]:
    """The variants to look at: those named on the product in their order, then the product's others in theirs."""
    found = {variant.id: variant for variant in named if variant is not None}
    found |= {variant.id: variant for variant in siblings if variant.id not in found}
    found.pop(short.id, None)
    return list(found.values())[:MOST_CANDIDATES]


def ranked(
    short: Variant, store_id: str | None, others: Sequence[Variant], stores: Sequence[Store], supply: Supply
) -> tuple[Substitute, ...]:
    """Who has most goes first. The variant itself is offered from other stores, when it is short at one of them."""
    found = [
        Substitute(variant.sku, store.code, units)
        for variant in (short, *others)
        for store in stores
        if variant.id != short.id or store_id not in (None, store.id)
        for units in (supply.units(store.id, allocation.recipe_of(variant)),)
        if units
    ]
    found.sort(key=lambda each: -each.available)
    return tuple(found[:MOST_OFFERED])


def missing(
    variant: Variant, requested: int, available: int, store_id: str | None, stores: Sequence[Store], supply: Supply
) -> list[tuple[str, int]]:
    """What has to come before so many units can be had. Of a kit, whatever component there is too little of."""
    if not variant.components:
        return [(variant.id, requested - available)]
    places = [store_id] if store_id else [store.id for store in stores]
    needed = [
        (part, requested * each - sum(supply.of_variant(place, part) for place in places))
        for part, each in allocation.recipe_of(variant)
    ]
    return [(part, units) for part, units in needed if units > 0]
