"""Tells a story to a shop, row by row: what happens, and what is true after it.

    | what happens           | TEA     | Ada's order | refused            |
    |------------------------|---------|-------------|--------------------|
    | 100 TEA arrive         | 100/0/0 |             |                    |
    | Ada orders 10 TEA      | 90/10/0 | pending     |                    |
    | Bob orders 91 TEA      | 90/10/0 | pending     | insufficient_stock |

`TEA` and `TEA in east` are levels, as available/on hold/reserved, and a fourth number for unsellable where one is
given; `TEA is` the stock's status; `Ada's order` and `the hold` their status; `refused` the code of a refusal, or its
whole text. An empty cell says nothing, except under `refused`: nothing is refused there.
"""

import re
from collections.abc import Callable
from typing import Any

from tests.shop import Shop

from onhand.trade import stock
from onhand.trade.errors import Refusal

STEPS: dict[str, Callable[..., Any]] = {}


def tell(shop: Shop, story: str) -> dict[str, Any]:
    """Tell it, and answer the orders and the hold in it by the names they had."""
    header, *rows = [_cells(line) for line in story.strip().splitlines() if not re.match(r"\s*\|-", line)]
    names: dict[str, Any] = {}
    for happens, *expected in rows:
        refusal = _happen(shop, names, happens)
        for column, cell in zip(header[1:], expected, strict=True):
            if column == "refused":
                said = refusal and (refusal.detail if " " in cell else refusal.code)
                assert said == (cell or None), f"after: {happens}"
            elif cell:
                assert _look(shop, names, column, cell.count("/")) == cell, f"{column}, after: {happens}"
    return names


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _happen(shop: Shop, names: dict[str, Any], happens: str) -> Refusal | None:
    for pattern, act in STEPS.items():
        found = re.fullmatch(pattern, happens)
        if found:
            try:
                act(shop, names, *found.groups())
            except Refusal as refusal:
                return refusal
            return None
    raise AssertionError(f"No step reads like this: {happens}")


def _look(shop: Shop, names: dict[str, Any], column: str, slashes: int) -> str:
    if column.endswith("'s order"):
        return shop.status(names[column.removesuffix("'s order")])
    if column == "the hold":
        return shop.hold_state(names[column])
    sku, _, rest = column.partition(" ")
    level = shop.level(sku, rest.removeprefix("in ") if rest.startswith("in ") else "main")
    if rest == "is":
        return stock.status(level.available, level.low_stock_threshold)
    return "/".join(map(str, (level.available, level.on_hold, level.reserved, level.unsellable)[: slashes + 1]))


def _items(listed: str | None) -> list[tuple[Any, ...]]:
    """`10 TEA, 5 CUP from east`"""
    items = re.findall(r"(\d+) (\S+?)(?: from (\w+))?(?:,|$)", listed or "")
    return [(sku, int(quantity), *([store] if store else [])) for quantity, sku, store in items]


def step(pattern: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def remember(act: Callable[..., Any]) -> Callable[..., Any]:
        STEPS[pattern] = act
        return act

    return remember


# ── Stock ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@step(r"(\d+) (\S+) arrive(?: at (\w+))?")
def _arrive(shop, names, quantity, sku, store):
    shop.stocks({sku: int(quantity)}, store or "main")


@step(r"(\d+) (\S+) are (added|taken out|damaged|repaired|written off)(?: in (\w+))?")
def _adjust(shop, names, quantity, sku, how, store):
    operations = {
        "added": "increment",
        "taken out": "decrement",
        "damaged": "damage",
        "repaired": "repair",
        "written off": "write_off",
    }
    shop.adjusts(sku, operations[how], int(quantity), store or "main")


@step(r"(\S+) is set from (\d+) to (\d+)")
def _set(shop, names, sku, seen, quantity):
    shop.adjusts(sku, "set", int(quantity), expected_quantity=int(seen))


# ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@step(r"(\w+) orders (\d.+)")
def _order(shop, names, who, items):
    names[who] = shop.order(_items(items), customer_id=who)


@step(r"(\w+) orders and pays (.+)")
def _order_paid(shop, names, who, items):
    names[who] = shop.order(_items(items), customer_id=who, paid=True)


@step(r"(\w+)'s payment succeeds")
def _pay(shop, names, who):
    shop.confirm(names[who])


@step(r"(\w+)'s payment fails")
def _fail(shop, names, who):
    shop.cancel(names[who], "Payment failed")


@step(r"(\w+) cancels")
def _cancel(shop, names, who):
    shop.cancel(names[who], "Changed my mind")


@step(r"(\w+)'s time is extended by (\d+) minutes")
def _extend(shop, names, who, minutes):
    shop.extend(names[who], int(minutes))


@step(r"(\w+)'s order is picked")
def _pick(shop, names, who):
    shop.pick(names[who])


@step(r"(\w+)'s order is shipped(?:: (.+))?")
def _ship(shop, names, who, items):
    shop.ship(names[who], _items(items))


@step(r"(\w+)'s order is delivered")
def _deliver(shop, names, who):
    shop.deliver(names[who])


@step(r"(\w+) returns (.+?)(?:, (damaged|lost))?(?:, to (\w+))?")
def _return(shop, names, who, items, condition, store):
    shop.take_back(names[who], _items(items), condition or "sellable", store=store)


# ── Time, and the inventory half alone ──────────────────────────────────────────────────────────────────────────────


@step(r"(\d+) minutes pass")
def _wait(shop, names, minutes):
    shop.moment.passes(minutes=int(minutes))


@step(r"overdue orders are swept")
def _sweep(shop, names):
    shop.expire(*[order for name, order in names.items() if name != "the hold"])


@step(r"overdue holds are swept")
def _sweep_holds(shop, names):
    shop.expire(holds=[names["the hold"]])


@step(r"a platform holds (.+)")
def _hold(shop, names, items):
    names["the hold"] = shop.hold(_items(items))


@step(r"the platform (releases|confirms|ships) (?:all|(\d.+))")
def _hold_step(shop, names, what, items):
    verbs = {"releases": shop.release_hold, "confirms": shop.confirm_hold, "ships": shop.fulfill_hold}
    verbs[what](names["the hold"], _items(items))


@step(r"the platform's time is extended by (\d+) minutes")
def _hold_extend(shop, names, minutes):
    shop.extend_hold(names["the hold"], int(minutes))
