"""From the writer's thread to the event loop: outcomes pile up in a box, and the loop is woken once for all of them."""

import asyncio
from collections import deque
from functools import partial
from typing import Any

from onhand.books import Actor
from onhand.engine import Engine, Idempotency, Outcome


class Mailbox:
    """The box of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._arrived: deque[tuple[asyncio.Future[Outcome], Outcome]] = deque()
        self._is_waking = False

    def submit(
        self, engine: Engine, command: Any, actor: Actor, idempotency: Idempotency | None = None
    ) -> "asyncio.Future[Outcome]":
        """Queue a command; what it comes to is the future's result, refusals and failures too.

        Cancelling the future does not cancel the command: it stands. Raises Overloaded and IdempotencyInFlight.
        """
        future: asyncio.Future[Outcome] = self._loop.create_future()
        engine.submit(command, actor, partial(self._put, future), idempotency)
        return future

    def _put(self, future: "asyncio.Future[Outcome]", outcome: Outcome) -> None:
        """In the writer's thread. No lock: the box is filled before the flag is read, emptied after it is cleared."""
        self._arrived.append((future, outcome))
        if not self._is_waking:
            self._is_waking = True
            self._loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._is_waking = False
        while self._arrived:
            future, outcome = self._arrived.popleft()
            if not future.done():
                future.set_result(outcome)
