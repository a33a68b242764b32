"""Questions to the database. They block: ask them in a thread, never in the event loop."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from onhand.db.database import Database, DatabaseUnusable
from onhand.trade.errors import Overloaded

Found = TypeVar("Found")


def ask(database: Database, question: Callable[[Connection], Found]) -> Found:
    """What the question comes to. Raises Overloaded when the database does not answer: come back later."""
    try:
        with database.reading() as connection:
            return question(connection)
    except (OperationalError, InterfaceError, DatabaseUnusable, NoConnectionLeft) as error:
        raise Overloaded("The database does not answer.") from error
