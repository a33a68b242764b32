"""So many things under way at once: who would begin one more waits for its turn."""

import threading
from collections import Counter


class Window:
    """Bounds what is in flight between the thread that submits and the writer that answers.

    The first failure is raised in the thread that submits, at its next step. Things may be told apart by whose they
    are, so that one can wait for all that is under way of somebody.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self._open_of: Counter[str | None] = Counter()
        self._failure: BaseException | None = None
        self._changed = threading.Condition()

    def enter(self, whose: str | None = None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._open < self._most or self._failure is not None)
            self._raise_failure()
            self._open += 1
            self._open_of[whose] += 1

    def leave(self, whose: str | None = None, failure: BaseException | None = None) -> None:
        with self._changed:
            self._open -= 1
            self._open_of[whose] -= 1
            if not self._open_of[whose]:
                del self._open_of[whose]
            self._failure = self._failure or failure
            self._changed.notify_all()

    def wait_for(self, whose: str | None) -> None:
        """Until nothing of theirs is under way."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open_of[whose] or self._failure is not None)
            self._raise_failure()

    def drain(self) -> None:
        """Until nothing is under way."""
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0)
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
