"""Every screen by name, and a shop in which each of them has something to show: for axe, and for the pictures."""

from tests.shop import Shop

from onhand.books import Actor
from onhand.cli.demo import open_demo_shop
from onhand.trade.counts import Counted, CreateCount, SaveCounted
from onhand.trade.packing import PackItem, PackParcel
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import RequestedItem, RequestReturn
from onhand.trade.stock import SetThresholds
from onhand.trade.transfers import Arrival, CreateTransfer, ReceiveTransfer, SendTransfer, TransferItem
from onhand.trade.variances import SubmitCount
from onhand.trade.waves import CreateWave

PATHS = {
    "today": "/console/",
    "to-pick": "/console/today/to-pick",
    "late": "/console/today/late",
    "alerts": "/console/alerts",
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
    "stores": "/console/stores",
    "store": "/console/stores/main",
    "new-store": "/console/stores/new",
    "upload-products": "/console/upload/products",
    "upload-stock": "/console/upload/stock",
    # ── Orders and the warehouse
    "orders": "/console/orders",
    "orders-nothing-fits": "/console/orders?q=nothing-like-it",
    "order-new": "/console/orders/new",
    "order-held": "/console/orders/1002",
    "order-partly-shipped": "/console/orders/1007",
    "order-returned": "/console/orders/1010",
    "picking": "/console/picking?store=station",
    "pick": "/console/picking/1006/old-town",
    "pick-paper": "/console/picking/1006/old-town/print",
    "pick-wave": "/console/picking/waves/{wave}",
    "pack": "/console/packing/1005",
    "label": "/console/packing/1005/parcels/1",
    "receiving": "/console/receiving",
    "receiving-new": "/console/receiving/new",
    "purchase-order": "/console/receiving/PO-88",
    "transfers": "/console/transfers",
    "transfer-new": "/console/transfers/new",
    "transfer": "/console/transfers/T-41",
    "returns": "/console/returns",
    "return-new": "/console/returns/new?order=1009",
    "return": "/console/returns/{return}",
    "counts": "/console/counts",
    "count-new": "/console/counts/new",
    "count-sheet": "/console/counts/C-31",
    "count-submit": "/console/counts/C-31/submit",
    "count-to-approve": "/console/counts/C-30",
}


def a_day_at_the_shop(shop: Shop) -> dict[str, str]:
    """Documents of every kind, in the middle of their lives. Answers the path of every screen."""
    open_demo_shop(shop.engine)
    run = shop.run
    run(SetThresholds("MUG-ENAMEL-BLU", "station", bin="A-02"))
    run(SetThresholds("GLOVES-GDN-M", "old-town", bin="B-11"))
    run(PackParcel("1005", (PackItem("CANDLE-BEE", 2),), 640, "Ines"))
    wave = run(CreateWave("station", ("1001", "1005")))
    items = (PurchaseItem("LANTERN", 40), PurchaseItem("GRINDER", 12))
    run(CreatePurchaseOrder("Runwell Ltd", "main", items, "PO-88", note="Pallet at gate 2"))
    run(ReceivePurchaseOrder("PO-88", (ReceivedItem(10, 1, "LANTERN", reason="Glass is broken"),)))
    run(CreateTransfer("main", "old-town", (TransferItem("JAR-KILN", 60), TransferItem("SEED-TOM", 24)), "T-41"))
    run(SendTransfer("T-41"))
    run(ReceiveTransfer("T-41", (Arrival("JAR-KILN", 40, 2, 0, "Crushed box"),)))
    announced = run(RequestReturn("1008", (RequestedItem("PAN-IRON-24", 1),), "Too heavy"))
    run(CreateCount("old-town", ("LANTERN", "CANDLE-BEE", "SEED-TOM"), True, 2, None, "C-31"))
    run(SaveCounted("C-31", (Counted("LANTERN", 0),)))
    run(CreateCount("station", ("GRINDER", "TEAPOT-12"), True, 0, None, "C-30"))
    run(SaveCounted("C-30", (Counted("GRINDER", 1), Counted("TEAPOT-12", 4))), Actor("counter", "Per"))
    run(SubmitCount("C-30"), Actor("counter", "Per"))
    numbers = {"wave": wave.wave.number, "return": announced.return_.number}
    return {name: path.format_map(numbers) for name, path in PATHS.items()}
