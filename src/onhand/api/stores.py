"""Stores over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from onhand.api.calls import Call
from onhand.api.queries import PageQuery, StoreRef
from onhand.api.stock_bodies import StoreBody, StoreChangeBody
from onhand.trade import catalog
from onhand.views import catalog as views


async def create_store(call: Call, body: StoreBody) -> Response:
    """Open a store."""
    command = catalog.CreateStore(
        code=body.code,
        name=body.name,
        priority=body.priority or 0,
        handling_days=body.handling_days or 0,
        cutoff=body.cutoff,
        time_zone=body.time_zone or "UTC",
        address=body.address,
        transit_days=body.transit_days,
        transit_by_country=body.transit_by_country,
    )
    return await call.perform(command, views.store_answer, 201, location="/api/stores/{id}")


async def list_stores(call: Call, query: Annotated[PageQuery, Query()]) -> Response:
    """List stores, by code."""
    return await call.ask(views.list_stores, query.limit, query.cursor)


async def get_store(call: Call, ref: StoreRef) -> Response:
    """Look at a store."""
    return await call.ask(views.find_store, ref)


async def change_store(call: Call, ref: StoreRef, body: StoreChangeBody) -> Response:
    """Change a store."""
    command = catalog.ChangeStore(
        ref,
        body.name,
        body.priority,
        body.handling_days,
        body.cutoff,
        body.time_zone,
        body.address,
        body.transit_days,
        body.transit_by_country,
    )
    return await call.perform(command, views.store_answer)
