"""Stock over HTTP: how much there is, why, and changes by hand."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.batches import Refused, commands_of, perform_all
from onhand.api.calls import Call
from onhand.api.etags import etag, expected_version
from onhand.api.queries import AsOfQuery, LevelQuery, LowStockQuery, MovementQuery, ProductRef, StoreRef, VariantRef
from onhand.api.stock_bodies import (
    AvailabilityBody,
    BinBody,
    StockBatchBody,
    StockChange,
    StockChangeBody,
    StockRowBody,
    ThresholdsBody,
)
from onhand.trade import stock
from onhand.views import availability, ledger, low_stock, promise
from onhand.views.availability import LevelAnswer
from onhand.views.ledger import StockChangeAnswer
from onhand.views.promise import ItemAvailability
from onhand.views.sourcing import WantedItem


def change_answer(change: stock.StockChange) -> StockChangeAnswer:
    return ledger.stock_change_answer(change, change.variant.sku, change.store.code)


# ── How much ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def get_product_stock(call: Call, ref: ProductRef) -> Response:
    """Look at the stock of a product or variant, in all and in each store."""
    return await call.ask(availability.product_stock, ref, clock.now())


async def list_stock(call: Call, query: Annotated[LevelQuery, Query()]) -> Response:
    """List stock levels, by SKU and store."""
    return await call.ask(availability.list_levels, query.filter(), clock.now(), query.limit, query.cursor)


async def get_stock(call: Call, variant: VariantRef, store: StoreRef) -> Response:
    """Look at the stock of one variant in one store.

    Its ETag can be sent as If-Match with a change of it.
    """
    found = await call.find(availability.find_level, variant, store, clock.now())
    return json_response(found, headers=etag(found.version))


async def list_low_stock(call: Call, query: Annotated[LowStockQuery, Query()]) -> Response:
    """List what is low or out of stock, most urgent first.

    By days of cover, and of what is out by the sales that each day costs.
    """
    return await call.ask(low_stock.low_stock, query.store, query.status, clock.now(), query.limit, query.cursor)


@dataclass(slots=True)
class Availability:
    """What each item could have now, in order."""

    items: list[ItemAvailability]


async def check_availability(call: Call, body: AvailabilityBody) -> Response:
    """Ask what an order could have now, when it would be delivered, and what there is instead of what is short.

    Takes nothing, and promises nothing.
    """
    wanted = [WantedItem(item.variant, item.quantity, item.store) for item in body.items]
    found = await call.find(promise.check_availability, wanted, body.ship_to, clock.now(), call.policy)
    return json_response(Availability(found))


# ── Changes by hand ─────────────────────────────────────────────────────────────────────────────────────────────────


async def change_stock(call: Call, variant: VariantRef, store: StoreRef, body: StockChangeBody) -> Response:
    """Change a stock level by hand.

    Answers the level, and the movement that was made: null where `set` found what it wanted.
    """
    return await call.perform(_to_adjust(variant, store, body, expected_version(call)), change_answer)


def _to_adjust(variant: str, store: str, body: StockChange, version: int | None = None) -> stock.AdjustStock:
    return stock.AdjustStock(
        variant=variant,
        store=store,
        operation=body.operation,
        quantity=body.quantity,
        reason=body.reason,
        notes=body.notes,
        expected_quantity=body.expected_quantity,
        expected_version=version,
        on_behalf_of=body.user_id,
    )


@dataclass(slots=True)
class Changed:
    """A change that was made (in a dry run: would have been)."""

    status: int
    stock: StockChangeAnswer


@dataclass(slots=True)
class ChangeResults:
    """One result or problem for each change, in order."""

    results: list[Changed | Refused]


async def change_stock_batch(call: Call, body: StockBatchBody) -> Response:
    """Change many stock levels by hand.

    Every change is answered in its place, by a level or a problem; when `atomic`, all are made or none.
    """

    def to_adjust(row: StockRowBody) -> stock.AdjustStock:
        return _to_adjust(row.variant, row.store, row)

    commands = commands_of(body.changes, to_adjust, "changes", atomic=body.atomic)
    return await perform_all(
        call,
        commands,
        lambda change: Changed(200, change_answer(change)),
        atomic=body.atomic,
        dry_run=body.dry_run,
    )


async def set_thresholds(call: Call, variant: VariantRef, store: StoreRef, body: ThresholdsBody) -> Response:
    """Set what a stock level is judged by."""

    def answer(change: stock.StockChange) -> LevelAnswer:
        return availability.level_answer(change.level, change.variant.sku, change.store.code, overdue=0)

    return await call.perform(stock.SetThresholds(variant, store, **body.model_dump()), answer)


async def set_bin(call: Call, variant: VariantRef, store: StoreRef, body: BinBody) -> Response:
    """Say where on the shelves of a store a variant lies."""

    def answer(change: stock.StockChange) -> LevelAnswer:
        return availability.level_answer(change.level, change.variant.sku, change.store.code, overdue=0)

    return await call.perform(stock.SetThresholds(variant, store, bin=body.bin or ""), answer)


# ── Why ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def list_movements(call: Call, query: Annotated[MovementQuery, Query()]) -> Response:
    """List the movements of all stock, newest first."""
    return await call.ask(ledger.list_movements, query.filter(), query.limit, query.cursor)


async def list_variant_movements(call: Call, variant: VariantRef, query: Annotated[MovementQuery, Query()]) -> Response:
    """List the movements of one variant (or of a product's variants), newest first."""
    return await call.ask(ledger.list_movements, query.filter(variant), query.limit, query.cursor)


async def get_stock_as_of(
    call: Call, variant: VariantRef, store: StoreRef, query: Annotated[AsOfQuery, Query()]
) -> Response:
    """Look at what a stock level was at a time."""
    return await call.ask(ledger.as_of, variant, store, clock.as_microseconds(query.at))


async def explain_stock(call: Call, variant: VariantRef, store: StoreRef) -> Response:
    """Explain where each number of a stock level comes from, and who holds it."""
    return await call.ask(ledger.explain, variant, store, clock.now())
