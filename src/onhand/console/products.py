"""One SKU: its levels, their past and what is coming, who holds it; and one level, explained to the last unit."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from onhand import clock
from onhand.api.stock_bodies import ThresholdsBody
from onhand.console.forms import body
from onhand.console.visit import Visit
from onhand.trade.errors import Refusal
from onhand.trade.stock import SetThresholds
from onhand.views import availability, catalog, ledger
from onhand.views.history import History, variant_history
from onhand.views.incoming import incoming
from onhand.views.ledger import MovementFilter

DAYS = 90
ROWS = 20
CLAIMS = 50
THRESHOLDS = ("min_stock_level", "reorder_point", "reorder_quantity", "safety_stock", "low_stock_threshold")


async def show_product(visit: Visit, sku: str) -> Response:
    """A product's variant: what there is of it, where, since when, and until when."""
    product = await visit.ask(catalog.find_product, sku)
    variant = next((each for each in product.variants if sku in (each.sku, each.id)), product.variants[0])
    stock = await visit.ask(availability.product_stock, variant.id, clock.now())
    past = await visit.ask(variant_history, variant.id, clock.now(), DAYS)
    recent = await visit.ask(ledger.list_movements, MovementFilter(variant=variant.id), ROWS, None)
    return await visit.page(
        "product.html",
        product=product,
        variant=variant,
        stock=stock,
        past=past,
        series=_series(visit, past),
        recent=recent,
        claims=await visit.ask(ledger.claims, variant.id, clock.now(), limit=CLAIMS),
        coming=await visit.ask(incoming, [variant.id]),
    )


def _series(visit: Visit, past: History) -> list[dict[str, Any]]:
    """The curves of all stores together and of each, and the forecast, which goes on from the first of them."""
    ahead = [past.days[-1] + clock.DAY * day for day in range(1, len(past.forecast))]
    moments = [*past.days, *ahead]
    gap = [None] * len(ahead)
    curves = [{"label": curve.store, "x": moments, "y": [*curve.available, *gap]} for curve in past.curves]
    if len(curves) > 1:
        together = [_sum(units) for units in zip(*(curve.available for curve in past.curves), strict=True)]
        curves.insert(0, {"label": visit.gettext("All stores"), "x": moments, "y": [*together, *gap]})
    before = [None] * (len(past.days) - 1)
    forecast = {"label": visit.gettext("Forecast"), "x": moments, "y": [*before, *past.forecast], "goes_on": 0}
    return [*curves, forecast] if curves else []


def _sum(units: Sequence[int | None]) -> int | None:
    """Of the stores that had a level by then; None while none had."""
    known = [each for each in units if each is not None]
    return sum(known) if known else None


async def show_level(visit: Visit, sku: str, store: str) -> Response:
    return await _level(visit, sku, store)


async def _level(visit: Visit, sku: str, store: str, refusal: Refusal | None = None) -> Response:
    explained = await visit.ask(ledger.explain, sku, store, clock.now())
    recent = await visit.ask(
        ledger.list_movements, MovementFilter(variant=sku, store=store), ROWS, visit.query.get("cursor") or None
    )
    return await visit.page(
        "level.html",
        refusal,
        explained=explained,
        level=explained.level,
        recent=recent,
        thresholds=THRESHOLDS,
        typed=visit.form if refusal else None,
    )


async def set_thresholds(visit: Visit, sku: str, store: str) -> Response:
    """What a level is judged by, and where its goods lie."""
    try:
        sent = body(ThresholdsBody, {name: visit.form.whole(name) for name in THRESHOLDS})
        changes = sent.model_dump() | {"bin": visit.form["bin"]}
        await visit.perform(SetThresholds(sku, store, **changes))
    except Refusal as refusal:
        return await _level(visit, sku, store, refusal)
    return visit.see(
        f"/console/stock/{quote(sku, safe='')}/{quote(store, safe='')}", visit.gettext("Thresholds saved.")
    )
