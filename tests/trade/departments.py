"""The shop at random, one department at a time.

The whole shop does so many things that each of them happens seldom. In a department few do, so that a dozen examples
come to what would take the whole shop a thousand.
"""

from typing import Any

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.trade import programs
from tests.trade.test_state_machine import ShopAtRandom

from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.stock import AdjustStock

# The rules of each, by name: what is its own, and what brings that about.
DEPARTMENTS = {
    "counter": ("place", "step", "time_passes", "sweep", "extend", "take_back", "adjust"),
    "orders": ("step",),
    "queue": ("adjust",),
    "holds": ("place", "step_hold", "extend", "time_passes", "adjust"),
    "till": ("is_paid", "step", "time_passes"),
    "office": ("place", "is_paid", "settle", "time_passes"),
    "picking": ("place", "step", "pick_and_pack", "walk"),
    "returns": ("step", "take_back", "announce_a_return"),
    "buying": ("buy", "be_told"),
    "vans": ("move_goods",),
    "counting": ("take_stock", "adjust", "pick_and_pack"),
    "alarms": ("adjust", "look", "wake", "time_passes", "place", "sweep"),
    "watch": ("step_alert", "adjust"),
    "batches": ("together", "batch"),
}
RULES = {name for rules in DEPARTMENTS.values() for name in rules}

# What else a department finds when it opens. In the queue, customers who wait, each a second after the one before; on
# the watch, alerts that are over.
WAITING: list[Any] = [
    PlaceOrder((Item(sku, quantity),), paid=True, on_shortage="backorder", priority=priority)
    for sku, quantity, priority in [("A", 30, 0), ("A", 4, 1), ("A", 4, 1), ("C", 30, 0), ("C", 3, 0)]
]
OVER: list[Any] = [AdjustStock(sku, "main", "increment", 60, "Opening stock") for sku in "AB"]
FOUND = {"queue": WAITING, "watch": OVER}


def department(name: str) -> type[ShopAtRandom]:
    """A shop of its own, which opens anew, where only this department's rules run."""
    closed = dict.fromkeys(RULES - {*DEPARTMENTS[name]})
    return type(name, (ShopAtRandom,), {**closed, "opening": [*programs.OPENING, *FOUND.get(name, ())], "opened": None})


def work(shop: type[ShopAtRandom], *, days: int) -> None:
    """So many examples, the same ones every time. What it finds is left as it was found: nothing is shrunk."""
    same = settings(
        max_examples=days,
        stateful_step_count=30,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(shop, settings=same)
