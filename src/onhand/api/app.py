"""The HTTP API: every route on one screen."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route as PlainRoute

from onhand.api import health, openapi, orders, problems
from onhand.api.calls import Desk
from onhand.api.edge import Edge
from onhand.api.route import Route
from onhand.config import Settings
from onhand.db.database import Database
from onhand.engine import Engine
from onhand.trade.errors import Refusal
from onhand.views.orders import OrderAnswer, PickedOrder, ShippedOrder
from onhand.views.pages import Page
from onhand.views.returns import ReturnedOrder
from onhand.views.timeline import TimelineEntry

# Method, path, function, scope of the key, answer, status. The hottest stand first: routes are tried in order.
ROUTES = [
    Route("POST", "/api/orders", orders.place_order, "orders", OrderAnswer, 201, tag="Orders", direct=True),
    Route("PUT", "/api/orders/{ref}/confirm", orders.confirm_order, "orders", OrderAnswer, tag="Orders", direct=True),
    Route("GET", "/api/orders", orders.list_orders, "read", Page[OrderAnswer], tag="Orders"),
    Route("GET", "/api/orders/{ref}", orders.get_order, "read", OrderAnswer, tag="Orders"),
    Route("GET", "/api/orders/{ref}/timeline", orders.get_order_timeline, "read", Page[TimelineEntry], tag="Orders"),
    Route("PATCH", "/api/orders/{ref}/cancel", orders.cancel_order, "orders", OrderAnswer, tag="Orders"),
    Route("PUT", "/api/orders/{ref}/extend", orders.extend_order, "orders", OrderAnswer, tag="Orders"),
    Route("POST", "/api/orders/{ref}/pick", orders.pick_order, "orders", PickedOrder, tag="Orders"),
    Route("POST", "/api/orders/{ref}/shipments", orders.ship_order, "orders", ShippedOrder, 201, tag="Orders"),
    Route("PUT", "/api/orders/{ref}/deliver", orders.deliver_order, "orders", OrderAnswer, tag="Orders"),
    Route("POST", "/api/orders/returns", orders.return_items, "orders", ReturnedOrder, 201, tag="Orders"),
]
OPEN_ROUTES = [
    PlainRoute("/healthz", health.healthz),
    PlainRoute("/readyz", health.readyz),
    PlainRoute("/openapi.json", openapi.openapi_json),
]


def create_app(settings: Settings, engine: Engine, database: Database) -> FastAPI:
    """The app on an engine that the caller has started, and will close after the app has stopped."""
    app = FastAPI(
        title="Onhand",
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
    app.state.desk = Desk(settings, engine, database)
    app.add_middleware(Edge)
    app.router.routes[:] = [*ROUTES, *OPEN_ROUTES]
    return app
