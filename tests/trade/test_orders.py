"""Every verb on an order in every status: the status it comes to, or that it is refused."""

import json

import pytest
from tests.trade import programs
from tests.trade.invariants import broken
from tests.trade.keeper import Keeper

from onhand.rows import Event, Level, Line, Order
from onhand.trade.durations import MINUTE
from onhand.trade.errors import InvalidTransition, Refusal
from onhand.trade.fulfilment import DeliverOrder, PickOrder, ShipItem, ShipOrder
from onhand.trade.holds import ExpireOverdue
from onhand.trade.orders import CancelOrder, ConfirmOrder, ExtendHold
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.stock import AdjustStock

# An order of 4 A in each status. `-`: refused, for its status; `=`: answered, and nothing changes; else the new status.
STEPS = """
status              confirm    cancel     extend    expire     pick        ship     deliver
pending             confirmed  cancelled  pending   cancelled  -           -        -
confirmed           =          cancelled  -         =          processing  shipped  -
processing          =          cancelled  -         =          =           shipped  -
partially_shipped   =          -          -         =          =           shipped  -
shipped             =          -          -         =          -           -        delivered
delivered           =          -          -         =          -           -        =
partially_returned  =          -          -         =          -           -        -
returned            =          -          -         =          -           -        -
cancelled           -          =          -         =          -           -        -
"""
# The same, of a part: one unit of the four, and what is left of those that were shipped.
PARTS = """
status              ship_1             return_1            return_rest
pending             -                  -                   -
confirmed           partially_shipped  -                   -
processing          partially_shipped  -                   -
partially_shipped   partially_shipped  partially_shipped   partially_shipped
shipped             -                  partially_returned  returned
delivered           -                  partially_returned  returned
partially_returned  -                  partially_returned  returned
returned            -                  exceeds             exceeds
cancelled           -                  -                   -
"""
# How an order came to its status, and what (available, on hold, reserved) are then of ten.
WAYS = {
    "pending": ([], (6, 4, 0)),
    "confirmed": (["confirm"], (6, 0, 4)),
    "processing": (["confirm", "pick"], (6, 0, 4)),
    "partially_shipped": (["confirm", "ship_2"], (6, 0, 2)),
    "shipped": (["confirm", "ship"], (6, 0, 0)),
    "delivered": (["confirm", "ship", "deliver"], (6, 0, 0)),
    "partially_returned": (["confirm", "ship", "return_2"], (8, 0, 0)),
    "returned": (["confirm", "ship", "return_4"], (10, 0, 0)),
    "cancelled": (["cancel"], (10, 0, 0)),
}


def pairs(table):
    header, *rows = [row.split() for row in table.strip().splitlines()]
    return [(row[0], verb, cell) for row in rows for verb, cell in zip(header[1:], row[1:], strict=True)]


def command(verb, order, keeper):
    name, _, quantity = verb.partition("_")
    if quantity == "rest":
        line = keeper.rows[Line][(order, 1)]
        quantity = line.shipped - line.returned or 1
    return {
        "confirm": lambda: ConfirmOrder(order),
        "cancel": lambda: CancelOrder(order, "Changed my mind"),
        "extend": lambda: ExtendHold(order, 60),
        "expire": lambda: ExpireOverdue((order,)),
        "pick": lambda: PickOrder(order),
        "ship": lambda: ShipOrder(order, (ShipItem("A", int(quantity)),) if quantity else ()),
        "deliver": lambda: DeliverOrder(order),
        "return": lambda: ReturnItems(order, (ReturnItem("A", int(quantity)),), "Wrong size"),
    }[name]()


def an_order(status):
    """A shop with ten of A, and an order of four in that status."""
    keeper = Keeper()
    for each in programs.OPENING[:2]:
        keeper.run(each)
    keeper.run(AdjustStock("A", "main", "increment", 10, "Opening stock"))
    order = keeper.run(PlaceOrder((Item("A", 4),))).order.id
    way, balances = WAYS[status]
    for verb in way:
        outcome = keeper.run(command(verb, order, keeper))
        assert not isinstance(outcome, Refusal)
    assert keeper.rows[Order][order].status == status
    assert stock_of(keeper) == balances
    return keeper, order


def stock_of(keeper):
    (level,) = keeper.rows[Level].values()
    return level.available, level.on_hold, level.reserved


@pytest.mark.parametrize(("status", "verb", "comes_to"), [*pairs(STEPS), *pairs(PARTS)])
def test_verb_on_status(status, verb, comes_to):
    keeper, order = an_order(status)
    if verb == "expire":
        keeper.now += 15 * MINUTE
    before = keeper.copy()
    outcome = keeper.run(command(verb, order, keeper))
    if comes_to in ("-", "exceeds"):
        assert isinstance(outcome, Refusal)
        assert outcome.code == {"-": "invalid_transition", "exceeds": "return_exceeds_shipped"}[comes_to]
        assert keeper.rows == before.rows
    elif comes_to == "=":
        assert not isinstance(outcome, Refusal)
        assert keeper.rows == before.rows
    else:
        assert not isinstance(outcome, Refusal)
        assert keeper.rows[Order][order].status == comes_to
        told = keeper.rows[Event].keys() - before.rows[Event].keys()
        assert len([subject for subject, _ in told if subject == f"order/{order}"]) == 1
    assert broken(keeper.books()) == []


@pytest.mark.parametrize("status", WAYS)
def test_a_refused_step_says_from_where_to_where(status):
    keeper, order = an_order(status)
    words = "confirm confirmed, cancel cancelled, pick processing, ship shipped, deliver delivered"
    for verb, wanted in map(str.split, words.split(",")):
        outcome = keeper.copy().run(command(verb, order, keeper))
        if isinstance(outcome, InvalidTransition):
            assert outcome.detail == f"Cannot {verb} a {status.replace('_', ' ')} order"
            assert outcome.data == {"from": status, "to": wanted}


@pytest.mark.parametrize("paid", [False, True])
def test_what_cancelling_gives_back_is_what_was_taken(paid):
    keeper, _ = an_order("pending")
    before = stock_of(keeper)
    placed = keeper.run(PlaceOrder((Item("A", 2), Item("A", 3)), paid=paid)).order.id
    for _ in range(3):
        cancelled = keeper.run(CancelOrder(placed, "Changed my mind"))
    assert stock_of(keeper) == before
    assert cancelled.order.cancel_reason == "Changed my mind"
    assert [line.released for line in cancelled.lines] == [2, 3]
    assert {claim.state for claim in cancelled.reservations} == {"released"}


@pytest.mark.parametrize("reference", ["id", "number"])
def test_an_order_is_found_by_its_id_and_by_its_number(reference):
    keeper, order = an_order("pending")
    named = getattr(keeper.rows[Order][order], reference)
    assert keeper.run(ConfirmOrder(named)).order.status == "confirmed"


def test_what_happened_is_told_once_in_order():
    keeper, order = an_order("returned")
    told = [
        (event.seq, event.type, json.loads(event.data)["from"], json.loads(event.data)["to"])
        for event in sorted(keeper.rows[Event].values(), key=lambda event: event.seq)
        if event.subject == f"order/{order}"
    ]
    assert told == [
        (1, "order.placed", None, "pending"),
        (2, "order.confirmed", "pending", "confirmed"),
        (3, "order.shipped", "confirmed", "shipped"),
        (4, "order.returned", "shipped", "returned"),
    ]


def test_a_hold_lasts_as_long_as_it_was_asked_for_within_bounds():
    keeper, _ = an_order("cancelled")
    lasts = {
        minutes: keeper.run(PlaceOrder((Item("A", 1),), hold_minutes=minutes)).order.hold_expires_at - keeper.now
        for minutes in (None, 1, 0.5, 0.00001, 10_080)
    }
    assert lasts == {None: 15 * MINUTE, 1: MINUTE, 0.5: MINUTE // 2, 0.00001: MINUTE // 60, 10_080: 10_080 * MINUTE}
    refused = keeper.run(PlaceOrder((Item("A", 1),), hold_minutes=10_081))
    assert refused.detail == "hold_minutes: at most 10080"


def test_every_short_item_is_named_not_the_first():
    keeper, _ = an_order("pending")
    keeper.run(programs.OPENING[2])
    refused = keeper.run(PlaceOrder((Item("A", 5), Item("A", 2), Item("B", 1))))
    assert refused.detail == "Insufficient stock for Product A. Available: 6, Requested: 7"
    short = [
        tuple(each[name] for name in ("sku", "store", "available", "requested")) for each in refused.data["shortages"]
    ]
    assert short == [("A", None, 6, 7), ("B", None, 0, 1)]


IN_EUROS = "items: A is priced in USD, the order is in EUR: give a unit_price"
NO_CURRENCY = "currency: 'X' is not an ISO 4217 currency code"
REFUSALS = [
    (PlaceOrder((Item("NOSUCH", 1),)), 404, "variant_not_found", "There is no variant 'NOSUCH'."),
    (PlaceOrder((Item("A", 1, store="moon"),)), 404, "store_not_found", "There is no store 'moon'."),
    (ConfirmOrder("999"), 404, "order_not_found", "There is no order '999'."),
    (
        PlaceOrder((Item("A", 1),), currency="X"),
        422,
        "validation_failed",
        "currency: 'X' is not an ISO 4217 currency code",
    ),
]


@pytest.mark.parametrize(("asked", "status", "code", "detail"), REFUSALS)
def test_refusal(asked, status, code, detail):
    keeper, _ = an_order("pending")
    refused = keeper.run(asked)
    assert (refused.status, refused.code, refused.detail) == (status, code, detail)
    assert {"status": status, "code": code, "detail": detail}.items() <= refused.problem().items()


def test_who_paid_at_the_till_needs_no_hold():
    keeper, _ = an_order("cancelled")
    placed = keeper.run(PlaceOrder((Item("A", 4),), paid=True, hold_minutes=99_999)).order
    assert (placed.status, placed.payment_status, placed.hold_expires_at) == ("confirmed", "paid", None)
    assert stock_of(keeper) == (6, 0, 4)
