"""Many commands in one request, each answered in its place."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from onhand.api import problems
from onhand.api.answers import json_response
from onhand.api.calls import Call
from onhand.api.fields import Unreadable
from onhand.api.idempotency import Rendering
from onhand.api.problems import Problem
from onhand.engine import Outcome
from onhand.trade.errors import Overloaded, Refusal, ValidationFailed
from onhand.trade.verbs import Together


@dataclass(slots=True)
class Refused:
    """An entry that was refused: `status` is that of the problem."""

    status: int
    problem: Problem


@dataclass(slots=True)
class Results:
    """One result or problem for each entry, in order."""

    results: list[Any]


def commands_of(
    entries: Sequence[Any], to_command: Callable[[Any], Any], within: str, *, atomic: bool
) -> list[Any | ValidationFailed]:
    """The command of each entry, or what is wrong with it; when `atomic`, that refuses the whole request."""
    unreadable = [(at, entry) for at, entry in enumerate(entries) if isinstance(entry, Unreadable)]
    if atomic and unreadable:
        errors = [({**error, "loc": (at, *error["loc"])}) for at, entry in unreadable for error in entry.errors]
        raise problems.validation_failed(errors, within)
    return [
        problems.validation_failed(entry.errors) if isinstance(entry, Unreadable) else to_command(entry)
        for entry in entries
    ]


async def perform_all(
    call: Call,
    commands: Sequence[Any | ValidationFailed],
    answer: Callable[[Outcome], Any],
    *,
    atomic: bool = False,
    dry_run: bool = False,
) -> Response:
    """Give every command to the engine by itself, so that batches fill as they do under load.

    They go together as one command where that is the only way: all or nothing, a trial, or an idempotency key, whose
    record must commit with the effect of the whole request.
    """
    sound = [command for command in commands if not isinstance(command, ValidationFailed)]

    def in_order(outcomes: Iterator[Outcome]) -> Results:
        return Results(
            [
                _result(call, command if isinstance(command, ValidationFailed) else next(outcomes), answer)
                for command in commands
            ]
        )

    if atomic or dry_run or call.idempotency_key is not None:
        rendering = Rendering(call.instance, lambda outcomes: in_order(iter(outcomes)), 200)
        outcome = await call.submit(Together(tuple(sound), atomic, dry_run), rendering.render)
        return await run_in_threadpool(rendering.response, outcome)
    outcomes = [await each if isinstance(each, asyncio.Future) else each for each in _submit_each(call, sound)]
    return await run_in_threadpool(lambda: json_response(in_order(iter(outcomes))))


def _submit_each(call: Call, commands: Sequence[Any]) -> "list[asyncio.Future[Outcome] | Overloaded]":
    submitted: list[asyncio.Future[Outcome] | Overloaded] = []
    for command in commands:
        try:
            submitted.append(call.submit(command))
        except Overloaded as refusal:
            submitted.append(refusal)
    return submitted


def _result(call: Call, outcome: Outcome, answer: Callable[[Outcome], Any]) -> Any:
    if not isinstance(outcome, BaseException):
        return answer(outcome)
    refusal = outcome if isinstance(outcome, Refusal) else problems.InternalError()
    return Refused(refusal.status, Problem(**problems.members(refusal, call.instance)))
