"""What the facades share."""

from collections.abc import Callable
from typing import Any, TypeVar

from onhand.books import Actor
from onhand.engine import Engine

Answer = TypeVar("Answer")


class Service:
    """What the facades share: a door for commands, and a window for questions."""

    def __init__(self, engine: Engine, actor: Actor) -> None:
        self._engine = engine
        self._actor = actor

    def _ask(self, question: Callable[..., Answer], *about: Any) -> Answer:
        with self._engine.database.reading() as connection:
            return question(connection, *about)
