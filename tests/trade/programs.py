"""Commands at random, for a shop of three SKUs and two stores that is small enough for things to go wrong often.

A command names the orders and holds that there are by `Nth`: which those are is known only when it is run. `resolved`
puts the names in.
"""

from typing import Any, cast

from hypothesis import strategies as st
from tests.trade.drawing import (
    hold_names,
    made,
    minutes,
    nth,
    order_names,
    quantities,
    rarely,
    returned_items,
    skus,
    some_store,
    stores,
    tuples_of,
)
from tests.trade.floor_programs import (
    announced_returns,
    count_openings,
    packings,
    parcel_shipments,
    picks,
    transfer_drafts,
    transfer_steps,
    wave_steps,
)
from tests.trade.keeper import START
from tests.trade.money_programs import money_steps
from tests.trade.naming import Nth, Off

from onhand.trade.alerts import AcknowledgeAlert, AssignAlert, LookAtLevels, SnoozeAlert
from onhand.trade.backorders import GiveUpBackorder, GiveUpItem
from onhand.trade.catalog import ChangeProduct, ChangeStore, CreateProduct, CreateStore, VariantSpec
from onhand.trade.counts import Counted, CreateCount, SaveCounted
from onhand.trade.durations import MINUTE
from onhand.trade.fulfilment import DeliverOrder, PickOrder, ShipItem, ShipOrder
from onhand.trade.holds import (
    ConfirmHold,
    ExtendBareHold,
    FulfillHold,
    HoldItem,
    PlaceHold,
    ReleaseHold,
)
from onhand.trade.notices import AnnounceDelivery, AnnouncedItem
from onhand.trade.orders import CancelOrder, ConfirmOrder, ExtendHold
from onhand.trade.packing import PackItem, PackParcel
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.reallocation import Reallocate
from onhand.trade.receiving import (
    ClosePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseItem,
    ReceivedItem,
    ReceivePurchaseOrder,
)
from onhand.trade.returns import (
    RequestedItem,
    RequestReturn,
    ReturnItems,
)
from onhand.trade.stock import AdjustStock, SetThresholds
from onhand.trade.transfers import (
    CreateTransfer,
    SendTransfer,
    TransferItem,
)
from onhand.trade.variances import SubmitCount
from onhand.trade.verbs import Together

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
    *[AdjustStock(sku, "main", "increment", 5, "Opening stock") for sku in "AB"],
    PlaceOrder((Item("KIT", 1), Item("C", 3)), paid=True),
    CreateTransfer("main", "east", (TransferItem("A", 2), TransferItem("B", 1)), "MOVE-1"),
    SendTransfer("MOVE-1"),
    CreateTransfer("east", "main", (TransferItem("C", 2),), "MOVE-2"),
    CreateCount("main", ("A", "B"), approval_units=2, number="COUNT-1"),
    CreateCount("east", ("A", "C"), blind=False, number="COUNT-2"),
    SaveCounted("COUNT-1", (Counted("A", cast(Any, Off(3))),)),
    SubmitCount("COUNT-1", skip_uncounted=True),
    PackParcel(THIRD, (PackItem("A", 1),)),
    SaveCounted("COUNT-2", (Counted("A", cast(Any, Off(1))), Counted("C", cast(Any, Off(0))))),
    RequestReturn(FOURTH, (RequestedItem("A", 2),), "Too small"),
]


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
alert_steps = st.one_of(
    made(AcknowledgeAlert, alert=nth(numbered=False)),
    made(SnoozeAlert, alert=nth(numbered=False), until=st.sampled_from([1, START + 60 * MINUTE, START + 900 * MINUTE])),
    made(AssignAlert, alert=nth(numbered=False), to=st.sampled_from(["Ana", "Ben"])),
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
notices = made(
    AnnounceDelivery,
    purchase_order=purchase_numbers,
    items=tuples_of(
        made(
            AnnouncedItem,
            variant=skus,
            quantity=st.integers(1, 3),
            expected_at=st.just(1_770_000_000_000_000),
            path=st.just("1"),
        ),
        least=1,
    ),
    supplier=st.just("Leaf Ltd"),
    store=stores,
    may_create=st.booleans(),
)


settings = st.one_of(
    made(ChangeStore, store=stores, priority=st.integers(0, 2)),
    made(ChangeProduct, product=skus, name=st.just("Product"), price=st.sampled_from([None, 19_900, 25_000])),
)

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
    picks,
    packings,
    parcel_shipments,
    wave_steps,
    announced_returns,
    transfer_drafts,
    transfer_steps,
    count_openings,
    alert_steps,
    looks,
    money_steps,
)
togethers = made(
    Together,
    commands=st.lists(commands, min_size=1, max_size=4).map(tuple),
    atomic=st.booleans(),
    dry_run=st.booleans(),
)
