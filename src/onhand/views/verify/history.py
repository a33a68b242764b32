"""The events of one order or bare hold: each fact told once, in an order in which it can have happened."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from onhand import clock
from onhand.trade.orders import TRANSITIONS
from onhand.views.verify.findings import Findings


class Owner(NamedTuple):
    """An order or a bare hold. `moments` of an order: when it was confirmed, cancelled, shipped, delivered."""

    id: str
    noun: str
    name: str
    state: str
    deadline: int | None
    events: int
    moments: tuple[int | None, ...]


class Fact(NamedTuple):
    subject: str
    seq: int
    type: str
    occurred_at: int
    data: str


# What an order can be told at most once: the events of each, and the column that keeps its moment.
ONCE = (
    (("order.confirmed",), "confirmed"),
    (("order.cancelled", "order.expired"), "cancelled"),
    (("order.shipped",), "shipped"),
    (("order.delivered",), "delivered"),
)
# A bare hold never goes back: it may stay as it is, or settle further.
SETTLED = {"held": 0, "reserved": 1, "fulfilled": 2, "released": 2, "expired": 2}


def check_history(findings: Findings, owner: Owner, facts: Sequence[Fact]) -> None:
    """Invariants 6, 9, 11 and 12."""
    _check_numbers(findings, owner, facts)
    reached = _check_path(findings, owner, facts)
    if owner.noun == "order":
        _check_once(findings, owner, facts, reached)
    for fact in facts:
        if fact.type in ("order.expired", "hold.expired"):
            _check_deadline(findings, owner, fact)


def _check_numbers(findings: Findings, owner: Owner, facts: Sequence[Fact]) -> None:
    findings.checked["12"] += len(facts)
    numbers = [fact.seq for fact in facts]
    if numbers != list(range(1, owner.events + 1)):
        findings.broke("12", owner.name, f"it has told {owner.events} events; numbered {_spelled(numbers)} are there")


def _spelled(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:20])) or "none"
    return shown + (", …" if len(numbers) > 20 else "")


def _check_path(findings: Findings, owner: Owner, facts: Sequence[Fact]) -> Counter[str]:
    """Events that name no state tell something else than a step. Answers how often each state was reached."""
    state = None
    steps: Counter[str] = Counter()
    for fact in facts:
        data = orjson.loads(fact.data)
        if "to" not in data:
            continue
        findings.checked["11"] += 1
        begun, reached = data.get("from"), data["to"]
        if begun != state:
            findings.broke("11", owner.name, f"event #{fact.seq} goes on from {begun}, but it was {state}")
        elif not _is_step(owner.noun, state, reached):
            findings.broke("11", owner.name, f"event #{fact.seq} takes it from {state} to {reached}, which is no step")
        steps[reached] += reached != state
        steps[f"out of {state}"] += reached != state
        state = reached
    if state != owner.state:
        findings.broke("11", owner.name, f"it is {owner.state}, but its history ends with {state}")
    return steps


def _is_step(noun: str, begun: str | None, reached: str) -> bool:
    if begun is None:
        return reached in ("pending", "held")
    if noun == "hold":
        return begun == reached or SETTLED.get(begun, 9) < SETTLED.get(reached, -1)
    return begun == reached or reached in TRANSITIONS.get(begun, ())


def _check_once(findings: Findings, owner: Owner, facts: Sequence[Fact], reached: Counter[str]) -> None:
    """Giving a part up may be the step that ends an order, so what counts is that the state was reached."""
    told = Counter(fact.type for fact in facts)
    findings.checked["9"] += 1
    for (events, word), moment in zip(ONCE, owner.moments, strict=True):
        times = sum(told[event] for event in events)
        # Money that came too late may have brought it back: then it can end once more.
        if times > 1 + reached[f"out of {word}"] * (word == "cancelled"):
            findings.broke("9", owner.name, f"it was {word} {times} times")
        is_so = owner.state == "cancelled" if word == "cancelled" else reached[word] > 0
        if (moment is not None) != is_so:
            known = "is known" if moment is not None else "is not known"
            findings.broke("12", owner.name, f"when it was {word} {known}, and {reached[word]} events tell it")
    if told["order.placed"] != 1:
        findings.broke("9", owner.name, f"it was placed {told['order.placed']} times")


def _check_deadline(findings: Findings, owner: Owner, fact: Fact) -> None:
    findings.checked["6"] += 1
    if owner.deadline is None or fact.occurred_at < owner.deadline:
        deadline = clock.as_datetime(owner.deadline).isoformat() if owner.deadline is not None else "never"
        expired = clock.as_datetime(fact.occurred_at).isoformat()
        findings.broke("6", owner.name, f"it expired at {expired}, before its deadline: {deadline}")
