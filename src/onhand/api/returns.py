"""Goods that come back, over HTTP: announced, received, each item with its condition."""

from typing import Annotated

from fastapi import Query, Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.bodies import ReturnBody, ReturnItemBody
from onhand.api.calls import Call
from onhand.api.fulfillment_bodies import ReasonBody, ReturnReceiptBody, ReturnRequestBody
from onhand.api.queries import PageQuery, ReturnQuery, ReturnRef
from onhand.rows import Return
from onhand.trade import returns
from onhand.views import returns as views
from onhand.views.documents import document_timeline
from onhand.views.pages import part


async def request_return(call: Call, body: ReturnRequestBody) -> Response:
    """Announce that goods of an order will come back.

    No stock moves. What is expected back and what came back are never more than was shipped.
    """
    items = tuple(returns.RequestedItem(item.variant, item.quantity) for item in body.items)
    command = returns.RequestReturn(body.order_id, items, body.reason)
    return await call.perform(command, views.return_answer, 201, location="/api/returns/{id}")


async def list_returns(call: Call, query: Annotated[ReturnQuery, Query()]) -> Response:
    """List returns, newest first."""
    return await call.ask(views.list_returns, query.filter(), query.limit, query.cursor)


async def get_return(call: Call, ref: ReturnRef) -> Response:
    """Look at a return."""
    return await call.ask(views.find_return, ref)


async def get_return_timeline(call: Call, ref: ReturnRef, query: Annotated[PageQuery, Query()]) -> Response:
    """Look at everything that happened to a return, oldest first."""
    return json_response(part(await call.find(document_timeline, Return, ref), query.limit, query.cursor))


async def receive_return(call: Call, ref: ReturnRef, body: ReturnReceiptBody) -> Response:
    """Receive what has come back of a return, at any store.

    What is sellable goes on sale again, what is damaged becomes unsellable stock, what is lost does not come back. It
    may differ from what was announced; a part that did not come is not expected any more.
    """
    command = returns.ReceiveReturn(ref, _items(body.items), body.store, body.refund_amount, body.processed_by)
    return await call.perform(command, views.return_answer, on_behalf_of=body.processed_by)


async def cancel_return(call: Call, ref: ReturnRef, body: ReasonBody | None = None) -> Response:
    """Cancel a return of which nothing has come.

    Again: the same answer.
    """
    return await call.perform(returns.CancelReturn(ref, body.reason if body else None), views.return_answer)


async def return_items(call: Call, body: ReturnBody) -> Response:
    """Take back goods of an order.

    What is sellable is restocked; never more than was shipped. Answers the order, and what came back.
    """
    command = returns.ReturnItems(
        order=body.order_id,
        items=_items(body.items),
        reason=body.reason,
        store=body.store,
        refund_amount=body.refund_amount,
        processed_by=body.processed_by,
    )
    return await call.perform(
        command, lambda returned: views.returned_order(returned, clock.now()), 201, on_behalf_of=body.processed_by
    )


def _items(items: list[ReturnItemBody]) -> tuple[returns.ReturnItem, ...]:
    return tuple(returns.ReturnItem(item.variant, item.quantity, item.condition) for item in items)
