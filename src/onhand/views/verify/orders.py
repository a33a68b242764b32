"""Orders and bare holds against their lines, claims, parcels, returns and events: all of one, then all of the next."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any

from sqlalchemy import and_, collate, not_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from onhand.db import schema
from onhand.trade.orders import ENDED
from onhand.views.verify.claims import CLAIMS, OPEN, Claim, Pointers
from onhand.views.verify.findings import Findings
from onhand.views.verify.history import Fact, Owner, check_history

_O = schema.orders.c
_ORDERS = select(
    *(_O.id, _O.number, _O.status, _O.hold_expires_at, _O.events),
    *(_O.confirmed_at, _O.cancelled_at, _O.shipped_at, _O.delivered_at),
).order_by(_O.id)
_H = schema.holds.c
_HOLDS = select(_H.id, _H.reference, _H.state, _H.expires_at, _H.events).order_by(_H.id)
_L = schema.order_lines.c
_LINES = select(
    *(_L.order_id, _L.line, _L.variant_id, _L.components),
    *(_L.quantity, _L.shipped, _L.released, _L.backordered, _L.returned),
).order_by(_L.order_id, _L.line)
_S = schema.shipments.c
_SHIPMENTS = select(_S.order_id, _S.shipment).order_by(_S.order_id, _S.shipment)
_B, _BL, _M = schema.returns.c, schema.return_lines.c, schema.movements.c
_RETURNS = (
    select(
        *(_B.order_id, _B.id, _B.status, _BL.order_line, _BL.variant_id, _BL.quantity, _BL.condition),
        *(_BL.movement, _M.kind, _M.quantity.label("moved"), _M.cause_id),
    )
    .select_from(schema.returns)
    .outerjoin(schema.return_lines, _BL.return_id == _B.id)
    .outerjoin(
        schema.movements,
        and_(_M.store_id == _BL.store_id, _M.variant_id == _BL.variant_id, _M.version == _BL.movement),
    )
    .order_by(_B.order_id, _B.id, _BL.item)
)


def check_orders(findings: Findings, bytewise: str, claim_movements: Counter[str]) -> None:
    """Invariants 5, 6, 7, 8, 9, 11 and 12. `bytewise` is the collation in which subjects sort as their ids do."""
    pointers = Pointers(findings)
    walks = _Walks(findings, bytewise)
    for owner in merge(_order_owners(findings), _hold_owners(findings), key=itemgetter(0)):
        claims = [Claim(*row) for row in walks.claims.of(owner.id)]
        pointers.check(owner.name, claims)
        facts = walks.facts_of(owner)
        check_history(findings, owner, facts)
        if owner.noun == "order":
            _check_ending(findings, owner, claims)
            returned = list(walks.returns.of(owner.id))
            _check_lines(findings, owner, list(walks.lines.of(owner.id)), claims, returned)
            _check_shipments(findings, owner, [number for _, number in walks.shipments.of(owner.id)], claims, facts)
            _check_returns(findings, owner, returned, facts)
    walks.end()
    pointers.end(claim_movements)
    _check_other_events(findings, bytewise)


class _Walks:
    """The walks over all that hangs on an order or a bare hold, side by side."""

    def __init__(self, findings: Findings, bytewise: str) -> None:
        owner = "order or hold"
        self.claims = findings.walk(CLAIMS, "5", "reservations", owner)
        self.lines = findings.walk(_LINES, "8", "lines", owner)
        self.shipments = findings.walk(_SHIPMENTS, "9", "shipments", owner)
        self.returns = findings.walk(_RETURNS, "9", "returns", owner)
        self._facts = {
            noun: findings.walk(_events(bytewise, _of(noun)), "12", "events", owner) for noun in ("order", "hold")
        }

    def facts_of(self, owner: Owner) -> list[Fact]:
        return [Fact(*row) for row in self._facts[owner.noun].of(f"{owner.noun}/{owner.id}")]

    def end(self) -> None:
        for walk in (self.claims, self.lines, self.shipments, self.returns, *self._facts.values()):
            walk.end()


def _order_owners(findings: Findings) -> Iterator[Owner]:
    for id_, number, status, deadline, events, *moments in findings.read(_ORDERS):
        yield Owner(id_, "order", f"order {number}", status, deadline, events, tuple(moments))


def _hold_owners(findings: Findings) -> Iterator[Owner]:
    for id_, reference, state, deadline, events in findings.read(_HOLDS):
        yield Owner(id_, "hold", f"hold {reference}", state, deadline, events, ())


_E = schema.events.c


def _of(noun: str) -> ColumnElement[bool]:
    return _E.subject.startswith(f"{noun}/")


def _events(bytewise: str, condition: ColumnElement[bool]) -> Any:
    columns = (_E.subject, _E.seq, _E.type, _E.occurred_at, _E.data)
    return select(*columns).where(condition).order_by(collate(_E.subject, bytewise), _E.seq)


def _check_other_events(findings: Findings, bytewise: str) -> None:
    """Whatever else events are about: no number is missing or given twice."""
    others = _events(bytewise, not_(or_(_of("order"), _of("hold"))))
    present, last = "", 0
    for subject, seq, *_ in findings.read(others):
        last = last if subject == present else 0
        if seq != last + 1:
            findings.broke("12", f"event {subject} #{seq}", f"it follows #{last}")
        present, last = subject, seq
        findings.checked["12"] += 1


def _check_ending(findings: Findings, owner: Owner, claims: Sequence[Claim]) -> None:
    findings.checked["7"] += 1
    if owner.state in ENDED:
        for claim in claims:
            if claim.state in OPEN:
                detail = f"it is {owner.state}, but line {claim.line} has {claim.quantity} units {claim.state}"
                findings.broke("7", owner.name, detail)


def _check_lines(
    findings: Findings,
    owner: Owner,
    lines: Sequence[Sequence[Any]],
    claims: Sequence[Claim],
    returned: Sequence[Sequence[Any]],
) -> None:
    claimed: Counter[tuple[int, str, str]] = Counter()
    for claim in claims:
        claimed[claim.line, claim.variant_id, "open" if claim.state in OPEN else claim.state] += claim.quantity
    for _, _, _, line, variant_id, quantity, *_ in returned:
        if line is not None:
            claimed[line, variant_id, "returned"] += quantity
    for _, line, variant_id, components, quantity, shipped, released, backordered, back in lines:
        findings.checked["8"] += 1
        name = f"line {line} of {owner.name}"
        outstanding = quantity - shipped - released - backordered
        for part, each in json.loads(components) if components else ((variant_id, 1),):
            for what, said, found in (
                ("outstanding", outstanding, claimed[line, part, "open"]),
                ("shipped", shipped, claimed[line, part, "fulfilled"]),
                ("returned", back, claimed[line, part, "returned"]),
            ):
                if said * each != found:
                    findings.broke("8", name, f"it says {said * each} {what}; the records say {found}")
        if back > shipped:
            findings.broke("8", name, f"{back} came back of {shipped} shipped")
    known = {row[1] for row in lines}
    for line in sorted({line for line, *_ in claimed} - known):
        findings.broke("8", f"line {line} of {owner.name}", "there are claims or returns, but no such line")


def _check_shipments(
    findings: Findings, owner: Owner, shipments: Sequence[int], claims: Sequence[Claim], facts: Sequence[Fact]
) -> None:
    """A parcel leaves once: one event tells it, and what it took names it."""
    findings.checked["9"] += len(shipments)
    told = sum(fact.type in ("order.partially_shipped", "order.shipped") for fact in facts)
    if list(shipments) != list(range(1, len(shipments) + 1)) or told != len(shipments):
        findings.broke("9", owner.name, f"its shipments are {list(shipments)}, and {told} were told")
    for claim in claims:
        if claim.state == "fulfilled" and claim.shipment not in shipments:
            name = f"reservation {claim.line}.{claim.part} of {owner.name}"
            findings.broke("9", name, f"it left with shipment {claim.shipment}, which is not there")


def _check_returns(findings: Findings, owner: Owner, returned: Sequence[Sequence[Any]], facts: Sequence[Fact]) -> None:
    """A return is booked once: one event tells it, and each of its movements is its own. Before, nothing is booked."""
    told = sum(fact.type == "order.returned" for fact in facts)
    made = len({return_id for _, return_id, status, *_ in returned if status == "received"})
    if told != made:
        findings.broke("9", owner.name, f"it has {made} returns, and {told} were told")
    for _, return_id, status, line, _, quantity, condition, movement, kind, moved, cause_id in returned:
        if (line is not None) != (status == "received"):
            booked = "something" if line is not None else "nothing"
            findings.broke("9", f"return {return_id} of {owner.name}", f"it is {status}, and {booked} is booked")
        if line is None:
            continue
        findings.checked["9"] += 1
        name = f"return {return_id} of {owner.name}, line {line}"
        expected = {"sellable": "return", "damaged": "return_damaged"}.get(condition)
        if (expected is None) != (movement is None):
            findings.broke("9", name, f"it is {condition}, with movement {movement or 'none'}")
        elif movement is not None and (kind, moved, cause_id) != (expected, quantity, return_id):
            found = f"a {kind} of {moved} for {cause_id}" if kind else "not there"
            findings.broke("9", name, f"movement #{movement} should be a {expected} of {quantity}; it is {found}")
