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
    counts,
    find,
    keys,
    ledger,
    live,
    money,
    orders,
    packing,
    picking,
    policies,
    products,
    receiving,
    reports,
    returns,
    session,
    stock,
    stores,
    subscriptions,
    today,
    transfers,
    uploads,
    webhooks,
)
from onhand.console.assets import serve_asset
from onhand.console.marks import N_
from onhand.console.office import Office
from onhand.console.screen import Menu, Screen

STOCK = "/stock/{sku}/{store}"
ORDER = "/orders/{ref}"
WAVE = "/picking/waves/{ref}"
WALK = "/picking/{ref}/{store}"
PACKING = "/packing/{ref}"
PURCHASE = "/receiving/{ref}"
TRANSFER = "/transfers/{ref}"
RETURN = "/returns/{ref}"
COUNT = "/counts/{ref}"
WEBHOOK = "/webhooks/{webhook}"

# Method, path, function, scope of the key, place in the navigation (its words, its group, its letter after `g`).
SCREENS = [
    Screen("GET", "/", today.show_today, "read", Menu(N_("Today"), N_("Work"), "t")),
    Screen("GET", "/today/{name}", today.show_rows),
    Screen("GET", "/find", find.find),
    Screen("GET", "/alerts", alerts.show_alerts, "read", Menu(N_("Alerts"), N_("Work"), "a")),
    Screen("GET", "/alerts/mail", subscriptions.show_subscriptions),
    Screen("POST", "/alerts/mail", subscriptions.subscribe, "stock"),
    Screen("POST", "/alerts/mail/{subscription}/end", subscriptions.unsubscribe, "stock"),
    Screen("POST", "/alerts/{alert}", alerts.act_on_alert, "stock"),
    # ── Orders
    Screen("GET", "/orders", orders.show_orders, "read", Menu(N_("Orders"), N_("Orders"), "o")),
    Screen("POST", "/orders/filters", orders.save_filter),
    Screen("GET", "/orders/new", orders.show_new, "orders"),
    Screen("POST", "/orders/new", orders.place, "orders"),
    Screen("GET", ORDER, orders.show_order),
    Screen("POST", ORDER + "/confirm", orders.confirm, "orders"),
    Screen("POST", ORDER + "/pay", money.record_payment, "orders"),
    Screen("POST", ORDER + "/refund", money.refund, "orders"),
    Screen("POST", ORDER + "/resolve", money.resolve, "orders"),
    Screen("POST", ORDER + "/amend", money.amend_items, "orders"),
    Screen("POST", ORDER + "/extend", orders.extend, "orders"),
    Screen("POST", ORDER + "/pick", orders.pick, "orders"),
    Screen("POST", ORDER + "/ship", orders.ship, "orders"),
    Screen("POST", ORDER + "/deliver", orders.deliver, "orders"),
    Screen("POST", ORDER + "/reallocate", orders.reallocate, "orders"),
    Screen("POST", ORDER + "/give_up", orders.give_up, "orders"),
    Screen("POST", ORDER + "/cancel", orders.cancel, "orders"),
    # ── Pick, pack
    Screen("GET", "/picking", picking.show_queue, "read", Menu(N_("Pick and pack"), N_("Orders"), "p")),
    Screen("POST", "/picking/waves", picking.create_wave, "orders"),
    Screen("GET", WAVE, picking.show_wave),
    Screen("GET", WAVE + "/print", picking.print_wave),
    Screen("POST", WAVE + "/pick", picking.pick_wave, "orders"),
    Screen("POST", WAVE + "/finish", picking.finish_wave, "orders"),
    Screen("POST", WAVE + "/cancel", picking.cancel_wave, "orders"),
    Screen("GET", WALK, picking.show_order_walk),
    Screen("GET", WALK + "/print", picking.print_order),
    Screen("POST", WALK + "/pick", picking.pick_order, "orders"),
    Screen("GET", PACKING, packing.show_packing),
    Screen("POST", PACKING, packing.pack, "orders"),
    Screen("GET", PACKING + "/parcels/{parcel:int}", packing.show_label),
    # ── Returns
    Screen("GET", "/returns", returns.show_list, "read", Menu(N_("Returns"), N_("Orders"), "b")),
    Screen("GET", "/returns/new", returns.show_new, "orders"),
    Screen("POST", "/returns/new", returns.create, "orders"),
    Screen("GET", RETURN, returns.show_return),
    Screen("POST", RETURN + "/receive", returns.receive, "orders"),
    Screen("POST", RETURN + "/cancel", returns.cancel, "orders"),
    # ── Receiving
    Screen("GET", "/receiving", receiving.show_list, "read", Menu(N_("Receiving"), N_("Warehouse"), "r")),
    Screen("GET", "/receiving/new", receiving.show_new, "stock"),
    Screen("POST", "/receiving/new", receiving.create, "stock"),
    Screen("GET", PURCHASE, receiving.show_purchase_order),
    Screen("POST", PURCHASE + "/receive", receiving.receive, "stock"),
    Screen("POST", PURCHASE + "/close", receiving.close, "stock"),
    # ── Transfers
    Screen("GET", "/transfers", transfers.show_list, "read", Menu(N_("Transfers"), N_("Warehouse"), "m")),
    Screen("GET", "/transfers/new", transfers.show_new, "stock"),
    Screen("POST", "/transfers/new", transfers.create, "stock"),
    Screen("GET", TRANSFER, transfers.show_transfer),
    Screen("POST", TRANSFER + "/send", transfers.send, "stock"),
    Screen("POST", TRANSFER + "/receive", transfers.receive, "stock"),
    Screen("POST", TRANSFER + "/recall", transfers.recall, "stock"),
    Screen("POST", TRANSFER + "/cancel", transfers.cancel, "stock"),
    # ── Counts
    Screen("GET", "/counts", counts.show_list, "read", Menu(N_("Counts"), N_("Warehouse"), "c")),
    Screen("GET", "/counts/new", counts.show_new, "stock"),
    Screen("POST", "/counts/new", counts.create, "stock"),
    Screen("GET", COUNT, counts.show_count),
    Screen("POST", COUNT + "/save", counts.save, "stock"),
    Screen("GET", COUNT + "/submit", counts.show_submit, "stock"),
    Screen("POST", COUNT + "/submit", counts.submit, "stock"),
    Screen("POST", COUNT + "/approve", counts.approve, "stock"),
    Screen("POST", COUNT + "/recount", counts.recount, "stock"),
    Screen("POST", COUNT + "/cancel", counts.cancel, "stock"),
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
    Screen("GET", "/reports", reports.show_reports, "read", Menu(N_("Reports"), N_("Inventory"), "e")),
    # ── Settings
    Screen("GET", "/keys", keys.show_keys, "admin", Menu(N_("API keys"), N_("Settings"), "k")),
    Screen("POST", "/keys", keys.create_key, "admin"),
    Screen("POST", "/keys/{key}/revoke", keys.revoke_key, "admin"),
    Screen("GET", "/webhooks", webhooks.show_webhooks, "admin", Menu(N_("Webhooks"), N_("Settings"), "h")),
    Screen("POST", "/webhooks", webhooks.create_webhook, "admin"),
    Screen("GET", WEBHOOK, webhooks.show_webhook, "admin"),
    Screen("POST", WEBHOOK, webhooks.change_webhook, "admin"),
    Screen("POST", WEBHOOK + "/secret", webhooks.rotate_secret, "admin"),
    Screen("POST", WEBHOOK + "/deliveries/{delivery}", webhooks.resend, "admin"),
    Screen("POST", WEBHOOK + "/{step}", webhooks.take_step, "admin"),
    Screen("GET", "/stores", stores.show_stores, "read", Menu(N_("Stores"), N_("Settings"), "w")),
    Screen("GET", "/stores/{store}", stores.show_store, "admin"),
    Screen("POST", "/stores/{store}", stores.save_store, "admin"),
    Screen("GET", "/policies", policies.show_policies, "read", Menu(N_("Policies"), N_("Settings"), "y")),
    Screen("GET", "/duties", policies.show_duties, "admin", Menu(N_("The worker"), N_("Settings"), "d")),
    Screen("POST", "/duties/mails", policies.resend_mail, "admin"),
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
