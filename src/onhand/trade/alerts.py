"""Alerts: opened when a line is crossed, closed on recovery, so that each crossing is told once.

open → acknowledged | snoozed (until a time, then open again) → closed, and closed from any of them on recovery.

A level's `alerts` has one bit for each kind of alert that stands for it, so a movement can be judged by the numbers of
the level alone. When stock comes back, the row of the alert may not be in the books. Then it is closed at the end of
the batch, which reads all such rows in one statement. No decision about stock depends on an alert.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from onhand.books import ONHAND, Actor, Books, Needs
from onhand.rows import Alert, Level
from onhand.trade.errors import Forbidden, InvalidTransition, NotFound, ValidationFailed

STATUSES = ("open", "acknowledged", "snoozed", "closed")

LOW, OUT, REORDER, BACK = 1, 2, 4, 8
OF_LEVELS = {"low_stock": LOW, "out_of_stock": OUT, "reorder_point": REORDER, "back_in_stock": BACK}
REPORTED = ("hold_hoarding", "payment_review", "charged_back", "stuck_transfer", "failed_webhook", "drift_found")
KINDS = (*OF_LEVELS, *REPORTED)

# The `alerts` of levels that are older than alerts: nobody has judged them yet.
UNWATCHED = -1


class AlertNotFound(NotFound):
    code, title, noun = "alert_not_found", "Alert not found", "alert"


# ── Levels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def level_subject(store_id: str, variant_id: str) -> str:
    return f"level/{store_id}/{variant_id}"


def low_mark(level: Level) -> int:
    """At so many units or fewer a level is low: its threshold, or the least that it should have, if that is more."""
    return max(level.low_stock_threshold, level.min_stock_level)


def clear_mark(mark: int) -> int:
    """A level recovers above this: a tenth more than its mark, at least one unit, so that alerts do not come and go
    with each unit.
    """
    return mark + max(1, mark // 10)


def due(level: Level) -> int:
    """The bits of the alerts that should stand for a level, given those that do.

    Being out of stock ends with the first unit: that one can be sold. A mark of zero watches nothing.
    """
    if level.version == 0:
        return 0
    stands, available = max(level.alerts, 0), level.available
    bits = 0
    for bit, mark in ((LOW, low_mark(level)), (REORDER, level.reorder_point)):
        if mark and available <= (clear_mark(mark) if stands & bit else mark):
            bits |= bit
    if available == 0:
        return bits | OUT
    return bits | BACK if stands & (OUT | BACK) else bits


def settle(books: Books) -> None:
    """Open and close alerts of the levels that have moved near a line since the last call."""
    if not books.crossed:
        return
    crossed, books.crossed = books.crossed, set()
    for key in sorted(crossed):
        level = books.levels.get(key)
        if level is not None and due(level) != level.alerts:
            _cross(books, level, due(level))


def _cross(books: Books, level: Level, bits: int) -> None:
    store_id, variant_id, *_ = level
    store, variant = books.catalog.stores.get(store_id), books.catalog.variants.get(variant_id)
    told = {
        "store": store.code if store else store_id,
        "sku": variant.sku if variant else variant_id,
        "available": level.available,
    }
    marks = {LOW: low_mark(level), REORDER: level.reorder_point}
    changed = bits ^ max(level.alerts, 0)
    subject = level_subject(store_id, variant_id)
    for kind, bit in OF_LEVELS.items():
        if changed & bit:
            facts = {**told, "mark": marks.get(bit, 0)}
            if bits & bit:
                open_alert(books, kind, subject, facts, store_id, variant_id)
            else:
                close_alert(books, kind, subject, facts)
    books.levels.put(level._replace(alerts=bits))


# ── Opening and closing ─────────────────────────────────────────────────────────────────────────────────────────────


def bring(books: Books, found: Iterable[Alert]) -> None:
    """Put alerts into the books as they were read. What the batch has opened itself stays what stands."""
    for alert in found:
        books.alerts.load([alert])
        if alert.closed_at is None:
            books.standing.setdefault((alert.subject, alert.kind), alert.id)


def open_alert(
    books: Books,
    kind: str,
    subject: str,
    told: Mapping[str, Any],
    store_id: str | None = None,
    variant_id: str | None = None,
) -> None:
    """Open an alert, unless one of the kind stands for the subject."""
    if books.standing.get((subject, kind)):
        return
    alert = Alert(
        id=books.new_id(),
        kind=kind,
        subject=subject,
        store_id=store_id,
        variant_id=variant_id,
        status="open",
        data=json.dumps(told, ensure_ascii=False),
        opened_at=books.now,
        updated_at=books.now,
        closed_at=None,
        snoozed_until=None,
        assigned_to=None,
        acknowledged_by=None,
        events=0,
    )
    books.note(books.standing, (subject, kind), alert.id)
    _move(books, alert, "open", "alert.opened", ONHAND, told)


def of_order(books: Books, kind: str, order_id: str, number: str, *, is_open: bool) -> None:
    """Open an alert of the kind for an order that a person has to look at, or close it when that is over."""
    change = open_alert if is_open else close_alert
    change(books, kind, f"order/{order_id}", {"number": number})


def close_alert(books: Books, kind: str, subject: str, told: Mapping[str, Any]) -> None:
    """Close the alert of the kind that stands for the subject: now if it is in the books, else when the batch ends."""
    standing = books.standing.get((subject, kind))
    if standing is None:
        books.note(books.closings, (subject, kind), told)
    elif standing:
        _close(books, books.alerts[standing], told)


def close_what_was_left(books: Books) -> None:
    """Close what `close_alert` could not, now that the rows are here."""
    left = {(alert.subject, alert.kind): alert for alert in books.alerts.loaded.values() if alert.closed_at is None}
    for key, told in list(books.closings.items()):
        if key in left:
            _close(books, books.alerts[left[key].id], told)
        del books.closings[key]


def _close(books: Books, alert: Alert, told: Mapping[str, Any]) -> None:
    if books.standing.get((alert.subject, alert.kind)) == alert.id:
        books.note(books.standing, (alert.subject, alert.kind), "")
    _move(books, alert, "closed", "alert.closed", ONHAND, told, closed_at=books.now, snoozed_until=None)


def _move(
    books: Books, alert: Alert, status: str, event: str, actor: Actor, told: Mapping[str, Any], **changes: Any
) -> Alert:
    seq = alert.events + 1
    facts = {"kind": alert.kind, "about": alert.subject, "from": alert.status if alert.events else None, "to": status}
    books.tell(f"alert/{alert.id}", seq, event, actor, {**facts, **told})
    return books.alerts.put(alert._replace(status=status, events=seq, updated_at=books.now, **changes))


# ── What people do about them ───────────────────────────────────────────────────────────────────────────────────────


class AcknowledgeAlert(NamedTuple):
    """Somebody has seen it. Again: the same answer."""

    alert: str


class SnoozeAlert(NamedTuple):
    """Be quiet about it until a time, in microseconds; if it still stands then, it is open again."""

    alert: str
    until: int


class AssignAlert(NamedTuple):
    """Say whose it is. Again: the same answer."""

    alert: str
    to: str


AlertStep = AcknowledgeAlert | SnoozeAlert | AssignAlert


class AlertPicture(NamedTuple):
    """An alert, and what its store and its variant are called."""

    alert: Alert
    store: str | None
    sku: str | None


def needs_of_alert(command: AlertStep) -> Needs:
    return Needs(alerts=(command.alert,), raises=())


def acknowledge(books: Books, command: AcknowledgeAlert, actor: Actor) -> AlertPicture:
    alert = _standing(books, command.alert, actor, "acknowledged", "acknowledge")
    if alert.status != "acknowledged":
        who = actor.on_behalf_of or actor.name
        changes = {"acknowledged_by": who, "snoozed_until": None}
        alert = _move(books, alert, "acknowledged", "alert.acknowledged", actor, {"by": who}, **changes)
    return _picture(books, alert)


def snooze(books: Books, command: SnoozeAlert, actor: Actor) -> AlertPicture:
    alert = _standing(books, command.alert, actor, "snoozed", "snooze")
    if command.until <= books.now:
        raise ValidationFailed(("until", "is over already"))
    if (alert.status, alert.snoozed_until) != ("snoozed", command.until):
        told = {"until": command.until}
        alert = _move(books, alert, "snoozed", "alert.snoozed", actor, told, snoozed_until=command.until)
    return _picture(books, alert)


def assign(books: Books, command: AssignAlert, actor: Actor) -> AlertPicture:
    alert = _standing(books, command.alert, actor, "open", "assign")
    if alert.assigned_to != command.to:
        told = {"assigned_to": command.to}
        alert = _move(books, alert, alert.status, "alert.assigned", actor, told, assigned_to=command.to)
    return _picture(books, alert)


def _standing(books: Books, reference: str, actor: Actor, wanted: str, deed: str) -> Alert:
    alert = books.alerts.get(reference)
    if alert is None:
        raise AlertNotFound(reference)
    if actor.stores is not None and alert.store_id not in actor.stores:
        raise Forbidden("This key may not act on alerts of that store.")
    if alert.status == "closed":
        raise InvalidTransition(f"Cannot {deed} a closed alert", present="closed", wanted=wanted)
    return alert


def _picture(books: Books, alert: Alert) -> AlertPicture:
    told = json.loads(alert.data)
    return AlertPicture(alert, told.get("store"), told.get("sku"))


# ── What the worker's duties send ───────────────────────────────────────────────────────────────────────────────────


class WakeAlerts(NamedTuple):
    """Open again what was snoozed until now."""

    alerts: tuple[str, ...]


def needs_to_wake(command: WakeAlerts) -> Needs:
    return Needs(alerts=command.alerts, raises=())


def wake(books: Books, command: WakeAlerts, actor: Actor) -> int:
    woken = 0
    for reference in command.alerts:
        alert = books.alerts.get(reference)
        if alert is not None and alert.status == "snoozed" and (alert.snoozed_until or 0) <= books.now:
            _move(books, alert, "open", "alert.reopened", actor, {}, snoozed_until=None)
            woken += 1
    return woken


class LookAtLevels(NamedTuple):
    """Judge levels, as (variant, store), without a movement. `is_old_news` also closes their `back_in_stock`."""

    levels: tuple[tuple[str, str], ...]
    is_old_news: bool = False


def needs_to_look(command: LookAtLevels) -> Needs:
    return Needs(levels=command.levels, raises=())


def look_at_levels(books: Books, command: LookAtLevels, actor: Actor) -> int:
    for variant_id, store_id in command.levels:
        level = books.levels.get((store_id, variant_id))
        if level is not None and command.is_old_news and max(level.alerts, 0) & BACK:
            close_alert(books, "back_in_stock", level_subject(store_id, variant_id), {"available": level.available})
            books.levels.put(level._replace(alerts=level.alerts & ~BACK))
        books.crossed.add((store_id, variant_id))
    return len(command.levels)


class Trouble(NamedTuple):
    """Something that a duty has found: what it is about, and the facts."""

    subject: str
    told: Mapping[str, Any]
    store_id: str | None = None
    variant_id: str | None = None


class ReportTroubles(NamedTuple):
    """What a duty has found of one kind, and the subjects of which it has found that they have recovered."""

    kind: str
    found: tuple[Trouble, ...] = ()
    recovered: tuple[str, ...] = ()


def needs_to_report(command: ReportTroubles) -> Needs:
    return Needs(alert_subjects=(*(trouble.subject for trouble in command.found), *command.recovered), raises=())


def report_troubles(books: Books, command: ReportTroubles, actor: Actor) -> int:
    for trouble in command.found:
        open_alert(books, command.kind, *trouble)
    for subject in command.recovered:
        close_alert(books, command.kind, subject, {})
    return len(command.found) + len(command.recovered)
