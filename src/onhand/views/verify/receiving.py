"""Purchase orders against their deliveries, and both against the ledger: all of one, then all of the next."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import collate, func, select

from onhand.db import documents, schema
from onhand.views.verify.findings import Findings

_P = documents.purchase_orders.c
_ORDERS = select(_P.id, _P.number, _P.store_id, _P.status).order_by(_P.id)
_L = documents.purchase_order_lines.c
_LINES = select(_L.purchase_order_id, _L.line, _L.variant_id, _L.ordered, _L.received, _L.rejected).order_by(
    _L.purchase_order_id, _L.line
)
_R = documents.receipts.c
_RECEIPTS = select(_R.purchase_order_id, _R.receipt).order_by(_R.purchase_order_id, _R.receipt)
_B = documents.receipt_lines.c
_BROUGHT = select(_B.purchase_order_id, _B.receipt, _B.line, _B.received, _B.rejected, _B.sent_back).order_by(
    _B.purchase_order_id, _B.receipt, _B.item
)
_M = schema.movements.c


def check_receiving(findings: Findings, bytewise: str) -> None:
    """What arrived of a line is what its deliveries brought, and the ledger took in what was accepted of it, no more.

    `bytewise` is the collation in which the causes of movements sort as their ids do.
    """
    lines = findings.walk(_LINES, "receiving", "lines", "purchase order")
    receipts = findings.walk(_RECEIPTS, "receiving", "receipts", "purchase order")
    brought = findings.walk(_BROUGHT, "receiving", "receipt lines", "purchase order")
    moved = findings.walk(_moved(bytewise), "receiving", "movements", "purchase order")
    for order_id, number, store_id, status in findings.read(_ORDERS):
        name = f"purchase order {number}"
        found = list(lines.of(order_id))
        deliveries = [receipt for _, receipt in receipts.of(order_id)]
        arrived = list(brought.of(order_id))
        _check_lines(findings, name, found, arrived)
        _check_deliveries(findings, name, deliveries, arrived)
        _check_status(findings, name, status, found, deliveries)
        _check_ledger(findings, name, store_id, found, arrived, list(moved.of(order_id)))
    for walk in (lines, receipts, brought, moved):
        walk.end()


def _moved(bytewise: str) -> Any:
    level = (_M.cause_id, _M.store_id, _M.variant_id, _M.kind)
    question = select(*level, func.sum(_M.quantity)).where(_M.cause == "receipt").group_by(*level)
    return question.order_by(collate(_M.cause_id, bytewise))


def _check_lines(
    findings: Findings, name: str, lines: Sequence[Sequence[Any]], arrived: Sequence[Sequence[Any]]
) -> None:
    came: Counter[tuple[int, str]] = Counter()
    for _, _, line, received, rejected, _ in arrived:
        came[line, "received"] += received
        came[line, "rejected"] += rejected
    for _, line, _, _, received, rejected in lines:
        findings.checked["receiving"] += 1
        for word, said in (("received", received), ("rejected", rejected)):
            if said != came[line, word]:
                detail = f"it says {said} {word}; its deliveries say {came[line, word]}"
                findings.broke("receiving", f"line {line} of {name}", detail)
    for line in sorted({line for line, _ in came} - {row[1] for row in lines}):
        findings.broke("receiving", f"line {line} of {name}", "there are deliveries, but no such line")


def _check_deliveries(
    findings: Findings, name: str, deliveries: Sequence[int], arrived: Sequence[Sequence[Any]]
) -> None:
    findings.checked["receiving"] += len(deliveries)
    numbers = sorted({receipt for _, receipt, *_ in arrived})
    if not list(deliveries) == numbers == list(range(1, len(deliveries) + 1)):
        findings.broke("receiving", name, f"its receipts are {list(deliveries)}, and there are lines of {numbers}")


def _check_status(
    findings: Findings, name: str, status: str, lines: Sequence[Sequence[Any]], deliveries: Sequence[int]
) -> None:
    is_complete = all(received >= ordered for _, _, _, ordered, received, _ in lines)
    reached = "received" if is_complete else "partially_received" if deliveries else "open"
    if status != reached and (status != "closed" or is_complete):
        findings.broke("receiving", name, f"it is {status}; by its lines it is {reached}")


def _check_ledger(
    findings: Findings,
    name: str,
    store_id: str,
    lines: Sequence[Sequence[Any]],
    arrived: Sequence[Sequence[Any]],
    moved: Sequence[Sequence[Any]],
) -> None:
    """Accepted units were received, rejected ones were put apart unless they were sent back, where the order says."""
    variant_of = {line: variant_id for _, line, variant_id, *_ in lines}
    due: Counter[tuple[str, str, str]] = Counter()
    for _, _, line, received, rejected, sent_back in arrived:
        if line in variant_of:
            due[store_id, variant_of[line], "receive"] += received - rejected
            due[store_id, variant_of[line], "receive_damaged"] += 0 if sent_back else rejected
    for _, store, variant_id, kind, units in moved:
        due[store, variant_id, kind] -= int(units)
    for (store, variant_id, kind), missing in due.items():
        if missing:
            level = findings.level_name(store, variant_id)
            word = "missing from" if missing > 0 else "too many in"
            findings.broke("receiving", name, f"{abs(missing)} units are {word} the ledger as {kind} of {level}")
