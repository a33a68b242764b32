"""The numbers of a morning: each is the count of the rows behind it, and the right ones are behind it."""

from decimal import Decimal

from tests.shop import Shop
from tests.stories.paying import resolves, says

from onhand import clock
from onhand.rows import Alert, Level
from onhand.trade.alerts import AcknowledgeAlert, ReportTroubles, SnoozeAlert, Trouble
from onhand.trade.catalog import ChangeStore
from onhand.trade.picking import RecordPick
from onhand.views import today as views
from onhand.views.alerts import AlertFilter, list_alerts
from onhand.views.days import last_days, shop_zone
from onhand.views.today import Money, Today

COUNTED = {
    "running-out": "running_out",
    "to-pick": "to_pick",
    "late": "late",
    "backordered": "backorders",
    "undecided": "undecided",
    "refunds-due": "refunds_due",
    "stuck": "stuck",
}


def morning(shop: Shop) -> tuple[Today, dict[str, list[str]]]:
    """The numbers, and the orders and bare holds behind them, which are as many."""
    now = clock.now()
    with shop.engine.database.reading() as connection:
        since = last_days(shop_zone(connection), now, 1).since
        numbers = views.today(connection, now, since)
        hours = views.orders_by_hour(connection, since, now)
        behind = {name: list(rows(connection, name, now, since)) for name in ("placed", *COUNTED)}
        alerts = list_alerts(connection, AlertFilter("open"), now, 50, None).data
    for name, field in COUNTED.items():
        assert getattr(numbers, field) == len(behind[name]), name
    assert numbers.orders == len(behind["placed"]) == sum(hour.orders for hour in hours)
    totals: dict[str, Decimal] = {}
    for row in behind["placed"]:
        totals[row.total.currency] = totals.get(row.total.currency, Decimal(0)) + row.total.amount
    assert {each.currency: each.amount for each in numbers.revenue} == totals
    assert numbers.alerts == len(alerts)
    return numbers, {name: [row.number or row.reference for row in found] for name, found in behind.items()}


def rows(connection, name, now, since):
    """In pages of two, so that a page ends between an order and a hold."""
    cursor = None
    while True:
        page = views.claimants_behind(connection, name, now, since, 2, cursor)
        yield from page.data
        cursor = page.next_cursor
        if cursor is None:
            return


def number(picture) -> str:
    return picture.order.number


def test_the_day_begins_at_midnight_on_the_wall_of_the_shop(shop: Shop):
    shop.moment.comes("2026-06-09T21:59:59+00:00")  # A second to midnight in Berlin.
    shop.stocks({"TEA": 100})
    shop.run(ChangeStore("main", time_zone="Europe/Berlin"))
    shop.order({"TEA": 1}, paid=True)
    assert morning(shop)[0].orders == 1
    shop.moment.comes("2026-06-09T22:00:00+00:00")
    numbers = morning(shop)[0]
    assert (numbers.orders, numbers.units, numbers.revenue, numbers.to_pick) == (0, 0, [], 1)
    first = shop.order({"TEA": 2}, paid=True)
    assert morning(shop)[1]["placed"] == [number(first)]
    shop.opens("annex", time_zone="Europe/Lisbon")
    assert morning(shop)[0].orders == 2, "stores in two zones share none: it is Tuesday yet, in UTC"


def test_what_was_sold_in_each_currency(shop: Shop):
    shop.sells("TEA", price="2.50", currency="EUR")
    shop.sells("FAN", price="900", currency="JPY")
    shop.stocks({"TEA": 100, "FAN": 10})
    placed = [shop.order({"TEA": 2}, paid=True), shop.order({"TEA": 1}), shop.order({"FAN": 3}, paid=True)]
    placed.append(shop.order({"FAN": 9}, paid=True, on_shortage="partial"))
    shop.cancel(shop.order({"TEA": 50}))
    lost = shop.order({"TEA": 30}, hold_minutes=1)
    numbers, behind = morning(shop)
    assert (numbers.orders, numbers.units) == (5, 2 + 1 + 3 + 7 + 30), "of nine fans there were seven"
    shop.moment.passes(minutes=2)
    numbers, behind = morning(shop)
    assert (numbers.orders, numbers.units) == (4, 13), "what ran out counts for nothing, swept or not"
    assert numbers.revenue == [Money(Decimal("7.50"), "EUR"), Money(Decimal(9000), "JPY")]
    assert behind["placed"] == [number(order) for order in reversed(placed)]
    shop.expire(lost)
    assert morning(shop)[0] == numbers


def test_what_is_to_be_done(shop: Shop):
    shop.stocks({"TEA": 100, "CUP": 2})
    pickable = shop.order({"TEA": 3}, paid=True)
    waits = shop.order({"CUP": 6}, paid=True, on_shortage="backorder")
    picked, empty = shop.order({"TEA": 1}, paid=True), shop.order({"CUP": 4}, paid=True, on_shortage="backorder")
    shop.pick(picked)
    shop.run(RecordPick(number(picked), 1, "main", 1))
    stopped = shop.order({"TEA": 1})
    says(shop, "paid", stopped, "P-0", amount="10.00")
    says(shop, "charged_back", stopped, "P-0", amount="10.00")
    numbers, behind = morning(shop)
    assert behind["to-pick"] == [number(waits), number(pickable)], "of the one, two cups lie there; of the other, none"
    assert behind["backordered"] == [number(empty), number(waits)]
    assert (numbers.backorders, numbers.backordered_units, numbers.late) == (2, 8, 0)
    shop.moment.passes(days=30)
    late = morning(shop)[1]["late"]
    assert {number(pickable), number(picked)} <= set(late)
    assert number(empty) not in late, "nothing was promised to those who wait"
    shop.ship(pickable)
    shop.cancel(waits)
    numbers, behind = morning(shop)
    assert (numbers.to_pick, behind["backordered"]) == (1, [number(empty)]), "two cups came back for who waited"
    assert number(pickable) not in behind["late"]


def test_holds_that_run_out_and_holds_that_are_stuck(shop: Shop):
    shop.stocks({"TEA": 100})
    order, hold = shop.order({"TEA": 1}, hold_minutes=16), shop.hold({"TEA": 1}, "theirs-1", minutes=17)
    shop.order({"TEA": 1}, hold_minutes=60)
    shop.order({"TEA": 1}, paid=True)
    assert morning(shop)[0].running_out == 0
    shop.moment.passes(minutes=3)
    other = shop.order({"TEA": 1}, hold_minutes=2)
    assert morning(shop)[1]["running-out"] == [number(other), "theirs-1", number(order)]
    shop.moment.passes(minutes=15)
    numbers, behind = morning(shop)
    assert (numbers.running_out, behind["stuck"]) == (0, [number(other)]), (
        "the others have been over for a minute or two"
    )
    shop.moment.passes(minutes=5)
    assert morning(shop)[1]["stuck"] == [number(other), "theirs-1", number(order)]
    shop.expire(order, other, holds=[hold])
    assert morning(shop)[0].stuck == 0


def test_money_that_waits_for_somebody(shop: Shop):
    shop.stocks({"TEA": 5})
    late, short = shop.order({"TEA": 3}, hold_minutes=1), shop.order({"TEA": 1})
    shop.moment.passes(minutes=2)
    twice = shop.order({"TEA": 4}, paid=True)
    says(shop, "paid", late, "P-1", amount="30.00")
    says(shop, "paid", short, "P-2", amount="9.00")
    assert morning(shop)[1]["undecided"] == [number(short), number(late)]
    resolves(shop, late, "refund")
    behind = morning(shop)[1]
    assert (behind["undecided"], behind["refunds-due"]) == ([number(short)], [number(late)])
    assert number(twice) not in behind["undecided"]


def test_alerts_are_counted_as_they_are_listed(shop: Shop):
    shop.stocks({"TEA": 1, "CUP": 1, "POT": 1})
    low = {row.variant_id: row.id for row in shop.rows(Alert)}
    assert morning(shop)[0].alerts == len(low) == len(shop.rows(Level)) == 3
    one, two, _ = low.values()
    shop.run(AcknowledgeAlert(one))
    shop.run(SnoozeAlert(two, clock.now() + clock.HOUR))
    assert morning(shop)[0].alerts == 1
    shop.moment.passes(minutes=61)
    assert morning(shop)[0].alerts == 2, "the snooze is over, whether or not the worker has been there"
    found = Trouble("ledger", {"invariants": ["2", "3"], "rows": 4})
    shop.run(ReportTroubles("drift_found", (found,)))
    numbers, _ = morning(shop)
    assert (numbers.alerts, numbers.drift) == (3, 4)
    shop.run(AcknowledgeAlert(shop.alerts("drift_found")[0].id))
    assert morning(shop)[0].drift == 4, "to know of it does not mend it"
    shop.run(ReportTroubles("drift_found", (), ("ledger",)))
    assert morning(shop)[0].drift == 0
