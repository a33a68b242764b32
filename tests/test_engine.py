"""The door: what comes in is decided, saved and answered, and the same on every database."""

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.shop import CLERK, Shop
from tests.trade import programs
from tests.trade.drawing import actors
from tests.trade.keeper import MAIN, Keeper, described
from tests.trade.naming import resolved

from onhand import clock
from onhand.books import Actor, Policy
from onhand.engine import Engine
from onhand.rows import Batch, Event, Level, Movement, Order, StoredAnswer
from onhand.trade.catalog import ChangeProduct, CreateProduct, CreateStore, VariantSpec
from onhand.trade.durations import MINUTE
from onhand.trade.errors import Forbidden, InsufficientStock, Overloaded, Refusal
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.stock import AdjustStock
from onhand.trade.verbs import NotApplied, Together


def test_the_same_commands_leave_the_same_books_here_and_in_memory(shop, monkeypatch):
    """On SQLite, on PostgreSQL and in memory: every row of the trade is the same, to the last column."""
    keeper, ids = Keeper(ids_a_batch=1), Keeper()
    monkeypatch.setattr(shop.engine, "now", lambda: keeper.now)
    monkeypatch.setattr(clock, "new_id", ids.new_id)

    def both(command, actor=CLERK):
        keeper.now += 1  # No two batches have one time.
        command = resolved(command, keeper.rows)
        try:
            outcome = shop.run(command, actor)
        except Refusal as refusal:
            outcome = refusal
        assert described(outcome) == described(keeper.run(command, actor))

    for command in programs.OPENING:
        both(command)

    @settings(max_examples=15, phases=[Phase.generate])  # The books go on from example to example: nothing to shrink.
    @given(st.lists(st.tuples(programs.commands | programs.togethers, actors), min_size=4, max_size=12))
    def some_more(commands):
        for command, actor in commands:
            both(command, actor)
        keeper.now += 4 * MINUTE

    some_more()
    for row_type, rows in keeper.rows.items():
        if row_type not in (Batch, StoredAnswer):
            assert shop.rows(row_type) == [rows[key] for key in sorted(rows)], row_type.__name__
    assert len(keeper.rows[Movement]) > 40


def test_a_refusal_is_raised_to_the_caller(shop):
    shop.stocks({"A": 1})
    with pytest.raises(InsufficientStock) as refused:
        shop.order({"A": 2})
    assert refused.value.problem() == {
        "type": "https://onhand.dev/problems/insufficient_stock",
        "title": "Insufficient stock",
        "status": 409,
        "detail": "Insufficient stock for A. Available: 1, Requested: 2",
        "code": "insufficient_stock",
        "shortages": [
            {"sku": "A", "store": "main", "requested": 2, "available": 1, "restock_at": None, "substitutes": []},
        ],
    }


def test_what_is_not_started_or_is_closed_says_so(database):
    engine = Engine(database)
    running = [engine.is_running]
    for step in (engine.start, engine.close, engine.close):
        step()
        running.append(engine.is_running)
    assert running == [False, True, False, False]
    with pytest.raises(Overloaded, match="shutting down"):
        engine.run(PlaceOrder((Item("A", 1),)), CLERK)


def test_numbers_go_on_without_a_gap_where_nobody_else_takes_them(database, shop):
    shop.stocks({"A": 100})
    numbers = [int(shop.order({"A": 1}).order.number) for _ in range(3)]
    with pytest.raises(InsufficientStock):
        shop.order({"A": 1_000})
    numbers.append(int(shop.order({"A": 1}).order.number))
    shop.engine.close()
    for _ in range(2):
        again = Engine(database)
        again.start()
        numbers.append(int(again.run(PlaceOrder((Item("A", 1),)), CLERK).order.number))
        again.close()
    assert numbers == list(range(1001, 1007))


def test_more_orders_than_numbers_in_stock(shop):
    shop.stocks({"A": 10_000})
    outcomes = shop.run(Together(tuple(PlaceOrder((Item("A", 1),)) for _ in range(500))))
    assert [int(outcome.order.number) for outcome in outcomes] == list(range(1001, 1501))


def test_the_time_of_a_batch_is_one(shop):
    shop.stocks({"A": 10, "B": 10})
    placed = shop.order({"A": 1, "B": 1}, paid=True)
    times = {row.recorded_at for sku in "AB" for row in shop.movements(sku)[1:]}
    times |= {row.occurred_at for row in shop.rows(Event) if row.subject.startswith("order/")}
    assert times == {placed.order.created_at}


def test_a_movement_keeps_when_it_happened_and_when_it_was_written_down(shop):
    shop.stocks({"A": 10})
    yesterday = clock.now() - clock.DAY
    shop.adjusts("A", "decrement", 1, occurred_at=yesterday)
    movement = shop.movements("A")[-1]
    assert movement.occurred_at == yesterday
    assert movement.recorded_at > yesterday


def test_the_policy_is_the_engines(database, moment):
    engine = Engine(database, Policy(hold_minutes=1, hold_minutes_max=2, currency="EUR"))
    engine.start()
    for command in programs.OPENING[:2]:
        engine.run(command, CLERK)
    engine.run(AdjustStock("A", "main", "increment", 5, "Opening stock"), CLERK)
    order = engine.run(PlaceOrder((Item("A", 1),)), CLERK).order
    with pytest.raises(Refusal, match="at most 2"):
        engine.run(PlaceOrder((Item("A", 1),), hold_minutes=3), CLERK)
    engine.close()
    assert order.hold_expires_at - order.created_at == MINUTE
    assert order.currency == "EUR"


def test_who_comes_right_after_a_new_product_or_store_can_name_it(database, moment):
    """All of these are waiting when the engine starts: what changes the catalog is committed before what uses it."""
    engine, outcomes = Engine(database), list[Any]()
    for command in (
        CreateProduct("Mug", (VariantSpec("MUG", 10_0000),)),
        CreateStore("annex", "Annex"),
        AdjustStock("MUG", "annex", "increment", 5, "Opening stock"),
        PlaceOrder((Item("MUG", 2),)),
        ChangeProduct("MUG", variants=(VariantSpec("MUG", 12_0000),)),
        PlaceOrder((Item("MUG", 1),)),
    ):
        engine.submit(command, CLERK, outcomes.append)
    engine.start()
    engine.close()
    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert [outcomes[place].order.total for place in (3, 5)] == [2000, 1200]
    batches = Shop(engine, moment).rows(Batch)
    assert [batch.commands for batch in batches] == [2, 2, 1, 1], "nobody decides beside what is not committed yet"


TOGETHER = """
atomic  dry_run  quantities  answers               available
no      no       3,4,5       ok,ok,short           3
no      no       11,4,5      short,ok,ok           1
yes     no       3,4,3       ok,ok,ok              0
yes     no       3,4,5       spoilt,spoilt,short   10
no      yes      3,4,5       ok,ok,short           10
yes     yes      3,4,3       ok,ok,ok              10
yes     yes      3,4,5       spoilt,spoilt,short   10
"""


@pytest.mark.parametrize("row", TOGETHER.strip().splitlines()[1:])
def test_several_commands_as_one(shop, row):
    atomic, dry_run, quantities, answers, available = row.split()
    shop.stocks({"A": 10})
    before = shop.books()
    takes = tuple(AdjustStock("A", "main", "decrement", int(quantity), "Sold") for quantity in quantities.split(","))
    outcomes = shop.run(Together(takes, atomic == "yes", dry_run == "yes"))
    names = {"StockChange": "ok", "NotApplied": "spoilt", "InsufficientStock": "short"}
    assert ",".join(names[type(outcome).__name__] for outcome in outcomes) == answers
    assert shop.level("A").available == int(available)
    if available == "10":
        assert shop.books() == before


def test_one_entry_spoils_an_atomic_request(shop):
    shop.stocks({"A": 10})
    spoilt, short = shop.run(Together((PlaceOrder((Item("A", 1),)), PlaceOrder((Item("A", 10),))), atomic=True))
    assert isinstance(spoilt, NotApplied)
    assert spoilt.detail == "Another entry of this request was refused, so none was applied."
    assert short.data["shortages"][0]["available"] == 9
    assert shop.rows(Order) == []


def test_a_key_that_is_bound_to_a_store_leaves_the_others_alone(shop):
    shop.stocks({"A": 10})
    shop.stocks({"A": 10}, store="east")
    key = Actor("till", None, frozenset({MAIN.id}))
    both = PlaceOrder((Item("A", 1, store="main"), Item("A", 1, store="east")))
    with pytest.raises(Forbidden):
        shop.run(both, key)
    assert shop.rows(Order) == []
    shop.run(PlaceOrder((Item("A", 1),)), key)
    assert {(row.available, row.on_hold) for row in shop.rows(Level)} == {(9, 1), (10, 0)}


def test_large_numbers_are_kept_exactly(shop):
    shop.stocks({"A": 10**9})
    shop.adjusts("A", "increment", 10**12 - 10**9)
    order = shop.order([("A", 10**9)])
    assert order.order.total == 10**12
    assert shop.balances("A") == (10**12 - 10**9, 10**9, 0)
    shop.ship(shop.confirm(order))
    assert shop.level("A").on_hand == 10**12 - 10**9


def test_texts_are_kept_as_they_are(shop):
    odd = "Çay — 茶 🫖 'quoted' \"twice\" \\ % :name $1 {x} \t\n end"
    shop.sells(odd, name=odd)
    shop.adjusts(odd, "increment", 5, reason=odd, notes=odd)
    order = shop.order({odd: 1}, customer_name=odd, note=odd, metadata={odd: odd}, shipping_address={"line1": odd})
    row = shop.rows(Order)[0]
    assert row == order.order
    assert (row.customer_name, row.note) == (odd, odd)
    assert (shop.movements(odd)[0].reason, shop.movements(odd)[0].notes) == (odd, odd)
