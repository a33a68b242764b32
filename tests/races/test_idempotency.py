"""The same request from many threads at once, or after the engine was replaced: one effect, one answer."""

from collections import Counter

import pytest
from tests.races.crowd import all_at_once, taking_turns
from tests.shop import CLERK

from onhand.engine import Engine, Idempotency, Replayed
from onhand.rows import Order, StoredAnswer
from onhand.trade.errors import IdempotencyInFlight, IdempotencyKeyReused, Refusal
from onhand.trade.orders import OrderPicture
from onhand.trade.placing import Item, PlaceOrder

ORDER = PlaceOrder((Item("A", 2),))


def render(outcome):
    if isinstance(outcome, Refusal):
        return outcome.status, outcome.code
    return 201, outcome.order.id


def keyed(key, fingerprint="the request", scope="web"):
    return Idempotency(scope, key, fingerprint, render)


def test_one_key_at_once_from_sixteen_threads(shop):
    shop.stocks({"A": 100})
    outcomes = all_at_once(*[lambda: shop.engine.run(ORDER, CLERK, keyed("k1"))] * 16)
    (placed,) = [outcome for outcome in outcomes if isinstance(outcome, OrderPicture)]
    others = [outcome for outcome in outcomes if outcome is not placed]
    assert all(
        outcome == Replayed(201, placed.order.id) or isinstance(outcome, IdempotencyInFlight) for outcome in others
    )
    assert shop.balances("A") == (98, 2, 0)
    assert len(shop.rows(StoredAnswer)) == 1


def test_ten_keys_many_times_each(shop):
    """Callers repeat until they get an answer, as clients do."""
    shop.stocks({"A": 100})

    def order(number):
        while True:
            try:
                return shop.engine.run(ORDER, CLERK, keyed(f"k{number % 10}"))
            except IdempotencyInFlight:
                continue

    outcomes = taking_turns(16, 120, order)
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"OrderPicture": 10, "Replayed": 110}
    assert shop.balances("A") == (80, 20, 0)
    placed = {row.id for row in shop.rows(Order)}
    assert {outcome.body for outcome in outcomes if isinstance(outcome, Replayed)} == placed


def test_a_refusal_is_kept_too(shop):
    shop.stocks({"A": 1})
    with pytest.raises(Refusal) as refused:
        shop.engine.run(ORDER, CLERK, keyed("k1"))
    assert refused.value.code == "insufficient_stock"
    shop.stocks({"A": 10})
    assert shop.engine.run(ORDER, CLERK, keyed("k1")) == Replayed(409, "insufficient_stock")
    assert shop.balances("A") == (11, 0, 0)


def test_a_key_is_not_for_another_request(shop):
    shop.stocks({"A": 10})
    shop.engine.run(ORDER, CLERK, keyed("k1"))
    with pytest.raises(IdempotencyKeyReused):
        shop.engine.run(ORDER, CLERK, keyed("k1", "another request"))
    assert shop.balances("A") == (8, 2, 0)


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(shop):
    shop.stocks({"A": 10})
    for scope in ("web", "till"):
        shop.engine.run(ORDER, CLERK, keyed("k1", scope=scope))
    assert shop.balances("A") == (6, 4, 0)


def test_the_answer_outlives_the_engine(shop, database):
    shop.stocks({"A": 10})
    placed = shop.engine.run(ORDER, CLERK, keyed("k1"))
    shop.engine.close()
    again = Engine(database)
    again.start()
    try:
        assert again.run(ORDER, CLERK, keyed("k1")) == Replayed(201, placed.order.id)
    finally:
        again.close()
    assert shop.balances("A") == (8, 2, 0)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_one_key_at_two_engines(shop, database):
    """Two processes share a database and hear the same request at once."""
    other = Engine(database)
    other.start()
    shop.stocks({"A": 100})
    try:
        for number in range(20):
            outcomes = all_at_once(
                *[
                    lambda key=f"k{number}", engine=engine: engine.run(ORDER, CLERK, keyed(key))
                    for engine in (shop.engine, other)
                ]
            )
            assert {type(outcome) for outcome in outcomes} == {OrderPicture, Replayed}
    finally:
        other.close()
    assert shop.balances("A") == (60, 40, 0)
    assert len(shop.rows(Order)) == 20


def test_a_key_that_was_in_flight_is_answered_a_moment_later(shop):
    shop.stocks({"A": 100})
    all_at_once(*[lambda: shop.engine.run(ORDER, CLERK, keyed("k1"))] * 4)
    assert isinstance(shop.engine.run(ORDER, CLERK, keyed("k1")), Replayed)
