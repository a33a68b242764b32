"""Faults planted in the rules, each of which the department that it is in has to find.

A search that finds nothing looks just like rules that have no faults.
"""

import pytest
from tests.trade.departments import department, work

from onhand.books import ONHAND, Books, Needs
from onhand.rows import Payment, Waiting
from onhand.trade import (
    alerts,
    allocation,
    backorders,
    counts,
    orders,
    packing,
    payments,
    picking,
    placing,
    refunds,
    reservations,
    returns,
    revival,
    stock,
    transfers,
    variances,
    verbs,
    waves,
)
from onhand.trade.errors import Refusal
from onhand.trade.stock import Effect


def giving_back_counts_double(plant):
    plant.setitem(stock.EFFECTS, "release", Effect(available=+2, on_hold=-1))


def confirming_takes_nothing_off_hold(plant):
    plant.setitem(stock.EFFECTS, "confirm", Effect(reserved=+1))


def shipping_leaves_the_goods_there(plant):
    plant.setitem(stock.EFFECTS, "ship", Effect(available=+1, reserved=-1))


def damaged_returns_go_on_sale(plant):
    plant.setitem(stock.EFFECTS, "return_damaged", Effect(available=+1))


def rejected_goods_go_on_sale(plant):
    plant.setitem(stock.EFFECTS, "receive_damaged", Effect(available=+1))


def giving_back_is_done_twice(plant):
    once = reservations.give_back

    def twice(books, claim, cause, *, expired=False):
        once(books, claim, cause, expired=expired)
        return once(books, claim, cause, expired=expired)

    plant.setattr(reservations, "give_back", twice)


def giving_back_forgets_the_claim(plant):
    def forgetful(books, claim, cause, *, expired=False):
        stock.post(books, claim.store_id, claim.variant_id, "release", claim.quantity, cause)
        return claim

    plant.setattr(reservations, "give_back", forgetful)


def each_line_is_checked_alone(plant):
    plant.setattr(allocation.Supply, "take", lambda supply, store_id, recipe, quantity: None)


def nothing_is_checked_and_buckets_stop_at_zero(plant):
    post = stock.post

    def clamping(books, store_id, variant_id, kind, quantity, cause):
        available = stock.level(books, store_id, variant_id).available
        return post(books, store_id, variant_id, kind, min(quantity, available or quantity), cause)

    plant.setattr(stock, "sellable", lambda books, store_id, variant_id, **more: 1_000)
    plant.setattr(stock, "post", clamping)


def overdue_holds_wait_for_the_sweep(plant):
    plant.setattr("tests.trade.keeper.expire_all_overdue", lambda books: None)


def holds_expire_a_minute_early(plant):
    plant.setattr(
        orders, "is_overdue", lambda order, now: order.status == "pending" and order.hold_expires_at <= now + 60_000_000
    )


def extending_may_shorten(plant):
    def from_now_on(books, command, actor):
        order = orders.find(books, command.order)
        deadline = books.now + orders.hold_time(books, command.hold_minutes)
        if order.status == "pending":
            orders.move(books, order, "pending", "order.hold_extended", actor, {}, hold_expires_at=deadline)

    plant.setitem(verbs.VERBS, orders.ExtendHold, verbs.Verb(from_now_on, orders.needs_to_extend))


def cancelling_keeps_what_was_confirmed(plant):
    def only_held(books, order, cause, *, expired):
        for claim in orders._claims(books, order):
            if claim.state == "held":
                reservations.give_back(books, claim, cause, expired=expired)

    plant.setattr(orders, "_give_all_back", only_held)


def cancelling_works_twice(plant):
    plant.setitem(orders.TRANSITIONS, "cancelled", frozenset({"cancelled"}))
    picture = orders.picture

    def moving(books, order):
        return picture(books, orders.move(books, order, order.status, "again", ONHAND, {}))

    plant.setattr(orders, "picture", moving)


def a_shipped_order_can_be_cancelled(plant):
    plant.setitem(orders.TRANSITIONS, "shipped", frozenset({"cancelled"}))


def splitting_loses_the_rest(plant):
    plant.setattr(
        reservations,
        "_split",
        lambda books, claim, quantity, picked: books.reservations.put(claim._replace(quantity=quantity)),
    )


def parts_are_not_counted(plant):
    plant.setattr(reservations, "take", lambda books, claims, quantity: list(claims))


def a_parcel_forgets_its_number(plant):
    fulfil = reservations.fulfil
    plant.setattr(reservations, "fulfil", lambda books, claim, shipment, cause: fulfil(books, claim, None, cause))


def returns_are_not_limited(plant):
    def unlimited(books, order, item, expected):
        line = next((line for line in orders.lines_of(books, order) if line.variant_id == item.variant), None)
        return [returns._Share(line, item.quantity, item.condition)] if line else []

    plant.setattr(returns, "_shares", unlimited)


def returns_go_to_a_level_that_was_not_asked_for(plant):
    plant.setitem(
        verbs.VERBS,
        returns.ReturnItems,
        verbs.Verb(returns.take_back, lambda command: Needs(orders=(command.order,))),
    )


def events_keep_their_number(plant):
    def numbered_alike(books, order, status, event, actor, told, **changes):
        books.tell(f"order/{order.id}", order.events, event, actor, {"from": order.status, "to": status, **told})
        return books.orders.put(order._replace(status=status, updated_at=books.now, **changes))

    plant.setattr(orders, "move", numbered_alike)


def a_step_is_not_told(plant):
    plant.setattr(
        orders,
        "move",
        lambda books, order, status, *told, **changes: books.orders.put(order._replace(status=status, **changes)),
    )


def a_refusal_leaves_its_movements(plant):
    undo = Books.undo_to
    plant.setattr(Books, "undo_to", lambda books, mark: undo(books, mark._replace(movements=len(books.movements))))


def a_refusal_undoes_the_whole_batch(plant):
    undo = Books.undo_to
    plant.setattr(
        Books, "undo_to", lambda books, mark: undo(books, books.mark()._replace(puts=0, movements=0, events=0))
    )


def setting_ignores_what_was_seen(plant):
    adjust = stock.adjust

    def careless(books, command, actor):
        return adjust(books, command._replace(expected_quantity=None, operation="increment"), actor)

    plant.setitem(verbs.VERBS, stock.AdjustStock, verbs.Verb(careless, stock.needs_to_adjust))


def a_dry_run_is_applied(plant):
    def wet(books, command, actor):
        return verbs.decide_together(books, command._replace(dry_run=False), actor)

    plant.setitem(verbs.VERBS, verbs.Together, verbs.Verb(wet, verbs.needs_together))


def every_movement_of_a_low_level_is_told(plant):
    plant.setattr(alerts, "due", lambda level: 0 if level.alerts else due_at_first(level))


def an_alert_flutters_about_its_line(plant):
    plant.setattr(alerts, "clear_mark", lambda mark: mark)


def a_recovery_is_not_noticed(plant):
    plant.setattr(alerts, "close_alert", lambda books, kind, subject, told: None)


def the_end_of_a_batch_closes_nothing(plant):
    plant.setattr(alerts, "close_what_was_left", lambda books: books.closings.clear())


def a_level_forgets_what_stands(plant):
    def forgetful(books, level, bits):
        cross(books, level, bits)
        books.levels.put(level)

    cross = alerts._cross
    plant.setattr(alerts, "_cross", forgetful)


def what_runs_out_is_not_told(plant):
    plant.setattr(alerts, "due", lambda level: due_at_first(level) & ~alerts.OUT)


def thresholds_are_not_looked_at(plant):
    set_thresholds = stock.set_thresholds

    def quiet(books, command, actor):
        change = set_thresholds(books, command, actor)
        books.crossed.clear()
        return change

    plant.setitem(verbs.VERBS, stock.SetThresholds, verbs.Verb(quiet, stock.needs_to_set_thresholds))


def a_closed_alert_can_be_acknowledged(plant):
    plant.setattr(alerts, "_standing", lambda books, reference, *_: books.alerts.get(reference) or none_such(reference))


due_at_first = alerts.due


def none_such(reference):
    raise alerts.AlertNotFound(reference)


def goods_on_the_way_are_still_on_the_shelf(plant):
    plant.setitem(stock.EFFECTS, "transfer_out", Effect())


def recalling_brings_nothing_back(plant):
    plant.setattr(transfers, "in_transit", lambda line: line.quantity - line.received - line.damaged)


def a_count_writes_the_number_that_was_found(plant):
    plant.setattr(counts, "off", lambda line: line.counted)


def a_count_forgets_what_moved_meanwhile(plant):
    settled = variances._settled

    def by_todays_books(books, lines, prefer):
        level = {row.variant_id: row.on_hand for row in books.levels}
        return [
            line._replace(difference=line.counted - level.get(line.variant_id, 0)) for line in settled(lines, prefer)
        ]

    def submit(books, command, actor):
        plant.setattr(variances, "_settled", lambda lines, prefer: by_todays_books(books, lines, prefer))
        return variances.submit_count(books, command, actor)

    plant.setitem(verbs.VERBS, variances.SubmitCount, verbs.Verb(submit, variances.needs_of_count))


def what_a_picker_did_not_find_is_still_claimed(plant):
    plant.setattr(picking, "_give_back", lambda *about: None)


def picks_are_not_limited(plant):
    plant.setattr(picking, "_check", lambda *about: None)


def parcels_are_not_limited(plant):
    plant.setattr(packing, "_to_pack", lambda books, line, actor: 1_000)


def who_came_last_is_served_first(plant):
    def wait(books, order, line, quantity):
        for variant_id, _ in allocation.line_recipe(line.variant_id, line.components):
            rank = (-order.priority, -order.created_at)
            books.waiting.put(Waiting(variant_id, order.id, line.line, line.store_id, quantity, *rank))

    plant.setattr(backorders, "wait", wait)


def an_order_may_be_in_two_waves(plant):
    plant.setattr(waves, "_unfit", lambda books, order, store: None)


def what_is_announced_may_be_announced_again(plant):
    plant.setattr(returns, "_expected", lambda books, order, but_for: {})


def a_payment_is_not_recognized(plant):
    plant.setattr(payments, "_find", lambda books, order, payment_id: None)


def cancelling_keeps_the_money(plant):
    plant.setattr(orders, "owe_back", lambda books, order, reason, actor: order)


def late_money_confirms_without_goods(plant):
    plant.setattr(revival, "_take", lambda books, order, wanted, actor: None)


def any_amount_is_right(plant):
    plant.setattr(payments, "_is", lambda case, owed: True)


def a_refund_is_counted_twice(plant):
    give_back = refunds.give_back

    def twice(books, order, payment, amount, reason, actor):
        back = give_back(books, order, payment, amount, reason, actor)
        books.shelves[Payment].put(back.payment._replace(refunded=back.payment.refunded + amount))
        return back

    plant.setattr(refunds, "give_back", twice)


def an_amendment_forgets_its_total(plant):
    plant.setattr(placing, "total_of", lambda lines, extras, expected, currency: 1)


FAULTS = {
    "counter": [
        giving_back_counts_double,
        confirming_takes_nothing_off_hold,
        shipping_leaves_the_goods_there,
        damaged_returns_go_on_sale,
        giving_back_is_done_twice,
        giving_back_forgets_the_claim,
        each_line_is_checked_alone,
        nothing_is_checked_and_buckets_stop_at_zero,
        overdue_holds_wait_for_the_sweep,
        holds_expire_a_minute_early,
        extending_may_shorten,
        cancelling_keeps_what_was_confirmed,
        cancelling_works_twice,
        splitting_loses_the_rest,
        parts_are_not_counted,
        a_parcel_forgets_its_number,
        returns_are_not_limited,
        returns_go_to_a_level_that_was_not_asked_for,
        events_keep_their_number,
        a_step_is_not_told,
        a_refusal_leaves_its_movements,
        setting_ignores_what_was_seen,
    ],
    "orders": [a_shipped_order_can_be_cancelled],
    "queue": [who_came_last_is_served_first, an_alert_flutters_about_its_line],
    "till": [
        a_payment_is_not_recognized,
        late_money_confirms_without_goods,
        any_amount_is_right,
        cancelling_keeps_the_money,
    ],
    "office": [a_refund_is_counted_twice, an_amendment_forgets_its_total],
    "picking": [
        what_a_picker_did_not_find_is_still_claimed,
        picks_are_not_limited,
        parcels_are_not_limited,
        an_order_may_be_in_two_waves,
    ],
    "returns": [what_is_announced_may_be_announced_again],
    "buying": [rejected_goods_go_on_sale],
    "vans": [goods_on_the_way_are_still_on_the_shelf, recalling_brings_nothing_back],
    "counting": [a_count_writes_the_number_that_was_found, a_count_forgets_what_moved_meanwhile],
    "alarms": [
        every_movement_of_a_low_level_is_told,
        a_recovery_is_not_noticed,
        the_end_of_a_batch_closes_nothing,
        a_level_forgets_what_stands,
        what_runs_out_is_not_told,
        thresholds_are_not_looked_at,
    ],
    "watch": [a_closed_alert_can_be_acknowledged],
    "batches": [a_refusal_undoes_the_whole_batch, a_dry_run_is_applied],
}
PLANTED = [(name, fault) for name, faults in FAULTS.items() for fault in faults]


@pytest.mark.parametrize(("name", "fault"), PLANTED, ids=lambda part: getattr(part, "__name__", part))
def test_the_machine_finds(name, fault, monkeypatch):
    shop = department(name)
    fault(monkeypatch)
    with pytest.raises((AssertionError, Refusal, RuntimeError, StopIteration)):
        work(shop, days=150)
