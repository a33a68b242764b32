"""Every screen by name, and a shop in which each of them has something to show: for axe, and for the pictures."""

from decimal import Decimal

from sqlalchemy import select
from tests.feeds import read_all
from tests.shop import Shop

from onhand import clock
from onhand.api.secrets import hash_of
from onhand.books import Actor
from onhand.cli.demo import open_demo_shop
from onhand.db.schema import orders as orders_table
from onhand.trade.counts import Counted, CreateCount, SaveCounted
from onhand.trade.keys import CreateKey
from onhand.trade.packing import PackItem, PackParcel
from onhand.trade.payments import RecordPayment
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import RequestedItem, RequestReturn
from onhand.trade.stock import SetThresholds
from onhand.trade.subscriptions import Subscribe
from onhand.trade.transfers import Arrival, CreateTransfer, ReceiveTransfer, SendTransfer, TransferItem
from onhand.trade.variances import SubmitCount
from onhand.trade.waves import CreateWave
from onhand.trade.webhooks import Attempt, CreateWebhook, RecordAttempts

# Orders that the demo places this morning.
MORNING = 11
PATHS = {
    "today": "/console/",
    "to-pick": "/console/today/to-pick",
    "late": "/console/today/late",
    "undecided": "/console/today/undecided",
    "alerts": "/console/alerts",
    "alerts-mail": "/console/alerts/mail",
    "alerts-closed": "/console/alerts?status=closed",
    "stock": "/console/stock",
    "stock-nothing-found": "/console/stock?q=nothing-like-it",
    "adjust": "/console/stock/LANTERN/main/adjust",
    "refused": "/console/stock/NONE/main/adjust",
    "product": "/console/products/MUG-ENAMEL-BLU",
    "level": "/console/stock/LANTERN/main",
    "ledger": "/console/ledger",
    "as-of": "/console/ledger/as-of?sku=LANTERN&at=2099-01-01T12:00",
    "verify": "/console/ledger/verify",
    "reports": "/console/reports",
    "find": "/console/find?q=mug",
    "keys": "/console/keys",
    "webhooks": "/console/webhooks",
    "webhook": "/console/webhooks/{webhook}",
    "policies": "/console/policies",
    "worker": "/console/duties",
    "stores": "/console/stores",
    "store": "/console/stores/main",
    "new-store": "/console/stores/new",
    "upload-products": "/console/upload/products",
    "upload-stock": "/console/upload/stock",
    # ── Orders and the warehouse
    "orders": "/console/orders",
    "orders-nothing-fits": "/console/orders?q=nothing-like-it",
    "order-new": "/console/orders/new",
    "order-held": "/console/orders/{order2}",
    "order-to-review": "/console/orders/{order3}",
    "order-partly-shipped": "/console/orders/{order7}",
    "order-returned": "/console/orders/{order10}",
    "picking": "/console/picking?store=station",
    "pick": "/console/picking/{order6}/old-town",
    "pick-paper": "/console/picking/{order6}/old-town/print",
    "pick-wave": "/console/picking/waves/{wave}",
    "pack": "/console/packing/{order5}",
    "label": "/console/packing/{order5}/parcels/1",
    "receiving": "/console/receiving",
    "receiving-new": "/console/receiving/new",
    "purchase-order": "/console/receiving/PO-88",
    "transfers": "/console/transfers",
    "transfer-new": "/console/transfers/new",
    "transfer": "/console/transfers/T-41",
    "returns": "/console/returns",
    "return-new": "/console/returns/new?order={order9}",
    "return": "/console/returns/{return}",
    "counts": "/console/counts",
    "count-new": "/console/counts/new",
    "count-sheet": "/console/counts/C-31",
    "count-submit": "/console/counts/C-31/submit",
    "count-to-approve": "/console/counts/C-30",
}


def a_day_at_the_shop(shop: Shop, *, with_past: bool = False) -> dict[str, str]:
    """Documents of every kind, in the middle of their lives. Answers the path of every screen."""
    open_demo_shop(shop.engine, with_past=with_past)
    orders = _orders_of_the_morning(shop)
    run = shop.run
    run(SetThresholds("MUG-ENAMEL-BLU", "station", bin="A-02"))
    run(SetThresholds("GLOVES-GDN-M", "old-town", bin="B-11"))
    run(PackParcel(orders[5], (PackItem("CANDLE-BEE", 2),), 640, "Ines"))
    wave = run(CreateWave("station", (orders[1], orders[5])))
    items = (PurchaseItem("LANTERN", 40), PurchaseItem("GRINDER", 12))
    run(CreatePurchaseOrder("Runwell Ltd", "main", items, "PO-88", note="Pallet at gate 2"))
    run(ReceivePurchaseOrder("PO-88", (ReceivedItem(10, 1, "LANTERN", reason="Glass is broken"),)))
    run(CreateTransfer("main", "old-town", (TransferItem("JAR-KILN", 60), TransferItem("SEED-TOM", 24)), "T-41"))
    run(SendTransfer("T-41"))
    run(ReceiveTransfer("T-41", (Arrival("JAR-KILN", 40, 2, 0, "Crushed box"),)))
    announced = run(RequestReturn(orders[8], (RequestedItem("PAN-IRON-24", 1),), "Too heavy"))
    run(CreateCount("old-town", ("LANTERN", "CANDLE-BEE", "SEED-TOM"), True, 2, None, "C-31"))
    run(SaveCounted("C-31", (Counted("LANTERN", 0),)))
    run(CreateCount("station", ("GRINDER", "TEAPOT-12"), True, 0, None, "C-30"))
    run(SaveCounted("C-30", (Counted("GRINDER", 1), Counted("TEAPOT-12", 4))), Actor("counter", "Per"))
    run(SubmitCount("C-30"), Actor("counter", "Per"))
    run(RecordPayment(orders[3], "BANK-2207", Decimal("30.00"), "EUR", "bank transfer"))
    run(CreateKey("Web shop", hash_of(b"of the web shop"), "oh_7Qd1vKx", ("read", "orders")))
    run(Subscribe("nora@shop.example", ("out_of_stock", "drift_found"), "station"))
    webhook = tell_a_webhook(shop)
    numbers = {f"order{place}": number for place, number in orders.items()}
    numbers |= {"webhook": webhook, "wave": wave.wave.number, "return": announced.return_.number}
    return {name: path.format_map(numbers) for name, path in PATHS.items()}


def _orders_of_the_morning(shop: Shop) -> dict[int, str]:
    """Their numbers, from the first one of today on."""
    latest = select(orders_table.c.number).order_by(orders_table.c.id.desc()).limit(MORNING)
    with shop.engine.database.reading() as connection:
        numbers = connection.execute(latest).scalars().all()
    return dict(enumerate(reversed(numbers), start=1))


def tell_a_webhook(shop: Shop) -> str:
    """A webhook that took the first orders and then failed, as the worker would have written it down."""
    hook = shop.run(CreateWebhook("https://erp.example/hooks", "whsec_c2VjcmV0", 0, ("order.*",)))
    orders = [event for event in read_all(shop) if event.type.startswith("order.")][:6]
    took = {"status": 200, "error": None, "latency_ms": 84, "response": "ok"}
    failed = {"status": 503, "error": None, "latency_ms": 1_204, "response": "upstream is away"}
    shop.moment.passes(seconds=1)
    at = clock.now()
    attempts = [
        Attempt(event.position, event.id, event.subject, event.type, outcome, at, at + clock.MINUTE, {"at": at, **log})
        for event, (outcome, log) in zip(orders, [("delivered", took)] * 5 + [("failed", failed)], strict=True)
    ]
    shop.run(RecordAttempts(hook.id, 0, orders[-1].position, tuple(attempts)))
    return str(hook.id)
