"""Every step of a bare hold from every state."""

import pytest
from tests.trade import programs
from tests.trade.invariants import broken
from tests.trade.keeper import Keeper

from onhand.rows import Hold, Level
from onhand.trade.durations import MINUTE
from onhand.trade.errors import Refusal
from onhand.trade.holds import ConfirmHold, ExpireOverdue, ExtendBareHold, FulfillHold, HoldItem, PlaceHold, ReleaseHold
from onhand.trade.stock import AdjustStock

# A hold of 4 A in each state. `-`: refused, for its state; `=`: answered, and nothing changes; else the new state.
STEPS = """
state      confirm   release   fulfill    extend  expire
held       reserved  released  -          held    expired
reserved   =         released  fulfilled  -       =
fulfilled  =         -         =          -       =
released   -         =         -          -       =
expired    -         =         -          -       =
"""
# One unit of the four.
PARTS = """
state      confirm_1      release_1             fulfill_1
held       held           held                  -
reserved   hold_exceeded  reserved              reserved
fulfilled  -              -                     -
released   -              -                     -
expired    -              -                     -
"""
WAYS = {
    "held": ([], (6, 4, 0)),
    "reserved": (["confirm"], (6, 0, 4)),
    "fulfilled": (["confirm", "fulfill"], (6, 0, 0)),
    "released": (["release"], (10, 0, 0)),
    "expired": (["expire"], (10, 0, 0)),
}


def pairs(table):
    header, *rows = [row.split() for row in table.strip().splitlines()]
    return [(row[0], step, cell) for row in rows for step, cell in zip(header[1:], row[1:], strict=True)]


def do(keeper, step, hold):
    name, _, quantity = step.partition("_")
    items = (HoldItem("A", int(quantity)),) if quantity else ()
    if name == "expire":
        keeper.now += 15 * MINUTE
        return keeper.run(ExpireOverdue(holds=(hold,)))
    if name == "extend":
        return keeper.run(ExtendBareHold(hold, 60))
    return keeper.run({"confirm": ConfirmHold, "release": ReleaseHold, "fulfill": FulfillHold}[name](hold, items))


def a_hold(state):
    """A shop with ten of A, and a hold of four in that state."""
    keeper = Keeper()
    for each in programs.OPENING[:2]:
        keeper.run(each)
    keeper.run(AdjustStock("A", "main", "increment", 10, "Opening stock"))
    hold = keeper.run(PlaceHold((HoldItem("A", 4),), "web-1")).hold.id
    way, balances = WAYS[state]
    for step in way:
        do(keeper, step, hold)
    (level,) = keeper.rows[Level].values()
    assert keeper.rows[Hold][hold].state == state
    assert (level.available, level.on_hold, level.reserved) == balances
    return keeper, hold


@pytest.mark.parametrize(("state", "step", "comes_to"), [*pairs(STEPS), *pairs(PARTS)])
def test_step_from_state(state, step, comes_to):
    keeper, hold = a_hold(state)
    before = keeper.copy()
    outcome = do(keeper, step, hold)
    if comes_to == "=":
        assert not isinstance(outcome, Refusal)
        assert keeper.rows == before.rows
    elif comes_to in WAYS:
        assert not isinstance(outcome, Refusal)
        assert keeper.rows[Hold][hold].state == comes_to
        assert keeper.rows != before.rows
    else:
        assert isinstance(outcome, Refusal)
        assert outcome.code == {"-": "invalid_transition"}.get(comes_to, comes_to)
        assert keeper.rows == before.rows
    assert broken(keeper.books()) == []


def test_more_than_there_is_of_it():
    keeper, hold = a_hold("held")
    refused = keeper.run(ReleaseHold(hold, (HoldItem("A", 3), HoldItem("A", 2))))
    assert (refused.code, refused.detail) == ("hold_exceeded", "Cannot release more items than are on hold.")
    assert refused.data == {"sku": "A", "requested": 2, "open": 1}
    keeper.run(ConfirmHold(hold))
    refused = keeper.run(FulfillHold(hold, (HoldItem("A", 5),)))
    assert (refused.code, refused.detail) == ("reservation_exceeded", "Cannot release more items than are reserved.")
    assert refused.data == {"sku": "A", "requested": 5, "open": 4}
    refused = keeper.run(ReleaseHold("no such hold"))
    assert (refused.status, refused.detail) == (404, "There is no hold 'no such hold'.")


@pytest.mark.parametrize("step", [ConfirmHold, ReleaseHold])
def test_the_same_sku_twice_in_a_step_is_taken_twice(step):
    keeper, hold = a_hold("held")
    outcome = keeper.run(step(hold, (HoldItem("A", 3), HoldItem("A", 1))))
    assert outcome.hold.state == {ConfirmHold: "reserved", ReleaseHold: "released"}[step]
    assert [claim.quantity for claim in outcome.reservations] == [3, 1]


def test_a_hold_in_parts_says_the_least_settled_of_them():
    keeper, hold = a_hold("held")
    said = [
        do(keeper, step, hold).hold.state
        for step in ("confirm_1", "release_1", "confirm_1", "fulfill_1", "confirm", "fulfill")
    ]
    assert said == ["held", "held", "held", "held", "reserved", "fulfilled"]


def test_a_hold_across_stores_is_released_where_it_was_placed():
    keeper, _ = a_hold("released")
    keeper.run(AdjustStock("A", "east", "increment", 5, "Opening stock"))
    hold = keeper.run(PlaceHold((HoldItem("A", 2, "main"), HoldItem("A", 3, "east")), "web-2")).hold.id
    refused = keeper.run(ReleaseHold(hold, (HoldItem("A", 3, "main"),)))
    assert refused.code == "hold_exceeded"
    keeper.run(ReleaseHold(hold, (HoldItem("A", 3, "east"),)))
    assert sorted((level.available, level.on_hold) for level in keeper.rows[Level].values()) == [(5, 0), (8, 2)]
