"""Where stock comes from: sourcing rules as pure functions, and the plan that they make for an order.

A plan is made twice, by the same function. The first time it is made on what is known of stock before anything is
locked, and says which levels to lock. The second time it is made on the locked levels, and exactly that is claimed.
"""

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Incomplete
from onhand.rows import Store, Variant
from onhand.trade import stock

Recipe = tuple[tuple[str, int], ...]
Place = tuple[float, float]


class Want(NamedTuple):
    """So many units of something made of a recipe's variants, at one store or at any."""

    recipe: Recipe
    quantity: int
    store_id: str | None


class Part(NamedTuple):
    """What one store gives, in units of the want, and the rule that chose it."""

    store_id: str
    quantity: int
    because: str


class Planned(NamedTuple):
    """The parts of a want, and how many units nobody has."""

    parts: tuple[Part, ...]
    short: int


class Supply:
    """What each store could give. What is taken for one want is not there for the next.

    `free` answers the units of a (store, variant). `having` answers which stores may have a variant at all: where there
    are many stores, few do, and only they are asked. Without it every store is asked.
    """

    def __init__(self, free: Callable[[str, str], int], having: Callable[[str], Collection[str]] | None = None) -> None:
        self._free = free
        self._having = having
        self._taken: dict[tuple[str, str], int] = {}

    def candidates(self, variant_ids: Iterable[str], stores: Sequence[Store]) -> Sequence[Store]:
        """The stores that may have all of these variants, in the given order. One store is asked without looking."""
        if self._having is None or len(stores) == 1:
            return stores
        for variant_id in variant_ids:
            having = self._having(variant_id)
            stores = [store for store in stores if store.id in having]
            if not stores:
                break
        return stores

    def of_variant(self, store_id: str, variant_id: str) -> int:
        return self._free(store_id, variant_id) - self._taken.get((store_id, variant_id), 0)

    def units(self, store_id: str, recipe: Recipe) -> int:
        """How many units of the recipe the store can give."""
        if len(recipe) == 1 and recipe[0][1] == 1:
            return max(0, self.of_variant(store_id, recipe[0][0]))
        return max(0, min(self.of_variant(store_id, variant_id) // each for variant_id, each in recipe))

    def take(self, store_id: str, recipe: Recipe, quantity: int) -> None:
        for variant_id, each in recipe:
            key = (store_id, variant_id)
            self._taken[key] = self._taken.get(key, 0) + quantity * each


def recipe_of(variant: Variant) -> Recipe:
    """What a unit of the variant takes from stock: itself, or a kit's components."""
    return _recipe(variant.components) if variant.components else ((variant.id, 1),)


def line_recipe(variant_id: str, components: str | None) -> Recipe:
    """What a unit of an order line takes from stock, as it was sold."""
    return _recipe(components) if components else ((variant_id, 1),)


@lru_cache(maxsize=10_000)
def _recipe(components: str) -> Recipe:
    return tuple((variant_id, quantity) for variant_id, quantity in json.loads(components))


# ── Rules: each ranks a store for a want, the smallest first; the first rule of a chain that tells two apart decides ─


class _Case(NamedTuple):
    want: Want
    units: int
    is_used: bool
    destination: Place | None


_Able = tuple[int, Store, _Case]
"""A store that has some of what is wanted, with its place among all of them."""


def _fewest_splits(store: Store, case: _Case) -> tuple[float, ...]:
    enough = case.units >= case.want.quantity
    return (not enough, not case.is_used, 0 if enough else -case.units)


def _priority(store: Store, case: _Case) -> tuple[float, ...]:
    return (-store.priority,)


def _nearest(store: Store, case: _Case) -> tuple[float, ...]:
    here = place_of(store.address)
    return (math.inf,) if here is None or case.destination is None else (kilometres(here, case.destination),)


def _most_stock(store: Store, case: _Case) -> tuple[float, ...]:
    return (-case.units,)


RULES: dict[str, Callable[[Store, _Case], tuple[float, ...]]] = {
    "fewest_splits": _fewest_splits,
    "priority": _priority,
    "nearest": _nearest,
    "most_stock": _most_stock,
}
DEFAULT_RULES = ("fewest_splits", "priority")


def rules_of(chosen: str | None, default: Sequence[str] = DEFAULT_RULES) -> tuple[str, ...]:
    """The chain of rules: the one that was chosen, then the default ones."""
    return (chosen, *(rule for rule in default if rule != chosen)) if chosen else tuple(default)


def plan_on(
    books: Books,
    wants: Sequence[Want],
    rule: str | None,
    address: str | None,
    actor: Actor,
    *,
    use_safety_stock: bool = False,
) -> list[Planned]:
    """Plan wants on the levels in the books, by the rule named and then the shop's own, at stores of the actor.

    Raises Incomplete when a want is short and not all levels that could have it are in the books.
    """

    def free(store_id: str, variant_id: str) -> int:
        return stock.sellable(books, store_id, variant_id, use_safety_stock=use_safety_stock)

    rules = rules_of(rule, books.policy.sourcing)
    stores = books.catalog.ranked_stores
    if actor.stores is not None:
        stores = [store for store in stores if store.id in actor.stores]

    planned = plan(wants, stores, Supply(free, books.stores_having), rules, place_of(address))
    if books.partly_loaded:
        unsure = {
            variant_id
            for want, planned_want in zip(wants, planned, strict=True)
            if planned_want.short and want.store_id is None
            for variant_id, _ in want.recipe
        }
        if unsure & books.partly_loaded:
            raise Incomplete(unsure)
    return planned


def plan(
    wants: Sequence[Want],
    stores: Sequence[Store],
    supply: Supply,
    rules: Sequence[str] = DEFAULT_RULES,
    destination: Place | None = None,
) -> list[Planned]:
    """Plan every want. Wants that name their store are planned first, so that no other takes what only they can use.

    `stores` are all that may give, in order of priority, then code.
    """
    planned: dict[int, Planned] = {}
    free = []
    for number, want in enumerate(wants):
        if want.quantity == 0:
            planned[number] = Planned((), 0)
            continue
        if want.store_id is None:
            free.append(number)
            continue
        quantity = min(want.quantity, supply.units(want.store_id, want.recipe))
        if quantity:
            supply.take(want.store_id, want.recipe, quantity)
        parts = (Part(want.store_id, quantity, "named"),) if quantity else ()
        planned[number] = Planned(parts, want.quantity - quantity)
    if free:
        planned.update(_plan_free({number: wants[number] for number in free}, stores, supply, rules, destination))
    return [planned[number] for number in range(len(wants))]


def _plan_free(
    wants: Mapping[int, Want], stores: Sequence[Store], supply: Supply, rules: Sequence[str], destination: Place | None
) -> dict[int, Planned]:
    if rules[0] == "fewest_splits" and tuple(rules[1:2]) in ((), ("priority",)):
        whole = _first_with_everything(wants, stores, supply)
        if whole is not None:
            for want in wants.values():
                supply.take(whole, want.recipe, want.quantity)
            return {
                number: Planned((Part(whole, want.quantity, "fewest_splits"),), 0) for number, want in wants.items()
            }
    used: set[str] = set()
    planned = {}
    for number, want in wants.items():
        planned[number] = _plan_one(want, stores, supply, rules, destination, used)
        used.update(part.store_id for part in planned[number].parts)
    return planned


def _first_with_everything(wants: Mapping[int, Want], stores: Sequence[Store], supply: Supply) -> str | None:
    needed: dict[str, int] = {}
    for want in wants.values():
        for variant_id, each in want.recipe:
            needed[variant_id] = needed.get(variant_id, 0) + each * want.quantity
    for store in supply.candidates(needed, stores):
        if all(supply.of_variant(store.id, variant_id) >= units for variant_id, units in needed.items()):
            return store.id
    return None


def _plan_one(
    want: Want,
    stores: Sequence[Store],
    supply: Supply,
    rules: Sequence[str],
    destination: Place | None,
    used: set[str],
) -> Planned:
    able = []
    for place, store in enumerate(supply.candidates((variant_id for variant_id, _ in want.recipe), stores)):
        units = supply.units(store.id, want.recipe)
        if units:
            able.append((place, store, _Case(want, units, store.id in used, destination)))
    if not able:
        return Planned((), want.quantity)
    first, because = _first(able, rules)
    if first[2].units >= want.quantity:
        store_id = first[1].id
        supply.take(store_id, want.recipe, want.quantity)
        return Planned((Part(store_id, want.quantity, because),), 0)
    ranked = sorted(
        (tuple(RULES[rule](store, case) for rule in rules), place, store.id, case.units) for place, store, case in able
    )
    parts, rest = [], want.quantity
    for ranks, _, store_id, units in ranked:
        if rest == 0:
            break
        quantity = min(rest, units)
        supply.take(store_id, want.recipe, quantity)
        parts.append(Part(store_id, quantity, _because(ranks, [other[0] for other in ranked], rules)))
        rest -= quantity
    return Planned(tuple(parts), rest)


def _first(able: Sequence[_Able], rules: Sequence[str]) -> tuple[_Able, str]:
    """The store that the chain of rules puts first, and the rule that told it from another one.

    Rule by rule, only among those that the earlier ones did not tell apart: most often one or two rules decide.
    """
    if len(able) == 1:
        return able[0], "only_source"
    because = None
    for rule in rules:
        ranks = [RULES[rule](store, case) for _, store, case in able]
        least = min(ranks)
        if any(rank != least for rank in ranks):
            because = because or rule
            able = [each for each, rank in zip(able, ranks, strict=True) if rank == least]
            if len(able) == 1:
                break
    return able[0], because or rules[-1]


def _because(ranks: tuple[Any, ...], everybody: Sequence[tuple[Any, ...]], rules: Sequence[str]) -> str:
    """The first rule that told this store from another one."""
    for number, rule in enumerate(rules):
        if any(other[number] != ranks[number] for other in everybody):
            return rule
    return "only_source" if len(everybody) == 1 else rules[-1]


# ── Distance ────────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1_000)
def place_of(address: str | None) -> Place | None:
    """The coordinates of an address (JSON with `latitude` and `longitude`), if it has any."""
    if address is None:
        return None
    found = json.loads(address)
    try:
        return float(found["latitude"]), float(found["longitude"])
    except (KeyError, TypeError, ValueError):
        return None


def kilometres(here: Place, there: Place) -> float:
    """Great-circle distance by the haversine formula (Sinnott, 1984) on a sphere of 6,371 km."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(degrees) for degrees in place) for place in (here, there))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371 * math.asin(min(1.0, math.sqrt(half)))
