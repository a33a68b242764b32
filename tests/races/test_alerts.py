"""Many cross a line at once: it is told once."""

from functools import partial

import pytest
from tests.races.crowd import all_at_once, taking_turns
from tests.shop import Shop

from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.trade.alerts import AcknowledgeAlert
from onhand.trade.errors import InvalidTransition
from onhand.views.verify import verify


def kinds(shop: Shop) -> list[str]:
    return sorted(alert.kind for alert in shop.alerts())


def test_a_thousand_orders_that_cross_the_lines_open_one_alert_each(shop: Shop):
    shop.stocks({"HOT": 1_000})
    outcomes = taking_turns(64, 1_100, lambda number: shop.order({"HOT": 1}, paid=True))
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1_000
    assert kinds(shop) == ["low_stock", "out_of_stock"]
    shop.adjusts("HOT", "increment", 500)
    assert [alert.status for alert in shop.alerts("low_stock")] == ["closed"]
    taking_turns(64, 500, lambda number: shop.order({"HOT": 1}, paid=True))
    assert kinds(shop) == ["back_in_stock", "low_stock", "low_stock", "out_of_stock", "out_of_stock"]
    assert verify(shop.engine.database).broken == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_processes_cross_the_same_lines_up_and_down(shop: Shop, database_url: str, moment):
    """And somebody acknowledges what the other closes: each alert is opened once and closed once."""
    shop.stocks({"HOT": 12})
    database = open_database(database_url)
    engine = Engine(database)
    engine.start()
    other = Shop(engine, moment)

    def up_and_down(branch: Shop) -> None:
        for _ in range(25):
            branch.cancel(branch.order({"HOT": 6}, paid=True))

    def see(branch: Shop) -> None:
        for _ in range(25):
            for alert in branch.alerts():
                if alert.closed_at is None:
                    try:
                        branch.run(AcknowledgeAlert(alert.id))
                    except InvalidTransition:
                        continue

    outcomes = all_at_once(*(partial(act, branch) for branch in (shop, other) for act in (up_and_down, see)))
    engine.close()
    database.close()
    assert [
        outcome for outcome in outcomes if isinstance(outcome, Exception) and "nsufficient" not in str(outcome)
    ] == []
    assert len(shop.alerts("low_stock")) > 5, "nothing was crossed"
    assert verify(shop.engine.database).broken == []
