"""The open books of a batch: what is read, what is changed, and going back."""

import json

from onhand.books import Actor, Books, Policy
from onhand.calendars import days_off
from onhand.db.storage import KEYS
from onhand.rows import Event, Level, Order, StoredAnswer

NOW = 1_760_000_000_000_000


def open_books(*levels: Level) -> Books:
    books = Books(NOW, Policy(), None, KEYS, lambda: "an id", [1001, 1002, 1003], days_off)  # type: ignore[arg-type]
    books.levels.load(levels)
    return books


def test_a_shelf_shows_what_was_read_until_it_is_changed():
    books = open_books(Level("s", "a", 3, 10))
    assert books.levels[("s", "a")].available == 10
    books.levels.put(Level("s", "a", 4, 9))
    assert books.levels[("s", "a")].available == 9
    assert books.levels.loaded[("s", "a")].available == 10
    assert books.levels.get(("s", "b")) is None


def test_a_shelf_lists_every_row_once_as_it_is_now():
    books = open_books(Level("s", "a", 3, 10), Level("s", "b", 1, 5))
    books.levels.put(Level("s", "b", 2, 4))
    books.levels.put(Level("s", "c", 1, 1))
    assert [(row.variant_id, row.available) for row in books.levels] == [("a", 10), ("b", 4), ("c", 1)]


def test_undoing_goes_back_to_the_mark_and_no_further():
    books = open_books(Level("s", "a", 3, 10))
    books.levels.put(Level("s", "a", 4, 9))
    books.tell("level/a", 1, "stock.changed", Actor("clerk"), {})
    assert books.take_number() == "1001"
    mark = books.mark()
    books.levels.put(Level("s", "a", 5, 8))
    books.levels.put(Level("s", "a", 6, 7))
    books.levels.put(Level("s", "b", 1, 1))
    books.tell("level/a", 2, "stock.changed", Actor("clerk"), {})
    books.forget(StoredAnswer, NOW, 10)
    assert books.take_number() == "1002"
    assert books.take_name("variant", "A")
    books.undo_to(mark)
    assert [row.available for row in books.levels] == [9]
    assert len(books.events) == 1
    assert books.forgotten == {}
    assert books.take_number() == "1002"
    assert books.take_name("variant", "A")
    assert books.numbers_taken == 2


def test_undoing_everything_leaves_nothing_to_save():
    books = open_books(Level("s", "a", 3, 10))
    mark = books.mark()
    books.levels.put(Level("s", "a", 4, 9))
    books.undo_to(mark)
    assert books.levels.changed == {}
    assert books.journal == []


def test_a_name_is_taken_once_in_a_batch():
    books = open_books()
    assert books.take_name("variant", "A")
    assert not books.take_name("variant", "A")
    assert books.take_name("store", "A")


def test_an_event_holds_what_was_told():
    books = open_books()
    books.tell("order/1", 2, "order.confirmed", Actor("Jane", "124"), {"from": "pending", "to": "confirmed", "n": None})
    (event,) = books.events
    assert event == Event("order/1", 2, "order.confirmed", "Jane", NOW, event.data)
    assert json.loads(event.data) == {"from": "pending", "to": "confirmed", "n": None}


def test_every_kind_of_row_has_a_shelf():
    books = open_books()
    assert set(books.shelves) == set(KEYS)
    assert books.shelves[Order] is books.orders
