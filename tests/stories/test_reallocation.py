"""Planned again: what nobody has picked may come from somewhere else, what was picked stays."""

import pytest
from tests.shop import CLERK, Shop

from onhand.trade.errors import InsufficientStock
from onhand.trade.picking import RecordPick
from onhand.trade.reallocation import Reallocate
from onhand.views.verify import verify


@pytest.fixture
def picked(shop: Shop) -> str:
    """Five mugs of an order are reserved in main, two of them are in a picker's hands; the annex has three."""
    shop.stocks({"MUG": 5})
    shop.stocks({"MUG": 3}, "annex")
    order = shop.order([("MUG", 5, "main")], paid=True).order
    shop.run(RecordPick(order.id, 1, "main", 2))
    return order.id


def test_what_was_picked_stays_where_it_was_picked(shop: Shop, picked: str):
    picture = shop.run(Reallocate(picked, "annex"))
    claims = [(picture.stores[claim.store_id].code, claim.quantity, claim.picked) for claim in picture.reservations]
    states = [claim.state for claim in picture.reservations]
    assert sorted(each for each, state in zip(claims, states, strict=True) if state == "reserved") == [
        ("annex", 3, 0),
        ("main", 2, 2),
    ]
    assert (shop.balances("MUG"), shop.balances("MUG", "annex")) == ((3, 0, 2), (0, 0, 3))
    shop.ship(picked)
    assert verify(shop.engine.database).broken == []


def test_what_cannot_be_had_there_leaves_all_as_it_was(shop: Shop, picked: str):
    shop.adjusts("MUG", "decrement", 1, "annex")
    with pytest.raises(InsufficientStock):
        shop.run(Reallocate(picked, "annex"), CLERK)
    assert (shop.balances("MUG"), shop.balances("MUG", "annex")) == ((0, 0, 5), (2, 0, 0))


def test_a_line_that_is_picked_already_is_not_planned_again_with_the_rest(shop: Shop, picked: str):
    shop.stocks({"TEA": 2})
    shop.stocks({"TEA": 2}, "annex")
    order = shop.order([("MUG", 1), ("TEA", 2)], paid=True).order
    shop.run(RecordPick(order.id, 1, "annex", 1))
    shop.run(RecordPick(order.id, 2, "annex", 1))
    picture = shop.run(Reallocate(order.id, rule="most_stock"))
    claims = [(claim.line, picture.stores[claim.store_id].code, claim.quantity) for claim in picture.reservations]
    states = [claim.state for claim in picture.reservations]
    assert sorted(each for each, state in zip(claims, states, strict=True) if state == "reserved") == [
        (1, "annex", 1),
        (2, "annex", 1),
        (2, "main", 1),
    ]
    assert verify(shop.engine.database).broken == []
