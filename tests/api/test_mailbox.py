"""Outcomes come from another thread, many at a time; the loop is woken once for all of them."""

import asyncio
import threading
from typing import Any

from onhand.api.mailbox import Mailbox
from onhand.books import Actor


class Writer:
    """An engine that answers when it is told to, from a thread of its own."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Any, Any]] = []

    def submit(self, command: Any, actor: Actor, done: Any, idempotency: Any = None) -> None:
        self.waiting.append((command, done))

    def answer_all(self) -> None:
        thread = threading.Thread(target=lambda: [done(f"done {command}") for command, done in self.waiting])
        thread.start()
        thread.join()


def test_the_loop_is_woken_once_a_batch():
    async def play() -> tuple[int, list[str]]:
        loop, writer, wakings = asyncio.get_running_loop(), Writer(), []
        mailbox = Mailbox(loop)
        wake = loop.call_soon_threadsafe

        def counted(*work: Any) -> asyncio.Handle:
            wakings.append(work)
            return wake(*work)

        loop.call_soon_threadsafe = counted  # type: ignore[assignment, method-assign]
        waiting = [mailbox.submit(writer, number, Actor("clerk")) for number in range(100)]  # type: ignore[arg-type]
        waiting[7].cancel()
        writer.answer_all()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        return len(wakings), [str(answer) for answer in answers]

    wakings, answers = asyncio.run(play())
    assert wakings == 1
    assert answers == ["" if number == 7 else f"done {number}" for number in range(100)]
