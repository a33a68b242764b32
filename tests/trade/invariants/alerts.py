"""Alerts: one stands where a level is at or under a line that it is judged by, and nowhere else."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.ledger import EFFECTS
from tests.trade.invariants.reading import Books, grouped

from onhand.rows import Alert, Level, Movement, Order

ALERTS = {"low_stock": 1, "out_of_stock": 2, "reorder_point": 4, "back_in_stock": 8}


def alerts_stand_where_a_line_is_crossed(books: Books) -> Iterator[str]:
    standing: Counter[Any] = Counter(
        (alert.store_id, alert.variant_id, alert.kind)
        for alert in books[Alert]
        if alert.closed_at is None and alert.kind in ALERTS
    )
    for level in books[Level]:
        if level.alerts < 0:
            continue
        stands = {kind: standing.pop((*level[:2], kind), 0) for kind in ALERTS}
        if stands != {kind: int(bool(level.alerts & bit)) for kind, bit in ALERTS.items()}:
            yield f"{level}, but {stands} stand"
        low = max(level.low_stock_threshold, level.min_stock_level)
        for kind, mark in (("low_stock", low), ("reorder_point", level.reorder_point)):
            if level.version and mark and level.available <= mark and not stands[kind]:
                yield f"{level}: no {kind}"
            if (not mark or level.available > mark * 1.1 + 1) and stands[kind]:
                yield f"{level}: {kind}"
        if bool(stands["out_of_stock"]) != (level.available == 0 and level.version > 0):
            yield f"{level}: {stands['out_of_stock']} out_of_stock"
        if stands["back_in_stock"] and level.available == 0:
            yield f"{level} is back in stock"
    if standing:
        yield f"{standing} stand for no level"


def orders_that_need_somebody_are_told(books: Books) -> Iterator[str]:
    """One alert for each order in review, and for each that was charged back and not cancelled; no other stands."""
    standing = {
        (alert.kind, alert.subject)
        for alert in books[Alert]
        if alert.closed_at is None and alert.kind in ("payment_review", "charged_back")
    }
    for order in books[Order]:
        needs = {"payment_review": order.status == "payment_review"}
        needs["charged_back"] = order.payment_status == "charged_back" and order.status != "cancelled"
        for kind, is_needed in needs.items():
            if is_needed != ((kind, f"order/{order.id}") in standing):
                yield f"{order}: {kind} {'is missing' if is_needed else 'stands'}"


def each_crossing_is_told_once(books: Books) -> Iterator[str]:
    """A level that runs out so often is told no more often, and of each kind one alert stands at most."""
    emptied: Counter[Any] = Counter()
    for movement in books[Movement]:
        taken = -EFFECTS[movement.kind][0] * movement.quantity
        if movement.available == 0 and (taken > 0 or movement.version == 1):
            emptied[movement[:2]] += 1
    for (subject, kind), alerts in grouped(books[Alert], lambda alert: (alert.subject, alert.kind)).items():
        if kind == "out_of_stock" and len(alerts) > emptied[(alerts[0].store_id, alerts[0].variant_id)]:
            yield f"{len(alerts)} alerts of {subject}, which was emptied {emptied} times"
        if sum(alert.closed_at is None for alert in alerts) > 1:
            yield f"{kind} of {subject} stands twice"
        if any((alert.status == "closed") != (alert.closed_at is not None) for alert in alerts):
            yield f"{alerts} are closed, or not"
