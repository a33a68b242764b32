"""Days that many tests tamper with: each is lived once, and what it left is put back for every other test."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select
from tests.shop import Moment, Shop

from onhand.db.storage import metadata
from onhand.engine import Engine

Day = Callable[[Shop], None]
Left = list[tuple[Table, list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def lived() -> dict[tuple[Day, str], Left]:
    """What a day left in the tables, by the day and the database that it was lived on."""
    return {}


@pytest.fixture
def live(engine: Engine, moment: Moment, lived: dict[tuple[Day, str], Left]) -> Callable[[Day], Shop]:
    """`live(day)` is a shop after that day."""

    def after(day: Day) -> Shop:
        shop = Shop(engine, moment)
        with engine.database.engine.begin() as connection:
            left = lived.get((day, connection.dialect.name))
            if left is not None:
                put_back(connection, left)
                return shop
        day(shop)
        with engine.database.engine.begin() as connection:
            lived[day, connection.dialect.name] = whole(connection)
        return shop

    return after


def whole(connection: Connection) -> Left:
    rows = {table: connection.execute(select(table)).mappings() for table in metadata.sorted_tables}
    return [(table, found) for table, each in rows.items() if (found := [dict(row) for row in each])]


def put_back(connection: Connection, left: Left) -> None:
    """Only what every database has from the start is there before."""
    for table, _ in reversed(left):
        connection.execute(table.delete())
    for table, rows in left:
        connection.execute(insert(table), rows)
