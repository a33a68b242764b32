"""A shop at random: every verb, in any order, on a small stock; after each, all that must always be true is checked."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.trade import floor_programs as floor
from tests.trade import money_programs as money
from tests.trade import programs
from tests.trade.drawing import actors, people
from tests.trade.goods import Goods
from tests.trade.invariants import broken
from tests.trade.keeper import CLERK, Keeper, described
from tests.trade.naming import resolved

from onhand.books import Actor
from onhand.rows import Alert, Hold, Level, Line, Movement, Order, Reservation, Store, Variant
from onhand.trade.alerts import WakeAlerts
from onhand.trade.allocation import line_recipe
from onhand.trade.backorders import GiveUpBackorder
from onhand.trade.counts import CancelCount
from onhand.trade.durations import MINUTE, SECOND
from onhand.trade.errors import HoldExceeded, InsufficientStock, NotFound, Refusal, ReservationExceeded
from onhand.trade.fulfilment import ShipOrder
from onhand.trade.holds import ConfirmHold, ExpireOverdue, FulfillHold, HoldItem, PlaceHold, ReleaseHold
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.reallocation import Reallocate
from onhand.trade.receiving import ClosePurchaseOrder
from onhand.trade.returns import CancelReturn
from onhand.trade.stock import AdjustStock
from onhand.trade.transfers import CancelTransfer, RecallTransfer, SendTransfer
from onhand.trade.variances import ApproveCount, SubmitCount
from onhand.trade.verbs import Together
from onhand.trade.waves import CancelWave, FinishWave


class ShopAtRandom(RuleBasedStateMachine):
    """`happened` are the types of all commands that ever took effect, in whichever example.

    `opened` is the shop as every example finds it: opened once, and checked at each step of it.
    """

    happened: ClassVar[set[type]] = set()
    opening: ClassVar[list[Any]] = programs.OPENING
    opened: ClassVar[tuple[Keeper, Goods] | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.keeper = Keeper()
        self.goods = Goods(self.keeper)

    @initialize()
    def open_the_shop(self):
        if self.opened is None:
            for command in self.opening:
                self.keeper.now += SECOND
                assert not isinstance(self.do(command), Refusal)
                self.nothing_is_broken()
                self.what_came_and_has_not_left_is_there()
            type(self).opened = (self.keeper, self.goods)
        assert self.opened is not None
        keeper, goods = self.opened
        self.keeper = keeper.copy()
        self.goods = goods.copy(self.keeper)

    # ── What may happen ─────────────────────────────────────────────────────────────────────────────────────────────

    @rule(command=programs.placings | programs.bare_holds, actor=actors)
    def place(self, command, actor):
        self.keeper.now += SECOND  # Nobody comes at the same moment as somebody else: the queue goes by age.
        before = self.keeper.copy()
        outcome = self.do(command, actor)
        everywhere = actor.stores is None and not any(item.variant == "KIT" for item in command.items)
        if isinstance(outcome, InsufficientStock) and everywhere:
            before.only_open_for(command)
            assert {tuple(each.values())[:4] for each in outcome.data["shortages"]} == shortages(before, command, actor)

    @rule(command=programs.order_steps, actor=actors)
    def step(self, command, actor):
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal) and not isinstance(
            command, ShipOrder | Reallocate | GiveUpBackorder
        ):
            self.assert_saying_it_again_changes_nothing(command, actor)

    @rule(command=programs.hold_steps, actor=actors)
    def step_hold(self, command, actor):
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal) and not command.items:
            self.assert_saying_it_again_changes_nothing(command, actor)

    @rule(command=programs.take_backs, actor=actors)
    def take_back(self, command, actor):
        self.do(command, actor)

    @rule(command=programs.purchases | programs.deliveries | programs.closings, actor=actors)
    def buy(self, command, actor):
        self.do_twice(command, actor, ClosePurchaseOrder)

    @rule(
        command=floor.picks | floor.picks | floor.packings | floor.parcel_shipments,
        actor=actors,
    )
    def pick_and_pack(self, command, actor):
        self.do(command, actor)

    @rule(command=floor.wave_steps, actor=actors)
    def walk(self, command, actor):
        self.do_twice(command, actor, FinishWave | CancelWave)

    @rule(command=floor.announced_returns, actor=actors)
    def announce_a_return(self, command, actor):
        self.do_twice(command, actor, CancelReturn)

    @rule(command=floor.transfer_drafts | floor.transfer_steps | floor.transfer_steps, actor=actors)
    def move_goods(self, command, actor):
        again = SendTransfer | RecallTransfer | CancelTransfer
        self.do_twice(command, actor, again)

    @rule(
        command=floor.count_openings | floor.countings | floor.countings | floor.count_steps,
        actor=people,
    )
    def take_stock(self, command, actor):
        self.do_twice(command, actor, SubmitCount | ApproveCount | CancelCount)

    @rule(command=programs.notices | programs.settings, actor=actors)
    def be_told(self, command, actor):
        self.do(command, actor)

    @rule(command=money.messages | money.recorded, actor=actors)
    def is_paid(self, command, actor):
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal):
            before = self.keeper.copy()
            assert self.do(command, actor).outcome == "repeated"
            assert self.keeper.rows == before.rows

    @rule(command=money.money_back | money.decisions | money.amendments, actor=actors)
    def settle(self, command, actor):
        self.do(command, actor)

    @rule(command=programs.extensions | programs.hold_extensions)
    def extend(self, command):
        before = deadlines(self.keeper)
        self.do(command)
        assert all(deadline >= before[key] for key, deadline in deadlines(self.keeper).items())

    @rule(command=programs.adjustments | programs.thresholds, actor=actors)
    def adjust(self, command, actor):
        self.do(command, actor)

    @rule(command=programs.alert_steps, actor=actors)
    def step_alert(self, command, actor):
        self.do_twice(command, actor, object)

    @rule(command=programs.looks)
    def look(self, command):
        self.do(command)

    @rule()
    def wake(self):
        self.do(WakeAlerts(tuple(self.keeper.rows[Alert])))

    @rule(command=programs.togethers)
    def together(self, command):
        self.do(command)

    @rule(commands=st.lists(st.tuples(programs.commands, actors), min_size=2, max_size=6))
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
            self.note(command, outcome)

    @rule(minutes=st.sampled_from([1, 4, 14, 61]))
    def time_passes(self, minutes):
        self.keeper.now += minutes * MINUTE

    @rule()
    def sweep(self):
        self.do(ExpireOverdue(tuple(self.keeper.rows[Order]), tuple(self.keeper.rows[Hold])))
        assert not overdue(self.keeper)

    # ── How it is done ──────────────────────────────────────────────────────────────────────────────────────────────

    def resolved(self, command: Any) -> Any:
        return resolved(command, self.keeper.rows)

    def do(self, command: Any, actor: Any = CLERK) -> Any:
        command = self.resolved(command)
        untouched = self.keeper.copy()
        untouched.only_open_for(command)
        outcome = self.keeper.run(command, actor)
        if not took_effect(command, outcome):
            assert self.keeper.rows == untouched.rows, f"{outcome!r} left a trace"
            if isinstance(outcome, HoldExceeded | ReservationExceeded):
                assert type(command) in STAGES, f"{command} gave back more than it had"
            if isinstance(outcome, HoldExceeded | ReservationExceeded) and is_exact(command):
                open_units = units(self.keeper, command, *STAGES[type(command)])
                assert not asked_of(command) <= open_units, "refused although it is there"
        elif isinstance(command, ShipOrder | ReleaseHold | ConfirmHold | FulfillHold) and command.items:
            self.assert_it_took_what_was_asked(command, untouched)
        self.note(command, outcome)
        if not isinstance(command, Together):
            assert not list(jumps_of_the_queue(untouched, self.keeper))
        if not isinstance(outcome, NotFound):
            assert not overdue(self.keeper) & touched(self.keeper, command), "an overdue hold was in the way"
        return outcome

    def do_twice(self, command: Any, actor: Any, again: Any) -> None:
        """Do it; and once more where a repeat is to change nothing."""
        command = self.resolved(command)
        if not isinstance(self.do(command, actor), Refusal) and isinstance(command, again):
            self.assert_saying_it_again_changes_nothing(command, actor)

    def note(self, command: Any, outcome: Any) -> None:
        if not took_effect(command, outcome):
            return
        self.happened.add(type(command))
        if isinstance(command, Together):
            for each, part in zip(command.commands, outcome, strict=True):
                self.note(each, part)
        else:
            self.goods.note(command, outcome)

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
        assert self.goods.faults() == []


# Where the units are that a step is about.
STAGES = {
    ConfirmHold: ("held",),
    ReleaseHold: ("held", "reserved"),
    FulfillHold: ("reserved",),
    ShipOrder: ("reserved",),
}


def is_exact(command: Any) -> bool:
    """Whether it names units of SKUs, wherever they are."""
    return bool(command.items) and not any(item.store for item in command.items)


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


def shortages(keeper: Keeper, command: PlaceOrder | PlaceHold, actor: Actor) -> set[tuple[str, str | None, int, int]]:
    """(sku, store, requested, available) of every item that is short, summed over the items.

    Items with a store come first; those without may have what is left at any store of the actor, and name
    none when short.
    """
    codes = {name: store.code for store in keeper.rows[Store].values() for name in (store.id, store.code)}
    stock = {
        (keeper.rows[Variant][level.variant_id].sku, codes[level.store_id]): max(
            0, level.available - level.safety_stock
        )
        for level in keeper.rows[Level].values()
    }
    ids = {store.code: store.id for store in keeper.rows[Store].values()}

    def may_use(code: str) -> bool:
        return actor.stores is None or ids[code] in actor.stores

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
            had = sum(units for (of, at), units in stock.items() if of == sku and may_use(at))
        if asked > had:
            short.add((sku, store, asked, had))
    return short


def units(keeper: Keeper, command: Any, *states: str) -> Counter[str]:
    """Units of each SKU that the order or hold of a command has in these states: of a kit line, kits."""
    named = {getattr(command, "order", None), getattr(command, "hold", None)}
    claimants = {order.id for order in keeper.rows[Order].values() if named & {order.id, order.number}} | named
    found = Counter[str]()
    for claim in keeper.rows[Reservation].values():
        if claim.claim_id in claimants and claim.state in states:
            line = keeper.rows[Line].get((claim.claim_id, claim.line))
            if line is None or not line.components:
                found[keeper.rows[Variant][claim.variant_id].sku] += claim.quantity
            else:
                variant_id, each = line_recipe(line.variant_id, line.components)[0]
                found[line.sku] += claim.quantity // each if claim.variant_id == variant_id else 0
    return found


def jumps_of_the_queue(before: Keeper, after: Keeper) -> Iterator[str]:
    """Units that a backordered line was given while one that is ahead of it still waits for them."""
    given = {
        movement[:3]
        for key, movement in after.rows[Movement].items()
        if movement.cause == "backorder" and key not in before.rows[Movement]
    }
    waiting = [line for line in after.rows[Line].values() if line.backordered and not line.components] if given else []
    for claim in after.rows[Reservation].values():
        if (claim.store_id, claim.variant_id, claim.opened_by) in given:
            rank = _rank(after, claim.claim_id, claim.line)
            for line in waiting:
                could_use = line.variant_id == claim.variant_id and line.store_id in (None, claim.store_id)
                if could_use and _rank(after, line.order_id, line.line) < rank:
                    yield f"{claim} was filled ahead of {line}"


def _rank(keeper: Keeper, order_id: str, line: int) -> tuple[Any, ...]:
    order = keeper.rows[Order][order_id]
    return (-order.priority, order.created_at, order_id, line)


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
