"""Counting the shelves while the shop goes on selling: what differs is put right, what moved meanwhile is kept."""

from typing import NamedTuple

import pytest
from tests.stories.counting import ledger_of, line_of

from onhand.books import Actor, Needs
from onhand.rows import CountLine
from onhand.trade import catalog, counts, stock
from onhand.trade.errors import (
    AlreadyExists,
    Forbidden,
    InvalidTransition,
    PreconditionFailed,
    StoreNotFound,
    ValidationFailed,
    VariantNotFound,
)
from onhand.trade.verbs import VERBS, Together, Verb

PACKER = Actor("packer")


def test_a_quiet_morning_finds_one_cup_missing_and_one_pot_too_many(pantry):
    count = pantry.begin_count("TEA", "CUP", "POT")
    assert (count.head.status, count.head.blind, len(count.lines)) == ("counting", 1, 3)
    pantry.write_down(count, {"TEA": 10, "CUP": 5, "POT": 3}, reason="Found behind the boiler")
    assert pantry.level("CUP").available == 6, "nothing is applied before it is submitted"
    done = pantry.submit(count)
    assert done.head.status == "applied"
    assert [line.difference for line in done.lines] == [0, -1, 1]
    assert [pantry.level(sku).available for sku in ("TEA", "CUP", "POT")] == [10, 5, 3]
    assert sorted(ledger_of(pantry, count)) == [("found", 1), ("lost", 1)]
    movement = pantry.movements("POT")[-1]
    assert (movement.reason, movement.notes) == (f"Count {count.head.number}", "Found behind the boiler")


def test_sales_between_counting_and_applying_are_kept(pantry):
    """Ten in the books, nine found; two are sold before the count is applied: seven remain, not nine and not eight."""
    count = pantry.begin_count("TEA")
    pantry.write_down(count, {"TEA": 9})
    sold = pantry.order({"TEA": 2}, paid=True)
    pantry.ship(sold)
    pantry.submit(count)
    assert pantry.balances("TEA") == (7, 0, 0)
    line = line_of(pantry, count, "TEA")
    assert (line.book_quantity, line.book_version, line.difference) == (10, 1, -1)


def test_what_is_reserved_or_damaged_is_counted_too(pantry):
    """A counter sees what is on the shelf, whoever has a claim on it."""
    pantry.order({"TEA": 3}, paid=True)
    pantry.order({"TEA": 1})
    pantry.adjusts("TEA", "damage", 2)
    count = pantry.begin_count("TEA")
    pantry.write_down(count, {"TEA": 10})
    assert pantry.submit(count).lines[0].difference == 0
    assert ledger_of(pantry, count) == []


def test_a_number_is_a_draft_until_it_is_submitted(pantry):
    count = pantry.begin_count("TEA")
    pantry.write_down(count, {"TEA": 1})
    pantry.write_down(count, {"TEA": 10})
    pantry.submit(count)
    assert pantry.level("TEA").available == 10


def test_what_was_counted_before_stock_moved_is_refused_when_the_counter_says_so(pantry):
    count = pantry.begin_count("TEA")
    seen = pantry.level("TEA").version
    pantry.ship(pantry.order({"TEA": 1}, paid=True))
    with pytest.raises(PreconditionFailed, match="count it again"):
        pantry.write_down(count, {"TEA": 10}, expected_version=seen)
    pantry.write_down(count, {"TEA": 9}, expected_version=pantry.level("TEA").version)
    assert pantry.submit(count).lines[0].difference == 0


def test_submitting_names_what_nobody_has_counted(pantry):
    count = pantry.begin_count("TEA", "CUP", "POT")
    with pytest.raises(counts.CountIncomplete) as refused:
        pantry.submit(count, skip_uncounted=True)
    assert refused.value.data["skus"] == ["TEA", "CUP", "POT"]
    pantry.write_down(count, {"TEA": 8})
    with pytest.raises(counts.CountIncomplete) as refused:
        pantry.submit(count)
    assert refused.value.data["skus"] == ["CUP", "POT"]
    pantry.submit(count, skip_uncounted=True)
    assert [pantry.level(sku).available for sku in ("TEA", "CUP", "POT")] == [8, 6, 2]
    assert line_of(pantry, count, "CUP").difference is None


def test_every_step_again_is_the_same_answer_and_no_second_effect(pantry):
    count = pantry.begin_count("TEA", approval_units=0)
    pantry.write_down(count, {"TEA": 9})
    first = pantry.submit(count)
    assert pantry.submit(count) == first
    assert first.head.status == "needs_approval"
    done = pantry.approve(count)
    assert pantry.approve(count).lines == pantry.submit(count).lines == done.lines
    assert ledger_of(pantry, count) == [("lost", 1)]
    with pytest.raises(InvalidTransition, match="Cannot cancel a count that is applied"):
        pantry.run(counts.CancelCount(count.head.id))


# ── What a picker did not find ──────────────────────────────────────────────────────────────────────────────────────


class ComeUpShort(NamedTuple):
    """What a pick does when it finds less than the books say."""

    store: str
    variant: str


def come_up_short(books, command, actor):
    store, variant = catalog.store(books, command.store), catalog.variant(books, command.variant)
    return counts.open_for(books, store.id, variant.id, actor)


@pytest.fixture
def short_picks(pantry, monkeypatch):
    def needs(command):
        return Needs(variants=(command.variant,), short_counts=(command.store,))

    monkeypatch.setitem(VERBS, ComeUpShort, Verb(come_up_short, needs))
    return lambda sku, store="main": pantry.run(ComeUpShort(store, sku), PACKER)


def test_what_pickers_do_not_find_gathers_in_one_count_of_the_store(pantry, short_picks):
    pantry.stocks({"TEA": 4}, store="east")
    asked = pantry.begin_count("POT")
    count = short_picks("TEA")
    assert (count.status, count.origin, count.blind, count.actor) == ("counting", "short_pick", 1, "packer")
    assert short_picks("CUP").id == short_picks("TEA").id == count.id != asked.head.id
    assert short_picks("TEA", "east").id != count.id
    lines = [line.sku for line in pantry.rows(CountLine) if line.count_id == count.id]
    assert lines == ["TEA", "CUP"]


def test_a_short_pick_has_a_level_counted_again_or_begins_a_new_count(pantry, short_picks):
    count = short_picks("TEA")
    pantry.write_down(count.id, {"TEA": 10})
    short_picks("TEA")
    assert [line.counted for line in pantry.rows(CountLine)] == [None]
    pantry.write_down(count.id, {"TEA": 9})
    pantry.submit(count.id)
    assert short_picks("TEA").id != count.id


# ── What is refused, and a large one ────────────────────────────────────────────────────────────────────────────────


def test_refused_counts(pantry):
    with pytest.raises(StoreNotFound):
        pantry.begin_count("TEA", store="nowhere")
    with pytest.raises(VariantNotFound):
        pantry.begin_count("NOSUCH")
    with pytest.raises(ValidationFailed, match="0 to count"):
        pantry.begin_count()
    count = pantry.begin_count("TEA", "TEA", number="MONDAY")
    assert len(count.lines) == 1
    with pytest.raises(AlreadyExists):
        pantry.begin_count("CUP", number="MONDAY")
    with pytest.raises(counts.CountLineNotFound):
        pantry.write_down("MONDAY", {"CUP": 1})
    with pytest.raises(counts.CountNotFound):
        pantry.submit("TUESDAY")
    with pytest.raises(InvalidTransition, match="Cannot approve a count that is counting"):
        pantry.approve("MONDAY")
    pantry.run(counts.CancelCount("MONDAY"))
    pantry.run(counts.CancelCount("MONDAY"))
    with pytest.raises(InvalidTransition):
        pantry.write_down("MONDAY", {"TEA": 1})


def test_a_key_of_another_store_may_not_count_here(pantry):
    elsewhere = Actor("till", stores=frozenset({pantry.opens("east").id}))
    with pytest.raises(Forbidden):
        pantry.run(counts.CreateCount("main", ("TEA",)), elsewhere)
    count = pantry.begin_count("TEA")
    with pytest.raises(Forbidden):
        pantry.run(counts.SaveCounted(count.head.id, (counts.Counted("TEA", 0),)), elsewhere)


def test_thousands_of_lines_are_counted_and_applied_in_one_go(shop):
    skus = [f"SKU-{number:04}" for number in range(2_000)]
    shop.run(catalog.CreateProduct("Spice", tuple(catalog.VariantSpec(sku, 10_000) for sku in skus)))
    shop.run(Together(tuple(stock.AdjustStock(sku, "main", "increment", 10, "Opening stock") for sku in skus)))
    count = shop.begin_count(*skus)
    shop.write_down(count, {sku: 9 if sku.endswith("7") else 10 for sku in skus})
    done = shop.submit(count)
    assert done.head.status == "applied"
    assert len(ledger_of(shop, count)) == 200
