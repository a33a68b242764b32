"""The command bar: one field that finds SKUs, orders and screens. With scripts it opens over the page."""

from starlette.responses import Response

from onhand import clock
from onhand.console.pages import ref
from onhand.console.visit import Visit
from onhand.views import orders as order_views
from onhand.views.grid import GridFilter, stock_grid

MOST = 8


async def find(visit: Visit) -> Response:
    """What fits the text: screens by their words, SKUs by code, name or barcode, orders by number or customer."""
    text = visit.query.get("q", "").strip()[:200]
    screens = [
        (entry.path, visit.gettext(entry.words), entry.letter)
        for entries in visit.navigation.values()
        for entry in entries
        if visit.may(entry.needs) and text.lower() in visit.gettext(entry.words).lower()
    ]
    goods, found = [], []
    if text:
        goods = (await visit.ask(stock_grid, GridFilter(text), [], clock.now(), MOST, None)).data
        wanted = order_views.OrderFilter(q=text)
        found = (await visit.ask(order_views.list_orders, wanted, clock.now(), MOST, None)).data
    exact = [row for row in goods if text in (row.sku, row.barcode)]
    if "go" in visit.query and exact:
        return visit.see(f"/console/products/{ref(exact[0].sku, exact[0].variant_id)}")
    return await visit.page("find.html", text=text, screens=screens[:MOST], goods=goods, orders=found)
