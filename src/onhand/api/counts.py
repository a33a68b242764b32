"""Cycle counts over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Query, Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.batches import Refused, commands_of, perform_all
from onhand.api.bodies import Nothing
from onhand.api.calls import Call
from onhand.api.floor_bodies import (
    ApproveBody,
    CountBatchBody,
    CountBody,
    CountedBody,
    CountedFields,
    CountedRowsBody,
    CountRowBody,
    RecountBody,
    SubmitBody,
)
from onhand.api.queries import AccuracyQuery, CountQuery, CountRef, PageQuery
from onhand.rows import Count
from onhand.trade import counts, variances
from onhand.views import counts as views
from onhand.views.counts import Accuracy, CountAnswer, count_answer, counted_answer
from onhand.views.documents import document_timeline
from onhand.views.pages import part

CountedSku = Annotated[str, Path(max_length=255, description="A variant of the count, by SKU or id")]


async def create_count(call: Call, body: CountBody) -> Response:
    """Have stock of a store counted, while it goes on selling.

    Without `skus`: all that was ever stocked there, narrowed by `class` and `due_since`.
    """
    skus = body.skus
    if skus is None:
        since = clock.as_microseconds(body.due_since)
        skus = await call.find(views.to_count, body.store, since, body.class_, clock.now())
    return await call.perform(_to_create(body, skus), count_answer, 201, location="/api/inventory/counts/{id}")


@dataclass(slots=True)
class Begun:
    status: int
    count: CountAnswer


@dataclass(slots=True)
class CountResults:
    """One result or problem for each count, in order."""

    results: list[Begun | Refused]


async def create_counts(call: Call, body: CountBatchBody) -> Response:
    """Begin many counts.

    Every one is answered in its place, by the count or by a problem; when `atomic`, all are begun or none.
    """

    def command_of(row: CountRowBody) -> counts.CreateCount:
        return _to_create(row, row.skus)

    commands = commands_of(body.counts, command_of, "counts", atomic=body.atomic)
    return await perform_all(call, commands, lambda picture: Begun(201, count_answer(picture)), atomic=body.atomic)


def _to_create(body: CountBody, skus: Sequence[str]) -> counts.CreateCount:
    over = body.approval_over
    return counts.CreateCount(
        store=body.store,
        items=tuple(skus),
        blind=body.blind,
        approval_units=over.units if over else None,
        approval_value=over.value if over else None,
        number=body.number,
    )


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def list_counts(call: Call, query: Annotated[CountQuery, Query()]) -> Response:
    """List counts without their lines, newest first."""
    currency = call.desk.engine.policy.currency
    return await call.ask(views.list_counts, query.filter(), currency, query.limit, query.cursor)


async def get_count(call: Call, ref: CountRef) -> Response:
    """Look at a count and its lines.

    While it is blind and being counted, no line tells what the books say.
    """
    return await call.ask(views.find_count, ref, call.desk.engine.policy.currency)


async def get_count_timeline(call: Call, ref: CountRef, query: Annotated[PageQuery, Query()]) -> Response:
    """Look at everything that happened to a count, oldest first."""
    return json_response(part(await call.find(document_timeline, Count, ref), query.limit, query.cursor))


@dataclass(slots=True)
class AccuracyOfStores:
    """The accuracy of each store where anything was counted."""

    data: list[Accuracy]


async def get_count_accuracy(call: Call, query: Annotated[AccuracyQuery, Query()]) -> Response:
    """Look at how well the books of each store, or of one, agree with its shelves."""
    return json_response(AccuracyOfStores(await call.find(views.accuracy, query.store)))


# ── Counting ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def save_counted(call: Call, ref: CountRef, sku: CountedSku, body: CountedBody) -> Response:
    """Write down what was found of one SKU.

    It is a draft, and can be written again until the count is submitted. The book quantity of this moment is kept with
    it: what moves later does not spoil it.
    """
    command = counts.SaveCounted(ref, (_counted(sku, body),), _is_alone(call, body.user_id))
    return await call.perform(command, counted_answer, on_behalf_of=body.user_id)


async def save_counted_lines(call: Call, ref: CountRef, body: CountedRowsBody) -> Response:
    """Write down what was found of many SKUs, all or nothing."""
    items = tuple(_counted(row.sku, row) for row in body.lines)
    command = counts.SaveCounted(ref, items, _is_alone(call, body.user_id))
    return await call.perform(command, counted_answer, on_behalf_of=body.user_id)


def _counted(sku: str, body: CountedFields) -> counts.Counted:
    return counts.Counted(sku, body.counted, body.reason, body.second, body.expected_version)


async def submit_count(call: Call, ref: CountRef, body: SubmitBody | None = None) -> Response:
    """Submit a count: it is applied, or waits for approval where too much is off.

    What is applied is the difference, so that sales made meanwhile are kept. Again: the same answer.
    """
    command = variances.SubmitCount(ref)
    if body is not None:
        command = variances.SubmitCount(ref, body.skip_uncounted, body.prefer)
    return await call.perform(command, count_answer, on_behalf_of=body.user_id if body else None)


async def approve_count(call: Call, ref: CountRef, body: ApproveBody | None = None) -> Response:
    """Approve and apply what a count has found.

    Refused to anybody who has counted a line of it, unless they are alone with a key for everything. Again: the same
    answer.
    """
    user_id = body.user_id if body else None
    command = variances.ApproveCount(ref, _is_alone(call, user_id))
    return await call.perform(command, count_answer, on_behalf_of=user_id)


def _is_alone(call: Call, user_id: str | None) -> bool:
    """A key for everything that names nobody: an owner who is alone in the shop, or a program."""
    return user_id is None and "admin" in call.caller.scopes


async def recount(call: Call, ref: CountRef, body: RecountBody) -> Response:
    """Have some lines counted again: what was written down for them is forgotten."""
    return await call.perform(counts.RecountLines(ref, tuple(body.skus)), count_answer)


async def cancel_count(call: Call, ref: CountRef, body: Nothing | None = None) -> Response:
    """Give up a count that is not applied.

    Again: the same answer.
    """
    return await call.perform(counts.CancelCount(ref), count_answer)
