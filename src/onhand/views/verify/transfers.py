"""Transfers against the ledger: what left one store is in the other, came back, was lost, or is on the way."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import collate, func, or_, select

from onhand.db import documents, schema
from onhand.views.verify.findings import Findings

KINDS = ("transfer_out", "transfer_in", "transfer_in_damaged")

_T = documents.transfers.c
_TRANSFERS = select(_T.id, _T.number, _T.from_store_id, _T.to_store_id, _T.status, _T.sent_at).order_by(_T.id)
_L = documents.transfer_lines.c
_LINES = select(
    *(_L.transfer_id, _L.line, _L.variant_id, _L.sku, _L.quantity),
    *(_L.received, _L.damaged, _L.lost, _L.recalled),
).order_by(_L.transfer_id, _L.line)
_M = schema.movements.c


def check_transfers(findings: Findings, bytewise: str, on_hand_by_kind: Counter[str]) -> None:
    """Invariant 16; and of 17, that what has left all stores by transfers is on the way or said to be lost.

    `bytewise` is the collation in which the causes of movements sort as their ids do.
    """
    lines = findings.walk(_LINES, "16", "lines", "transfer")
    moved = findings.walk(_moved(bytewise), "16", "movements", "transfer")
    away = 0
    for transfer_id, number, from_store, to_store, status, sent_at in findings.read(_TRANSFERS):
        name = f"transfer {number}"
        found = list(lines.of(transfer_id))
        units: Counter[tuple[str, str, str]] = Counter()
        for _, variant_id, store_id, kind, quantity in moved.of(transfer_id):
            units[variant_id, store_id, kind] = int(quantity)
        for line in found:
            away += _check_line(findings, name, line, (from_store, to_store), units, is_sent=sent_at is not None)
        for (variant_id, store_id, kind), quantity in units.items():
            level = findings.level_name(store_id, variant_id)
            findings.broke("16", name, f"{quantity} units were moved as {kind} of {level}, for no line of it")
        _check_status(findings, name, status, found, is_sent=sent_at is not None)
    lines.end()
    moved.end()
    left = -sum(on_hand_by_kind[kind] for kind in KINDS)
    if left != away:
        findings.broke("17", "all stores", f"{left} units have left by transfers; {away} are on the way or lost there")


def _moved(bytewise: str) -> Any:
    """Units moved for each transfer. A movement that names no transfer comes under the empty name, and is stray."""
    transfer_id = func.coalesce(_M.cause_id, "")
    level = (_M.variant_id, _M.store_id, _M.kind)
    question = select(transfer_id, *level, func.sum(_M.quantity))
    question = question.where(or_(_M.kind.in_(KINDS), _M.cause == "transfer")).group_by(transfer_id, *level)
    return question.order_by(collate(transfer_id, bytewise))


def _check_line(
    findings: Findings,
    name: str,
    row: Sequence[Any],
    stores: tuple[str, str],
    units: Counter[tuple[str, str, str]],
    *,
    is_sent: bool,
) -> int:
    """Compare a line with its movements, which are taken out of `units`; answers what of it is at no store."""
    findings.checked["16"] += 1
    _, line, variant_id, sku, quantity, received, damaged, lost, recalled = row
    from_store, to_store = stores
    where = f"line {line} ({sku}) of {name}"
    in_transit = quantity - received - damaged - lost - recalled
    if min(in_transit, received, damaged, lost, recalled) < 0:
        findings.broke("16", where, f"{in_transit} of {quantity} units are in transit")
    for word, said, store_id, kind in (
        ("sent", quantity if is_sent else 0, from_store, "transfer_out"),
        ("recalled", recalled, from_store, "transfer_in"),
        ("received", received, to_store, "transfer_in"),
        ("damaged", damaged, to_store, "transfer_in_damaged"),
    ):
        found = units.pop((variant_id, store_id, kind), 0)
        if found != said:
            findings.broke("16", where, f"it says {said} {word}; the ledger has {found}")
    return in_transit + lost if is_sent else 0


def _check_status(findings: Findings, name: str, status: str, lines: Sequence[Sequence[Any]], *, is_sent: bool) -> None:
    """A transfer has ended when nothing of it is on the way, and was never begun when nothing was sent."""
    arrived = sum(sum(line[5:]) for line in lines)
    in_transit = sum(line[4] for line in lines) - arrived
    if is_sent == (status in ("draft", "cancelled")):
        findings.broke("16", name, f"it is {status}, and was {'sent' if is_sent else 'never sent'}")
    elif is_sent and (status in ("received", "recalled")) != (in_transit == 0):
        findings.broke("16", name, f"it is {status}, and {in_transit} units are in transit")
    elif arrived and status in ("draft", "cancelled", "sent"):
        findings.broke("16", name, f"it is {status}, but {arrived} units have arrived")
