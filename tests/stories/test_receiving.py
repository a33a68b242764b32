"""Goods ordered of a supplier, and what arrives of them: short, over, in parts, broken, late."""

import pytest
from tests.shop import Shop

from onhand import clock
from onhand.books import Actor
from onhand.rows import Event, PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from onhand.trade.errors import AlreadyExists, Forbidden, InvalidTransition, ValidationFailed, VariantNotFound
from onhand.trade.notices import AnnounceDelivery, AnnouncedItem
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    PurchaseOrderNotFound,
    PurchasePicture,
    ReceiptExceedsOrdered,
    ReceivedItem,
    ReceivePurchaseOrder,
)


def buy(shop: Shop, *items: tuple[str, int], store: str = "main", **more) -> PurchasePicture:
    """Order so much of each SKU, one line each."""
    lines = tuple(PurchaseItem(sku, quantity) for sku, quantity in items)
    picture: PurchasePicture = shop.run(CreatePurchaseOrder("Tea & Co", store, lines, **more))
    return picture


def arrives(shop: Shop, bought: PurchasePicture, *items: ReceivedItem, **more) -> PurchasePicture:
    picture: PurchasePicture = shop.run(ReceivePurchaseOrder(bought.order.id, items, **more))
    return picture


def of(sku: str, received: int, rejected: int = 0, **more) -> ReceivedItem:
    return ReceivedItem(received, rejected, variant=sku, **more)


def counted(picture: PurchasePicture) -> list[tuple[int, int, int]]:
    """(ordered, received, rejected) of each line."""
    return [(line.ordered, line.received, line.rejected) for line in picture.lines]


@pytest.fixture
def tea(shop: Shop) -> Shop:
    shop.stocks({"TEA": 0, "CUP": 0})
    return shop


def test_an_order_is_open_until_all_of_it_has_arrived(tea: Shop):
    bought = buy(tea, ("TEA", 100), ("CUP", 20))
    assert (bought.order.status, bought.order.number[:3]) == ("open", "PO-")
    assert tea.balances("TEA") == (0, 0, 0), "what was ordered is not there yet"
    first = arrives(tea, bought, of("TEA", 60))
    assert (first.order.status, counted(first)) == ("partially_received", [(100, 60, 0), (20, 0, 0)])
    second = arrives(tea, bought, of("TEA", 40), of("CUP", 20))
    assert (second.order.status, counted(second)) == ("received", [(100, 100, 0), (20, 20, 0)])
    assert (tea.balances("TEA"), tea.balances("CUP")) == ((100, 0, 0), (20, 0, 0))
    assert [(row.receipt, row.actor) for row in tea.rows(Receipt)] == [(1, "clerk"), (2, "clerk")]
    told = [(event.seq, event.type) for event in tea.rows(Event) if event.subject.startswith("purchase_order/")]
    assert told == [(1, "purchase_order.created"), (2, "purchase_order.received"), (3, "purchase_order.received")]


def test_what_is_rejected_is_kept_apart_or_sent_back(tea: Shop):
    bought = buy(tea, ("TEA", 100), ("CUP", 20))
    broken = arrives(tea, bought, of("CUP", 20, 3, reason="Handles off"), of("TEA", 50, 10, sent_back=True))
    assert counted(broken) == [(100, 50, 10), (20, 20, 3)]
    assert tea.balances("CUP") == (17, 0, 0)
    assert tea.level("CUP").unsellable == 3
    assert tea.balances("TEA") == (40, 0, 0)
    assert tea.level("TEA").unsellable == 0, "it never was on the shelf"
    assert [(row.line, row.received, row.rejected, row.sent_back) for row in tea.rows(ReceiptLine)] == [
        (2, 20, 3, 0),
        (1, 50, 10, 1),
    ]
    kept = tea.movements("CUP")
    assert [(row.kind, row.quantity, row.cause, row.notes) for row in kept] == [
        ("receive", 17, "receipt", "Handles off"),
        ("receive_damaged", 3, "receipt", "Handles off"),
    ]
    assert kept[0].cause_id == bought.order.id
    assert kept[0].reason == f"Purchase order {bought.order.number} received"


def test_more_than_ordered_is_booked_only_when_that_is_said(tea: Shop):
    bought = buy(tea, ("TEA", 10), ("CUP", 5))
    with pytest.raises(ReceiptExceedsOrdered) as refused:
        arrives(tea, bought, of("CUP", 5), of("TEA", 12))
    assert refused.value.data == {"sku": "TEA", "received": 12, "outstanding": 10, "ordered": 10}
    assert tea.balances("CUP") == (0, 0, 0), "a receipt is booked whole or not at all"
    over = arrives(tea, bought, of("CUP", 5), of("TEA", 12), allow_over=True)
    assert (over.order.status, counted(over)) == ("received", [(10, 12, 0), (5, 5, 0)])
    with pytest.raises(ReceiptExceedsOrdered):
        arrives(tea, bought, of("TEA", 1))
    late = arrives(tea, bought, of("TEA", 1), allow_over=True)
    assert (late.order.status, tea.balances("TEA")) == ("received", (13, 0, 0))


def test_a_sku_is_spread_over_its_lines_in_order(tea: Shop):
    bought = buy(tea, ("TEA", 10), ("CUP", 5), ("TEA", 10))
    some = arrives(tea, bought, of("TEA", 14, 12))
    assert counted(some) == [(10, 10, 10), (5, 0, 0), (10, 4, 2)]
    with pytest.raises(ReceiptExceedsOrdered):
        arrives(tea, bought, ReceivedItem(1, line=1))
    named = arrives(tea, bought, ReceivedItem(5, line=3), ReceivedItem(5, line=2))
    assert counted(named) == [(10, 10, 10), (5, 5, 0), (10, 9, 2)]
    over = arrives(tea, bought, of("TEA", 4), allow_over=True)
    assert counted(over) == [(10, 10, 10), (5, 5, 0), (10, 13, 2)]
    assert (tea.balances("TEA"), tea.level("TEA").unsellable) == ((11, 0, 0), 12)


def test_two_items_of_one_sku_in_one_receipt_are_one_demand(tea: Shop):
    bought = buy(tea, ("TEA", 10))
    with pytest.raises(ReceiptExceedsOrdered) as refused:
        arrives(tea, bought, of("TEA", 6), of("TEA", 6))
    assert refused.value.data["outstanding"] == 4


def test_a_short_order_is_closed_and_expects_no_more(tea: Shop):
    bought = buy(tea, ("TEA", 10))
    arrives(tea, bought, of("TEA", 7))
    close = ClosePurchaseOrder(bought.order.number, "Supplier is out")
    closed = tea.run(close)
    assert (closed.order.status, closed.order.close_reason) == ("closed", "Supplier is out")
    before = tea.books()
    assert tea.run(close).order == closed.order
    rows = tea.books()
    assert all(rows[kind] == before[kind] for kind in (PurchaseOrder, Event)), (
        "again: the same answer, no second effect"
    )
    with pytest.raises(InvalidTransition) as refused:
        arrives(tea, bought, of("TEA", 3))
    assert refused.value.data == {"from": "closed", "to": "received"}
    done = buy(tea, ("TEA", 1))
    arrives(tea, done, of("TEA", 1))
    with pytest.raises(InvalidTransition):
        tea.run(ClosePurchaseOrder(done.order.id, "Too late"))


def test_a_receipt_fills_those_who_wait_by_priority_then_age(tea: Shop):
    first = tea.order({"TEA": 4}, paid=True, on_shortage="backorder")
    second = tea.order({"TEA": 5}, paid=True, on_shortage="backorder")
    vip = tea.order({"TEA": 3}, on_shortage="backorder", priority=9)
    bought = buy(tea, ("TEA", 100))
    arrives(tea, bought, of("TEA", 9, 1))
    assert waiting(tea) == {vip.order.id: 0, first.order.id: 0, second.order.id: 4}
    assert tea.balances("TEA") == (0, 3, 5)
    arrives(tea, bought, of("TEA", 10))
    assert waiting(tea) == {vip.order.id: 0, first.order.id: 0, second.order.id: 0}
    assert tea.balances("TEA") == (6, 3, 9)
    filled = [event.subject for event in tea.rows(Event) if event.type == "order.backorder_filled"]
    assert sorted(filled) == sorted(f"order/{picture.order.id}" for picture in (first, second, second, vip))


def test_what_was_rejected_fills_nobody(tea: Shop):
    order = tea.order({"TEA": 4}, paid=True, on_shortage="backorder")
    bought = buy(tea, ("TEA", 10))
    arrives(tea, bought, of("TEA", 10, 10))
    assert waiting(tea) == {order.order.id: 4}


def waiting(shop: Shop) -> dict[str, int]:
    """What each order still waits for."""
    with shop.engine.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT order_id, backordered FROM order_lines")
        return {str(order_id): backordered for order_id, backordered in rows}


def test_a_receipt_may_be_booked_later_than_it_came(tea: Shop):
    yesterday = clock.now() - clock.DAY
    bought = buy(tea, ("TEA", 10))
    arrives(tea, bought, of("TEA", 10), received_at=yesterday)
    (receipt,) = tea.rows(Receipt)
    (movement,) = tea.movements("TEA")
    assert receipt.received_at == movement.occurred_at == yesterday
    assert receipt.recorded_at == movement.recorded_at > yesterday


def test_numbers_are_given_or_taken_and_name_one_order_each(tea: Shop):
    assert buy(tea, ("TEA", 1), number="4711").order.number == "4711"
    with pytest.raises(AlreadyExists):
        buy(tea, ("TEA", 1), number="4711")
    assert buy(tea, ("TEA", 1)).order.number != buy(tea, ("TEA", 1)).order.number


def test_what_cannot_be_is_refused(tea: Shop):
    with pytest.raises(VariantNotFound):
        buy(tea, ("NOSUCH", 1))
    bought = buy(tea, ("TEA", 10))
    for item, path in [
        (of("CUP", 1), "items.0.sku"),
        (ReceivedItem(1, line=2), "items.0.line"),
        (of("TEA", 1, 2), "items.0.rejected"),
    ]:
        with pytest.raises(ValidationFailed) as refused:
            arrives(tea, bought, item)
        assert refused.value.data["errors"][0]["path"] == path
    with pytest.raises(PurchaseOrderNotFound):
        tea.run(ClosePurchaseOrder("PO-0", "?"))
    elsewhere = Actor("key of another store", None, frozenset({tea.opens("east").id}))
    for command in (
        ReceivePurchaseOrder(bought.order.id, (of("TEA", 1),)),
        ClosePurchaseOrder(bought.order.id, "?"),
        CreatePurchaseOrder("Tea & Co", "main", (PurchaseItem("TEA", 1),)),
        AnnounceDelivery(bought.order.id, (AnnouncedItem("TEA", 1, None, "lines.2"),), "", "main"),
    ):
        with pytest.raises(Forbidden):
            tea.run(command, elsewhere)


# ── Announced by the supplier ───────────────────────────────────────────────────────────────────────────────────────


def announce(shop: Shop, order: str, *rows: tuple[str, int, int | None], **more) -> PurchasePicture:
    items = tuple(AnnouncedItem(*row, f"lines.{number}") for number, row in enumerate(rows, start=2))
    picture: PurchasePicture = shop.run(AnnounceDelivery(order, items, "Tea & Co", "main", **more))
    return picture


def test_a_notice_dates_the_lines_by_what_completes_them(tea: Shop):
    bought = buy(tea, ("TEA", 10), ("CUP", 5), ("TEA", 10))
    told = announce(tea, bought.order.number, ("TEA", 8, 500), ("TEA", 6, 900), ("CUP", 1, None))
    assert [line.expected_at for line in told.lines] == [900, None, 900]
    assert counted(told) == counted(bought)


def test_a_notice_names_every_row_that_is_wrong_and_changes_nothing(tea: Shop):
    bought = buy(tea, ("TEA", 10))
    with pytest.raises(ValidationFailed) as refused:
        announce(tea, bought.order.id, ("TEA", 8, 500), ("TEA", 3, 600), ("CUP", 1, None), ("NOSUCH", 1, None))
    paths = sorted(error["path"] for error in refused.value.data["errors"])
    assert paths == ["lines.3.quantity", "lines.4.sku", "lines.5.sku"]
    assert [line.expected_at for line in tea.rows(PurchaseOrderLine)] == [None]


def test_a_notice_of_an_unknown_order_makes_one(tea: Shop):
    made = announce(tea, "SUP-77", ("TEA", 8, 500), ("CUP", 2, None))
    assert (made.order.number, made.order.status, made.order.supplier) == ("SUP-77", "open", "Tea & Co")
    assert [(line.sku, line.ordered, line.expected_at) for line in made.lines] == [("TEA", 8, 500), ("CUP", 2, None)]
    again = announce(tea, "SUP-77", ("TEA", 8, 700))
    assert again.order.id == made.order.id
    with pytest.raises(PurchaseOrderNotFound):
        announce(tea, "SUP-78", ("TEA", 8, 500), may_create=False)
