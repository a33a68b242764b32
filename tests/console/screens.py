"""Every screen by name, and a shop in which each of them has something to show: for axe, and for the pictures."""

from tests.shop import Shop

from onhand.cli.demo import open_demo_shop

SCREENS = {
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
}


def a_day_at_the_shop(shop: Shop) -> None:
    open_demo_shop(shop.engine)
