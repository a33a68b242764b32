"""What is tampered with in transfers, counts and the histories of documents is found, and named by its invariant."""

from collections.abc import Callable

import pytest
from tests.shop import Shop
from tests.views.conftest import Day
from tests.views.test_verify import move_and_count, tampered

from onhand.db.database import Database


@pytest.fixture
def floor(live: Callable[[Day], Shop]) -> Shop:
    return live(day_on_the_floor)


def day_on_the_floor(shop: Shop) -> None:
    shop.stocks({"MUG": 100, "PLATE": 100, "BOWL": 10})
    shop.stocks({"MUG": 20}, store="annex")
    shop.adjusts("BOWL", "decrement", 1)
    move_and_count(shop)


def one(table: str, number: str, column: str = "id") -> str:
    return f"{column} = (SELECT id FROM {table} WHERE number = '{number}')"


def moved_by(table: str, number: str) -> str:
    return f"cause_id = (SELECT CAST(id AS TEXT) FROM {table} WHERE number = '{number}')"


def told_of(noun: str, number: str) -> str:
    return f"subject = (SELECT '{noun}/' || CAST(id AS TEXT) FROM {noun}s WHERE number = '{number}')"


VAN_1, VAN_2, VAN_3 = (one("transfers", f"VAN-{number}") for number in (1, 2, 3))
OF_VAN_1, OF_VAN_2, OF_VAN_3 = (one("transfers", f"VAN-{number}", "transfer_id") for number in (1, 2, 3))
COUNT_1, COUNT_2 = (one("counts", f"COUNT-{number}") for number in (1, 2))
OF_COUNT_1, OF_COUNT_2 = (one("counts", f"COUNT-{number}", "count_id") for number in (1, 2))
BY_VAN_1, BY_COUNT_1 = moved_by("transfers", "VAN-1"), moved_by("counts", "COUNT-1")
TOLD_OF_VAN_1, TOLD_OF_COUNT_1 = told_of("transfer", "VAN-1"), told_of("count", "COUNT-1")
GOES_ON_FROM_ELSEWHERE = "UPDATE events SET data = replace(data, 'draft', 'received')"

# invariant, what of it is broken, the statement that breaks it
FAULTS = [
    ("16", "more sent than left", f"UPDATE transfer_lines SET quantity = quantity + 1 WHERE {OF_VAN_1}"),
    ("16", "more received than came in", f"UPDATE transfer_lines SET received = received + 1 WHERE {OF_VAN_1}"),
    ("16", "less damaged than came in", f"UPDATE transfer_lines SET damaged = 0 WHERE {OF_VAN_1}"),
    ("16", "more recalled than came back", f"UPDATE transfer_lines SET recalled = 1 WHERE {OF_VAN_2}"),
    ("16", "a draft that has received", f"UPDATE transfer_lines SET received = 1 WHERE {OF_VAN_3}"),
    (
        "16",
        "sent, but nothing left",
        f"UPDATE transfers SET sent_at = 1, status = 'sent' WHERE {VAN_3}",
    ),
    ("16", "never sent, but it left", f"UPDATE transfers SET sent_at = NULL WHERE {VAN_1}"),
    (
        "16",
        "received, but some is on the way",
        f"UPDATE transfers SET status = 'received' WHERE {VAN_1}",
    ),
    ("16", "recalled, and yet on the way", f"UPDATE transfers SET status = 'sent' WHERE {VAN_2}"),
    ("16", "a line is gone", f"DELETE FROM transfer_lines WHERE {OF_VAN_1}"),
    (
        "16",
        "a movement of another transfer",
        f"UPDATE movements SET cause_id = 'none' WHERE {BY_VAN_1}",
    ),
    ("16", "a movement of no transfer", "UPDATE movements SET cause_id = NULL WHERE kind = 'transfer_out'"),
    ("17", "units lost that nobody lost", f"UPDATE transfer_lines SET quantity = quantity + 1 WHERE {OF_VAN_1}"),
    ("17", "units that came from nowhere", f"UPDATE transfer_lines SET recalled = 0 WHERE {OF_VAN_2}"),
    ("19", "another number was counted", f"UPDATE count_lines SET counted = counted + 1 WHERE {OF_COUNT_1}"),
    ("19", "another number was booked", f"UPDATE count_lines SET book_quantity = book_quantity + 1 WHERE {OF_COUNT_2}"),
    ("19", "booked at another version", f"UPDATE count_lines SET book_version = 1 WHERE {OF_COUNT_2}"),
    ("19", "booked at a version that is not there", f"UPDATE count_lines SET book_version = 999 WHERE {OF_COUNT_1}"),
    (
        "19",
        "the second counter's book",
        "UPDATE count_lines SET second_book_quantity = 1 WHERE second_by = 'Ben'",
    ),
    ("19", "another difference", f"UPDATE count_lines SET difference = difference - 1 WHERE {OF_COUNT_1}"),
    ("19", "no difference", f"UPDATE count_lines SET difference = NULL WHERE {OF_COUNT_1}"),
    ("19", "not applied, yet moved", f"UPDATE counts SET status = 'counting' WHERE {COUNT_1}"),
    ("19", "more was put right", f"UPDATE movements SET quantity = quantity + 1 WHERE {BY_COUNT_1}"),
    (
        "19",
        "put right by another kind",
        f"UPDATE movements SET kind = 'decrement' WHERE {BY_COUNT_1}",
    ),
    ("19", "a line is gone", f"DELETE FROM count_lines WHERE {OF_COUNT_1}"),
    ("19", "a movement of no count", "UPDATE movements SET cause_id = NULL WHERE cause = 'count'"),
    (
        "11",
        "a transfer in a state without a step",
        f"UPDATE transfers SET status = 'recalled' WHERE {VAN_1}",
    ),
    (
        "11",
        "a count in a state without a step",
        f"UPDATE counts SET status = 'cancelled' WHERE {COUNT_2}",
    ),
    (
        "11",
        "a step from elsewhere",
        f"{GOES_ON_FROM_ELSEWHERE} WHERE seq = 2 AND {TOLD_OF_VAN_1}",
    ),
    ("12", "an event of a transfer is gone", f"DELETE FROM events WHERE seq = 3 AND {TOLD_OF_VAN_1}"),
    ("12", "all events of a count are gone", f"DELETE FROM events WHERE {TOLD_OF_COUNT_1}"),
    ("12", "events of no count", f"UPDATE events SET subject = 'count/none' WHERE {TOLD_OF_COUNT_1}"),
]


@pytest.mark.parametrize(
    ("invariant", "what", "statement"), FAULTS, ids=[f"{fault[0]}: {fault[1]}" for fault in FAULTS]
)
def test_a_planted_fault_is_found(floor: Shop, database: Database, invariant: str, what: str, statement: str):
    found = tampered(database, statement)
    assert not found.clean
    assert invariant in {broken.invariant for broken in found.broken}, found.broken
    assert all(broken.subject and broken.detail for broken in found.broken)


def test_what_is_broken_is_named(floor: Shop, database: Database):
    found = tampered(database, f"UPDATE transfer_lines SET received = received + 1 WHERE {OF_VAN_1}")
    assert found.broken[0] == ("16", "line 1 (PLATE) of transfer VAN-1", "it says 5 received; the ledger has 4")
