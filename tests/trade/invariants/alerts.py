"""Alerts: one stands where a level is at or under a line that it is judged by, and nowhere else."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.ledger import EFFECTS
from tests.trade.invariants.reading import Books, grouped

from onhand.rows import Alert, Event, Level, Movement, Order

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


def alerts_open_at_the_line_and_close_above_it(books: Books) -> Iterator[str]:
    """By what each of them says: a line is left by a tenth more, and what is said are numbers that the level had."""
    had = {(*movement[:2], movement.available) for movement in books[Movement]}
    about = {f"alert/{alert.id}": alert for alert in books[Alert] if alert.kind in ALERTS}
    for event in books[Event]:
        if event.type not in ("alert.opened", "alert.closed") or event.subject not in about:
            continue
        alert, told = about[event.subject], json.loads(event.data)
        if not _is_a_crossing(alert.kind, event.type == "alert.opened", told["available"], told.get("mark")):
            yield f"{alert.kind}: {event.type} with {told}"
        if (alert.store_id, alert.variant_id, told["available"]) not in had:
            yield f"{event} says what {alert.subject} never had"


def _is_a_crossing(kind: str, opened: bool, available: int, mark: int | None) -> bool:
    if kind == "out_of_stock":
        return (available == 0) == opened
    if kind == "back_in_stock":  # A day later it is no news any more, whatever there is: then no line is said.
        return available > 0 if opened else available == 0 or mark is None
    line = mark or 0
    return 0 < line >= available if opened else line == 0 or available > line + max(1, line // 10)


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
