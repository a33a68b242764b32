"""Counts against the ledger: what each has put right is what was counted less what was booked at that moment."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, collate, func, select

from onhand.db import documents, schema
from onhand.views.verify.findings import Findings

KINDS = {"found": +1, "lost": -1}

_C = documents.counts.c
_COUNTS = select(_C.id, _C.number, _C.store_id, _C.status).order_by(_C.id)
_L = documents.count_lines.c
_FIRST, _SECOND = (schema.movements.alias(name) for name in ("first_seen", "second_seen"))


def _left_at(movement: Any, version: ColumnElement[Any]) -> ColumnElement[bool]:
    m = movement.c
    return and_(m.store_id == _C.store_id, m.variant_id == _L.variant_id, m.version == version)


def _on_hand(movement: Any) -> ColumnElement[Any]:
    m = movement.c
    on_hand: ColumnElement[Any] = m.available + m.on_hold + m.reserved + m.unsellable
    return on_hand


# Each line with what the ledger says of the moments at which it was counted.
_LINES = (
    select(
        *(_L.count_id, _L.line, _L.variant_id, _L.sku, _L.counted, _L.book_quantity, _L.book_version, _L.difference),
        *(_on_hand(_FIRST), _L.second_counted, _L.second_book_quantity, _L.second_book_version, _on_hand(_SECOND)),
    )
    .select_from(documents.count_lines)
    .join(documents.counts, _C.id == _L.count_id)
    .outerjoin(_FIRST, _left_at(_FIRST, _L.book_version))
    .outerjoin(_SECOND, _left_at(_SECOND, _L.second_book_version))
    .order_by(_L.count_id, _L.line)
)
_M = schema.movements.c


def check_counts(findings: Findings, bytewise: str) -> None:
    """Invariant 19. `bytewise` is the collation in which the causes of movements sort as their ids do."""
    lines = findings.walk(_LINES, "19", "lines", "count")
    moved = findings.walk(_moved(bytewise), "19", "movements", "count")
    for count_id, number, store_id, status in findings.read(_COUNTS):
        name = f"count {number}"
        units: Counter[tuple[str, str]] = Counter()
        for _, variant_id, store, kind, quantity in moved.of(count_id):
            if kind not in KINDS:
                findings.broke("19", name, f"it has made a {kind} of {findings.level_name(store, variant_id)}")
            units[store, variant_id] += KINDS.get(kind, 0) * int(quantity)
        for line in lines.of(count_id):
            _check_line(findings, name, line, units.pop((store_id, line[2]), 0), is_applied=status == "applied")
        for (store, variant_id), applied in units.items():
            level = findings.level_name(store, variant_id)
            findings.broke("19", name, f"it has changed {level} by {applied}, for no line of it")
    lines.end()
    moved.end()


def _moved(bytewise: str) -> Any:
    """Units moved by each count. A movement that names no count comes under the empty name, and is stray."""
    count_id = func.coalesce(_M.cause_id, "")
    level = (_M.variant_id, _M.store_id, _M.kind)
    question = select(count_id, *level, func.sum(_M.quantity)).where(_M.cause == "count")
    return question.group_by(count_id, *level).order_by(collate(count_id, bytewise))


def _check_line(findings: Findings, name: str, row: Sequence[Any], applied: int, *, is_applied: bool) -> None:
    findings.checked["19"] += 1
    _, line, _, sku, counted, booked, version, difference, on_hand, *second = row
    where = f"line {line} ({sku}) of {name}"
    for who, number, quantity, at, ledger in (("", counted, booked, version, on_hand), ("second ", *second)):
        if number is None:
            continue
        if at is None or quantity != (ledger or 0):
            findings.broke("19", where, f"its {who}book quantity is {quantity}; the ledger left {ledger or 0} at #{at}")
    if is_applied and counted is not None and difference != counted - booked:
        findings.broke("19", where, f"it differs by {difference}; counted {counted} less {booked} is another number")
    due = (difference or 0) if is_applied else 0
    if applied != due:
        findings.broke("19", where, f"{due} units were to be put right; the ledger has {applied}")
