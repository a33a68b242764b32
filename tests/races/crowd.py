"""Many callers at once."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from onhand.trade.errors import Refusal


def all_at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, started together; what each answered or raised, in order."""
    outcomes: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int) -> None:
        start.wait()
        try:
            outcomes[place] = acts[place]()
        except Exception as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody was never answered"
    return outcomes


def taking_turns(callers: int, tries: int, act: Callable[[int], Any]) -> list[Any]:
    """So many callers share the tries; what each try answered or raised."""
    answered: list[Any] = []
    numbers: Iterable[int] = iter(range(tries))
    lock = threading.Lock()

    def call() -> None:
        while True:
            with lock:
                number = next(iter(numbers), None)
            if number is None:
                return
            try:
                outcome = act(number)
            except Exception as error:
                outcome = error
            with lock:
                answered.append(outcome)

    all_at_once(*[call] * callers)
    assert len(answered) == tries
    return answered


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """The same, of acts that are answered or refused: whatever else comes out of one of them is raised here."""
    outcomes = all_at_once(*acts)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, Refusal):
            raise outcome
    return outcomes


def done(outcomes: list[Any]) -> list[Any]:
    """What was not refused."""
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]


def codes(outcomes: list[Any]) -> set[str]:
    """Why the others were refused."""
    return {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)}
