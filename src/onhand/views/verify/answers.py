"""Names that must be unique, and the answers kept for idempotency keys against the orders that they speak of."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import func, select

from onhand.db import schema
from onhand.views.orders import OrderAnswer
from onhand.views.verify.findings import Findings

_O, _A = schema.orders.c, schema.stored_answers.c
_NUMBERS = select(_O.number, func.count()).group_by(_O.number).having(func.count() > 1)
_ANSWERS = select(_A.scope, _A.key, _A.fingerprint, _A.status, _A.body).order_by(_A.scope, _A.key)
_OF_AN_ORDER = frozenset(OrderAnswer.__slots__)
AT_A_TIME = 500


def check_numbers(findings: Findings) -> None:
    """No two orders have one number."""
    for number, count in findings.read(_NUMBERS):
        findings.broke("order_number", f"order {number}", f"{count} orders have this number")
    findings.checked["order_number"] += next(findings.read(select(func.count()).select_from(schema.orders)))[0]


def check_answers(findings: Findings) -> None:
    """Invariant 14. That a key has one answer is the table's own key; what the answer says is checked here."""
    placed: dict[str, str] = {}
    answers = findings.read(_ANSWERS)
    while chunk := list(islice(answers, AT_A_TIME)):
        spoken = [(row, body) for row in chunk if (body := _order_in(findings, row)) is not None]
        ids = sorted({str(body["order_id"]) for _, body in spoken})
        known = {row[0]: row for row in findings.read(select(_O.id, _O.number, _O.currency).where(_O.id.in_(ids)))}
        for row, body in spoken:
            _check_answer(findings, _name(row), row[3], body, known, placed)


def _name(row: Sequence[Any]) -> str:
    scope, key, *_ = row
    return f"answer to key {key!r} of {scope}"


def _order_in(findings: Findings, row: Sequence[Any]) -> Mapping[str, Any] | None:
    """What a stored answer says about an order, if it is about one."""
    findings.checked["14"] += 1
    _, _, fingerprint, status, body = row
    if not fingerprint:
        findings.broke("14", _name(row), "it does not say which request it answers")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        findings.broke("14", _name(row), "what is kept is no JSON")
        return None
    about_order = isinstance(said, dict) and "order_id" in said and status < 300
    return said if about_order else None


def _check_answer(
    findings: Findings,
    name: str,
    status: int,
    said: Mapping[str, Any],
    known: Mapping[str, Sequence[Any]],
    placed: dict[str, str],
) -> None:
    order = known.get(str(said["order_id"]))
    if order is None:
        findings.broke("14", name, f"it speaks of order {said['order_id']}, which is not there")
        return
    for word, present in (("number", order[1]), ("currency", order[2])):
        if word in said and said[word] != present:
            findings.broke("14", name, f"it says {word} {said[word]!r}; the order has {present!r}")
    if status == 201 and said.keys() <= _OF_AN_ORDER:  # What was made is the order, and an order is placed once.
        before = placed.setdefault(order[0], name)
        if before != name:
            findings.broke("14", name, f"it placed order {order[1]}, and so did the {before}")
