"""What each kind of movement does to the buckets, as the design says it."""

import pytest
from tests.trade import programs
from tests.trade.invariants import broken
from tests.trade.invariants.ledger import EFFECTS
from tests.trade.keeper import CLERK, MAIN, Keeper

from onhand.rows import Level, Movement
from onhand.trade import stock
from onhand.trade.errors import (
    Forbidden,
    InsufficientStock,
    PreconditionFailed,
    Refusal,
    StockChanged,
    ValidationFailed,
)
from onhand.trade.stock import AdjustStock
from onhand.trade.verbs import VERBS, Verb

COMES = {
    "receive_damaged",
    "transfer_in_damaged",
    "receive",
    "return",
    "found",
    "increment",
    "return_damaged",
    "transfer_in",
}
GOES = {"ship", "decrement", "lost", "write_off", "transfer_out"}


def test_the_table_is_the_designs_table():
    assert {kind: tuple(effect) for kind, effect in stock.EFFECTS.items()} == EFFECTS


@pytest.mark.parametrize("kind", EFFECTS)
def test_on_hand_changes_only_when_goods_come_or_go(kind):
    assert sum(stock.EFFECTS[kind]) == (kind in COMES) - (kind in GOES)


@pytest.fixture
def keeper():
    keeper = Keeper()
    for command in programs.OPENING[:4]:
        keeper.run(command)
    return keeper


@pytest.fixture
def post(keeper, monkeypatch):
    """Post one movement of any kind on A in the main store."""

    def decide(books, command, actor):
        cause = stock.Cause(actor, "test", "Because", command.cause_id)
        return stock.post(books, MAIN.id, books.catalog.variants["A"].id, command.operation, command.quantity, cause)

    monkeypatch.setitem(VERBS, AdjustStock, Verb(decide, stock.needs_to_adjust))
    return lambda kind, quantity, actor=CLERK: keeper.run(AdjustStock("A", "main", kind, quantity, "Because"), actor)


def level(keeper):
    (level,) = keeper.rows[Level].values()
    return level.available, level.on_hold, level.reserved, level.unsellable


FILL = [("increment", 100), ("hold", 40), ("confirm", 20), ("damage", 10)]


@pytest.mark.parametrize("kind", EFFECTS)
def test_a_movement_moves_what_its_kind_says(keeper, post, kind):
    for filling in FILL:
        post(*filling)
    assert level(keeper) == (50, 20, 20, 10)
    movement = post(kind, 7)
    assert isinstance(movement, Movement)
    assert level(keeper) == tuple(was + 7 * by for was, by in zip((50, 20, 20, 10), EFFECTS[kind], strict=True))
    assert movement[5:9] == level(keeper)
    assert (movement.version, movement.kind, movement.quantity) == (5, kind, 7)


TOO_MUCH = """
kind            most  refusal                says
hold            50    InsufficientStock      Insufficient stock for Product A. Available: 50, Requested: 51
reserve         50    InsufficientStock      Insufficient stock for Product A. Available: 50, Requested: 51
decrement       50    InsufficientStock      Insufficient stock for Product A. Available: 50, Requested: 51
lost            50    InsufficientStock      Insufficient stock for Product A. Available: 50, Requested: 51
damage          50    InsufficientStock      Insufficient stock for Product A. Available: 50, Requested: 51
transfer_out    50    InsufficientStock      Insufficient stock for Product A. Available: 50, Requested: 51
release         20    HoldExceeded           Cannot release more items than are on hold.
expire          20    HoldExceeded           Cannot release more items than are on hold.
confirm         20    HoldExceeded           Cannot release more items than are on hold.
unreserve       20    ReservationExceeded    Cannot release more items than are reserved.
ship            20    ReservationExceeded    Cannot release more items than are reserved.
repair          10    InsufficientStock      Cannot repair 11: 10 are unsellable.
write_off       10    InsufficientStock      Cannot write off 11: 10 are unsellable.
"""


@pytest.mark.parametrize("row", TOO_MUCH.strip().splitlines()[1:], ids=lambda row: row.split()[0])
def test_no_bucket_goes_below_zero_and_nothing_is_clamped(keeper, post, row):
    kind, most, refusal, says = row.split(maxsplit=3)
    for filling in FILL:
        post(*filling)
    refused = post(kind, int(most) + 1)
    assert (type(refused).__name__, refused.detail) == (refusal, says)
    assert level(keeper) == (50, 20, 20, 10)
    assert isinstance(post(kind, int(most)), Movement)


def test_refusals_say_by_how_much(keeper, post):
    for filling in FILL:
        post(*filling)
    named = {"sku": "A", "store": "main", "requested": 60}
    nothing_else: dict[str, object] = {"restock_at": None, "substitutes": []}
    said = {kind: post(kind, 60).data for kind in ("hold", "release", "ship", "repair")}
    assert said == {
        "hold": {"shortages": [{**named, "available": 50, **nothing_else}]},
        "release": {**named, "on_hold": 20},
        "ship": {**named, "reserved": 20},
        "repair": {"shortages": [{**named, "available": 10, **nothing_else}]},
    }


def test_a_key_of_another_store_moves_nothing(keeper, post):
    elsewhere = CLERK._replace(stores=frozenset({"00000000-0000-7000-8000-00000000abcd"}))
    refused = post("increment", 1, elsewhere)
    assert isinstance(refused, Forbidden)
    assert refused.detail == "This key may not change the stock of store 'main'."
    assert keeper.rows[Movement] == {}


STATUSES = """
available  threshold  status
0          10         OUT_OF_STOCK
1          10         LOW_STOCK
10         10         LOW_STOCK
11         10         IN_STOCK
0          0          OUT_OF_STOCK
1          0          IN_STOCK
5          5          LOW_STOCK
6          5          IN_STOCK
1000000    1000000    LOW_STOCK
"""


@pytest.mark.parametrize("row", STATUSES.strip().splitlines()[1:])
def test_status_of_a_level(row):
    available, threshold, status = row.split()
    assert stock.status(int(available), int(threshold)) == status


# ── Changes by hand ─────────────────────────────────────────────────────────────────────────────────────────────────

BY_HAND = """
operation  quantity  seen  movement     available  refusal
increment  5         -     increment    15         -
decrement  5         -     decrement    5          -
decrement  10        -     decrement    0          -
decrement  11        -     -            10         InsufficientStock
decrement  5         10    decrement    5          -
decrement  5         9     -            10         StockChanged
set        12        10    increment    12         -
set        3         10    decrement    3          -
set        0         10    decrement    0          -
set        10        10    -            10         -
set        12        9     -            10         StockChanged
set        12        -     -            10         ValidationFailed
damage     4         -     damage       6          -
damage     11        -     -            10         InsufficientStock
repair     1         -     -            10         InsufficientStock
write_off  1         -     -            10         InsufficientStock
"""


@pytest.mark.parametrize("row", BY_HAND.strip().splitlines()[1:])
def test_a_change_by_hand_of_ten_units(keeper, row):
    operation, quantity, seen, kind, available, refusal = row.split()
    keeper.run(AdjustStock("A", "main", "increment", 10, "Opening stock"))
    expected = None if seen == "-" else int(seen)
    outcome = keeper.run(AdjustStock("A", "main", operation, int(quantity), "Count", expected_quantity=expected))
    assert level(keeper)[0] == int(available)
    if refusal != "-":
        assert type(outcome).__name__ == refusal
    else:
        assert (outcome.movement.kind if outcome.movement else "-") == kind
    assert broken(keeper.books()) == []


def test_what_changes_by_hand_say(keeper):
    keeper.run(AdjustStock("A", "main", "increment", 8, "Opening stock"))
    refused = keeper.run(AdjustStock("A", "main", "decrement", 20, "Sold at the till"))
    assert isinstance(refused, InsufficientStock)
    assert refused.detail == "Cannot decrement stock below 0. Current: 8, Decrement: 20"
    refused = keeper.run(AdjustStock("A", "main", "set", 20, "Count", expected_quantity=7))
    assert isinstance(refused, StockChanged)
    assert refused.data == {"expected": 7, "current": 8}
    refused = keeper.run(AdjustStock("A", "main", "increment", 20, "Count", expected_version=3))
    assert isinstance(refused, PreconditionFailed)
    assert refused.data == {"version": 1}
    refused = keeper.run(AdjustStock("NOSUCH", "main", "increment", 1, "Count"))
    assert (refused.code, refused.detail) == ("variant_not_found", "There is no variant 'NOSUCH'.")
    refused = keeper.run(AdjustStock("A", "nowhere", "increment", 1, "Count"))
    assert (refused.code, refused.detail) == ("store_not_found", "There is no store 'nowhere'.")


def test_a_level_holds_a_million_million_units_and_no_more(keeper):
    assert not isinstance(keeper.run(AdjustStock("A", "main", "increment", 10**12, "Opening stock")), Refusal)
    refused = keeper.run(AdjustStock("A", "main", "increment", 1, "One more"))
    assert isinstance(refused, ValidationFailed)
    assert level(keeper) == (10**12, 0, 0, 0)


def test_what_is_held_of_a_full_level_can_always_come_back(keeper, post):
    """An expiry that is refused would block the SKU for good."""
    post("increment", 10**12)
    post("hold", 10)
    assert isinstance(post("increment", 10), ValidationFailed)
    assert isinstance(post("release", 10), Movement)
