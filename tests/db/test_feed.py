"""The feed's numbering: in the order of each subject, after the commit, by one at a time."""

import threading

import pytest
from tests.feeds import read_all
from tests.shop import Shop

from onhand.db.database import Database, open_database
from onhand.db.feed import number_all
from onhand.db.storage import STORAGE
from onhand.engine import Engine
from onhand.rows import Batch, Event

IDS = [f"00000000-0000-7000-8000-{number:012}" for number in range(100)]


def commit(database: Database, number: int, at: int, *told: tuple[str, int]) -> None:
    """A batch of that time with these events, (subject, seq)."""
    writer = database.writer()
    writer.begin()
    writer.insert(STORAGE[Batch], [Batch(IDS[number], at, 1)])
    if told:
        writer.insert(STORAGE[Event], [Event(subject, seq, "order.placed", "clerk", at, "{}") for subject, seq in told])
    writer.commit()
    writer.close()


def number(database: Database) -> int:
    writer = database.writer()
    numbered = number_all(writer)
    writer.close()
    return numbered


def places(database: Database) -> list[tuple[int, str, int]]:
    """(place, subject, seq) of every event, by what the batches say."""
    writer = database.writer()
    batches = writer.run("SELECT position, committed_at FROM batches WHERE position > 0")
    found = []
    for position, at in batches:
        told = writer.run("SELECT subject, seq FROM events WHERE occurred_at = :at ORDER BY subject, seq", at=at)
        found += [(position + place, *each) for place, each in enumerate(told)]
    writer.close()
    return sorted(found)


def test_places_follow_the_times(database):
    commit(database, 1, 2_000, ("order/b", 1))
    commit(database, 2, 1_000, ("order/a", 1), ("order/a", 2))
    commit(database, 3, 1_500)
    assert number(database) == 3
    assert places(database) == [(1, "order/a", 1), (2, "order/a", 2), (3, "order/b", 1)]
    commit(database, 4, 500, ("order/c", 1))
    assert number(database) == 1
    assert places(database)[-1] == (4, "order/c", 1), "what has its place keeps it"
    assert number(database) == 0


def test_a_subject_is_told_in_its_order_whatever_the_clocks_say(database):
    """A batch that began first may have waited for the rows of one that began later, or its clock is behind."""
    commit(database, 1, 3_000, ("order/a", 1), ("order/z", 1))
    commit(database, 2, 1_000, ("order/a", 2))
    commit(database, 3, 2_000, ("order/a", 3), ("order/y", 1))
    commit(database, 4, 500, ("order/y", 2))
    number(database)
    order = [(subject, seq) for _, subject, seq in places(database)]
    for subject in "ayz":
        numbers = [seq for name, seq in order if name == f"order/{subject}"]
        assert numbers == sorted(numbers)


def test_a_step_back_over_more_than_is_numbered_at_once(database):
    """What comes first of a subject lies beyond the oldest sixty-four."""
    commit(database, 0, 1, ("order/a", 2))
    for each in range(1, 80):
        commit(database, each, 10 * each, (f"order/other-{each:03}", 1))
    commit(database, 90, 5_000, ("order/a", 1), ("order/b", 2))
    commit(database, 91, 705, ("order/b", 1))
    number(database)
    order = [(subject, seq) for _, subject, seq in places(database)]
    assert len(order) == 83
    assert order.index(("order/a", 1)) < order.index(("order/a", 2))
    assert order.index(("order/b", 1)) < order.index(("order/b", 2))
    assert [place for place, *_ in places(database)] == list(range(1, 84))


def test_numbering_looks_at_what_is_new_and_reads_no_ledger(postgres_url):
    """Twenty batches of a busy second, in a shop that has told 40,000 facts before."""
    database = open_database(postgres_url)
    commit(database, 0, 1, *[(f"order/old-{each:05}", 1) for each in range(40_000)])
    number(database)
    for each in range(1, 21):
        commit(database, each, 100 + each, *[(f"order/{each}-{order}", 1) for order in range(100)])
    writer = database.writer()
    writer.run("ANALYZE events")
    writer.close()
    before = rows_read(database, "events")
    assert number(database) == 20
    assert rows_read(database, "events") - before < 40_000
    database.close()


def rows_read(database: Database, table: str) -> int:
    """How many rows of a table were gone through without an index, by connections that are closed."""
    writer = database.writer()
    ((rows,),) = writer.run("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = :table", table=table)
    writer.close()
    return int(rows)


@pytest.mark.parametrize("numberers", [6])
def test_several_who_number_at_once_give_each_place_once(postgres_url, numberers):
    database = open_database(postgres_url)
    done = threading.Event()

    def keep_numbering() -> None:
        while not done.is_set():
            number(database)

    threads = [threading.Thread(target=keep_numbering) for _ in range(numberers)]
    for thread in threads:
        thread.start()
    for each in range(100):
        commit(database, each, 1_000_000 - each, (f"order/{each:03}", 1), (f"order/{each:03}", 2))
    done.set()
    for thread in threads:
        thread.join()
    number(database)
    assert [place for place, *_ in places(database)] == list(range(1, 201))
    database.close()


def test_a_numberer_that_stops_in_the_middle_keeps_nobody_from_numbering(postgres_url):
    database = open_database(postgres_url)
    frozen = database.writer()
    frozen.run("SET idle_in_transaction_session_timeout = '300ms'")
    frozen.begin()
    frozen.run("UPDATE counters SET value = value + 100 WHERE name = 'feed'")
    commit(database, 1, 1_000, ("order/a", 1))
    assert number(database) == 1
    assert places(database) == [(1, "order/a", 1)]
    database.close()


def test_what_a_process_left_unnumbered_is_numbered_by_the_next(database):
    commit(database, 1, 1_000, ("order/a", 1))
    engine = Engine(database)
    engine.start()
    engine.close()
    assert places(database) == [(1, "order/a", 1)]


def test_who_follows_is_woken_by_a_commit(shop: Shop):
    feed = shop.engine.feed
    shop.stocks({"A": 5})
    told = len(read_all(shop))
    threading.Timer(0.1, lambda: shop.order({"A": 1})).start()
    while True:
        turn = feed.turn
        if news := read_all(shop)[told:]:
            break
        feed.wait(turn, 30)
    assert {event.type for event in news} <= {"order.placed", "stock.changed"}
