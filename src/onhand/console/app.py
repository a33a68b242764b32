"""The console: every screen on one screen. A screen with a menu entry stands in the navigation, in this order."""

from collections.abc import Iterable
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from onhand.api.calls import Desk
from onhand.console import live, session, stock
from onhand.console.assets import serve_asset
from onhand.console.marks import N_
from onhand.console.office import Office
from onhand.console.screen import Menu, Screen

STOCK = "/stock/{sku}/{store}"

# Method, path, function, scope of the key, place in the navigation (its words, its group, its letter after `g`).
SCREENS = [
    Screen("GET", "/", stock.show_grid),
    # ── Stock
    Screen("GET", "/stock", stock.show_grid, "read", Menu(N_("Stock"), N_("Inventory"), "s")),
    Screen("GET", STOCK + "/adjust", stock.show_adjust, "stock"),
    Screen("POST", STOCK + "/adjust", stock.adjust, "stock"),
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
