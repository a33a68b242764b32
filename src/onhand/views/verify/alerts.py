"""Alerts against the levels that they are about, and their histories."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import collate, select

from onhand.db import schema
from onhand.db.alerts import alerts
from onhand.trade.alerts import OF_LEVELS, level_subject
from onhand.views.verify.findings import Findings, Walk

_A = alerts.c
_L = schema.levels.c
_E = schema.events.c
_MARKS = (_L.low_stock_threshold, _L.min_stock_level, _L.reorder_point)


def check_alerts(findings: Findings, bytewise: str) -> None:
    """What stands is what the numbers say, and the level knows it; each alert was opened, and closed, once.

    `bytewise` is the collation in which subjects sort as their ids do.
    """
    _check_levels(findings)
    _check_histories(findings, bytewise)


def _check_levels(findings: Findings) -> None:
    standing: dict[tuple[str, str], int] = {}
    for subject, kind in findings.read(select(_A.subject, _A.kind).where(_A.closed_at.is_(None))):
        if kind in OF_LEVELS:
            _, store_id, variant_id = subject.split("/")
            key = (store_id, variant_id)
            standing[key] = standing.get(key, 0) + OF_LEVELS[kind]
    question = select(_L.store_id, _L.variant_id, _L.version, _L.available, _L.alerts, *_MARKS)
    for store_id, variant_id, version, available, bits, threshold, least, reorder_point in findings.read(question):
        if bits < 0:
            continue  # It was there before alerts were, and nobody has looked at it yet.
        findings.checked["alerts"] += 1
        stands = standing.pop((store_id, variant_id), 0)
        detail = None
        if stands != bits:
            detail = f"it says that {_spelled(bits)} stand; there are {_spelled(stands)}"
        elif version:
            detail = _disagreement(bits, available, max(threshold, least), reorder_point)
        if detail:
            findings.broke("alerts", f"level {findings.level_name(store_id, variant_id)}", detail)
    for store_id, variant_id in standing:
        detail = "alerts stand for it, but there is no such level"
        findings.broke("alerts", level_subject(store_id, variant_id), detail)


def _disagreement(bits: int, available: int, low: int, reorder_point: int) -> str | None:
    """What is crossed and does not stand, or stands although all is well: said here apart from the rule itself."""
    if bool(bits & OF_LEVELS["out_of_stock"]) != (available == 0):
        return f"out_of_stock {'stands' if available else 'is missing'} with {available} available"
    for kind, mark in (("low_stock", low), ("reorder_point", reorder_point)):
        stands = bool(bits & OF_LEVELS[kind])
        if mark and available <= mark and not stands:
            return f"{kind} is missing with {available} available, of {mark}"
        if stands and available > mark + max(1, mark // 10):
            return f"{kind} stands with {available} available, of {mark}"
    return None


def _spelled(bits: int) -> str:
    return ", ".join(kind for kind, bit in OF_LEVELS.items() if bits & bit) or "none"


def _check_histories(findings: Findings, bytewise: str) -> None:
    told = select(_E.subject, _E.seq, _E.type, _E.data).where(_E.subject.startswith("alert/"))
    rows = findings.read(told.order_by(collate(_E.subject, bytewise), _E.seq))
    facts = Walk(rows, 1, lambda key: findings.broke("12", f"event {key}", "there is no such alert"))
    for alert_id, status, closed_at, events in findings.read(
        select(_A.id, _A.status, _A.closed_at, _A.events).order_by(_A.id)
    ):
        _check_history(findings, f"alert {alert_id}", status, events, list(facts.of(f"alert/{alert_id}")))
        if (status == "closed") != (closed_at is not None):
            findings.broke("alerts", f"alert {alert_id}", f"it is {status}, and closed at {closed_at}")
    facts.end()


def _check_history(findings: Findings, name: str, status: str, events: int, told: Sequence[Sequence[Any]]) -> None:
    findings.checked["12"] += len(told)
    if [seq for _, seq, _, _ in told] != list(range(1, events + 1)):
        findings.broke("12", name, f"it has told {events} events; {len(told)} are there")
    state = None
    for _, seq, type_, data in told:
        findings.checked["11"] += 1
        step = orjson.loads(data)
        if step["from"] != state or (type_ == "alert.opened") != (seq == 1) or state == "closed":
            findings.broke("11", name, f"event #{seq}, {type_}, cannot follow {state or 'nothing'}")
        state = step["to"]
    if told and state != status:
        findings.broke("11", name, f"it is {status}, but its history ends with {state}")
