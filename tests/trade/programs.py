"""Commands at random, for a shop of three SKUs and two stores that is small enough for things to go wrong often.

A command names the orders and holds that there are by `Nth`: which those are is known only when it is run. `resolved`
puts the names in.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from hypothesis import strategies as st
from tests.trade.keeper import MINUTE, START

from onhand.books import Actor
from onhand.rows import Alert, Hold, Order
from onhand.trade.alerts import AcknowledgeAlert, AssignAlert, LookAtLevels, SnoozeAlert
from onhand.trade.backorders import GiveUpBackorder, GiveUpItem, Reallocate
from onhand.trade.catalog import CreateProduct, CreateStore, VariantSpec
from onhand.trade.fulfilment import DeliverOrder, PickOrder, ShipItem, ShipOrder
from onhand.trade.holds import (
    ConfirmHold,
    ExtendBareHold,
    FulfillHold,
    HoldItem,
    PlaceHold,
    ReleaseHold,
)
from onhand.trade.orders import CancelOrder, ConfirmOrder, ExtendHold
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    ReceivedItem,
    ReceivePurchaseOrder,
)
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.stock import AdjustStock, SetThresholds
from onhand.trade.verbs import Together

MAIN_ID = "00000000-0000-7000-8000-000000000001"
CLERK = Actor("clerk")
KEY_OF_MAIN = Actor("key of main", None, frozenset({MAIN_ID}))


class Nth(NamedTuple):
    """The n-th of the orders or holds that there are, or of those that are ready for the command, counting round."""

    n: int
    by_number: bool = False
    ready: bool = False


READY = {
    ConfirmOrder: ("pending",),
    ExtendHold: ("pending",),
    CancelOrder: ("pending", "confirmed", "processing"),
    PickOrder: ("confirmed",),
    ShipOrder: ("confirmed", "processing", "partially_shipped"),
    DeliverOrder: ("shipped",),
    GiveUpBackorder: ("pending", "confirmed", "processing", "partially_shipped"),
    Reallocate: ("pending", "confirmed", "processing"),
    ReturnItems: ("partially_shipped", "shipped", "delivered", "partially_returned"),
    ConfirmHold: ("held",),
    ExtendBareHold: ("held",),
    ReleaseHold: ("held", "reserved"),
    FulfillHold: ("held", "reserved"),
}

SECOND, THIRD, FOURTH = (cast(Any, Nth(n)) for n in (1, 2, 3))

# Every example begins in the middle of a day: with orders and holds at each stage.
OPENING: list[Any] = [
    CreateStore("east", "East"),
    *[CreateProduct(f"Product {sku}", (VariantSpec(sku, 19_900),)) for sku in "ABC"],
    CreateProduct("Kit", (VariantSpec("KIT", 49_900, components=(("A", 2), ("B", 1))),)),
    *[
        AdjustStock(sku, store, "increment", quantity, "Opening stock")
        for sku, store, quantity in [("A", "main", 18), ("A", "east", 3), ("B", "main", 9), ("C", "east", 14)]
    ],
    PlaceOrder((Item("A", 2), Item("B", 1), Item("A", 1))),
    PlaceOrder((Item("A", 3), Item("C", 2, store="east"), Item("A", 1, store="east")), paid=True),
    PlaceOrder((Item("A", 4), Item("B", 2)), paid=True),
    ShipOrder(THIRD, (ShipItem("A", 1),)),
    PlaceOrder((Item("A", 2), Item("A", 2), Item("B", 3), Item("C", 4, store="east")), paid=True),
    ShipOrder(FOURTH),
    PlaceHold((HoldItem("A", 2), HoldItem("C", 3, "east")), "web-0"),
    PlaceHold((HoldItem("A", 1), HoldItem("B", 2)), "web-1"),
    ConfirmHold(SECOND, (HoldItem("B", 1),)),
    CreatePurchaseOrder(
        "Potter & Son", "main", (PurchaseItem("A", 6), PurchaseItem("B", 9), PurchaseItem("A", 6)), "BUY-1"
    ),
    CreatePurchaseOrder("Leaf Ltd", "east", (PurchaseItem("C", 9), PurchaseItem("A", 9)), "BUY-2"),
]


def resolved(command: Any, orders: Sequence[Order], holds: Sequence[Hold], alerts: Sequence[Alert] = ()) -> Any:
    """The command with names in it."""
    if isinstance(command, Together):
        return command._replace(commands=tuple(resolved(each, orders, holds, alerts) for each in command.commands))
    named = getattr(command, "order", None)
    if isinstance(named, Nth):
        ready = [order for order in orders if order.status in READY[type(command)]]
        return command._replace(order=_name((named.ready and ready) or orders, named))
    named = getattr(command, "hold", None)
    if isinstance(named, Nth):
        fit = [hold for hold in holds if hold.state in READY[type(command)]]
        return command._replace(hold=_name((named.ready and fit) or holds, named))
    named = getattr(command, "alert", None)
    if isinstance(named, Nth):
        standing = [alert for alert in alerts if alert.closed_at is None]
        return command._replace(alert=_name((named.ready and standing) or alerts, named))
    return command


def _name(there: Sequence[Any], nth: Nth) -> str:
    if not there:
        return "none"
    return str(there[nth.n % len(there)][nth.by_number])


def rarely(usual: Any, odd: Any) -> Any:
    return st.integers(0, 31).flatmap(lambda roll: odd if roll == 31 else usual)


def made(of: type, **fields: Any) -> Any:
    """Rows of a type with just these fields; `st.builds` alone would make up the optional ones as well."""

    def make(**values: Any) -> Any:
        return of(**values)

    make.__name__ = make.__qualname__ = of.__name__
    return st.builds(make, **fields)


def tuples_of(item: Any, *, least: int = 0, most: int = 3) -> Any:
    return st.lists(item, min_size=least, max_size=most).map(tuple)


actors = rarely(st.just(CLERK), st.just(KEY_OF_MAIN))
skus = rarely(st.sampled_from(["A", "B", "C", "KIT"]), st.just("NOSUCH"))
stores = rarely(st.sampled_from(["main", "east", MAIN_ID]), st.just("nowhere"))
some_store = st.none() | stores
quantities = st.integers(1, 6)
ready = st.sampled_from([True, True, True, False])
order_names = rarely(made(Nth, n=st.integers(0, 12), by_number=st.booleans(), ready=ready), st.just("999999"))
hold_names = rarely(made(Nth, n=st.integers(0, 12), ready=ready), st.just("no such hold"))
minutes = rarely(st.sampled_from([0.01, 5, 60]), st.just(1_000_000))

placings = made(
    PlaceOrder,
    items=tuples_of(
        made(Item, variant=skus, quantity=quantities, unit_price=st.sampled_from([None, 1, 25_001]), store=some_store),
        least=1,
    ),
    store=some_store,
    currency=rarely(st.just("USD"), st.just("JPY")),
    paid=st.booleans(),
    hold_minutes=st.none() | minutes,
    customer_id=st.none() | st.just("7"),
    on_shortage=st.sampled_from(["reject", "reject", "partial", "backorder", "backorder"]),
    priority=st.integers(0, 1),
    sourcing=st.none() | st.sampled_from(["priority", "most_stock", "nearest"]),
)
extensions = made(ExtendHold, order=order_names, hold_minutes=minutes)
order_steps = st.one_of(
    made(ConfirmOrder, order=order_names),
    made(CancelOrder, order=order_names, reason=st.none() | st.just("Changed my mind")),
    made(PickOrder, order=order_names),
    made(ShipOrder, order=order_names),
    made(
        ShipOrder,
        order=order_names,
        items=tuples_of(made(ShipItem, variant=skus, quantity=quantities, store=some_store), least=1),
    ),
    made(DeliverOrder, order=order_names),
    made(GiveUpBackorder, order=order_names),
    made(
        GiveUpBackorder,
        order=order_names,
        items=tuples_of(made(GiveUpItem, variant=skus, quantity=st.integers(1, 2)), least=1, most=2),
    ),
    made(Reallocate, order=order_names, store=some_store, rule=st.none() | st.just("most_stock")),
)
returned_items = made(
    ReturnItem, variant=skus, quantity=st.integers(1, 2), condition=st.sampled_from(["sellable", "damaged", "lost"])
)
take_backs = made(
    ReturnItems,
    order=order_names,
    items=tuples_of(returned_items, least=1, most=2),
    reason=st.just("Wrong size"),
    store=some_store,
)
hold_items = made(HoldItem, variant=skus, quantity=quantities, store=some_store)
bare_holds = made(
    PlaceHold, items=tuples_of(hold_items, least=1), reference=st.just("web-1"), hold_minutes=st.none() | minutes
)
hold_steps = st.sampled_from([ReleaseHold, ConfirmHold, FulfillHold]).flatmap(
    lambda step: made(step, hold=hold_names, items=tuples_of(hold_items))
)
hold_extensions = made(ExtendBareHold, hold=hold_names, hold_minutes=minutes)
adjustments = made(
    AdjustStock,
    variant=skus,
    store=stores,
    operation=st.sampled_from(["increment", "decrement", "set", "damage", "repair", "write_off"]),
    quantity=quantities,
    reason=st.just("Counted"),
    expected_quantity=st.none() | st.integers(0, 8),
)
thresholds = made(
    SetThresholds,
    variant=skus,
    store=stores,
    low_stock_threshold=st.integers(0, 20),
    safety_stock=st.none() | st.integers(0, 2),
    reorder_point=st.none() | st.integers(0, 20),
    min_stock_level=st.none() | st.integers(0, 20),
)
alert_names = rarely(made(Nth, n=st.integers(0, 12), ready=ready), st.just("no such alert"))
alert_steps = st.one_of(
    made(AcknowledgeAlert, alert=alert_names),
    made(SnoozeAlert, alert=alert_names, until=st.sampled_from([1, START + 60 * MINUTE, START + 900 * MINUTE])),
    made(AssignAlert, alert=alert_names, to=st.sampled_from(["Ana", "Ben"])),
)
looks = made(
    LookAtLevels,
    levels=tuples_of(st.tuples(st.sampled_from("ABC"), st.sampled_from(["main", "east"])), least=1),
    is_old_news=st.booleans(),
)
purchase_numbers = st.sampled_from(["BUY-1", "BUY-2", "BUY-3"])
purchases = made(
    CreatePurchaseOrder,
    supplier=st.just("Potter & Son"),
    store=stores,
    items=tuples_of(made(PurchaseItem, variant=skus, quantity=quantities), least=1),
    number=purchase_numbers,
)
rejected = st.sampled_from([0, 0, 0, 1, 2])
received_items = st.one_of(
    made(ReceivedItem, received=quantities, rejected=rejected, variant=skus, sent_back=st.booleans()),
    made(ReceivedItem, received=quantities, rejected=rejected, line=st.integers(1, 4), sent_back=st.booleans()),
)
deliveries = made(
    ReceivePurchaseOrder,
    purchase_order=purchase_numbers,
    items=tuples_of(received_items, least=1),
    allow_over=st.booleans(),
)
closings = made(ClosePurchaseOrder, purchase_order=purchase_numbers, reason=st.just("Sold out"))
# Not among the commands of a batch: what a batch makes can be named by number only after it.
commands = st.one_of(
    placings,
    order_steps,
    take_backs,
    extensions,
    bare_holds,
    hold_steps,
    hold_extensions,
    adjustments,
    thresholds,
    alert_steps,
    looks,
)
togethers = made(
    Together,
    commands=st.lists(commands, min_size=1, max_size=4).map(tuple),
    atomic=st.booleans(),
    dry_run=st.booleans(),
)
