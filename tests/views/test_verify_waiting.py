"""Invariant 20: `verify` sees a waiting line that nobody serves, or that is in no queue."""

import pytest
from sqlalchemy import text

from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.placing import Item, PlaceOrder
from onhand.views.verify import verify

PLANTED = {
    "it waits for what lies there": "UPDATE levels SET available = 1, version = version",
    "it is in no queue": "UPDATE waiting SET quantity = 0",
    "it is in the queue for less": "UPDATE waiting SET quantity = 2",
    "what waits is not backordered": "UPDATE order_lines SET backordered = 0, released = 3",
}


@pytest.fixture
def waiting(engine, shop):
    shop.run(CreateProduct("Tea", (VariantSpec("TEA", 45_000),)))
    shop.stocks({"TEA": 1})
    shop.run(PlaceOrder((Item("TEA", 4),), on_shortage="backorder"))
    return engine


def test_a_waiting_line_is_clean(waiting):
    found = verify(waiting.database)
    assert found.clean
    assert found.checked["20"] == 1


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(waiting, fault):
    with waiting.database.engine.begin() as connection:
        connection.execute(text(PLANTED[fault]))
    assert "20" in {broken.invariant for broken in verify(waiting.database).broken}
    with waiting.database.engine.begin() as connection:  # The shop's books are checked when the test is over.
        connection.execute(text("UPDATE levels SET available = 0"))
        connection.execute(text("UPDATE waiting SET quantity = 3"))
        connection.execute(text("UPDATE order_lines SET backordered = 3, released = 0"))
