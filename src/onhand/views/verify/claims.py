"""Claims against the ledger: every pointer from a reservation to a movement, and back."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, exists, or_, select

from onhand.db import schema
from onhand.views.verify.findings import Findings

OPENING = ("hold", "reserve")
RESOLVING = ("release", "expire", "unreserve", "ship")
RESOLVED_BY = {"fulfilled": ("ship",), "expired": ("expire",), "released": ("release", "unreserve")}
OPEN = ("held", "reserved")


class Claim(NamedTuple):
    """A reservation beside the three movements that it names: kind, quantity and order of each."""

    claim_id: str
    line: int
    part: int
    store_id: str
    variant_id: str
    quantity: int
    state: str
    shipment: int | None
    opened_by: int
    opened_kind: str | None
    opened_quantity: int | None
    opened_for: str | None
    confirmed_by: int | None
    confirmed_kind: str | None
    confirmed_quantity: int | None
    confirmed_for: str | None
    resolved_by: int | None
    resolved_kind: str | None
    resolved_quantity: int | None
    resolved_for: str | None


_R = schema.reservations.c
_OPENED, _CONFIRMED, _RESOLVED = (schema.movements.alias(name) for name in ("opened", "confirmed", "resolved"))


def _named_by(movement: FromClause, version: ColumnElement[Any]) -> ColumnElement[bool]:
    m = movement.c
    return and_(m.store_id == _R.store_id, m.variant_id == _R.variant_id, m.version == version)


CLAIMS = (
    select(
        *(_R.claim_id, _R.line, _R.part, _R.store_id, _R.variant_id, _R.quantity, _R.state, _R.shipment),
        *(_R.opened_by, _OPENED.c.kind, _OPENED.c.quantity, _OPENED.c.order_id),
        *(_R.confirmed_by, _CONFIRMED.c.kind, _CONFIRMED.c.quantity, _CONFIRMED.c.order_id),
        *(_R.resolved_by, _RESOLVED.c.kind, _RESOLVED.c.quantity, _RESOLVED.c.order_id),
    )
    .select_from(schema.reservations)
    .outerjoin(_OPENED, _named_by(_OPENED, _R.opened_by))
    .outerjoin(_CONFIRMED, _named_by(_CONFIRMED, _R.confirmed_by))
    .outerjoin(_RESOLVED, _named_by(_RESOLVED, _R.resolved_by))
    .order_by(_R.claim_id, _R.line, _R.part)
)


class Pointers:
    """Invariant 5: walks the claims of one order or bare hold after another, and counts the movements they name.

    A claim that was split leaves parts that name the same movement, so the units of the parts are summed for each
    movement. A movement that ends a claim ends exactly one.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._pointed: Counter[str] = Counter()

    def check(self, owner: str, claims: Sequence[Claim]) -> None:
        named: dict[tuple[str, str, int], list[tuple[Claim, str, int]]] = {}
        for claim in claims:
            self._findings.checked["5"] += 1
            self._check_state(owner, claim)
            level = (claim.store_id, claim.variant_id)
            for role, version, kind, quantity, made_for in (
                ("opened", claim.opened_by, claim.opened_kind, claim.opened_quantity, claim.opened_for),
                ("confirmed", claim.confirmed_by, claim.confirmed_kind, claim.confirmed_quantity, claim.confirmed_for),
                ("resolved", claim.resolved_by, claim.resolved_kind, claim.resolved_quantity, claim.resolved_for),
            ):
                if version is None:
                    continue
                if kind is None or quantity is None:
                    self._broke(owner, claim, f"it was {role} by movement #{version}, which is not there")
                elif made_for != claim.claim_id:
                    self._broke(owner, claim, f"it was {role} by movement #{version}, which is of another order")
                else:
                    named.setdefault((*level, version), []).append((claim, kind, quantity))
        for (_, _, version), by in named.items():
            self._check_movement(owner, version, by)

    def _check_state(self, owner: str, claim: Claim) -> None:
        if claim.opened_kind is not None and claim.opened_kind not in OPENING:
            self._broke(owner, claim, f"it was opened by a {claim.opened_kind}")
        if claim.confirmed_kind is not None and claim.confirmed_kind != "confirm":
            self._broke(owner, claim, f"it was confirmed by a {claim.confirmed_kind}")
        if (claim.state in OPEN) != (claim.resolved_by is None):
            self._broke(owner, claim, f"it is {claim.state}, and resolved by movement {claim.resolved_by or 'none'}")
        elif claim.resolved_kind is not None and claim.resolved_kind not in RESOLVED_BY.get(claim.state, ()):
            self._broke(owner, claim, f"it is {claim.state}, but was resolved by a {claim.resolved_kind}")
        was_reserved = claim.opened_kind == "reserve" or claim.confirmed_by is not None
        must_be = claim.state in ("reserved", "fulfilled") or claim.resolved_kind == "unreserve"
        must_not_be = claim.state in ("held", "expired") or claim.resolved_kind == "release"
        if (must_be and not was_reserved) or (must_not_be and was_reserved):
            word = "was" if was_reserved else "was never"
            self._broke(owner, claim, f"it is {claim.state}, and {word} confirmed")

    def _check_movement(self, owner: str, version: int, by: list[tuple[Claim, str, int]]) -> None:
        claim, kind, quantity = by[0]
        self._pointed[kind] += 1
        units = sum(each.quantity for each, _, _ in by)
        if units != quantity:
            self._broke(owner, claim, f"movement #{version} is a {kind} of {quantity}, its claims have {units}")
        if kind in RESOLVING and len(by) > 1:
            detail = f"movement #{version} is named by {len(by)} reservations; a {kind} ends exactly one"
            self._broke(owner, claim, detail)
            self._findings.broke("9", f"{owner}, line {claim.line}", detail)

    def _broke(self, owner: str, claim: Claim, detail: str) -> None:
        self._findings.broke("5", f"reservation {claim.line}.{claim.part} of {owner}", detail)

    def end(self, movements: Counter[str]) -> None:
        """Every movement of a claim is named by one: so many were walked, so many must have been named."""
        for kind in (*OPENING, "confirm", *RESOLVING):
            self._findings.checked["5"] += movements[kind]
            if movements[kind] != self._pointed[kind]:
                self._name_unclaimed(kind)

    def _name_unclaimed(self, kind: str) -> None:
        """Slow, and asked only when the counts differ."""
        m = schema.movements.c
        names = or_(_R.opened_by == m.version, _R.confirmed_by == m.version, _R.resolved_by == m.version)
        claimed = exists().where(
            and_(_R.claim_id == m.order_id, _R.store_id == m.store_id, _R.variant_id == m.variant_id, names)
        )
        question = select(m.store_id, m.variant_id, m.version).where(m.kind == kind, m.order_id.is_not(None), ~claimed)
        for store_id, variant_id, version in self._findings.read(question):
            name = f"movement {self._findings.level_name(store_id, variant_id)} #{version}"
            self._findings.broke("5", name, f"no reservation of its order names this {kind}")
