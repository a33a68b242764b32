"""What must always be true of the books, each as a check over plain rows.

Written from the design, not from the code: nothing of the engine but the shape of its rows is used here, and what a
kind of movement does, or which step of an order is legal, is stated again. A check yields a sentence for each fault.
"""

from collections.abc import Sequence

from tests.trade.invariants import alerts, claims, documents, fulfilment, histories, ledger, money, orders
from tests.trade.invariants.reading import Books, Check

CHECKS: Sequence[Check] = (
    ledger.no_bucket_is_below_zero_or_too_full,
    ledger.levels_are_the_replay_of_their_movements,
    ledger.movements_are_an_unbroken_chain,
    ledger.units_come_and_go_only_by_the_kinds_that_do,
    claims.claims_add_up_to_their_levels,
    claims.claims_and_their_movements_name_each_other,
    claims.nothing_expires_early,
    claims.movements_say_who_and_why,
    orders.ended_orders_claim_nothing,
    orders.lines_account_for_every_unit,
    orders.what_is_backordered_waits,
    orders.nothing_lies_there_for_which_somebody_waits,
    alerts.alerts_stand_where_a_line_is_crossed,
    alerts.alerts_open_at_the_line_and_close_above_it,
    alerts.orders_that_need_somebody_are_told,
    alerts.each_crossing_is_told_once,
    *money.CHECKS,
    orders.numbers_name_one_order_each,
    histories.histories_are_legal_paths,
    histories.events_are_numbered_without_gaps,
    documents.transfers_lose_no_unit_unsaid,
    documents.counts_apply_what_differed_when_it_was_counted,
    documents.deliveries_are_on_their_orders_and_in_the_ledger,
    fulfilment.shipments_take_what_their_order_had_reserved,
    fulfilment.nothing_is_picked_twice,
    fulfilment.parcels_hold_what_was_picked,
    fulfilment.parcels_left_with_what_is_in_them,
    fulfilment.waves_share_no_order_of_a_store,
    fulfilment.nothing_is_expected_back_that_did_not_leave,
)


def broken(books: Books) -> list[str]:
    """Every fault that any check finds, each with the name of its check."""
    return [f"{check.__name__}: {fault}" for check in CHECKS for fault in check(books)]
