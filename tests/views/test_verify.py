"""A day in a shop verifies clean; and whatever row of it is tampered with, the invariant that it breaks is named."""

from collections.abc import Callable

import pytest
from tests.feeds import read_all
from tests.shop import CLERK, Shop
from tests.stories.paying import refunds, says
from tests.views.conftest import Day

from onhand.db.database import Database
from onhand.engine import Idempotency
from onhand.trade import catalog, fulfilment, orders, placing
from onhand.trade.packing import PackItem, PackParcel
from onhand.trade.picking import RecordPick, Short
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import CancelReturn, RequestedItem, RequestReturn
from onhand.trade.transfers import Arrival
from onhand.trade.webhooks import Attempt, CreateWebhook, RecordAttempts
from onhand.views.verify import INVARIANTS, Verification, rows_to_read, verify


@pytest.fixture
def a_day(live: Callable[[Day], Shop]) -> Shop:
    return live(day_of_everything)


def day_of_everything(shop: Shop) -> None:
    """Every kind of order and hold, each left in another state. Order numbers are told by their references."""
    shop.stocks({"MUG": 100, "PLATE": 100, "BOWL": 100})
    shop.stocks({"MUG": 20}, store="annex")
    expired = shop.order({"BOWL": 4}, reference="expired", hold_minutes=1)
    bare = shop.hold({"BOWL": 3}, "bare-expired", minutes=1)
    shop.moment.passes(minutes=2)
    assert shop.expire(expired) == 1
    with pytest.raises(Exception, match="expired"):
        shop.confirm_hold(bare)
    shop.order([("MUG", 5), ("PLATE", 2), ("MUG", 1, "annex")], reference="pending")
    shop.cancel(shop.order({"MUG": 7}, reference="cancelled"))
    shop.cancel(shop.order({"MUG": 7}, paid=True, reference="cancelled-paid"))
    shop.confirm(shop.order({"PLATE": 6, "MUG": 2}, reference="confirmed"))
    parts = shop.order({"PLATE": 9}, paid=True, reference="partly-shipped")
    shop.ship(parts, {"PLATE": 4})
    back = shop.order({"MUG": 6, "BOWL": 2}, reference="returned-in-part")
    shop.confirm(back)
    shop.ship(back)
    shop.take_back(back, {"MUG": 2})
    shop.take_back(back, {"MUG": 1, "BOWL": 1}, condition="damaged")
    shop.take_back(back, {"MUG": 1}, condition="lost")
    held = shop.hold({"PLATE": 5}, "bare-reserved")
    shop.confirm_hold(held, {"PLATE": 3})
    for operation in ("damage", "repair", "damage", "write_off", "decrement"):
        shop.adjusts("BOWL", operation, 2)
    shop.sells("JUG")
    bought = shop.run(CreatePurchaseOrder("Potter & Son", "main", (PurchaseItem("JUG", 6),)))
    shop.run(ReceivePurchaseOrder(bought.order.id, (ReceivedItem(5, 1, "JUG"),)))
    move_and_count(shop)
    shop.sells("TRAY")
    shop.order({"TRAY": 2}, paid=True, on_shortage="backorder", reference="waiting")
    pick_and_pack(shop)
    _place_by_key(shop)
    paid = shop.order({"LID": 1}, reference="paid")
    says(shop, "paid", paid, amount="10.00")
    refunds(shop, "P-1", "4.00")
    tell_of_confirmations(shop)


def tell_of_confirmations(shop: Shop) -> None:
    """Everything has its place in the feed, and a webhook was told of each order that was confirmed."""
    hook = shop.run(CreateWebhook("https://shop.example/told", "whsec_c2VjcmV0", 0, ("order.confirmed",)))
    feed, now = read_all(shop), shop.moment.now()
    told = [
        Attempt(event.position, event.id, event.subject, event.type, "delivered", now, now)
        for event in feed
        if event.type == "order.confirmed"
    ]
    assert len(told) > 2
    shop.run(RecordAttempts(hook.id, 0, feed[-1].position, tuple(told)))


def pick_and_pack(shop: Shop) -> None:
    """An order of which something was short, substituted, packed, shipped in parts, and is expected back."""
    shop.stocks({"POT": 9, "PAN": 9, "LID": 20})
    spec = catalog.VariantSpec("POT-SET", 30_0000, components=(("POT", 1), ("LID", 2)))
    shop.run(catalog.CreateProduct("Pot with lids", (spec,)))
    order = shop.order({"POT": 4, "POT-SET": 2}, paid=True, store="main", reference="packed").order.id
    shop.run(RecordPick(order, 1, "main", 2, Short(1, "missing", "backorder")))
    shop.run(RecordPick(order, 1, "main", 1, substitute="PAN"))
    shop.run(RecordPick(order, 2, "main", 2))
    for items in ({"POT": 1, "POT-SET": 1}, {"POT-SET": 1}):
        shop.run(PackParcel(order, tuple(PackItem(*item) for item in items.items())))
    shop.run(fulfilment.ShipOrder(order, parcels=(1,)))
    shop.run(RequestReturn(order, (RequestedItem("POT-SET", 1),), "Too heavy"))
    requested = shop.run(RequestReturn(order, (RequestedItem("POT", 1),), "Too heavy"))
    shop.run(CancelReturn(requested.return_.id))
    given_up = shop.order({"LID": 2}, paid=True).order.id
    shop.run(RecordPick(given_up, 1, "main", 0, Short(2, "damaged", "release")))


def move_and_count(shop: Shop) -> None:
    """The annex gets plates, one of them broken and one lost; then what is there and in the main store is counted."""
    van = shop.transfer({"PLATE": 8}, "main", "annex", number="VAN-1")
    shop.send(van)
    shop.arrive(van, Arrival("PLATE", received=4, damaged=1, lost=1, reason="Dropped"))
    shop.recall(shop.send(shop.transfer({"PLATE": 2}, "main", "annex", number="VAN-2")))
    shop.transfer({"PLATE": 1}, "main", "annex", number="VAN-3")
    count = shop.begin_count("PLATE", "MUG", store="annex", number="COUNT-1")
    shop.write_down(count, {"PLATE": 4, "MUG": 19}, by="Ana")
    shop.write_down(count, {"MUG": 19}, by="Ben", second=True)
    shop.adjusts("MUG", "decrement", 3, "annex")
    shop.submit(count)
    open_count = shop.begin_count("BOWL", number="COUNT-2")
    shop.write_down(open_count, {"BOWL": 1})


def _place_by_key(shop: Shop) -> None:
    def render(picture: orders.OrderPicture) -> tuple[int, str]:
        order = picture.order
        said = '{"success":true,"order_id":"%s","number":"%s","currency":"%s","stock_reserved":true}'
        return 201, said % (order.id, order.number, order.currency)

    command = placing.PlaceOrder((placing.Item("MUG", 1),), reference="by-key")
    shop.engine.run(command, CLERK, Idempotency("shop", "key-1", "fingerprint", render))


def test_a_day_is_clean_and_every_invariant_was_checked_on_some_of_it(a_day: Shop, database: Database):
    told: list[int] = []
    found = verify(database, told.append)
    assert found.broken == []
    assert found.clean
    assert list(found.checked) == list(INVARIANTS)
    assert all(found.checked.values()), found.checked
    assert found.rows == sum(told) >= rows_to_read(database) - found.checked["order_number"]


def test_an_empty_database_is_clean(database: Database):
    assert verify(database).clean


MUG = (
    "variant_id = (SELECT id FROM variants WHERE sku = 'MUG') "
    "AND store_id = (SELECT id FROM stores WHERE code = 'main')"
)


def of(reference: str, column: str = "order_id") -> str:
    return f"{column} = (SELECT id FROM orders WHERE reference = '{reference}')"


def event_of(reference: str) -> str:
    return f"subject = (SELECT 'order/' || CAST(id AS TEXT) FROM orders WHERE reference = '{reference}')"


# invariant, what of it is broken, the statement that breaks it
FAULTS = [
    ("2", "a level says more than its movements", f"UPDATE levels SET available = available + 1 WHERE {MUG}"),
    ("2", "a level says it had more movements", f"UPDATE levels SET version = version + 1 WHERE {MUG}"),
    ("2", "movements of no level", f"DELETE FROM levels WHERE {MUG}"),
    ("3", "a balance was changed", f"UPDATE movements SET available = available + 1 WHERE version = 3 AND {MUG}"),
    ("3", "a quantity was changed", f"UPDATE movements SET quantity = quantity + 1 WHERE version = 2 AND {MUG}"),
    ("3", "a movement is gone", f"DELETE FROM movements WHERE version = 2 AND {MUG}"),
    ("3", "a movement of a rare kind is gone", "DELETE FROM movements WHERE kind = 'return_damaged'"),
    ("3", "there is no such kind", f"UPDATE movements SET kind = 'conjured' WHERE version = 1 AND {MUG}"),
    ("4", "a claim on more than is held", "UPDATE reservations SET quantity = quantity + 1 WHERE state = 'held'"),
    ("4", "a claim that is gone", f"DELETE FROM reservations WHERE {of('confirmed', 'claim_id')}"),
    ("5", "opened by nothing", "UPDATE reservations SET opened_by = 999 WHERE state = 'fulfilled'"),
    ("5", "opened for another", f"UPDATE reservations SET opened_by = 1 WHERE {of('pending', 'claim_id')}"),
    ("5", "confirmed by nothing", f"UPDATE reservations SET confirmed_by = NULL WHERE {of('confirmed', 'claim_id')}"),
    ("5", "resolved in another way", "UPDATE reservations SET state = 'expired' WHERE state = 'released'"),
    ("5", "resolved by what opened it", "UPDATE reservations SET resolved_by = opened_by WHERE state = 'released'"),
    ("5", "a movement that nobody names", f"DELETE FROM reservations WHERE {of('cancelled', 'claim_id')}"),
    ("5", "of no order", f"DELETE FROM orders WHERE {of('pending', 'id')}"),
    (
        "6",
        "an order expired too early",
        "UPDATE orders SET hold_expires_at = hold_expires_at + 600000000 WHERE cancel_reason = 'expired'",
    ),
    ("6", "a bare hold expired too early", "UPDATE holds SET expires_at = expires_at + 600000000"),
    ("7", "ended with a hold", f"UPDATE orders SET status = 'cancelled' WHERE {of('pending', 'id')}"),
    ("7", "ended with a reservation", f"UPDATE orders SET status = 'returned' WHERE {of('partly-shipped', 'id')}"),
    ("8", "more ordered than accounted for", "UPDATE order_lines SET quantity = quantity + 1"),
    ("8", "more shipped than left", f"UPDATE order_lines SET shipped = shipped + 1 WHERE {of('partly-shipped')}"),
    ("8", "more returned", f"UPDATE order_lines SET returned = returned + 1 WHERE {of('returned-in-part')}"),
    ("8", "a line is gone", f"DELETE FROM order_lines WHERE {of('pending')} AND line = 2"),
    ("9", "told twice", f"UPDATE events SET type = 'order.confirmed' WHERE {event_of('confirmed')}"),
    ("9", "a shipment is gone", f"DELETE FROM shipments WHERE {of('partly-shipped')}"),
    ("9", "a shipment was told twice", f"UPDATE shipments SET shipment = 2 WHERE {of('partly-shipped')}"),
    ("9", "a return moved more", "UPDATE return_lines SET quantity = quantity + 1 WHERE condition = 'damaged'"),
    ("9", "a return without its movement", "UPDATE return_lines SET movement = NULL WHERE condition = 'sellable'"),
    ("9", "two returns by one movement", "UPDATE return_lines SET movement = (SELECT min(movement) FROM return_lines)"),
    ("11", "a state without a step", f"UPDATE orders SET status = 'shipped' WHERE {of('pending', 'id')}"),
    ("11", "a hold's state without a step", "UPDATE holds SET state = 'fulfilled' WHERE reference = 'bare-reserved'"),
    (
        "11",
        "a step that does not exist",
        f'UPDATE events SET data = replace(data, \'"to":"confirmed"\', \'"to":"delivered"\') '
        f"WHERE {event_of('confirmed')}",
    ),
    ("12", "an event is gone", f"DELETE FROM events WHERE seq = 1 AND {event_of('confirmed')}"),
    ("12", "the last event is gone", f"DELETE FROM events WHERE seq = 2 AND {event_of('confirmed')}"),
    ("12", "a step that was not told", f"UPDATE orders SET delivered_at = 1 WHERE {of('confirmed', 'id')}"),
    ("12", "an event of no order", f"UPDATE events SET subject = 'order/none' WHERE {event_of('confirmed')}"),
    ("12", "an event of something else", f"UPDATE events SET subject = 'tide/1', seq = 2 WHERE {event_of('by-key')}"),
    ("13", "an event was not told", f"DELETE FROM deliveries WHERE {event_of('confirmed')}"),
    ("13", "another event was told", "UPDATE deliveries SET event_id = 'none'"),
    ("13", "said to be told, and never tried", "UPDATE deliveries SET attempts = 0"),
    ("14", "an answer of another order", "UPDATE stored_answers SET body = replace(body, 'USD', 'EUR')"),
    ("14", "an answer about no order", f"DELETE FROM orders WHERE {of('by-key', 'id')}"),
    ("14", "an answer to no request", "UPDATE stored_answers SET fingerprint = ''"),
    ("14", "an answer that nobody can read", "UPDATE stored_answers SET body = '{'"),
    (
        "14",
        "an order that was placed twice",
        "INSERT INTO stored_answers SELECT scope, 'key-2', fingerprint, status, body, created_at FROM stored_answers",
    ),
    ("17", "goods from nowhere", f"UPDATE movements SET available = available + 5 WHERE version = 4 AND {MUG}"),
    ("17", "a hold that took goods", f"UPDATE movements SET kind = 'hold' WHERE version = 1 AND {MUG}"),
    ("21", "nobody did it", f"UPDATE movements SET actor = '' WHERE version = 2 AND {MUG}"),
    ("21", "for no reason", f"UPDATE movements SET reason = '' WHERE version = 2 AND {MUG}"),
    ("21", "for no cause", f"UPDATE movements SET cause = '' WHERE version = 2 AND {MUG}"),
    ("8", "less of a kit left", f"UPDATE order_lines SET shipped = 0 WHERE {of('packed')} AND line = 2"),
    ("9", "a return that nobody received", "UPDATE returns SET status = 'received' WHERE status = 'requested'"),
    ("9", "a return whose goods are back", "UPDATE returns SET status = 'cancelled' WHERE status = 'received'"),
    ("18", "left for nobody", "UPDATE reservations SET state = 'reserved', resolved_by = NULL WHERE shipment = 1"),
    ("18", "left otherwise", f"UPDATE movements SET cause_id = 'tide' WHERE kind = 'ship' AND {of('packed')}"),
    ("18", "more left than was reserved", f"UPDATE reservations SET quantity = 9 WHERE {of('packed', 'claim_id')}"),
    ("18", "nothing left", f"UPDATE movements SET kind = 'lost' WHERE kind = 'ship' AND {of('packed')}"),
    ("fulfilment", "more picked than claimed", "UPDATE reservations SET picked = quantity + 1 WHERE picked > 0"),
    ("fulfilment", "a pick of no line", f"UPDATE picks SET line = 99 WHERE {of('packed')} AND pick = 1"),
    ("fulfilment", "more packed than is there", "UPDATE parcel_items SET quantity = 9 WHERE parcel = 2"),
    (
        "fulfilment",
        "a parcel with more than left",
        "UPDATE parcel_items SET quantity = 2 WHERE parcel = 1 AND line = 2",
    ),
    ("fulfilment", "a parcel of no line", f"DELETE FROM order_lines WHERE {of('packed')} AND line = 2"),
    ("fulfilment", "more expected back than left", "UPDATE requested_returns SET quantity = quantity + 5"),
    ("feed", "a batch is gone", "DELETE FROM batches WHERE position > 9"),
    ("feed", "a batch told more", "UPDATE batches SET movements = movements + 1 WHERE position = 1"),
    ("feed", "a place was skipped", "UPDATE batches SET position = position + 1000 WHERE position > 9"),
    ("feed", "what was told has no place", "UPDATE batches SET position = 0 WHERE events > 0"),
    ("feed", "an event of another time", "UPDATE events SET occurred_at = occurred_at + 1 WHERE type = 'order.placed'"),
    ("feed", "the counter is behind", "UPDATE counters SET value = value - 1 WHERE name = 'feed'"),
    ("alerts", "a level that forgot what stands", "UPDATE levels SET alerts = 0 WHERE alerts > 0"),
    ("alerts", "said to stand, and nobody was told", f"UPDATE levels SET alerts = 2 WHERE {MUG}"),
    ("alerts", "low, and nothing stands", f"UPDATE levels SET low_stock_threshold = 1000 WHERE {MUG}"),
    ("alerts", "all is well, and it stands", "UPDATE levels SET low_stock_threshold = 0"),
    ("alerts", "out of stock, with stock", "UPDATE alerts SET kind = 'out_of_stock' WHERE closed_at IS NULL"),
    ("alerts", "closed, and still standing", "UPDATE alerts SET status = 'closed' WHERE closed_at IS NULL"),
    ("alerts", "of no level", "UPDATE alerts SET subject = replace(subject, '/', '/x')"),
    ("11", "an alert acknowledged by nobody", "UPDATE alerts SET status = 'acknowledged' WHERE closed_at IS NULL"),
    ("12", "an alert that is gone", "DELETE FROM alerts"),
    ("order_number", "one number twice", "UPDATE orders SET number = '1'"),
]


@pytest.mark.parametrize(
    ("invariant", "what", "statement"), FAULTS, ids=[f"{fault[0]}: {fault[1]}" for fault in FAULTS]
)
def test_a_planted_fault_is_found(a_day: Shop, database: Database, invariant: str, what: str, statement: str):
    found = tampered(database, statement)
    assert not found.clean
    assert invariant in {broken.invariant for broken in found.broken}, found.broken
    assert all(broken.subject and broken.detail for broken in found.broken)


def tampered(database: Database, *statements: str) -> Verification:
    writer = database.writer()
    for statement in statements:
        writer.run(statement)
    writer.close()
    return verify(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bucket_below_zero_is_found(a_day: Shop, database: Database):
    """The table's own CHECK forbids it. Of the two databases only SQLite lets anybody switch that off."""
    found = tampered(database, "PRAGMA ignore_check_constraints = 1", f"UPDATE levels SET available = -1 WHERE {MUG}")
    assert {"1", "2"} <= {broken.invariant for broken in found.broken}


def test_what_is_broken_is_named(a_day: Shop, database: Database):
    found = tampered(database, f"UPDATE movements SET reason = '' WHERE version = 2 AND {MUG}")
    assert found.broken == [("21", "movement main/MUG #2", "it has no reason")]


def test_of_very_many_faults_some_are_named_and_the_rest_counted(a_day: Shop, database: Database):
    a_day.stocks({f"SKU-{number}": 1 for number in range(120)})
    found = tampered(database, "UPDATE movements SET reason = '' WHERE quantity = 1")
    assert len(found.broken) == 101
    assert found.broken[-1].subject == "more"
