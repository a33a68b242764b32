"""What somebody should look at: told once when it begins, and once when it is over."""

import json

import pytest
from tests.shop import CLERK, Moment, Shop
from tests.trade.keeper import Keeper

from onhand.books import Actor, Needs
from onhand.rows import Alert, Event
from onhand.trade import orders
from onhand.trade.alerts import AcknowledgeAlert, AssignAlert, LookAtLevels, SnoozeAlert, WakeAlerts
from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.errors import Forbidden, InvalidTransition, Refusal, ValidationFailed
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.stock import AdjustStock, SetThresholds
from onhand.trade.verbs import Together


def told(shop: Shop) -> list[tuple[str, str]]:
    """What was told of alerts, in order: (what happened, to which kind)."""
    facts = [event for event in shop.rows(Event) if event.subject.startswith("alert/")]
    facts.sort(key=lambda event: (event.occurred_at, event.subject, event.seq))
    return [(event.type.removeprefix("alert."), json.loads(event.data)["kind"]) for event in facts]


def test_a_week_of_a_mug(shop: Shop):
    shop.stocks({"MUG": 30})
    assert shop.standing("MUG") == set()
    shop.order({"MUG": 19}, paid=True)
    assert shop.standing("MUG") == set()
    last = shop.order({"MUG": 1}, paid=True)
    assert shop.standing("MUG") == {"low_stock"}
    shop.order({"MUG": 4}, paid=True)
    assert len(shop.alerts()) == 1, "the same crossing"
    rest = shop.order({"MUG": 6}, paid=True)
    assert shop.standing("MUG") == {"low_stock", "out_of_stock"}
    shop.cancel(rest)
    assert shop.standing("MUG") == {"low_stock", "back_in_stock"}
    shop.adjusts("MUG", "increment", 5)
    assert shop.standing("MUG") == {"low_stock", "back_in_stock"}, "11 of 10: it would flutter"
    shop.cancel(last)
    assert shop.standing("MUG") == {"back_in_stock"}
    shop.order({"MUG": 2}, paid=True)
    assert shop.standing("MUG") == {"low_stock", "back_in_stock"}, "armed again"
    assert [alert.status for alert in shop.alerts("low_stock")] == ["closed", "open"]
    assert told(shop) == [
        ("opened", "low_stock"),
        ("opened", "out_of_stock"),
        ("closed", "out_of_stock"),
        ("opened", "back_in_stock"),
        ("closed", "low_stock"),
        ("opened", "low_stock"),
    ]


def test_an_alert_says_what_was_so(shop: Shop):
    shop.stocks({"MUG": 30})
    shop.order({"MUG": 22})
    (alert,) = shop.alerts()
    assert json.loads(alert.data) == {"store": "main", "sku": "MUG", "available": 8, "mark": 10}
    assert (alert.store_id, alert.variant_id) == (shop.store("main").id, shop.variant("MUG").id)


def test_thresholds_are_judged_when_they_are_set(shop: Shop):
    shop.stocks({"MUG": 30})
    shop.run(SetThresholds("MUG", "main", reorder_point=40))
    assert shop.standing("MUG") == {"reorder_point"}
    shop.run(SetThresholds("MUG", "main", reorder_point=0, min_stock_level=30))
    assert shop.standing("MUG") == {"low_stock"}
    shop.run(SetThresholds("MUG", "main", min_stock_level=0))
    assert shop.standing("MUG") == set()


def test_a_threshold_of_zero_watches_nothing_but_what_runs_out(shop: Shop):
    shop.stocks({"MUG": 5})
    shop.run(SetThresholds("MUG", "main", low_stock_threshold=0))
    shop.order({"MUG": 5})
    assert shop.standing("MUG") == {"out_of_stock"}


def test_a_hold_that_runs_out_brings_the_goods_back(shop: Shop, moment: Moment):
    shop.stocks({"MUG": 30})
    order = shop.order({"MUG": 30}, hold_minutes=1)
    assert shop.standing("MUG") == {"low_stock", "out_of_stock"}
    moment.passes(minutes=2)
    assert shop.expire(order) == 1
    assert shop.standing("MUG") == {"back_in_stock"}


def test_a_refused_change_opens_and_closes_nothing(shop: Shop):
    shop.stocks({"MUG": 30, "PLATE": 3})
    shop.run(SetThresholds("PLATE", "main", low_stock_threshold=0))
    before = shop.alerts()
    both = (PlaceOrder((Item("MUG", 25),)), PlaceOrder((Item("PLATE", 4),)))
    shop.run(Together(both, atomic=True))
    shop.run(Together((AdjustStock("MUG", "main", "decrement", 30, "Broken"),), dry_run=True))
    assert shop.alerts() == before
    shop.order({"MUG": 25})
    shop.run(Together((AdjustStock("MUG", "main", "increment", 30, "Found"),), dry_run=True))
    assert shop.standing("MUG") == {"low_stock"}


def test_seen_put_off_and_handed_on(shop: Shop, moment: Moment):
    shop.stocks({"MUG": 9})
    (alert,) = shop.alerts()
    seen = shop.run(AcknowledgeAlert(alert.id)).alert
    assert (seen.status, seen.acknowledged_by) == ("acknowledged", "clerk")
    assert shop.run(AcknowledgeAlert(alert.id)).alert == seen
    until = shop.moment.now() + 3_600_000_000
    assert shop.run(SnoozeAlert(alert.id, until)).alert.status == "snoozed"
    assert shop.run(AssignAlert(alert.id, "Ana")).alert.status == "snoozed"
    assert shop.run(WakeAlerts((alert.id,))) == 0
    with pytest.raises(ValidationFailed):
        shop.run(SnoozeAlert(alert.id, 1))
    moment.passes(minutes=61)
    assert shop.run(WakeAlerts((alert.id,))) == 1
    (awake,) = shop.alerts()
    assert (awake.status, awake.assigned_to, awake.snoozed_until) == ("open", "Ana", None)
    shop.adjusts("MUG", "increment", 9)
    for step in (AcknowledgeAlert(alert.id), SnoozeAlert(alert.id, until * 2), AssignAlert(alert.id, "Ben")):
        with pytest.raises(InvalidTransition):
            shop.run(step)
    assert told(shop) == [
        (deed, "low_stock") for deed in ("opened", "acknowledged", "snoozed", "assigned", "reopened", "closed")
    ]


def test_a_key_of_one_store_leaves_the_alerts_of_others_alone(shop: Shop):
    shop.opens("annex")
    shop.stocks({"MUG": 9})
    (alert,) = shop.alerts()
    with pytest.raises(Forbidden):
        shop.run(AcknowledgeAlert(alert.id), Actor("annex till", None, frozenset({shop.store("annex").id})))
    for reference in ("nothing", shop.store("main").id):
        with pytest.raises(Refusal, match="There is no alert"):
            shop.run(AcknowledgeAlert(reference))


def test_that_it_is_back_is_news_for_a_while(shop: Shop):
    shop.stocks({"MUG": 1})
    shop.run(SetThresholds("MUG", "main", low_stock_threshold=0))
    shop.cancel(shop.order({"MUG": 1}))
    assert shop.standing("MUG") == {"back_in_stock"}
    look = LookAtLevels(((shop.variant("MUG").id, shop.store("main").id),), is_old_news=True)
    shop.run(look)
    assert shop.standing("MUG") == set()
    shop.run(look)
    assert [alert.status for alert in shop.alerts("back_in_stock")] == ["closed"]


def test_an_order_that_a_person_has_to_decide_about(shop: Shop):
    """As rules of payment move it; they come and go with the order's status, whoever moves it."""
    keeper = Keeper()
    keeper.run(CreateProduct("Mug", (VariantSpec("MUG", 100),)))
    keeper.run(AdjustStock("MUG", "main", "increment", 90, "Opening"))
    order = keeper.run(PlaceOrder((Item("MUG", 1),))).order

    def move(status: str) -> list[Alert]:
        books = keeper._open(Needs(orders=(order.id,)))
        orders.move(books, books.orders[order.id], status, "order.reviewed", CLERK, {})
        keeper._finish(books)
        keeper._fold(books)
        return list(keeper.rows[Alert].values())

    (alert,) = move("payment_review")
    assert (alert.kind, alert.subject, alert.status) == ("payment_review", f"order/{order.id}", "open")
    assert move("payment_review") == [alert]
    (over,) = move("confirmed")
    assert over.status == "closed"
    assert [each.status for each in move("payment_review")] == ["closed", "open"]
