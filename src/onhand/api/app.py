"""The HTTP API: every route on one screen."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from urllib.parse import unquote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.routing import Route as PlainRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from onhand.api import (
    alerts,
    counts,
    docs,
    duties,
    events,
    fulfillment,
    health,
    holds,
    inventory,
    keys,
    mails,
    metrics,
    openapi,
    orders,
    payments,
    problems,
    products,
    purchases,
    returns,
    sourcing,
    stores,
    transfers,
    webhooks,
)
from onhand.api.callbacks import CallbackRoute, TellingLimit
from onhand.api.calls import Desk
from onhand.api.edge import Edge
from onhand.api.notices import EXAMPLE as NOTICE
from onhand.api.purchases import ReceiptResults
from onhand.api.route import SLASH, OpenRoute, Route
from onhand.config import Settings
from onhand.db.database import Database
from onhand.engine import Engine
from onhand.integrations import PROVIDERS
from onhand.trade.errors import Refusal
from onhand.views.alerts import AlertAnswer
from onhand.views.availability import LevelAnswer, ProductStock
from onhand.views.catalog import ProductAnswer, StoreAnswer
from onhand.views.counts import CountAnswer, CountedAnswer, CountSummary
from onhand.views.envelopes import EventFeed
from onhand.views.holds import HoldAnswer
from onhand.views.keys import KeyAnswer
from onhand.views.ledger import BalancesAsOf, Explanation, MovementAnswer, StockChangeAnswer
from onhand.views.low_stock import LowStock
from onhand.views.mails import MailAnswer, SubscriptionAnswer
from onhand.views.orders import OrderAnswer, ShippedOrder
from onhand.views.packing import PackedOrder, ParcelAnswer, RecordedPick
from onhand.views.pages import Page
from onhand.views.payments import AmendedOrder, PaymentAnswer, RecordedPayment, RefundedPayment
from onhand.views.picking import OrderPickList, QueuedOrder, WaveAnswer
from onhand.views.picking_start import PickedOrder
from onhand.views.purchase_orders import PurchaseOrderAnswer, PurchaseOrderHistory, ReceivedPurchaseOrder
from onhand.views.returns import ReturnAnswer, ReturnedOrder
from onhand.views.sourcing import SourcingPreview
from onhand.views.timeline import TimelineEntry
from onhand.views.transfers import TransferAnswer
from onhand.views.webhooks import DeliveryAnswer, WebhookAnswer

ORDER = "/api/orders/{ref}"
STOCK = "/api/inventory/stock"
LEVEL = STOCK + "/{variant}/{store}"
MOVEMENTS = "/api/inventory/movements"
HOLDS = "/api/inventory/holds"
TRANSFERS = "/api/inventory/transfers"
TRANSFER = TRANSFERS + "/{ref}"
COUNTS = "/api/inventory/counts"
COUNT = COUNTS + "/{ref}"
PURCHASES = "/api/inventory/purchase-orders"
PURCHASE = PURCHASES + "/{ref}"
RECEIPTS = "/api/inventory/receipts"
HOLD = HOLDS + "/{hold}"
ALERTS = "/api/inventory/alerts"
ALERT = ALERTS + "/{alert}"
RETURN = "/api/returns/{ref}"
WAVES = "/api/fulfillment/waves"
WAVE = WAVES + "/{ref}"
WEBHOOKS = "/api/webhooks"
WEBHOOK = WEBHOOKS + "/{webhook}"

# Method, path, function, scope of the key, answer, status. The hottest stand first: routes are tried in order.
ROUTES = [
    Route("POST", "/api/orders", orders.place_order, "orders", OrderAnswer, 201, direct=True),
    Route("PUT", ORDER + "/confirm", orders.confirm_order, "orders", OrderAnswer, direct=True),
    Route("POST", "/api/orders/batch", orders.place_orders, "orders", orders.OrderResults, batch=True),
    Route("GET", "/api/orders", orders.list_orders, "read", Page[OrderAnswer]),
    Route("GET", ORDER, orders.get_order, "read", OrderAnswer),
    Route("GET", ORDER + "/timeline", orders.get_order_timeline, "read", Page[TimelineEntry]),
    Route("PATCH", ORDER + "/cancel", orders.cancel_order, "orders", OrderAnswer),
    Route("PUT", ORDER + "/extend", orders.extend_order, "orders", OrderAnswer),
    Route("POST", ORDER + "/pick", orders.pick_order, "orders", PickedOrder),
    Route("POST", ORDER + "/shipments", orders.ship_order, "orders", ShippedOrder, 201),
    Route("PUT", ORDER + "/deliver", orders.deliver_order, "orders", OrderAnswer),
    Route("POST", ORDER + "/reallocate", sourcing.reallocate_order, "orders", OrderAnswer),
    Route("POST", ORDER + "/backorders/cancel", sourcing.cancel_backorders, "orders", OrderAnswer),
    Route("POST", "/api/inventory/sourcing/preview", sourcing.preview_sourcing, "read", SourcingPreview),
    # ── Money
    Route("PATCH", ORDER + "/items", payments.amend_order, "orders", AmendedOrder),
    Route("GET", ORDER + "/payments", payments.list_order_payments, "read", Page[PaymentAnswer]),
    Route("POST", ORDER + "/payments", payments.record_payment, "orders", RecordedPayment, 201),
    Route("POST", ORDER + "/resolve", payments.resolve_order, "orders", OrderAnswer),
    Route("GET", "/api/payments", payments.list_payments, "read", Page[PaymentAnswer]),
    Route("POST", "/api/payments/{payment_id}/refunds", payments.refund_payment, "orders", RefundedPayment, 201),
    # ── Picking and packing
    Route("GET", "/api/fulfillment/queue", fulfillment.get_queue, "read", Page[QueuedOrder]),
    Route("POST", "/api/fulfillment/picks", fulfillment.record_pick, "orders", RecordedPick, 201),
    Route("POST", WAVES, fulfillment.create_wave, "orders", WaveAnswer, 201),
    Route("GET", WAVES, fulfillment.list_waves, "read", Page[WaveAnswer]),
    Route("GET", WAVE, fulfillment.get_wave, "read", WaveAnswer, prints=True),
    Route("GET", WAVE + "/timeline", fulfillment.get_wave_timeline, "read", Page[TimelineEntry]),
    Route("POST", WAVE + "/finish", fulfillment.finish_wave, "orders", WaveAnswer),
    Route("POST", WAVE + "/cancel", fulfillment.cancel_wave, "orders", WaveAnswer),
    Route("GET", ORDER + "/picking-list", fulfillment.get_picking_list, "read", OrderPickList, prints=True),
    Route("POST", ORDER + "/parcels", fulfillment.pack_parcel, "orders", PackedOrder, 201),
    Route("GET", ORDER + "/parcels", fulfillment.list_parcels, "read", Page[ParcelAnswer]),
    Route("POST", "/api/shipments/batch", fulfillment.ship_orders, "orders", fulfillment.ShipmentResults, batch=True),
    Route("POST", "/api/orders/returns", returns.return_items, "orders", ReturnedOrder, 201),
    # ── Returns
    Route("POST", "/api/returns", returns.request_return, "orders", ReturnAnswer, 201),
    Route("GET", "/api/returns", returns.list_returns, "read", Page[ReturnAnswer]),
    Route("GET", RETURN, returns.get_return, "read", ReturnAnswer),
    Route("GET", RETURN + "/timeline", returns.get_return_timeline, "read", Page[TimelineEntry]),
    Route("POST", RETURN + "/receive", returns.receive_return, "orders", ReturnAnswer),
    Route("POST", RETURN + "/cancel", returns.cancel_return, "orders", ReturnAnswer),
    # ── Stock
    Route("GET", STOCK, inventory.list_stock, "read", Page[LevelAnswer]),
    Route("GET", LEVEL, inventory.get_stock, "read", LevelAnswer),
    Route("PATCH", LEVEL, inventory.change_stock, "stock", StockChangeAnswer, if_match=True),
    Route("POST", STOCK + "/batch", inventory.change_stock_batch, "stock", inventory.ChangeResults, batch=True),
    Route("PUT", LEVEL + "/thresholds", inventory.set_thresholds, "stock", LevelAnswer),
    Route("PUT", LEVEL + "/bin", inventory.set_bin, "stock", LevelAnswer),
    Route("GET", LEVEL + "/as-of", inventory.get_stock_as_of, "read", BalancesAsOf),
    Route("GET", LEVEL + "/explain", inventory.explain_stock, "read", Explanation),
    Route("GET", "/api/inventory/products/{ref}/stock", inventory.get_product_stock, "read", ProductStock),
    Route("GET", MOVEMENTS, inventory.list_movements, "read", Page[MovementAnswer]),
    Route("GET", MOVEMENTS + "/variant/{variant}", inventory.list_variant_movements, "read", Page[MovementAnswer]),
    Route("POST", "/api/inventory/availability", inventory.check_availability, "read", inventory.Availability),
    # ── Alerts
    Route("GET", ALERTS + "/low-stock", inventory.list_low_stock, "read", Page[LowStock]),
    Route("GET", ALERTS, alerts.list_alerts, "read", Page[AlertAnswer]),
    Route("POST", ALERTS + "/subscriptions", alerts.subscribe, "stock", SubscriptionAnswer, 201),
    Route("GET", ALERTS + "/subscriptions", alerts.list_subscriptions, "read", Page[SubscriptionAnswer]),
    Route("DELETE", ALERTS + "/subscriptions/{subscription}", alerts.unsubscribe, "stock", SubscriptionAnswer),
    Route("GET", ALERT, alerts.get_alert, "read", AlertAnswer),
    Route("POST", ALERT + "/acknowledge", alerts.acknowledge_alert, "stock", AlertAnswer),
    Route("POST", ALERT + "/snooze", alerts.snooze_alert, "stock", AlertAnswer),
    Route("POST", ALERT + "/assign", alerts.assign_alert, "stock", AlertAnswer),
    # ── Transfers
    Route("POST", TRANSFERS, transfers.create_transfer, "stock", TransferAnswer, 201),
    Route("POST", TRANSFERS + "/batch", transfers.create_transfers, "stock", transfers.TransferResults, batch=True),
    Route("GET", TRANSFERS, transfers.list_transfers, "read", Page[TransferAnswer]),
    Route("GET", TRANSFER, transfers.get_transfer, "read", TransferAnswer),
    Route("GET", TRANSFER + "/timeline", transfers.get_transfer_timeline, "read", Page[TimelineEntry]),
    Route("POST", TRANSFER + "/send", transfers.send_transfer, "stock", TransferAnswer),
    Route("POST", TRANSFER + "/receive", transfers.receive_transfer, "stock", TransferAnswer),
    Route("POST", TRANSFER + "/recall", transfers.recall_transfer, "stock", TransferAnswer),
    Route("POST", TRANSFER + "/cancel", transfers.cancel_transfer, "stock", TransferAnswer),
    # ── Counts
    Route("POST", COUNTS, counts.create_count, "stock", CountAnswer, 201),
    Route("POST", COUNTS + "/batch", counts.create_counts, "stock", counts.CountResults, batch=True),
    Route("GET", COUNTS, counts.list_counts, "read", Page[CountSummary]),
    Route("GET", COUNTS + "/accuracy", counts.get_count_accuracy, "read", counts.AccuracyOfStores),
    Route("GET", COUNT, counts.get_count, "read", CountAnswer),
    Route("GET", COUNT + "/timeline", counts.get_count_timeline, "read", Page[TimelineEntry]),
    Route("PUT", COUNT + "/lines", counts.save_counted_lines, "stock", CountedAnswer),
    Route("PUT", COUNT + "/lines/{sku}", counts.save_counted, "stock", CountedAnswer),
    Route("POST", COUNT + "/submit", counts.submit_count, "stock", CountAnswer),
    Route("POST", COUNT + "/approve", counts.approve_count, "stock", CountAnswer),
    Route("POST", COUNT + "/recount", counts.recount, "stock", CountAnswer),
    Route("POST", COUNT + "/cancel", counts.cancel_count, "stock", CountAnswer),
    # ── Bare holds
    Route("POST", HOLDS, holds.place_hold, "orders", HoldAnswer, 201),
    Route("GET", HOLD, holds.get_hold, "read", HoldAnswer),
    Route("POST", HOLD + "/release", holds.release_hold, "orders", HoldAnswer),
    Route("POST", HOLD + "/confirm", holds.confirm_hold, "orders", HoldAnswer),
    Route("POST", HOLD + "/fulfill", holds.fulfill_hold, "orders", HoldAnswer),
    Route("POST", HOLD + "/extend", holds.extend_hold, "orders", HoldAnswer),
    # ── Purchase orders and receiving
    Route("POST", PURCHASES, purchases.create_purchase_order, "stock", PurchaseOrderAnswer, 201, batch=True),
    Route("GET", PURCHASES, purchases.list_purchase_orders, "read", Page[PurchaseOrderAnswer]),
    Route("GET", PURCHASE, purchases.get_purchase_order, "read", PurchaseOrderHistory),
    Route("GET", PURCHASE + "/timeline", purchases.get_purchase_order_timeline, "read", Page[TimelineEntry]),
    Route("POST", PURCHASE + "/receipts", purchases.receive_purchase_order, "stock", ReceivedPurchaseOrder, 201),
    Route("POST", PURCHASE + "/close", purchases.close_purchase_order, "stock", PurchaseOrderAnswer),
    Route("POST", PURCHASE + "/asn", purchases.announce_delivery, "stock", PurchaseOrderAnswer, csv=NOTICE),
    Route("POST", RECEIPTS + "/batch", purchases.receive_purchase_orders, "stock", ReceiptResults, batch=True),
    # ── Catalog and stores
    Route("POST", "/api/products", products.create_product, "admin", ProductAnswer, 201),
    Route("GET", "/api/products", products.list_products, "read", Page[ProductAnswer]),
    Route("GET", "/api/products/{ref}", products.get_product, "read", ProductAnswer),
    Route("PATCH", "/api/products/{ref}", products.change_product, "admin", ProductAnswer, if_match=True),
    Route("POST", "/api/stores", stores.create_store, "admin", StoreAnswer, 201),
    Route("GET", "/api/stores", stores.list_stores, "read", Page[StoreAnswer]),
    Route("GET", "/api/stores/{ref}", stores.get_store, "read", StoreAnswer),
    Route("PATCH", "/api/stores/{ref}", stores.change_store, "admin", StoreAnswer),
    # ── Events
    Route("GET", "/api/events", events.list_events, "read", EventFeed),
    Route("GET", "/api/events/types", events.list_event_types, "read", events.EventTypes),
    Route("GET", "/api/events/stream", events.stream_events, "read", None, streams=True),
    # ── The worker
    Route("GET", "/api/duties", duties.list_duties, "admin", duties.Duties),
    Route("GET", "/api/mails", mails.list_mails, "admin", Page[MailAnswer]),
    Route("POST", "/api/mails/resend", mails.resend_mail, "admin", MailAnswer),
    # ── Webhooks
    Route("POST", WEBHOOKS, webhooks.create_webhook, "admin", webhooks.NewWebhookAnswer, 201),
    Route("GET", WEBHOOKS, webhooks.list_webhooks, "read", Page[WebhookAnswer]),
    Route("GET", WEBHOOK, webhooks.get_webhook, "read", WebhookAnswer),
    Route("PATCH", WEBHOOK, webhooks.change_webhook, "admin", WebhookAnswer),
    Route("DELETE", WEBHOOK, webhooks.delete_webhook, "admin", WebhookAnswer),
    Route("POST", WEBHOOK + "/rotate-secret", webhooks.rotate_webhook_secret, "admin", webhooks.NewWebhookAnswer),
    Route("POST", WEBHOOK + "/test", webhooks.send_test_event, "admin", WebhookAnswer),
    Route("POST", WEBHOOK + "/enable", webhooks.enable_webhook, "admin", WebhookAnswer),
    Route("POST", WEBHOOK + "/disable", webhooks.disable_webhook, "admin", WebhookAnswer),
    Route("POST", WEBHOOK + "/replay", webhooks.replay_webhook, "admin", WebhookAnswer),
    Route("GET", WEBHOOK + "/deliveries", webhooks.list_deliveries, "read", Page[DeliveryAnswer]),
    Route("POST", WEBHOOK + "/deliveries/{delivery}/resend", webhooks.resend_delivery, "admin", DeliveryAnswer),
    # ── API keys
    Route("POST", "/api/keys", keys.create_key, "admin", keys.NewKeyAnswer, 201),
    Route("GET", "/api/keys", keys.list_keys, "admin", Page[KeyAnswer]),
    Route("DELETE", "/api/keys/{key}", keys.revoke_key, "admin", KeyAnswer),
]
CALLBACKS = [CallbackRoute(provider) for provider in PROVIDERS]
OPEN_ROUTES: list[BaseRoute] = [
    OpenRoute("/healthz", health.healthz, health.Alive, tags=["Health"]),
    OpenRoute("/readyz", health.readyz, health.Ready, tags=["Health"]),
    OpenRoute("/metrics", metrics.metrics, None, tags=["Health"], response_class=PlainTextResponse),
    PlainRoute("/openapi.json", docs.openapi_json),
    PlainRoute("/docs", docs.page),
]


class App(FastAPI):
    """`short_ways` are the hottest routes by (method, path): they are called here and now.

    Trying routes in turn, and the layers that keep exit stacks and exception handlers for the others, would cost as
    much as placing an order does.
    """

    short_ways: Mapping[tuple[str, str], ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        short_way = self.short_ways.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if short_way is None:
            await super().__call__(_with_slashes_of_names(scope), receive, send)
            return
        scope["app"] = self
        await short_way(scope, receive, send)


def _with_slashes_of_names(scope: Scope) -> Scope:
    """A slash that was sent as %2F is part of a name: routes are found with a stand-in for it."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2F" not in raw.upper() or not raw.startswith(b"/api/"):
        return scope
    parts = raw.decode("ascii", "replace").replace("%2f", "%2F").split("%2F")
    return {**scope, "path": SLASH.join(map(unquote, parts))}


def create_app(
    settings: Settings,
    engine: Engine,
    database: Database,
    beside: Callable[[Desk], Sequence[BaseRoute]] = lambda desk: (),
) -> App:
    """The app on an engine that the caller has started, and will close after the app has stopped.

    `beside` makes the routes that stand beside the API's, such as the console's.
    """
    app = App(
        title="Onhand",
        version=version("onhand"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Refusal: problems.answer_refusal,
            RequestValidationError: problems.answer_invalid,
            ValidationError: problems.answer_invalid,
            HTTPException: problems.answer_http_exception,
        },
    )
    desk = app.state.desk = Desk(settings, engine, database)
    app.add_middleware(Edge)
    app.short_ways = {
        (method, route.path): Edge(route.app)
        for route in ROUTES
        if route.is_direct and not route.param_convertors
        for method in route.methods or ()
    }
    app.state.telling_limit = TellingLimit()
    app.router.routes[:] = [*ROUTES, *CALLBACKS, *OPEN_ROUTES, *beside(desk)]
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    return app
