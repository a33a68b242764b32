"""What the worker does, over HTTP."""

from dataclasses import dataclass

from fastapi import Response

from onhand import clock
from onhand.api.answers import json_response
from onhand.api.calls import Call
from onhand.views.duties import last_runs
from onhand.worker.duty import DutyAnswer, duty_answer
from onhand.worker.schedule import schedule


@dataclass(slots=True)
class Duties:
    """Every recurring duty."""

    data: list[DutyAnswer]


async def list_duties(call: Call) -> Response:
    """List the worker's duties, and how the last run of each went."""
    runs = await call.find(last_runs)
    now = clock.now()
    return json_response(Duties([duty_answer(duty, runs, now) for duty in schedule(call.desk.settings)]))
