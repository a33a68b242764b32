"""What a count has found is put right once: by whom it may be, what stands against it, and two counters who differ."""

from decimal import Decimal

import pytest
from tests.stories.counting import ledger_of, line_of

from onhand.books import Actor
from onhand.rows import Count
from onhand.trade import counts
from onhand.trade.picking import RecordPick, Short
from onhand.trade.variances import CountExceedsAvailable, CountOvertaken, CountsDiffer

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
