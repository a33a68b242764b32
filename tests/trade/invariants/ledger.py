"""Levels and their movements."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.reading import Books, grouped

from onhand.rows import Level, Movement, Transfer, TransferLine

MOST_UNITS = 10**12
BUCKETS = ("available", "on_hold", "reserved", "unsellable")

EFFECTS_TABLE = """
                  available  on_hold  reserved  unsellable
hold                  -         +        .          .
release               +         -        .          .
expire                +         -        .          .
confirm               .         -        +          .
reserve               -         .        +          .
unreserve             +         .        -          .
ship                  .         .        -          .
receive               +         .        .          .
receive_damaged       .         .        .          +
return                +         .        .          .
found                 +         .        .          .
increment             +         .        .          .
decrement             -         .        .          .
lost                  -         .        .          .
return_damaged        .         .        .          +
damage                -         .        .          +
repair                +         .        .          -
write_off             .         .        .          -
transfer_out          -         .        .          .
transfer_in           +         .        .          .
transfer_in_damaged   .         .        .          +
"""
EFFECTS = {
    kind: tuple({"+": 1, "-": -1, ".": 0}[sign] for sign in signs)
    for kind, *signs in (row.split() for row in EFFECTS_TABLE.strip().splitlines()[1:])
}


def no_bucket_is_below_zero_or_too_full(books: Books) -> Iterator[str]:
    for level in books[Level]:
        for bucket in BUCKETS:
            if not 0 <= getattr(level, bucket) <= MOST_UNITS:
                yield f"{level}: {bucket}"


def levels_are_the_replay_of_their_movements(books: Books) -> Iterator[str]:
    replayed: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    counted: Counter[Any] = Counter()
    for movement in books[Movement]:
        counted[movement[:2]] += 1
        for bucket, effect in enumerate(EFFECTS[movement.kind]):
            replayed[movement[:2]][bucket] += effect * movement.quantity
    for level in books[Level]:
        if [getattr(level, bucket) for bucket in BUCKETS] != replayed[level[:2]]:
            yield f"{level}, but its movements make {replayed[level[:2]]}"
        if level.version != counted[level[:2]]:
            yield f"{level}, but it has {counted[level[:2]]} movements"
    for key in counted.keys() - {level[:2] for level in books[Level]}:
        yield f"movements of {key}, which is no level"


def movements_are_an_unbroken_chain(books: Books) -> Iterator[str]:
    for movements in grouped(books[Movement], lambda movement: movement[:2]).values():
        left: tuple[int, ...] = (0, 0, 0, 0)
        for version, movement in enumerate(sorted(movements, key=lambda movement: movement.version), start=1):
            left = tuple(was + by * movement.quantity for was, by in zip(left, EFFECTS[movement.kind], strict=True))
            if movement.version != version or movement.quantity <= 0:
                yield f"{movement} is not number {version}"
            if tuple(getattr(movement, bucket) for bucket in BUCKETS) != left:
                yield f"{movement} should leave {left}"


def units_come_and_go_only_by_the_kinds_that_do(books: Books) -> Iterator[str]:
    come = {"receive", "receive_damaged", "return", "return_damaged", "found", "increment"}
    go = {"ship", "decrement", "lost", "write_off"}
    units: Counter[str] = Counter()
    for movement in books[Movement]:
        units[movement.variant_id] += movement.quantity * ((movement.kind in come) - (movement.kind in go))
    for level in books[Level]:
        units[level.variant_id] -= sum(getattr(level, bucket) for bucket in BUCKETS)
    sent = {transfer.id for transfer in books[Transfer] if transfer.sent_at is not None}
    for line in books[TransferLine]:
        if line.transfer_id in sent:
            units[line.variant_id] -= line.quantity - line.received - line.damaged - line.recalled
    for variant_id, difference in units.items():
        if difference:
            yield f"{difference} of {variant_id} came or went unseen"
