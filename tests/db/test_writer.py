"""The writer speaks the same to both databases: sets of rows in, sets of rows out, in the order of their keys."""

import threading

import pytest

from onhand.db.dialect import Interfered
from onhand.db.storage import STORAGE
from onhand.rows import Batch, Level, StoredAnswer

LEVELS, ANSWERS = STORAGE[Level], STORAGE[StoredAnswer]
A, B, C = (f"00000000-0000-7000-8000-00000000000{digit}" for digit in "abc")


@pytest.fixture
def writer(database):
    writer = database.writer()
    writer.begin()
    yield writer
    writer.rollback()
    writer.close()


def test_a_selection_is_in_the_order_of_the_keys_whatever_was_asked_first(writer):
    stock = [Level(store, variant, 1, 5) for store in (B, A) for variant in (C, A)]
    writer.insert(LEVELS, stock)
    asked = [(B, C), (A, C), (A, A), (C, C)]
    for lock in (False, True):
        found = writer.select(LEVELS, ["store_id", "variant_id"], asked, lock=lock)
        assert [row[:2] for row in found] == [(A, A), (A, C), (B, C)]


def test_a_selection_by_another_column(writer):
    writer.insert(LEVELS, [Level(store, variant, 1, 5) for store in (A, B) for variant in (A, B, C)])
    found = writer.select(LEVELS, ["variant_id"], [C, B])
    assert [row[:2] for row in found] == [(A, B), (A, C), (B, B), (B, C)]
    assert writer.select(LEVELS, ["variant_id"], []) == []


def test_an_update_writes_what_may_change_and_nothing_else(writer):
    writer.insert(LEVELS, [Level(A, A, 1, 5), Level(A, B, 1, 5)])
    writer.update(LEVELS, [Level(A, A, 2, 4), Level(A, B, 3, 3)], ("version", [1, 1]))
    assert [row[2:4] for row in writer.select(LEVELS, ["store_id"], [A])] == [(2, 4), (3, 3)]


@pytest.mark.parametrize("seen", [[1, 9], [9, 1], [0, 0]])
def test_an_update_of_what_is_no_longer_as_it_was_seen(writer, seen):
    writer.insert(LEVELS, [Level(A, A, 1, 5), Level(A, B, 1, 5)])
    with pytest.raises(Interfered, match="levels"):
        writer.update(LEVELS, [Level(A, A, 2, 4), Level(A, B, 3, 3)], ("version", seen))


def test_an_update_of_what_is_not_there(writer, database):
    with pytest.raises(Interfered) as interfered:
        writer.update(LEVELS, [Level(A, A, 2, 4)])
    assert database.is_transient(interfered.value)
    assert not database.is_lost(interfered.value)


def test_statements_take_names_and_lists(writer):
    writer.insert(STORAGE[Batch], [Batch(A, 1, 10), Batch(B, 2, 20), Batch(C, 3, 30)])
    found = writer.run(
        "SELECT id FROM batches WHERE id = ANY(:ids::uuid[]) AND commands > :least", ids=[A, C], least=15
    )
    assert found == [(C,)]
    assert writer.run("UPDATE batches SET commands = :n WHERE id = :id RETURNING commands", n=7, id=B) == [(7,)]
    assert writer.run("DELETE FROM batches WHERE committed_at = :at", at=3) == []


def test_texts_that_look_like_code_are_texts(writer):
    odd = ["'; DROP TABLE levels; --", "%s %(x)s", ":name", '{"a": [1]}', "\\", "\t\n", "茶", ""]
    writer.insert(ANSWERS, [StoredAnswer("web", f"key {text}", text, 200, text, 1) for text in odd])
    found = writer.select(ANSWERS, ["scope", "key"], [("web", f"key {text}") for text in odd])
    assert {(row[1], row[2], row[4]) for row in found} == {(f"key {text}", text, text) for text in odd}


def test_nothing_stays_of_what_is_rolled_back(writer):
    writer.insert(LEVELS, [Level(A, A, 1, 5)])
    writer.rollback()
    writer.rollback()
    writer.begin()
    assert writer.select(LEVELS, ["store_id"], [A]) == []


def test_two_writers_take_turns(writer, database):
    """The second waits for the first, and sees what it did."""
    writer.insert(LEVELS, [Level(A, A, 1, 5)])
    writer.commit()
    writer.begin()
    writer.select(LEVELS, ["store_id", "variant_id"], [(A, A)], lock=True)
    seen = []

    def second() -> None:
        other = database.writer()
        other.begin()
        seen.extend(other.select(LEVELS, ["store_id", "variant_id"], [(A, A)], lock=True))
        other.rollback()
        other.close()

    thread = threading.Thread(target=second)
    thread.start()
    thread.join(0.2)
    assert seen == []
    writer.update(LEVELS, [Level(A, A, 2, 4)], ("version", [1]))
    writer.commit()
    thread.join(60)
    assert [row[2:4] for row in seen] == [(2, 4)]
    writer.begin()
