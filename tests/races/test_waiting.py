"""Somebody begins to wait at the moment when the goods come, in two processes: neither sees what the other has not
committed yet, and still nobody waits for what lies there.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.shop import Shop

from onhand.engine import Idempotency
from onhand.rows import Line, Waiting
from onhand.trade.amend import AmendOrder
from onhand.trade.orders import CancelOrder
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.stock import AdjustStock

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
Act = Callable[[], Any]

WAITS = PlaceOrder((Item("TEA", 3),), paid=True, on_shortage="backorder")
COMES = AdjustStock("TEA", "main", "increment", 10, "Delivered")


def never_stocked(shop: Shop) -> None:
    shop.sells("TEA")


def sold_out(shop: Shop) -> None:
    shop.stocks({"TEA": 1})
    shop.adjusts("TEA", "decrement", 1)


def sold_out_in_two_stores(shop: Shop) -> None:
    sold_out(shop)
    shop.stocks({"CUP": 1}, store="annex")


def one_then_the_other(bystander: Any, first: Callable[[Idempotency], Any], second: Act) -> None:
    """The first has decided and saved, and is held up before its commit; meanwhile the second begins."""
    bystander.execute("BEGIN")
    bystander.execute("INSERT INTO stored_answers VALUES ('shop', 'first', '', 200, '', 0)")
    held_up = threading.Thread(target=first, args=(Idempotency("shop", "first", "same", lambda outcome: (200, "{}")),))
    other = threading.Thread(target=second)
    held_up.start()
    waiting_for_locks(bystander, 1)
    other.start()
    waiting_for_locks(bystander, 2, unless=lambda: not other.is_alive())
    bystander.execute("ROLLBACK")
    for thread in (held_up, other):
        thread.join(30)
        assert not thread.is_alive()


def waiting_for_locks(bystander: Any, count: int, unless: Callable[[], bool] = lambda: False) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and not unless():
        if len(bystander.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall()) >= count:
            return
        time.sleep(0.01)
    assert unless()


@pytest.mark.parametrize("before", [never_stocked, sold_out, sold_out_in_two_stores])
@pytest.mark.parametrize(("first", "second"), [(WAITS, COMES), (COMES, WAITS)], ids=["waits", "comes"])
def test_nobody_waits_for_what_lies_there(
    shop: Shop, doors: list[Callable[..., Any]], postgres_database: Any, before: Any, first: Any, second: Any
):
    before(shop)
    here, there = doors
    one_then_the_other(postgres_database[1], lambda key: here(first, idempotency=key), lambda: there(second))
    assert [line.backordered for line in shop.rows(Line)] == [0]
    assert shop.balances("TEA") == (7, 0, 3)


def test_an_order_is_called_off_as_it_begins_to_wait(
    shop: Shop, doors: list[Callable[..., Any]], postgres_database: Any
):
    shop.stocks({"TEA": 1})
    order = shop.order({"TEA": 1}, on_shortage="backorder").order.id
    here, there = doors
    amended = AmendOrder(order, (Item("TEA", 3),))
    cancel = CancelOrder(order)
    one_then_the_other(postgres_database[1], lambda key: here(amended, idempotency=key), lambda: there(cancel))
    assert [row.quantity for row in shop.rows(Waiting)] == [0]
    assert shop.balances("TEA") == (1, 0, 0)
