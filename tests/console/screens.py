"""Every screen by name, and a shop in which each of them has something to show: for axe, and for the pictures."""

from tests.shop import Shop

from onhand.cli.demo import open_demo_shop

SCREENS = {
    "stock": "/console/stock",
    "stock-nothing-found": "/console/stock?q=nothing-like-it",
    "adjust": "/console/stock/LANTERN/main/adjust",
    "refused": "/console/stock/NONE/main/adjust",
}


def a_day_at_the_shop(shop: Shop) -> None:
    open_demo_shop(shop.engine)
