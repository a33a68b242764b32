"""A shop at random: every verb, in any order, on a small stock; after each, all that must always be true is checked."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.trade import programs
from tests.trade.invariants import broken
from tests.trade.keeper import CLERK, MINUTE, Keeper

from onhand.books import Actor
from onhand.rows import Alert, Hold, Level, Order, Reservation, Store, Variant
from onhand.trade.alerts import WakeAlerts
from onhand.trade.backorders import GiveUpBackorder, Reallocate
from onhand.trade.errors import HoldExceeded, InsufficientStock, NotFound, Refusal, ReservationExceeded
from onhand.trade.fulfilment import ShipOrder
from onhand.trade.holds import ConfirmHold, ExpireOverdue, FulfillHold, HoldItem, PlaceHold, ReleaseHold
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.receiving import ClosePurchaseOrder, PurchasePicture
from onhand.trade.returns import Returned
from onhand.trade.stock import AdjustStock, StockChange
from onhand.trade.verbs import Together


class ShopAtRandom(RuleBasedStateMachine):
    """`arrived` is a model of the shelves: all units that ever came, less those that were taken out by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper = Keeper()
        self.arrived: Counter[tuple[str, str]] = Counter()

    @initialize()
    def open_the_shop(self):
        for command in programs.OPENING:
            assert not isinstance(self.do(command), Refusal)

    # ── What may happen ─────────────────────────────────────────────────────────────────────────────────────────────

    @rule(command=programs.placings | programs.bare_holds, actor=programs.actors)
    def place(self, command, actor):
        before = self.keeper.copy()
        outcome = self.do(command, actor)
        if isinstance(outcome, InsufficientStock) and not any(item.variant == "KIT" for item in command.items):
            before.only_open_for(command)
            assert {tuple(each.values())[:4] for each in outcome.data["shortages"]} == shortages(before, command, actor)

    @rule(command=programs.order_steps, actor=programs.actors)
    def step(self, command, actor):
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal) and not isinstance(
            command, ShipOrder | Reallocate | GiveUpBackorder
        ):
            self.assert_saying_it_again_changes_nothing(command, actor)

    @rule(command=programs.hold_steps, actor=programs.actors)
    def step_hold(self, command, actor):
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal) and not command.items:
            self.assert_saying_it_again_changes_nothing(command, actor)

    @rule(command=programs.take_backs, actor=programs.actors)
    def take_back(self, command, actor):
        self.do(command, actor)

    @rule(command=programs.purchases | programs.deliveries | programs.closings, actor=programs.actors)
    def buy(self, command, actor):
        outcome = self.do(command, actor)
        if isinstance(command, ClosePurchaseOrder) and not isinstance(outcome, Refusal):
            self.assert_saying_it_again_changes_nothing(command, actor)

    @rule(command=programs.extensions | programs.hold_extensions)
    def extend(self, command):
        before = deadlines(self.keeper)
        self.do(command)
        assert all(deadline >= before[key] for key, deadline in deadlines(self.keeper).items())

    @rule(command=programs.adjustments | programs.thresholds, actor=programs.actors)
    def adjust(self, command, actor):
        self.do(command, actor)

    @rule(command=programs.alert_steps, actor=programs.actors)
    def step_alert(self, command, actor):
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal):
            self.assert_saying_it_again_changes_nothing(command, actor)

    @rule(command=programs.looks)
    def look(self, command):
        self.do(command)

    @rule()
    def wake(self):
        self.do(WakeAlerts(tuple(self.keeper.rows[Alert])))

    @rule(command=programs.togethers)
    def together(self, command):
        self.do(command)

    @rule(commands=st.lists(st.tuples(programs.commands, programs.actors), min_size=2, max_size=6))
    def batch(self, commands):
        """Group commit changes nothing but the speed: one by one, the same commands come to the same."""
        resolved = [(self.resolved(command), actor) for command, actor in commands]
        # What is overdue ends in another order when all of it is in the way of the same batch.
        comparable = not overdue(self.keeper)
        one_by_one = self.keeper.copy()
        alone = [one_by_one.run(command, actor) for command, actor in resolved]
        outcomes = self.keeper.batch(resolved)
        if comparable:
            assert list(map(described, outcomes)) == list(map(described, alone))
            assert self.keeper.rows == one_by_one.rows
        for (command, _), outcome in zip(resolved, outcomes, strict=True):
            self.count(command, outcome)

    @rule(minutes=st.sampled_from([1, 4, 14, 61]))
    def time_passes(self, minutes):
        self.keeper.now += minutes * MINUTE

    @rule()
    def sweep(self):
        self.do(ExpireOverdue(tuple(self.keeper.rows[Order]), tuple(self.keeper.rows[Hold])))
        assert not overdue(self.keeper)

    # ── How it is done ──────────────────────────────────────────────────────────────────────────────────────────────

    def resolved(self, command: Any) -> Any:
        return programs.resolved(command, *(list(self.keeper.rows[there].values()) for there in (Order, Hold, Alert)))

    def do(self, command: Any, actor: Any = CLERK) -> Any:
        command = self.resolved(command)
        untouched = self.keeper.copy()
        untouched.only_open_for(command)
        outcome = self.keeper.run(command, actor)
        if not took_effect(command, outcome):
            assert self.keeper.rows == untouched.rows, f"{outcome!r} left a trace"
            if isinstance(outcome, HoldExceeded | ReservationExceeded):
                assert type(command) in STAGES, f"{command} gave back more than it had"
            if isinstance(outcome, HoldExceeded | ReservationExceeded) and not any(
                item.store for item in command.items
            ):
                open_units = units(self.keeper, command, *STAGES[type(command)])
                assert not asked_of(command) <= open_units, "refused although it is there"
        elif isinstance(command, ShipOrder | ReleaseHold | ConfirmHold | FulfillHold) and command.items:
            self.assert_it_took_what_was_asked(command, untouched)
        self.count(command, outcome)
        if not isinstance(outcome, NotFound):
            assert not overdue(self.keeper) & touched(self.keeper, command), "an overdue hold was in the way"
        return outcome

    def count(self, command: Any, outcome: Any) -> None:
        if isinstance(command, Together) and took_effect(command, outcome):
            for each, part in zip(command.commands, outcome, strict=True):
                self.count(each, part)
        elif isinstance(outcome, StockChange) and isinstance(command, AdjustStock):
            sign = {"increment": 1, "set": 1, "decrement": -1, "write_off": -1}.get(command.operation, 0)
            self.arrived[outcome.level[:2]] += sign * command.quantity
            if command.operation == "set":
                self.arrived[outcome.level[:2]] -= command.expected_quantity or 0
        elif isinstance(outcome, PurchasePicture):
            variants = {line.line: line.variant_id for line in outcome.lines}
            for came in outcome.receipt_lines:
                kept = came.received - came.rejected * came.sent_back
                self.arrived[(outcome.order.store_id, variants[came.line])] += kept
        elif isinstance(outcome, Returned):
            for line in outcome.lines:
                self.arrived[(line.store_id, line.variant_id)] += line.quantity * (line.condition != "lost")

    def assert_saying_it_again_changes_nothing(self, command: Any, actor: Any) -> None:
        before = self.keeper.copy()
        self.do(command, actor)
        assert self.keeper.rows == before.rows

    def assert_it_took_what_was_asked(self, command: Any, before: Keeper) -> None:
        """Items in a step are exact: no unit more than was named, and none of another SKU."""
        was, is_now = (units(keeper, command, *STAGES[type(command)]) for keeper in (before, self.keeper))
        assert asked_of(command) == was - is_now

    # ── What must be true after every step ──────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_is_broken(self):
        assert broken(self.keeper.books()) == []

    @invariant()
    def what_came_and_has_not_left_is_there(self):
        there = self.arrived.copy()
        for claim in self.keeper.rows[Reservation].values():
            if claim.state == "fulfilled":
                there[(claim.store_id, claim.variant_id)] -= claim.quantity
        for key, level in self.keeper.rows[Level].items():
            assert level.available + level.on_hold + level.reserved + level.unsellable == there[key]


# Where the units are that a step is about.
STAGES = {
    ConfirmHold: ("held",),
    ReleaseHold: ("held", "reserved"),
    FulfillHold: ("reserved",),
    ShipOrder: ("reserved",),
}


def asked_of(command: Any) -> Counter[str]:
    asked = Counter[str]()
    for item in command.items:
        asked[item.variant] += item.quantity
    return asked


def took_effect(command: Any, outcome: Any) -> bool:
    if isinstance(command, Together):
        refused = any(isinstance(each, Refusal) for each in outcome)
        return not command.dry_run and not (command.atomic and refused)
    return not isinstance(outcome, Refusal)


def described(outcome: Any) -> Any:
    """An outcome, comparable: refusals by what they say."""
    if isinstance(outcome, list):
        return list(map(described, outcome))
    return outcome.problem() if isinstance(outcome, Refusal) else outcome


def shortages(keeper: Keeper, command: PlaceOrder | PlaceHold, actor: Actor) -> set[tuple[str, str | None, int, int]]:
    """(sku, store, requested, available) of every item that is short, summed over the items.

    Items with a store come first; those without may have what is left at any store of the actor, and name none when
    short.
    """
    codes = {name: store.code for store in keeper.rows[Store].values() for name in (store.id, store.code)}
    stock = {
        (keeper.rows[Variant][level.variant_id].sku, codes[level.store_id]): max(
            0, level.available - level.safety_stock
        )
        for level in keeper.rows[Level].values()
    }
    open_to_them = {code for name, code in codes.items() if actor.stores is None or name in actor.stores}
    wanted: Counter[tuple[str, str | None]] = Counter()
    for item in command.items:
        store = item.store or (command.store if isinstance(command, PlaceOrder) else None)
        wanted[(item.variant, codes[store] if store else None)] += item.quantity
    short = set()
    for (sku, store), asked in sorted(wanted.items(), key=lambda each: each[0][1] is None):
        if store is not None:
            had = stock.get((sku, store), 0)
            stock[(sku, store)] = max(0, had - asked)
        else:
            had = sum(units for (of, place), units in stock.items() if of == sku and place in open_to_them)
        if asked > had:
            short.add((sku, store, asked, had))
    return short


def units(keeper: Keeper, command: Any, *states: str) -> Counter[str]:
    """Units of each SKU that the order or hold of a command has in these states."""
    named = {getattr(command, "order", None), getattr(command, "hold", None)}
    claimants = {order.id for order in keeper.rows[Order].values() if named & {order.id, order.number}} | named
    found = Counter[str]()
    for claim in keeper.rows[Reservation].values():
        if claim.claim_id in claimants and claim.state in states:
            found[keeper.rows[Variant][claim.variant_id].sku] += claim.quantity
    return found


def deadlines(keeper: Keeper) -> dict[str, int]:
    ending = {order.id: order.hold_expires_at for order in keeper.rows[Order].values() if order.status == "pending"}
    return ending | {hold.id: hold.expires_at for hold in keeper.rows[Hold].values() if hold.state == "held"}


def overdue(keeper: Keeper) -> set[str]:
    return {key for key, deadline in deadlines(keeper).items() if deadline <= keeper.now}


def touched(keeper: Keeper, command: Any) -> set[str]:
    """The orders and holds that a command names, or that claim a variant that it asks for."""
    skus = {item.variant for item in getattr(command, "items", ()) if isinstance(item, Item | HoldItem)}
    skus |= {command.variant} if isinstance(command, AdjustStock) else set()
    if isinstance(command, ConfirmHold | ReleaseHold | FulfillHold):
        skus = set()
    variants = {variant.id for variant in keeper.rows[Variant].values() if variant.sku in skus}
    claiming = {claim.claim_id for claim in keeper.rows[Reservation].values() if claim.variant_id in variants}
    return claiming | {getattr(command, "order", ""), getattr(command, "hold", "")}


# The longer time is for shrinking, should it ever find something.
TestShopAtRandom = pytest.mark.timeout(600)(ShopAtRandom.TestCase)
TestShopAtRandom.settings = settings(stateful_step_count=30)
