"""The history of every warehouse document: each fact told once and numbered, ending where the document stands."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import collate, select

from onhand.db import schema
from onhand.db.storage import STORAGE
from onhand.trade.documents import NOUNS
from onhand.views.verify.findings import Findings, Walk

_E = schema.events.c


def check_documents(findings: Findings, bytewise: str) -> None:
    """Invariants 11 and 12, of documents. `bytewise` is the collation in which subjects sort as their ids do."""
    for kind, (noun, _) in NOUNS.items():
        facts = _facts(findings, noun, bytewise)
        head = STORAGE[kind].table.c
        for id_, number, status, events in findings.read(
            select(head.id, head.number, head.status, head.events).order_by(head.id)
        ):
            name = f"{noun.replace('_', ' ')} {number}"
            told = list(facts.of(f"{noun}/{id_}"))
            findings.checked["12"] += len(told)
            numbers = [seq for _, seq, _ in told]
            if numbers != list(range(1, events + 1)):
                findings.broke("12", name, f"it has told {events} events; {len(told)} are there: {numbers[:20]}")
            if told:
                _check_path(findings, name, status, told)
        facts.end()


def _facts(findings: Findings, noun: str, bytewise: str) -> Walk:
    question = select(_E.subject, _E.seq, _E.data).where(_E.subject.startswith(f"{noun}/"))
    rows = findings.read(question.order_by(collate(_E.subject, bytewise), _E.seq))
    return Walk(rows, 1, lambda key: findings.broke("12", f"event {key}", f"there is no such {noun.replace('_', ' ')}"))


def _check_path(findings: Findings, name: str, status: str, told: Sequence[Sequence[Any]]) -> None:
    state = None
    for _, seq, text in told:
        findings.checked["11"] += 1
        data = orjson.loads(text)
        if data.get("from") != state:
            findings.broke("11", name, f"event #{seq} goes on from {data.get('from')}, but it was {state}")
        state = data.get("to")
    if state != status:
        findings.broke("11", name, f"it is {status}, but its history ends with {state}")
