"""What every department of the library is made of."""

from collections.abc import Callable
from typing import Any, TypeVar

from onhand.books import Actor
from onhand.engine import Engine

Answer = TypeVar("Answer")


class Service:
    """A department: the engine for its commands, the database for its questions, and the name of who acts."""

    def __init__(self, engine: Engine, actor: Actor) -> None:
        self._engine = engine
        self._actor = actor

    def _ask(self, question: Callable[..., Answer], *about: Any) -> Answer:
        with self._engine.database.reading() as connection:
            return question(connection, *about)
