"""Transfers over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response

from onhand.api.answers import json_response
from onhand.api.batches import Refused, commands_of, perform_all
from onhand.api.bodies import Nothing
from onhand.api.calls import Call
from onhand.api.floor_bodies import ArrivalsBody, TransferBatchBody, TransferBody
from onhand.api.queries import PageQuery, TransferQuery, TransferRef
from onhand.rows import Transfer
from onhand.trade import transfers
from onhand.views import transfers as views
from onhand.views.documents import document_timeline
from onhand.views.pages import part
from onhand.views.transfers import TransferAnswer, transfer_answer


async def create_transfer(call: Call, body: TransferBody) -> Response:
    """Draft a transfer between two stores.

    No stock moves before it is sent.
    """
    return await call.perform(_to_create(body), transfer_answer, 201, location="/api/inventory/transfers/{id}")


def _to_create(body: TransferBody) -> transfers.CreateTransfer:
    items = tuple(transfers.TransferItem(item.variant, item.quantity) for item in body.items)
    return transfers.CreateTransfer(body.from_, body.to, items, body.number, body.note)


@dataclass(slots=True)
class Drafted:
    status: int
    transfer: TransferAnswer


@dataclass(slots=True)
class TransferResults:
    """One result or problem for each transfer, in order."""

    results: list[Drafted | Refused]


async def create_transfers(call: Call, body: TransferBatchBody) -> Response:
    """Draft many transfers.

    Every one is answered in its place, by the transfer or by a problem; when `atomic`, all are drafted or none.
    """
    commands = commands_of(body.transfers, _to_create, "transfers", atomic=body.atomic)
    return await perform_all(call, commands, lambda picture: Drafted(201, transfer_answer(picture)), atomic=body.atomic)


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def list_transfers(call: Call, query: Annotated[TransferQuery, Query()]) -> Response:
    """List transfers, newest first."""
    return await call.ask(views.list_transfers, query.filter(), query.limit, query.cursor)


async def get_transfer(call: Call, ref: TransferRef) -> Response:
    """Look at a transfer."""
    return await call.ask(views.find_transfer, ref)


async def get_transfer_timeline(call: Call, ref: TransferRef, query: Annotated[PageQuery, Query()]) -> Response:
    """Look at everything that happened to a transfer, oldest first."""
    return json_response(part(await call.find(document_timeline, Transfer, ref), query.limit, query.cursor))


# ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def send_transfer(call: Call, ref: TransferRef, body: Nothing | None = None) -> Response:
    """Send a draft: the goods leave the one store, and are in transit.

    Again: the same answer.
    """
    return await call.perform(transfers.SendTransfer(ref), transfer_answer)


async def receive_transfer(call: Call, ref: TransferRef, body: ArrivalsBody | None = None) -> Response:
    """Receive goods at the other store: the items, or all that is in transit.

    What is damaged is kept there as unsellable.
    """
    arrivals = tuple(
        transfers.Arrival(item.variant, item.received, item.damaged, item.lost, item.why)
        for item in (body and body.items) or ()
    )
    return await call.perform(transfers.ReceiveTransfer(ref, arrivals), transfer_answer)


async def recall_transfer(call: Call, ref: TransferRef, body: Nothing | None = None) -> Response:
    """Bring what is in transit back to the store that sent it.

    Again: the same answer.
    """
    return await call.perform(transfers.RecallTransfer(ref), transfer_answer)


async def cancel_transfer(call: Call, ref: TransferRef, body: Nothing | None = None) -> Response:
    """Cancel a draft.

    Again: the same answer.
    """
    return await call.perform(transfers.CancelTransfer(ref), transfer_answer)
