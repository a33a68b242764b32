"""Counting the shelves while the shop goes on selling: what differs is put right, what moved meanwhile is kept."""

from decimal import Decimal
from typing import NamedTuple

import pytest

from onhand.books import Actor, Needs
from onhand.rows import Count, CountLine, Movement
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
from onhand.trade.picking import RecordPick, Short
from onhand.trade.variances import CountExceedsAvailable, CountOvertaken, CountsDiffer
from onhand.trade.verbs import VERBS, Together, Verb

PACKER = Actor("packer")


def ledger_of(shop, count):
    """What a count has moved, as (kind, quantity)."""
    moved = [row for row in shop.rows(Movement) if row.cause == "count" and row.cause_id == count.head.id]
    return [(row.kind, row.quantity) for row in moved]


def line_of(shop, count, sku):
    return next(row for row in shop.rows(CountLine) if row.count_id == count.head.id and row.sku == sku)


@pytest.fixture
def pantry(shop):
    shop.stocks({"TEA": 10, "CUP": 6, "POT": 2})
    return shop


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


# ── Approval ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_more_than_the_agreed_units_off_needs_somebody_else(pantry):
    count = pantry.begin_count("TEA", "CUP", approval_units=2)
    pantry.write_down(count, {"TEA": 8}, by="Ana")
    pantry.write_down(count, {"CUP": 7}, by="Ben")
    assert pantry.submit(count, by="Ana").head.status == "needs_approval"
    assert pantry.level("TEA").available == 10
    for counter in ("Ana", "Ben"):
        with pytest.raises(counts.SecondPersonNeeded, match=f"{counter} has counted here"):
            pantry.approve(count, by=counter)
    done = pantry.approve(count, by="Carla")
    assert (done.head.status, done.head.approved_by) == ("applied", "Carla")
    assert [pantry.level(sku).available for sku in ("TEA", "CUP")] == [8, 7]


def test_it_is_the_person_that_matters_not_the_key_that_several_people_use(pantry):
    count = pantry.begin_count("TEA", approval_units=0)
    found = counts.SaveCounted(count.head.id, (counts.Counted("TEA", 9),))
    pantry.run(found, Actor("handheld", on_behalf_of="Ana"))
    pantry.submit(count)
    with pytest.raises(counts.SecondPersonNeeded):
        pantry.approve(count, by="Ana")
    assert pantry.approve(count, by="handheld").head.status == "applied"


@pytest.mark.parametrize(("found", "status"), [(9, "applied"), (8, "applied"), (7, "needs_approval")])
def test_more_than_the_agreed_value_off_needs_approval(shop, found, status):
    shop.sells("TEA", price="4.50")
    shop.stocks({"TEA": 10})
    count = shop.begin_count("TEA", approval_value=Decimal("9.00"))
    shop.write_down(count, {"TEA": found})
    assert shop.submit(count).head.status == status


def test_what_is_priced_in_another_currency_cannot_be_weighed_so_somebody_looks(shop):
    shop.sells("SAKE", price="900", currency="JPY")
    shop.stocks({"SAKE": 5})
    count = shop.begin_count("SAKE", approval_value=Decimal("1000000"))
    shop.write_down(count, {"SAKE": 4})
    assert shop.submit(count).head.status == "needs_approval"


def test_some_lines_are_counted_again_and_the_others_stay(pantry):
    count = pantry.begin_count("TEA", "CUP", approval_units=1)
    pantry.write_down(count, {"TEA": 5, "CUP": 6})
    pantry.submit(count)
    again = pantry.recount(count, "TEA")
    assert again.head.status == "counting"
    assert [line.counted for line in again.lines] == [None, 6]
    pantry.write_down(count, {"TEA": 10})
    assert pantry.submit(count).head.status == "applied"
    assert ledger_of(pantry, count) == []


# ── Two counters ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_counters_who_agree_need_no_decision_though_stock_moved_between_them(pantry):
    count = pantry.begin_count("TEA")
    pantry.write_down(count, {"TEA": 9}, by="Ana")
    pantry.ship(pantry.order({"TEA": 3}, paid=True))
    pantry.write_down(count, {"TEA": 6}, by="Ben", second=True)
    assert pantry.submit(count).lines[0].difference == -1
    assert pantry.level("TEA").available == 6


def test_two_counters_who_disagree_need_a_recount_or_a_decision(pantry):
    count = pantry.begin_count("TEA", "CUP")
    pantry.write_down(count, {"TEA": 9, "CUP": 5}, by="Ana")
    pantry.write_down(count, {"TEA": 8, "CUP": 5}, by="Ben", second=True)
    with pytest.raises(CountsDiffer) as refused:
        pantry.submit(count)
    assert refused.value.data["lines"] == [{"sku": "TEA", "counted": 9, "second_counted": 8}]
    done = pantry.submit(count, prefer="second")
    line = done.lines[0]
    assert (line.counted, line.counted_by, line.second_counted, line.second_by) == (8, "Ben", 9, "Ana")
    assert [pantry.level(sku).available for sku in ("TEA", "CUP")] == [8, 5]


def test_the_second_counter_is_another_person_and_comes_second(pantry):
    count = pantry.begin_count("TEA")
    with pytest.raises(counts.CountIncomplete, match="Not counted yet: TEA"):
        pantry.write_down(count, {"TEA": 9}, by="Ben", second=True)
    pantry.write_down(count, {"TEA": 9}, by="Ana")
    with pytest.raises(counts.SecondPersonNeeded, match="Ana has counted here"):
        pantry.write_down(count, {"TEA": 9}, by="Ana", second=True)
    pantry.write_down(count, {"TEA": 8}, by="Ben", second=True)
    pantry.recount(count, "TEA")
    assert line_of(pantry, count, "TEA")[4:] == (None,) * 12


# ── What cannot be applied ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_somebody_has_a_claim_on_is_not_counted_away(pantry):
    """Six cups in the books, four of them sold, one on the shelf: one too few for those who paid."""
    ada = pantry.order({"CUP": 3}, paid=True)
    pantry.hold({"CUP": 1}, "stall-7")
    count = pantry.begin_count("TEA", "CUP", blind=False)
    pantry.write_down(count, {"TEA": 9, "CUP": 1})
    with pytest.raises(CountExceedsAvailable) as refused:
        pantry.submit(count)
    (line,) = refused.value.data["lines"]
    assert line == {
        "sku": "CUP",
        "missing": 5,
        "available": 2,
        "unsellable": 0,
        "held_by": [
            {"order": ada.order.number, "reference": None, "state": "reserved", "quantity": 3},
            {"order": None, "reference": "stall-7", "state": "held", "quantity": 1},
        ],
    }
    assert "3 reserved for " + ada.order.number in refused.value.detail
    assert [pantry.level(sku).available for sku in ("TEA", "CUP")] == [10, 2], "nothing is applied"
    pantry.cancel(ada)
    pantry.submit(count)
    assert pantry.balances("CUP") == (0, 1, 0)


def test_a_blind_count_that_cannot_be_applied_does_not_tell_what_the_books_say(pantry):
    pantry.order({"CUP": 5}, paid=True)
    count = pantry.begin_count("CUP")
    pantry.write_down(count, {"CUP": 1})
    with pytest.raises(CountExceedsAvailable) as refused:
        pantry.submit(count)
    (line,) = refused.value.data["lines"]
    assert set(line) == {"sku", "held_by"}


def test_an_approval_that_comes_after_the_stock_was_sold_is_refused_whole(pantry):
    count = pantry.begin_count("TEA", "CUP", approval_units=0)
    pantry.write_down(count, {"TEA": 8, "CUP": 7})
    pantry.submit(count)
    pantry.order({"TEA": 9}, paid=True)
    with pytest.raises(CountExceedsAvailable):
        pantry.approve(count)
    assert pantry.level("CUP").available == 6
    assert pantry.rows(Count)[0].status == "needs_approval"


def test_stock_held_beyond_its_time_is_free_to_be_counted_away(pantry):
    pantry.order({"CUP": 6}, hold_minutes=1)
    count = pantry.begin_count("CUP")
    pantry.write_down(count, {"CUP": 2})
    pantry.moment.passes(minutes=2)
    pantry.submit(count)
    assert pantry.balances("CUP") == (2, 0, 0)


def test_two_counts_do_not_correct_the_same_units_twice(pantry):
    one, other = pantry.begin_count("TEA"), pantry.begin_count("TEA")
    pantry.write_down(one, {"TEA": 8})
    pantry.write_down(other, {"TEA": 8})
    pantry.submit(one)
    with pytest.raises(CountOvertaken) as refused:
        pantry.submit(other)
    assert refused.value.data["skus"] == ["TEA"]
    pantry.recount(other, "TEA")
    pantry.write_down(other, {"TEA": 8})
    assert pantry.submit(other).lines[0].difference == 0
    assert pantry.level("TEA").available == 8


def test_a_short_pick_that_was_booked_is_not_counted_away_a_second_time(pantry):
    """Nine on the shelf where ten are booked: the counter sees it first, the picker writes it off first."""
    ada = pantry.order({"TEA": 10}, paid=True)
    count = pantry.begin_count("TEA")
    pantry.write_down(count, {"TEA": 9})
    one_missing = Short(1, "Not on the shelf", "release")
    pantry.run(RecordPick(ada.order.id, 1, "main", 9, one_missing))
    with pytest.raises(CountOvertaken):
        pantry.submit(count)
    pantry.ship(ada)
    assert pantry.level("TEA").on_hand == 0


def test_what_is_found_goes_to_those_who_wait_for_it(pantry):
    waiting = pantry.order({"POT": 3}, paid=True, on_shortage="backorder")
    assert pantry.balances("POT") == (0, 0, 2)
    count = pantry.begin_count("POT")
    pantry.write_down(count, {"POT": 4})
    pantry.submit(count)
    assert pantry.balances("POT") == (1, 0, 3)
    assert pantry.ship(waiting).picture.order.status == "shipped"


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
