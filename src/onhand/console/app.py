"""The console: every screen on one screen. A screen with a menu entry stands in the navigation, in this order."""

from collections.abc import Iterable
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from onhand.api.calls import Desk
from onhand.console import (
    alerts,
    bulk,
    find,
    keys,
    ledger,
    live,
    products,
    reports,
    session,
    stock,
    stores,
    today,
    uploads,
)
from onhand.console.assets import serve_asset
from onhand.console.marks import N_
from onhand.console.office import Office
from onhand.console.screen import Menu, Screen

STOCK = "/stock/{sku}/{store}"

# Method, path, function, scope of the key, place in the navigation (its words, its group, its letter after `g`).
SCREENS = [
    Screen("GET", "/", today.show_today, "read", Menu(N_("Today"), N_("Work"), "t")),
    Screen("GET", "/today/{name}", today.show_rows),
    Screen("GET", "/find", find.find),
    Screen("GET", "/alerts", alerts.show_alerts, "read", Menu(N_("Alerts"), N_("Work"), "a")),
    Screen("POST", "/alerts/{alert}", alerts.act_on_alert, "stock"),
    # ── Stock
    Screen("GET", "/stock", stock.show_grid, "read", Menu(N_("Stock"), N_("Inventory"), "s")),
    Screen("GET", "/stock.csv", bulk.export),
    Screen("POST", "/stock/bulk", bulk.change_many, "stock"),
    Screen("GET", STOCK, products.show_level),
    Screen("POST", STOCK + "/thresholds", products.set_thresholds, "stock"),
    Screen("GET", STOCK + "/adjust", stock.show_adjust, "stock"),
    Screen("POST", STOCK + "/adjust", stock.adjust, "stock"),
    Screen("GET", "/products/{sku}", products.show_product),
    Screen("GET", "/ledger", ledger.show_ledger, "read", Menu(N_("Ledger"), N_("Inventory"), "l")),
    Screen("GET", "/ledger/as-of", ledger.show_as_of),
    Screen("GET", "/ledger/verify", ledger.show_verify),
    Screen("POST", "/ledger/verify", ledger.verify_now),
    Screen("GET", "/ledger/verify/stream", ledger.verify_while_told),
    Screen("GET", "/reports", reports.show_reports, "read", Menu(N_("Reports"), N_("Inventory"), "r")),
    # ── Settings
    Screen("GET", "/keys", keys.show_keys, "admin", Menu(N_("API keys"), N_("Settings"), "k")),
    Screen("POST", "/keys", keys.create_key, "admin"),
    Screen("POST", "/keys/{key}/revoke", keys.revoke_key, "admin"),
    Screen("GET", "/stores", stores.show_stores, "read", Menu(N_("Stores"), N_("Settings"), "o")),
    Screen("GET", "/stores/{store}", stores.show_store, "admin"),
    Screen("POST", "/stores/{store}", stores.save_store, "admin"),
    Screen("GET", "/upload", uploads.to_upload, "admin", Menu(N_("Upload"), N_("Settings"), "u")),
    Screen("GET", "/upload/{name}", uploads.show_upload, "admin"),
    Screen("POST", "/upload/{name}", uploads.try_upload, "admin", takes_file=True),
    Screen("POST", "/upload/{name}/do", uploads.do_upload, "admin", takes_file=True),
    # ── Oneself
    Screen("POST", "/sign-out", session.sign_out),
    Screen("POST", "/choose", session.choose),
]
OPEN_ROUTES: list[BaseRoute] = [
    Route("/sign-in", session.show_sign_in, methods=["GET"]),
    Route("/sign-in", session.sign_in, methods=["POST"]),
    Route("/live", live.tell_changes, methods=["GET"]),
    Route("/static/{edition}/{name:path}", serve_asset, methods=["GET"]),
]


class Entry(NamedTuple):
    """A screen in the navigation."""

    path: str
    words: str
    letter: str
    needs: str


def navigation(screens: Iterable[Screen]) -> dict[str, list[Entry]]:
    """The entries of each group, in order."""
    groups: dict[str, list[Entry]] = {}
    for screen in screens:
        if screen.menu is not None:
            words, group, letter = screen.menu
            groups.setdefault(group, []).append(Entry(f"/console{screen.path}", words, letter, screen.needs))
    return groups


def console(desk: Desk) -> list[BaseRoute]:
    """What the console adds to the app of the API."""
    app = Starlette(routes=[*SCREENS, *OPEN_ROUTES])
    app.router.redirect_slashes = False
    app.state.office = Office(desk, navigation(SCREENS))
    return [Route("/", _to_console), Route("/console", _to_console), Mount("/console", app)]


async def _to_console(request: Request) -> Response:
    return RedirectResponse("/console/", 307)
