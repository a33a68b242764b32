"""What the races may ask for besides a shop."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tests.shop import CLERK, Shop

from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.views.verify import verify


@pytest.fixture
def doors(shop: Shop) -> Iterator[list[Callable[..., Any]]]:
    """Two ways in: the engines of two processes where they may share a database, else the one that it allows, twice.

    When the race is over, `verify` finds nothing.
    """
    database = shop.engine.database
    first = partial(shop.engine.run, actor=CLERK)
    if not database.is_shared:
        yield [first, first]
    else:
        opened = open_database(database.url)
        engine = Engine(opened)
        engine.start()
        yield [first, partial(engine.run, actor=CLERK)]
        engine.close()
        opened.close()
    assert verify(database).broken == []
