"""What a customer is promised: a day when everything is there, the day it comes when it has to wait, or nothing."""

from datetime import date, datetime

import pytest
from tests.shop import Shop
from tests.stories.test_receiving import arrives, buy, of

from onhand import clock
from onhand.rows import Order
from onhand.trade.backorders import GiveUpBackorder, GiveUpItem
from onhand.trade.catalog import ChangeProduct, ChangeStore, CreateProduct, CreateStore, VariantSpec
from onhand.trade.errors import InsufficientStock, ValidationFailed
from onhand.trade.notices import AnnounceDelivery, AnnouncedItem
from onhand.trade.reallocation import Reallocate
from onhand.trade.receiving import ClosePurchaseOrder
from onhand.views.orders import OrderFilter, find_order, list_orders, order_answer
from onhand.views.picking import queue
from onhand.views.promise import check_availability
from onhand.views.sourcing import WantedItem

PORTUGAL = {"city": "Porto", "country": "PT"}


def at(text: str) -> int:
    return clock.as_microseconds(datetime.fromisoformat(text))


@pytest.fixture
def lisbon(shop: Shop) -> Shop:
    """One store in Lisbon: a day to pack, a day to Portugal, three to Germany, and five to elsewhere."""
    shop.moment.comes("2026-11-16T10:00:00+00:00")  # A Monday.
    shop.run(
        ChangeStore(
            "main",
            handling_days=1,
            cutoff="16:00",
            time_zone="Europe/Lisbon",
            address={"country": "PT"},
            transit_days=5,
            transit_by_country={"PT": 1, "DE": 3},
        )
    )
    shop.stocks({"TEA": 10})
    return shop


def told(shop: Shop, picture) -> str | None:
    """What the answer to a command says, and what those who ask later are told: it must be the same."""
    now = shop.moment.now()
    said = order_answer(picture, now).estimated_delivery
    assert said == asked(shop, picture)
    return said.isoformat() if said else None


def asked(shop: Shop, picture) -> date | None:
    now = shop.moment.now()
    with shop.engine.database.reading() as connection:
        one = find_order(connection, picture.order.id, now, shop.engine.policy)
        listed = list_orders(connection, OrderFilter(), now, 50, None, shop.engine.policy)
    (again,) = [each for each in listed.data if each.order_id == picture.order.id]
    assert one == again
    return one.estimated_delivery


def available(shop: Shop, sku: str, quantity: int, store: str | None = None, ship_to=PORTUGAL):
    with shop.engine.database.reading() as connection:
        wanted = [WantedItem(sku, quantity, store)]
        (answer,) = check_availability(connection, wanted, ship_to, shop.moment.now(), shop.engine.policy)
    return answer


def waits(shop: Shop, sku: str, quantity: int, *, paid: bool = True, **more):
    return shop.order({sku: quantity}, on_shortage="backorder", shipping_address=PORTUGAL, paid=paid, **more)


# ── What is there ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("placed", "to", "promised"),
    [
        ("2026-11-16T15:59:00+00:00", PORTUGAL, "2026-11-18"),
        ("2026-11-16T16:00:01+00:00", PORTUGAL, "2026-11-19"),  # The cut-off, just missed.
        ("2026-11-30T10:00:00+00:00", PORTUGAL, "2026-12-03"),  # The first of December is a holiday.
        ("2026-11-16T10:00:00+00:00", {"country": "DE"}, "2026-11-20"),
        ("2026-11-16T10:00:00+00:00", {"country": "BR"}, "2026-11-24"),
        ("2026-11-16T10:00:00+00:00", None, "2026-11-24"),
    ],
)
def test_what_is_there_is_promised_for_a_day(lisbon: Shop, placed, to, promised):
    lisbon.moment.comes(placed)
    assert available(lisbon, "TEA", 2, ship_to=to).estimated_delivery == date.fromisoformat(promised)
    order = lisbon.order({"TEA": 2}, shipping_address=to)
    assert told(lisbon, order) == promised
    assert order.order.promised_at == at(f"{promised}T00:00:00+00:00")


def test_a_store_far_away_has_its_own_clock(lisbon: Shop):
    lisbon.run(CreateStore("tokyo", "Tokyo", cutoff="16:00", time_zone="Asia/Tokyo", transit_days=0))
    lisbon.stocks({"CUP": 5}, "tokyo")
    lisbon.moment.comes("2026-11-16T06:59:00+00:00")
    assert told(lisbon, lisbon.order({"CUP": 1})) == "2026-11-16"
    lisbon.moment.comes("2026-11-16T07:01:00+00:00")
    assert told(lisbon, lisbon.order({"CUP": 1})) == "2026-11-17"
    assert told(lisbon, lisbon.order({"CUP": 1, "TEA": 1})) == "2026-11-24", "the latest of the two"


def test_the_day_is_reckoned_again_when_the_money_comes(lisbon: Shop):
    order = lisbon.order({"TEA": 1}, shipping_address=PORTUGAL, hold_minutes=5_000)
    first = order.order.promised_at
    lisbon.moment.comes("2026-11-18T10:00:00+00:00")
    assert told(lisbon, lisbon.confirm(order)) == "2026-11-20"
    assert lisbon.rows(Order)[0].promised_at == first == at("2026-11-18T00:00:00+00:00"), "what was said first is kept"
    with lisbon.engine.database.reading() as connection:
        (queued,) = queue(connection, None, 50, None).data
    assert queued.promised_at == clock.as_datetime(first)


def test_an_order_that_ended_promises_nothing(lisbon: Shop):
    order = lisbon.order({"TEA": 1})
    assert told(lisbon, lisbon.cancel(order)) is None
    late = lisbon.order({"TEA": 1}, hold_minutes=1)
    lisbon.moment.passes(minutes=2)
    assert asked(lisbon, late) is None


def test_another_store_another_day(lisbon: Shop):
    lisbon.stocks({"TEA": 10}, "corner")
    lisbon.run(ChangeStore("corner", transit_days=0))
    order = lisbon.order({"TEA": 2}, store="main", shipping_address=PORTUGAL)
    assert told(lisbon, order) == "2026-11-18"
    assert told(lisbon, lisbon.run(Reallocate(order.order.id, "corner"))) == "2026-11-16"


def test_terms_that_cannot_be_reckoned_with_are_refused(lisbon: Shop):
    for wrong in (
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"cutoff": "4pm"},
        {"handling_days": -1},
        {"transit_days": 366},
        {"transit_by_country": {"PT": -1}},
        {"transit_by_country": {"Portugal": 1}},
    ):
        for command in (ChangeStore("main", **wrong), CreateStore("x", "X", **wrong)):
            with pytest.raises(ValidationFailed):
                lisbon.run(command)
    assert told(lisbon, lisbon.order({"TEA": 2}, shipping_address=PORTUGAL)) == "2026-11-18"


# ── What waits ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_is_promised_for_when_its_delivery_comes(lisbon: Shop):
    buy(lisbon, ("TEA", 5), expected_at=at("2026-11-25T09:00:00+00:00"))
    late = buy(lisbon, ("TEA", 50), expected_at=at("2026-12-07T09:00:00+00:00"))
    first, second = waits(lisbon, "TEA", 14, paid=False), waits(lisbon, "TEA", 3)
    assert told(lisbon, first) == "2026-11-27", "ten are there; four of the five that come on the 25th"
    assert first.order.promised_at is None, "nothing is promised while a part is not there"
    assert told(lisbon, second) == "2026-12-10", "one of the five is left, two come on the 7th; the 8th is a holiday"
    with pytest.raises(InsufficientStock) as refused:
        lisbon.order({"TEA": 2})
    assert refused.value.data["shortages"][0]["restock_at"] == "2026-12-07T09:00:00Z"
    assert told(lisbon, waits(lisbon, "TEA", 1, priority=1)) == "2026-11-27", "who is more urgent is served before"
    assert asked(lisbon, second) == date(2026, 12, 10)
    assert told(lisbon, lisbon.confirm(first)) == "2026-11-27"
    lisbon.run(ClosePurchaseOrder(late.order.id, "Never mind"))
    assert asked(lisbon, second) is None


def test_what_came_is_promised_from_then_on(lisbon: Shop):
    bought = buy(lisbon, ("TEA", 50), expected_at=at("2026-11-25T09:00:00+00:00"))
    order = waits(lisbon, "TEA", 14)
    lisbon.moment.comes("2026-11-24T10:00:00+00:00")
    arrives(lisbon, bought, of("TEA", 50))
    assert asked(lisbon, order) == date(2026, 11, 26)
    row = lisbon.rows(Order)[0]
    assert (row.estimated_delivery, row.promised_at) == ("2026-11-26", at("2026-11-26T00:00:00+00:00"))


def test_what_is_given_up_is_waited_for_no_more(lisbon: Shop):
    order = waits(lisbon, "TEA", 14)
    assert told(lisbon, order) is None
    part = lisbon.run(GiveUpBackorder(order.order.id, (GiveUpItem("TEA", 3),)))
    assert told(lisbon, part) is None
    assert told(lisbon, lisbon.run(GiveUpBackorder(order.order.id))) == "2026-11-18"


def test_a_notice_tells_the_day(lisbon: Shop):
    bought = buy(lisbon, ("TEA", 50))
    order = waits(lisbon, "TEA", 14)
    assert told(lisbon, order) is None, "it was ordered, but nobody said when it comes"
    notice = AnnouncedItem("TEA", 50, at("2026-11-25T09:00:00+00:00"), "lines.0")
    lisbon.run(AnnounceDelivery(bought.order.number, (notice,), "Tea & Co", "main"))
    assert asked(lisbon, order) == date(2026, 11, 27)
    lisbon.moment.comes("2026-11-25T12:00:00+00:00")
    assert asked(lisbon, order) == date(2026, 11, 27), "it may still come today"
    lisbon.moment.comes("2026-11-27T12:00:00+00:00")
    assert asked(lisbon, order) is None, "it did not come, and nobody knows when it will"


def test_a_store_waits_for_what_comes_to_it(lisbon: Shop):
    lisbon.stocks({"TEA": 0}, "corner")
    buy(lisbon, ("TEA", 5), expected_at=at("2026-11-25T09:00:00+00:00"), store="corner")
    assert told(lisbon, lisbon.order([("TEA", 11, "main")], on_shortage="backorder")) is None
    assert told(lisbon, lisbon.order([("TEA", 1, "corner")], on_shortage="backorder")) == "2026-11-30"


@pytest.mark.parametrize(
    ("spec", "promised", "restock"),
    [
        ({"lead_days": 7}, "2026-11-25", "2026-11-23T10:00:00"),
        ({"preorder_until": at("2026-12-14T00:00:00+00:00")}, "2026-12-16", "2026-12-14T00:00:00"),
        (
            {"lead_days": 7, "preorder_until": at("2026-12-14T00:00:00+00:00")},
            "2026-12-16",
            "2026-12-14T00:00:00",
        ),
        ({"lead_days": 0}, None, None),
        ({"preorder_until": at("2026-11-14T00:00:00+00:00")}, None, None),
        ({}, None, None),
    ],
    ids=["lead time", "pre-order", "not before it is sold", "it should be here", "was sold ahead once", "unknown"],
)
def test_without_a_delivery_in_sight(lisbon: Shop, spec, promised, restock):
    lisbon.run(CreateProduct("Phone", (VariantSpec("PHONE", 9_990_000, **spec),)))
    answer = available(lisbon, "PHONE", 1)
    assert answer.estimated_delivery == (promised and date.fromisoformat(promised))
    assert (answer.restock_at and answer.restock_at.isoformat()[:19]) == restock
    with pytest.raises(InsufficientStock) as refused:
        lisbon.order({"PHONE": 1})
    assert (refused.value.data["shortages"][0]["restock_at"] or "None")[:19] == str(restock)
    order = waits(lisbon, "PHONE", 1)
    assert told(lisbon, order) == promised
    both = lisbon.order({"PHONE": 1, "TEA": 1}, on_shortage="backorder", shipping_address=PORTUGAL)
    assert told(lisbon, both) == promised


def test_a_lead_time_counts_from_the_order_until_it_has_passed(lisbon: Shop):
    lisbon.run(ChangeProduct("TEA", variants=(VariantSpec("TEA", None, lead_days=7),)))
    order = waits(lisbon, "TEA", 11)
    assert told(lisbon, order) == "2026-11-25"
    lisbon.moment.passes(days=3)
    assert asked(lisbon, order) == date(2026, 11, 25)
    lisbon.moment.passes(days=5)
    assert asked(lisbon, order) is None


def test_a_kit_waits_for_its_last_component(lisbon: Shop):
    lisbon.stocks({"CUP": 0, "POT": 1})
    lisbon.run(CreateProduct("Set", (VariantSpec("SET", 100, components=(("CUP", 2), ("POT", 1))),)))
    buy(lisbon, ("CUP", 3), expected_at=at("2026-11-25T09:00:00+00:00"))
    assert available(lisbon, "SET", 1).restock_at == datetime.fromisoformat("2026-11-25T09:00:00+00:00")
    assert available(lisbon, "SET", 2).restock_at is None, "there is one pot, and three cups are coming"
    buy(lisbon, ("CUP", 1), expected_at=at("2026-11-26T09:00:00+00:00"))
    buy(lisbon, ("POT", 2), expected_at=at("2026-12-01T09:00:00+00:00"))
    order = waits(lisbon, "SET", 2)
    assert told(lisbon, order) == "2026-12-04", "both pots and all cups; the first of December is a holiday"
    with pytest.raises(InsufficientStock) as refused:
        lisbon.order({"CUP": 1})
    assert refused.value.data["shortages"][0]["restock_at"] is None, "the two sets want all four cups"


# ── What there is instead ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def socks(lisbon: Shop) -> Shop:
    sizes = [VariantSpec(f"SOCKS-{size}", 75_000, substitutes=("TIGHTS", "GONE")) for size in "SML"]
    lisbon.run(CreateProduct("Socks", tuple(sizes)))
    lisbon.run(CreateStore("corner", "Corner shop"))
    lisbon.stocks({"SOCKS-M": 1, "SOCKS-L": 4, "TIGHTS": 9, "HAT": 99})
    lisbon.stocks({"SOCKS-M": 6, "SOCKS-L": 2}, "corner")
    return lisbon


def test_a_shortage_comes_with_what_there_is_instead(socks: Shop):
    ranked = [
        {"sku": "TIGHTS", "store": "main", "available": 9},
        {"sku": "SOCKS-M", "store": "corner", "available": 6},
        {"sku": "SOCKS-L", "store": "main", "available": 4},
        {"sku": "SOCKS-L", "store": "corner", "available": 2},
    ]
    with pytest.raises(InsufficientStock) as refused:
        socks.order([("SOCKS-M", 2, "main"), ("HAT", 1)])
    assert refused.value.data["shortages"] == [
        {
            "sku": "SOCKS-M",
            "store": "main",
            "requested": 2,
            "available": 1,
            "restock_at": None,
            "substitutes": ranked,
        }
    ]
    answer = available(socks, "SOCKS-M", 2, "main")
    assert [(each.sku, each.store, each.available) for each in answer.substitutes] == [
        tuple(each.values()) for each in ranked
    ]
    with pytest.raises(InsufficientStock) as refused:
        socks.order({"SOCKS-M": 8})
    (short,) = refused.value.data["shortages"]
    offered = [each["sku"] for each in short["substitutes"]]
    assert offered == ["TIGHTS", "SOCKS-L", "SOCKS-L"], "the size itself is short everywhere"
    assert available(socks, "SOCKS-M", 2).substitutes == [], "nothing is short"


def test_every_shortage_has_them(socks: Shop):
    for refused_deed in (
        lambda: socks.hold([("SOCKS-M", 2, "main")]),
        lambda: socks.adjusts("SOCKS-M", "decrement", 2),
        lambda: socks.send(socks.transfer({"SOCKS-M": 2}, "main", "corner")),
    ):
        with pytest.raises(InsufficientStock) as refused:
            refused_deed()
        (short,) = refused.value.data["shortages"]
        assert short["substitutes"][0] == {"sku": "TIGHTS", "store": "main", "available": 9}
