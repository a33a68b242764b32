"""Bare holds over HTTP: the inventory half alone, for shops with their own orders."""

from collections.abc import Sequence

from fastapi import Response

from onhand import clock
from onhand.api.bodies import ExtendBody, HoldBody, HoldItemBody, HoldStepBody, ReleaseBody
from onhand.api.calls import Call
from onhand.api.queries import HoldRef
from onhand.trade import holds
from onhand.views import holds as views
from onhand.views.holds import HoldAnswer


def answer(picture: holds.HoldPicture) -> HoldAnswer:
    return views.hold_answer(picture, clock.now())


async def place_hold(call: Call, body: HoldBody) -> Response:
    """Hold stock under a reference of your own: all or nothing."""
    command = holds.PlaceHold(_items(body.items), body.reference, body.hold_minutes)
    return await call.perform(command, answer, 201, location="/api/inventory/holds/{id}")


async def get_hold(call: Call, hold: HoldRef) -> Response:
    """Look at a hold."""
    return await call.ask(views.find_hold, hold, clock.now())


async def release_hold(call: Call, hold: HoldRef, body: ReleaseBody | None = None) -> Response:
    """Give the stock of a hold back, all of it or the named items."""
    sent = body or ReleaseBody()
    return await call.perform(holds.ReleaseHold(hold, _items(sent.items), sent.reason), answer)


async def confirm_hold(call: Call, hold: HoldRef, body: HoldStepBody | None = None) -> Response:
    """Reserve the stock of a hold, all of it or the named items."""
    return await call.perform(holds.ConfirmHold(hold, _items(body.items if body else None)), answer)


async def fulfill_hold(call: Call, hold: HoldRef, body: HoldStepBody | None = None) -> Response:
    """Tell that reserved goods have left, all of them or the named items."""
    return await call.perform(holds.FulfillHold(hold, _items(body.items if body else None)), answer)


async def extend_hold(call: Call, hold: HoldRef, body: ExtendBody) -> Response:
    """Keep a hold for so many minutes from now.

    It never gets shorter.
    """
    return await call.perform(holds.ExtendBareHold(hold, body.hold_minutes), answer)


def _items(items: Sequence[HoldItemBody] | None) -> tuple[holds.HoldItem, ...]:
    return tuple(holds.HoldItem(item.variant, item.quantity, item.store) for item in items or ())
