"""Every contestant writes the same rows for an order, and a contestant that does not is found out."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from onhand.bench import decided
from onhand.bench.databases import Databases, PostgresDatabases, SqliteFiles
from onhand.bench.library import Library
from onhand.bench.pgbench import Pgbench, PgbenchMissing
from onhand.bench.shop import PLACED, SHIPPED, Shop, WronglyWritten, check_growth, open_shop
from onhand.bench.textbook import Textbook
from onhand.db.storage import STORAGE
from onhand.rows import Line, Reservation
from onhand.views.verify import verify


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path, database_kind: str) -> Databases:
    if database_kind == "sqlite":
        return SqliteFiles(tmp_path)
    return PostgresDatabases(request.getfixturevalue("postgres_server"), tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop(databases: Databases) -> Iterator[Shop]:
    with open_shop(databases, 20) as shop:
        yield shop


@pytest.fixture
def before(shop: Shop):
    return shop.counts()


def is_clean(shop: Shop, but_for: str = "nothing") -> bool:
    broken = [each for each in verify(shop.database).broken if each.invariant != but_for]
    assert broken == []
    return not broken


@pytest.mark.parametrize("hot", [False, True])
def test_the_library_places_whole_orders(shop, before, hot):
    with closing(Library(shop)) as library:
        placed, _ = library.place_for(0.1, 16, hot=hot)
    check_growth(before, shop.counts(), placed, PLACED, "library")
    assert placed > 0
    assert is_clean(shop)


def test_the_library_takes_orders_to_shipped(shop, before):
    with closing(Library(shop)) as library:
        shipped, _ = library.place_for(0.1, 16, shipped=True)
    check_growth(before, shop.counts(), shipped, SHIPPED, "library")
    assert is_clean(shop)


def test_the_open_loop_waits_for_every_answer(shop, before):
    with closing(Library(shop)) as library:
        waits = library.latencies(200, 0.2)
    check_growth(before, shop.counts(), len(waits), PLACED, "library")
    assert len(waits) == 40
    assert min(waits) > 0


@pytest.mark.parametrize("hot", [False, True])
def test_the_textbook_places_whole_orders(shop, before, hot):
    with closing(Textbook(shop)) as textbook:
        placed, _ = textbook.place_for(0.1, hot=hot)
    check_growth(before, shop.counts(), placed, PLACED, "textbook")
    assert placed > 0
    assert is_clean(shop, but_for="feed"), "it has no batches"


@pytest.mark.parametrize(("shipped", "each"), [(False, PLACED), (True, SHIPPED)])
def test_what_is_decided_beforehand_is_what_the_engine_would_write(shop, before, shipped, each):
    writer = shop.database.writer()
    desk = decided.Desk(shop, writer, 21)
    for batch in [desk.decide(7, shipped=shipped) for _ in range(3)]:
        decided.write(writer, batch)
    writer.close()
    check_growth(before, shop.counts(), 21, each, "floor")
    assert is_clean(shop)


def test_a_past_has_at_least_so_many_movements(shop, before):
    decided.fill(shop, 100)
    orders = -(-100 // SHIPPED.movements)
    check_growth(before, shop.counts(), orders, SHIPPED, "past")
    assert is_clean(shop)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=False)
def test_the_script_places_whole_orders(shop, before, databases):
    try:
        script = Pgbench(shop, databases.programs)
    except PgbenchMissing as missing:
        pytest.skip(str(missing))
    placed, _ = script.place_for(1)
    check_growth(before, shop.counts(), placed, PLACED, "pgbench")
    assert placed > 0
    assert is_clean(shop, but_for="feed"), "it has no batches"


@pytest.mark.parametrize("forgotten", [Line, Reservation])
def test_a_contestant_that_forgets_rows_is_found_out(shop, before, forgotten):
    writer = shop.database.writer()
    batch = decided.Desk(shop, writer, 3).decide(3)
    assert forgotten in STORAGE
    del batch.new[forgotten]
    decided.write(writer, batch)
    writer.close()
    with pytest.raises(WronglyWritten, match=STORAGE[forgotten].table.name.removeprefix("order_")):
        check_growth(before, shop.counts(), 3, PLACED, "a forgetful one")


def test_a_contestant_that_counts_too_many_is_found_out(shop, before):
    with pytest.raises(WronglyWritten, match="orders"):
        check_growth(before, shop.counts(), 1, PLACED, "a boaster")
