"""Levels against the ledger: every movement of every level, in order, applied again to nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select

from onhand.db import schema
from onhand.trade.stock import EFFECTS, Effect
from onhand.views.verify.findings import Findings, Walk

MOST_UNITS = 10**12

# The only kinds that change what is on the shelf, and in which direction: said here a second time, apart from EFFECTS,
# because a check that reads its answer from what it checks finds nothing.
ON_HAND = {
    **dict.fromkeys(("receive", "receive_damaged", "return", "return_damaged"), +1),
    **dict.fromkeys(("found", "increment", "transfer_in", "transfer_in_damaged"), +1),
    **dict.fromkeys(("ship", "decrement", "lost", "write_off", "transfer_out"), -1),
}

NOTHING = Effect()


class Totals(NamedTuple):
    """What the walk over the ledger has counted, for the checks that follow it."""

    claim_movements: Counter[str]
    on_hand_by_kind: Counter[str]


class Replayed(NamedTuple):
    """What a level must be by its movements: their number, the sum of their effects, and the last balances written."""

    movements: int
    buckets: tuple[int, int, int, int]


def check_levels(findings: Findings) -> Totals:
    """Invariants 1, 2, 3, 4, 17 and 21."""
    totals = Totals(Counter(), Counter())
    ledger = Walk(_movements(findings), 2, lambda key: _stray(findings, key, "movements"))
    claims = Walk(_open_claims(findings), 2, lambda key: _stray(findings, key, "open reservations"))
    on_hand = 0
    for store_id, variant_id, version, *balances in findings.read(_LEVELS):
        key = (store_id, variant_id)
        replayed = _replay(findings, key, ledger.of(key), totals)
        buckets = tuple(balances)
        on_hand += sum(buckets)
        _check_level(findings, key, version, buckets, replayed)
        _check_claims(findings, key, buckets, claims.of(key))
    ledger.end()
    claims.end()
    _check_totals(findings, on_hand, totals)
    return totals


_L = schema.levels.c
_LEVELS = select(_L.store_id, _L.variant_id, _L.version, _L.available, _L.on_hold, _L.reserved, _L.unsellable).order_by(
    _L.store_id, _L.variant_id
)


def _movements(findings: Findings) -> Iterator[Sequence[Any]]:
    m = schema.movements.c
    columns = (m.kind, m.quantity, m.available, m.on_hold, m.reserved, m.unsellable, m.order_id)
    question = select(m.store_id, m.variant_id, m.version, *columns, m.actor, m.cause, m.reason)
    return findings.read(question.order_by(m.store_id, m.variant_id, m.version))


def _open_claims(findings: Findings) -> Iterator[Sequence[Any]]:
    r = schema.reservations.c
    level = (r.store_id, r.variant_id)
    question = select(*level, r.state, func.sum(r.quantity)).where(r.state.in_(("held", "reserved")))
    return findings.read(question.group_by(*level, r.state).order_by(*level))


def _stray(findings: Findings, key: tuple[str, str], what: str) -> None:
    invariant = "2" if what == "movements" else "4"
    findings.broke(invariant, f"level {findings.level_name(*key)}", f"there are {what} but no level")


def _replay(findings: Findings, key: tuple[str, str], movements: Iterable[Sequence[Any]], totals: Totals) -> Replayed:
    """Apply the movements of one level to zero, and look at each balance that was written on the way."""
    count = 0
    last = 0
    before = (0, 0, 0, 0)
    available = on_hold = reserved = unsellable = 0
    for _, _, version, kind, quantity, *written, order_id, actor, cause, reason in movements:
        count += 1
        effect = EFFECTS.get(kind, NOTHING)
        left = (
            before[0] + effect.available * quantity,
            before[1] + effect.on_hold * quantity,
            before[2] + effect.reserved * quantity,
            before[3] + effect.unsellable * quantity,
        )
        after = tuple(written)
        on_shelf = sum(after) - sum(before)
        if version != last + 1 or after != left:
            _name_break(findings, key, (version, last), (kind, quantity), after, left)
        if on_shelf != ON_HAND.get(kind, 0) * quantity:
            detail = f"a {kind} of {quantity} changed what is on hand by {on_shelf}"
            findings.broke("17", _movement(findings, key, version), detail)
        if not (actor and cause and reason):
            missing = [word for word, value in (("actor", actor), ("cause", cause), ("reason", reason)) if not value]
            findings.broke("21", _movement(findings, key, version), f"it has no {' and no '.join(missing)}")
        available += effect.available * quantity
        on_hold += effect.on_hold * quantity
        reserved += effect.reserved * quantity
        unsellable += effect.unsellable * quantity
        totals.on_hand_by_kind[kind] += on_shelf
        if order_id is not None:
            totals.claim_movements[kind] += 1
        last, before = version, after
    for invariant in ("3", "17", "21"):
        findings.checked[invariant] += count
    return Replayed(count, (available, on_hold, reserved, unsellable))


def _movement(findings: Findings, key: tuple[str, str], version: int) -> str:
    return f"movement {findings.level_name(*key)} #{version}"


def _name_break(
    findings: Findings,
    key: tuple[str, str],
    versions: tuple[int, int],
    made: tuple[str, int],
    after: tuple[int, ...],
    left: tuple[int, ...],
) -> None:
    version, last = versions
    name = _movement(findings, key, version)
    kind, quantity = made
    if version != last + 1:
        findings.broke("3", name, f"it follows #{last}")
    if kind not in EFFECTS:
        findings.broke("3", name, f"there is no kind {kind!r}")
    elif after != left:
        findings.broke("3", name, f"a {kind} of {quantity} leaves {_spelled(left)}, but {_spelled(after)} was written")


def _spelled(buckets: Sequence[int]) -> str:
    return ", ".join(f"{name} {units}" for name, units in zip(Effect._fields, buckets, strict=True))


def _check_level(
    findings: Findings, key: tuple[str, str], version: int, buckets: tuple[int, ...], replayed: Replayed
) -> None:
    findings.checked["1"] += 1
    findings.checked["2"] += 1
    if min(buckets) < 0 or max(buckets) > MOST_UNITS:
        findings.broke("1", f"level {findings.level_name(*key)}", f"a bucket is out of range: {_spelled(buckets)}")
    if buckets != replayed.buckets:
        detail = f"it says {_spelled(buckets)}; its movements say {_spelled(replayed.buckets)}"
        findings.broke("2", f"level {findings.level_name(*key)}", detail)
    if version != replayed.movements:
        detail = f"it is at version {version} and has {replayed.movements} movements"
        findings.broke("2", f"level {findings.level_name(*key)}", detail)


def _check_claims(
    findings: Findings, key: tuple[str, str], buckets: tuple[int, ...], claims: Iterable[Sequence[Any]]
) -> None:
    findings.checked["4"] += 1
    units = {state: int(quantity) for _, _, state, quantity in claims}
    for state, bucket, present in (("held", "on hold", buckets[1]), ("reserved", "reserved", buckets[2])):
        claimed = units.get(state, 0)
        if claimed != present:
            detail = f"{present} units are {bucket}, but its {state} reservations have {claimed}"
            findings.broke("4", f"level {findings.level_name(*key)}", detail)


def _check_totals(findings: Findings, on_hand: int, totals: Totals) -> None:
    """All that is on hand anywhere came in by a kind that brings goods in, and did not leave by one that takes them."""
    moved = sum(totals.on_hand_by_kind.values())
    if on_hand != moved:
        findings.broke("17", "all stores", f"{on_hand} units are on hand; the movements brought in {moved}")
