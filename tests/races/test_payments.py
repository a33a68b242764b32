"""Money from several sides at once: every message has one effect, and no unit is sold twice for it."""

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.races.offices import ROOT
from tests.shop import CLERK, Shop
from tests.stories.paying import money, order_row, says
from tests.trade.invariants import broken

from onhand.books import Actor
from onhand.engine import Engine
from onhand.rows import Order, Payment, PaymentMessage, Refund
from onhand.trade.errors import RefundExceedsCaptured, Refusal
from onhand.trade.payments import PaymentReported
from onhand.trade.refunds import RefundPayment
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.views.verify import verify

ORDERS, SKUS, UNITS = 200, 8, 18


def two_hundred_orders(shop: Shop, chance: random.Random) -> list[dict[str, Any]]:
    """Orders of which half have run out, on stock that does not suffice for all, and what is said about each: paid,
    by some twice, by some wrongly, some failed first. Each message one to five times.
    """
    skus = [f"SKU-{number}" for number in range(SKUS)]
    shop.stocks(dict.fromkeys(skus, UNITS))
    orders: list[Order] = []
    while len(orders) < ORDERS // 2:
        orders.append(shop.order({chance.choice(skus): 1}, hold_minutes=1).order)
    shop.moment.passes(minutes=2)
    shop.expire(*(order.id for order in orders))
    for sku in skus:
        free = shop.balances(sku)[0]
        for _ in range(free - 2):
            if len(orders) < ORDERS:
                orders.append(shop.order({sku: 1}).order)
    while len(orders) < ORDERS:
        orders.append(shop.order({chance.choice(skus): 1}, on_shortage="backorder").order)
    messages = []
    for order in orders:
        said = [("paid", f"P-{order.number}", "10.00")]
        if chance.random() < 0.2:
            said.append(("paid", f"Q-{order.number}", "10.00"))
        if chance.random() < 0.2:
            said.append(("paid", f"R-{order.number}", "9.00"))
        if chance.random() < 0.3:
            said.append((chance.choice(["failed", "pending"]), f"P-{order.number}", "10.00"))
        for kind, payment_id, amount in said:
            message = {
                "provider": "payhere",
                "event_id": f"{payment_id}/{kind}",
                "kind": kind,
                "payment_id": payment_id,
                "order": chance.choice([order.id, order.number]),
                "amount": amount,
                "currency": "USD",
            }
            messages += [message] * chance.randint(1, 5)
    chance.shuffle(messages)
    return messages


def test_a_shuffled_heap_of_messages_by_four_processes(shop: Shop, tmp_path: Path):
    """On SQLite one process may write: there it is one process with as many threads."""
    messages = two_hundred_orders(shop, random.Random(20261121))
    if shop.engine.database.is_shared:
        outcomes = deliver_by_processes(shop, messages, tmp_path, 4)
    else:
        outcomes = deliver_by_threads(shop.engine, messages, 32)
    assert len(outcomes) == len(messages)
    assert set(outcomes) >= {"confirmed", "payment_review", "refund_due", "repeated", "released"}
    distinct = {message["event_id"] for message in messages}
    assert len(shop.rows(PaymentMessage)) == len(distinct)
    assert outcomes.count("repeated") >= len(messages) - len(distinct)
    assert_every_cent_is_somewhere(shop, messages)
    assert broken(shop.books()) == []
    found = verify(shop.engine.database)
    assert found.clean, found.broken[:10]
    assert min(found.checked[invariant] for invariant in ("9", "10", "15", "money")) > 0


def assert_every_cent_is_somewhere(shop: Shop, messages: list[dict[str, Any]]) -> None:
    """All that was said to be paid, once = of confirmed orders + due to go back + in review; and a confirmed order is
    paid exactly once.
    """
    orders = {order.id: order for order in shop.rows(Order)}
    captured = [payment for payment in shop.rows(Payment) if payment.state == "captured"]
    said = {message["payment_id"]: Decimal(message["amount"]) for message in messages if message["kind"] == "paid"}
    assert {payment.payment_id: Decimal(payment.amount) / 100 for payment in captured} == said
    standing: Counter[str] = Counter()
    for payment in captured:
        standing[str(payment.standing)] += payment.amount
        if payment.standing == "order":
            assert orders[payment.order_id].status == "confirmed"
        if payment.standing == "review":
            assert orders[payment.order_id].status == "payment_review"
    assert set(standing) == {"order", "review", "refund"}
    confirmed = [order for order in orders.values() if order.status == "confirmed"]
    assert standing["order"] == sum(order.total for order in confirmed)


def deliver_by_processes(shop: Shop, messages: list[Any], folder: Path, count: int) -> list[str]:
    module = [sys.executable, "-m", "tests.races.cashiers"]
    cashiers = []
    for number in range(count):
        part = folder / f"messages-{number}"
        part.write_text(json.dumps(messages[number::count]))
        cashiers.append(
            subprocess.Popen(
                [*module, shop.engine.database.url, str(part)], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
        )
    outcomes: list[str] = []
    for cashier in cashiers:
        said, _ = cashier.communicate(timeout=120)
        assert cashier.returncode == 0
        outcomes += json.loads(said.splitlines()[-1])
    return outcomes


def deliver_by_threads(engine: Engine, messages: list[Any], count: int) -> list[str]:
    def deliver(message: dict[str, Any]) -> str:
        command = PaymentReported(**{**message, "amount": Decimal(message["amount"])})
        return str(engine.run(command, Actor("payhere")).outcome)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(deliver, messages))


@pytest.fixture
def second(shop: Shop):
    """Another engine on the same database where it may be shared; else the same one."""
    if not shop.engine.database.is_shared:
        yield shop.engine
        return
    engine = Engine(shop.engine.database)
    engine.start()
    yield engine
    engine.close()


def at_once(*deeds: Any) -> list[Any]:
    """What each comes to when all begin at the same moment; refusals are answers too."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Any) -> Any:
        gate.wait()
        try:
            return deed()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


@pytest.mark.parametrize("round_", range(10))
def test_one_payment_named_for_two_orders(shop, second, round_):
    """The payment's id is unique: whoever comes second sees whose it is."""
    shop.stocks({"MUG": 5})
    orders = [shop.order({"MUG": 2}).order.id for _ in range(2)]
    messages = [
        PaymentReported("payhere", f"m-{order}", "paid", "P-1", order, Decimal("20.00"), "USD") for order in orders
    ]
    came_to = at_once(
        lambda: shop.engine.run(messages[0], CLERK).outcome, lambda: second.run(messages[1], CLERK).outcome
    )
    assert sorted(came_to) == ["confirmed", "ignored"]
    assert len(shop.rows(Payment)) == 1


@pytest.mark.parametrize("known", [True, False])
def test_the_same_message_from_two_processes_at_once(shop, second, known):
    shop.stocks({"MUG": 5})
    reference = shop.order({"MUG": 2}).order.id if known else "no-such-order"
    message = PaymentReported("payhere", "m-1", "paid", "P-1", reference, Decimal("20.00"), "USD")
    came_to = at_once(
        *[lambda: shop.engine.run(message, CLERK).outcome, lambda: second.run(message, CLERK).outcome] * 4
    )
    assert Counter(came_to) == Counter({"confirmed" if known else "unknown_order": 1, "repeated": 7})
    assert len(shop.rows(PaymentMessage)) == 1


def test_the_last_units_and_two_late_payments(shop, second):
    """Both holds have run out, and there is enough for one of them."""
    shop.stocks({"MUG": 2})
    first = shop.order({"MUG": 2}, hold_minutes=1)
    shop.moment.passes(minutes=2)
    other = shop.order({"MUG": 2}, hold_minutes=1)
    shop.moment.passes(minutes=2)
    shop.expire(first, other)
    messages = [
        PaymentReported(
            "payhere", f"m-{each.order.id}", "paid", f"P-{each.order.number}", each.order.id, Decimal(20), "USD"
        )
        for each in (first, other)
    ]
    came_to = at_once(
        lambda: shop.engine.run(messages[0], CLERK).outcome, lambda: second.run(messages[1], CLERK).outcome
    )
    assert sorted(came_to) == ["confirmed", "payment_review"]
    assert shop.balances("MUG") == (0, 0, 2)


@pytest.mark.parametrize("round_", range(5))
def test_return_against_refund(shop, second, round_):
    """Goods come back while money goes back, from two sides: neither does the other's work, nor more than there is."""
    shop.stocks({"MUG": 6})
    order = shop.order({"MUG": 3})
    says(shop, "paid", order, amount="30.00")
    shop.ship(order)
    back = ReturnItems(order.order.id, (ReturnItem("MUG", 1),), "Wrong size")
    refund = RefundPayment("P-1", Decimal("10.00"), "Wrong size")
    deeds = [
        lambda: shop.engine.run(back, CLERK),
        lambda: second.run(refund, CLERK),
        lambda: second.run(back, CLERK),
        lambda: shop.engine.run(refund, CLERK),
    ]
    came_to = at_once(*deeds, *deeds)
    refusals = Counter(type(each).__name__ for each in came_to if isinstance(each, Refusal))
    assert refusals == Counter({"ReturnExceedsShipped": 1, RefundExceedsCaptured.__name__: 1})
    assert (shop.balances("MUG"), shop.status(order)) == ((6, 0, 0), "returned")
    assert (len(shop.rows(Refund)), money(shop)["P-1"]) == (3, "refunded")
    assert order_row(shop, order).payment_status == "refunded"
    assert verify(shop.engine.database).clean
