"""What must always be true of the books, each as a check over plain rows.

Written from the design, not from the code: nothing of the engine but the shape of its rows is used here, and what a
kind of movement does, or which step of an order is legal, is stated again. A check yields a sentence for each fault.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from onhand.rows import (
    Alert,
    Count,
    CountLine,
    Event,
    Hold,
    Level,
    Line,
    Movement,
    Order,
    PurchaseOrder,
    PurchaseOrderLine,
    ReceiptLine,
    Reservation,
    Return,
    ReturnLine,
    Shipment,
    Transfer,
    TransferLine,
    Waiting,
)

Books = dict[type, list[Any]]
Check = Callable[[Books], Iterator[str]]

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

STEPS_TABLE = """
(new)               pending
pending             pending confirmed cancelled
confirmed           confirmed processing partially_shipped shipped cancelled
processing          processing partially_shipped shipped cancelled
partially_shipped   partially_shipped shipped
shipped             delivered partially_returned returned
delivered           partially_returned returned
partially_returned  partially_returned returned
"""
STEPS = {row.split()[0]: row.split()[1:] for row in STEPS_TABLE.strip().splitlines()}
ENDED = ("cancelled", "delivered", "returned")

# How a claim may have come to its state: (opened by, confirmed by, resolved by) as kinds of movement.
HISTORIES: dict[str, list[tuple[str | None, str | None, str | None]]] = {
    "held": [("hold", None, None)],
    "reserved": [("hold", "confirm", None), ("reserve", None, None)],
    "fulfilled": [("hold", "confirm", "ship"), ("reserve", None, "ship")],
    "released": [("hold", None, "release"), ("hold", "confirm", "unreserve"), ("reserve", None, "unreserve")],
    "expired": [("hold", None, "expire")],
}
CLAIMING = ("hold", "reserve", "confirm", "release", "expire", "unreserve", "ship")


def broken(books: Books) -> list[str]:
    """Every fault that any check finds, each with the name of its check."""
    return [f"{check.__name__}: {fault}" for check in CHECKS for fault in check(books)]


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
    for movements in _grouped(books[Movement], lambda movement: movement[:2]).values():
        left: tuple[int, ...] = (0, 0, 0, 0)
        for version, movement in enumerate(sorted(movements, key=lambda movement: movement.version), start=1):
            left = tuple(was + by * movement.quantity for was, by in zip(left, EFFECTS[movement.kind], strict=True))
            if movement.version != version or movement.quantity <= 0:
                yield f"{movement} is not number {version}"
            if tuple(getattr(movement, bucket) for bucket in BUCKETS) != left:
                yield f"{movement} should leave {left}"


def claims_add_up_to_their_levels(books: Books) -> Iterator[str]:
    claimed: Counter[Any] = Counter()
    for claim in books[Reservation]:
        claimed[(claim.store_id, claim.variant_id, claim.state)] += claim.quantity
    for level in books[Level]:
        held, reserved = claimed.pop((*level[:2], "held"), 0), claimed.pop((*level[:2], "reserved"), 0)
        if (held, reserved) != (level.on_hold, level.reserved):
            yield f"{level}, but {held} are held and {reserved} reserved"
    for (*key, state), quantity in claimed.items():
        if state in ("held", "reserved"):
            yield f"{quantity} {state} of {key}, which is no level"


def claims_and_their_movements_name_each_other(books: Books) -> Iterator[str]:
    movements = {movement[:3]: movement for movement in books[Movement]}
    named: Counter[Any] = Counter()
    resolved: Counter[Any] = Counter()
    for claim in books[Reservation]:
        kinds: list[Any] = []
        for version in (claim.opened_by, claim.confirmed_by, claim.resolved_by):
            movement = movements.get((claim.store_id, claim.variant_id, version))
            kinds.append(movement.kind if movement else version)
            if movement:
                named[movement[:3]] += claim.quantity
                if movement.order_id != claim.claim_id:
                    yield f"{claim}, but {movement} is another's"
        if tuple(kinds) not in HISTORIES[claim.state]:
            yield f"{claim} came about by {kinds}"
        resolved[(claim.store_id, claim.variant_id, claim.resolved_by)] += 1
    for movement in books[Movement]:
        if movement.kind in CLAIMING and named[movement[:3]] != movement.quantity:
            yield f"{movement}, but claims name it for {named[movement[:3]]}"
        if resolved[movement[:3]] > 1:
            yield f"{movement} resolved {resolved[movement[:3]]} claims"


def nothing_expires_early(books: Books) -> Iterator[str]:
    deadlines = {order.id: order.hold_expires_at for order in books[Order]}
    deadlines |= {hold.id: hold.expires_at for hold in books[Hold]}
    for movement in books[Movement]:
        if movement.kind == "expire" and movement.recorded_at < deadlines[movement.order_id]:
            yield f"{movement}, but the deadline was {deadlines[movement.order_id]}"


def ended_orders_claim_nothing(books: Books) -> Iterator[str]:
    ended = {order.id: order.status for order in books[Order] if order.status in ENDED}
    for claim in books[Reservation]:
        if claim.claim_id in ended and claim.state in ("held", "reserved"):
            yield f"{claim} of an order that is {ended[claim.claim_id]}"


def lines_account_for_every_unit(books: Books) -> Iterator[str]:
    claims = _grouped(books[Reservation], lambda claim: (claim.claim_id, claim.line))
    came_back: Counter[Any] = Counter()
    order_of = {each.id: each.order_id for each in books[Return]}
    for back in books[ReturnLine]:
        came_back[(order_of[back.return_id], back.order_line, back.variant_id)] += back.quantity
    for line in books[Line]:
        outstanding = line.quantity - line.shipped - line.released - line.backordered
        if outstanding < 0 or not 0 <= line.returned <= line.shipped:
            yield f"{line} does not add up"
        found: Counter[Any] = Counter()
        for claim in claims.get(line[:2], []):
            found[(claim.variant_id, claim.state)] += claim.quantity
        for variant_id, each in _recipe(line):
            if found[(variant_id, "held")] + found[(variant_id, "reserved")] != outstanding * each:
                yield f"{line}, but its claims are {dict(found)}"
            if found[(variant_id, "fulfilled")] != line.shipped * each:
                yield f"{line}, but its claims are {dict(found)}"
            if came_back[(*line[:2], variant_id)] != line.returned * each:
                yield f"{line}, but {came_back[(*line[:2], variant_id)]} of {variant_id} came back"


def _recipe(line: Line) -> list[tuple[str, int]]:
    return [tuple(part) for part in json.loads(line.components)] if line.components else [(line.variant_id, 1)]


def what_is_backordered_waits(books: Books) -> Iterator[str]:
    queued = {row[:3]: row.quantity for row in books[Waiting]}
    for line in books[Line]:
        for variant_id, _ in _recipe(line):
            waits = queued.pop((variant_id, *line[:2]), 0)
            if waits != line.backordered:
                yield f"{line}, but {waits} wait for {variant_id}"
    if queued:
        yield f"{queued} wait for no line"


def nothing_lies_there_for_which_somebody_waits(books: Books) -> Iterator[str]:
    sellable = {level[:2]: level.available - level.safety_stock for level in books[Level]}
    stores = {store_id for store_id, _ in sellable}
    for line in books[Line]:
        if line.backordered:
            for store_id in {line.store_id} if line.store_id else stores:
                if all(sellable.get((store_id, variant_id), 0) >= each for variant_id, each in _recipe(line)):
                    yield f"{line} waits for what lies in {store_id}"


def histories_are_legal_paths(books: Books) -> Iterator[str]:
    events = _grouped(books[Event], lambda event: event.subject)
    states = {f"order/{order.id}": order.status for order in books[Order]}
    states |= {f"hold/{hold.id}": hold.state for hold in books[Hold]}
    states |= {f"alert/{alert.id}": alert.status for alert in books[Alert]}
    for subject, state in states.items():
        present = None
        for event in sorted(events.get(subject, []), key=lambda event: event.seq):
            told = json.loads(event.data)
            if "to" not in told:
                continue  # A fact about it that is no step.
            if told["from"] != present:
                yield f"{event} is told of one that was {present}"
            if subject.startswith("order/") and told["to"] not in STEPS.get(present or "(new)", ()):
                yield f"{event} is no legal step"
            if subject.startswith("alert/") and present == "closed":
                yield f"{event} of an alert that was over"
            present = told["to"]
        if present != state:
            yield f"{subject} is {state}, but its events end at {present}"


def events_are_numbered_without_gaps(books: Books) -> Iterator[str]:
    told = {f"order/{order.id}": order.events for order in books[Order]}
    told |= {f"hold/{hold.id}": hold.events for hold in books[Hold]}
    told |= {f"alert/{alert.id}": alert.events for alert in books[Alert]}
    numbered = _grouped(books[Event], lambda event: event.subject)
    for subject, events in numbered.items():
        if sorted(event.seq for event in events) != list(range(1, len(events) + 1)):
            yield f"{subject} has events {sorted(event.seq for event in events)}"
    for subject, count in told.items():
        if len(numbered.get(subject, [])) != count:
            yield f"{subject} counts {count} events and has {len(numbered.get(subject, []))}"


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


def transfers_lose_no_unit_unsaid(books: Books) -> Iterator[str]:
    """What left the one store is in the other, back in the first, damaged, said to be lost, or on the way."""
    moved: Counter[Any] = Counter()
    for movement in books[Movement]:
        if movement.kind.startswith("transfer") or movement.cause == "transfer":
            moved[(movement.cause_id, movement.variant_id, movement.store_id, movement.kind)] += movement.quantity
    heads = {transfer.id: transfer for transfer in books[Transfer]}
    for line in books[TransferLine]:
        head = heads[line.transfer_id]
        wanted = {
            (head.from_store_id, "transfer_out"): line.quantity if head.sent_at is not None else 0,
            (head.from_store_id, "transfer_in"): line.recalled,
            (head.to_store_id, "transfer_in"): line.received,
            (head.to_store_id, "transfer_in_damaged"): line.damaged,
        }
        found = {key: moved.pop((head.id, line.variant_id, *key), 0) for key in wanted}
        on_the_way = line.quantity - line.received - line.damaged - line.lost - line.recalled
        if found != wanted or on_the_way < 0:
            yield f"{line} of {head}, but its movements are {found}"
        if (head.status in ("received", "recalled")) != (on_the_way == 0):
            yield f"{line} of {head}, but {on_the_way} are on the way"
    yield from (f"{quantity} by {key}, which is no line" for key, quantity in moved.items())


def counts_apply_what_differed_when_it_was_counted(books: Books) -> Iterator[str]:
    on_hand = {row[:3]: sum(getattr(row, bucket) for bucket in BUCKETS) for row in books[Movement]}
    moved: Counter[Any] = Counter()
    for movement in books[Movement]:
        if movement.cause == "count":
            sign = {"found": 1, "lost": -1}[movement.kind]
            moved[(movement.cause_id, movement.store_id, movement.variant_id)] += sign * movement.quantity
    heads = {count.id: count for count in books[Count]}
    for line in books[CountLine]:
        head = heads[line.count_id]
        applied = moved.pop((head.id, head.store_id, line.variant_id), 0)
        if line.counted is not None:
            level = (head.store_id, line.variant_id)
            if on_hand.get((*level, line.book_version), 0) != line.book_quantity:
                yield f"{line}, but the ledger says {on_hand.get((*level, line.book_version), 0)}"
            if head.status == "applied" and line.difference != line.counted - line.book_quantity:
                yield f"{line} has another difference"
        if applied != ((line.difference or 0) if head.status == "applied" else 0):
            yield f"{line} of {head}, but {applied} were applied"
    yield from (f"{quantity} counted by {key}, which is no line" for key, quantity in moved.items())


def deliveries_are_on_their_orders_and_in_the_ledger(books: Books) -> Iterator[str]:
    lines = {line[:2]: line for line in books[PurchaseOrderLine]}
    stores = {order.id: order.store_id for order in books[PurchaseOrder]}
    came: Counter[Any] = Counter()
    due: Counter[Any] = Counter()
    for brought in books[ReceiptLine]:
        line = lines[(brought.purchase_order_id, brought.line)]
        came[(*line[:2], "received")] += brought.received
        came[(*line[:2], "rejected")] += brought.rejected
        level = (line.purchase_order_id, stores[line.purchase_order_id], line.variant_id)
        due[(*level, "receive")] += brought.received - brought.rejected
        due[(*level, "receive_damaged")] += brought.rejected * (not brought.sent_back)
    for line in lines.values():
        if (line.received, line.rejected) != (came[(*line[:2], "received")], came[(*line[:2], "rejected")]):
            yield f"{line}, but its deliveries brought {came}"
    for movement in books[Movement]:
        if movement.cause == "receipt":
            due[(movement.cause_id, *movement[:2], movement.kind)] -= movement.quantity
    for key, missing in due.items():
        if missing:
            yield f"{missing} of {key} are missing from the ledger"


def shipments_take_what_their_order_had_reserved(books: Books) -> Iterator[str]:
    orders = {order.id for order in books[Order]}
    movements = {movement[:3]: movement for movement in books[Movement]}
    contents = _grouped(books[Reservation], lambda claim: (claim.claim_id, claim.shipment))
    for shipment in books[Shipment]:
        for claim in contents.get((shipment.order_id, shipment.shipment), []):
            movement = movements.get((claim.store_id, claim.variant_id, claim.resolved_by))
            if claim.state != "fulfilled" or not movement or movement.cause_id != "/".join(map(str, shipment[:2])):
                yield f"{claim} left with {shipment} by {movement}"
        if shipment[:2] not in contents:
            yield f"{shipment} is empty"
    known = {shipment[:2] for shipment in books[Shipment]}
    for claim in books[Reservation]:
        if claim.state == "fulfilled" and claim.claim_id in orders and (claim.claim_id, claim.shipment) not in known:
            yield f"{claim} left with no shipment"


def movements_say_who_and_why(books: Books) -> Iterator[str]:
    known = {order.id for order in books[Order]} | {hold.id for hold in books[Hold]}
    for movement in books[Movement]:
        if not (movement.actor and movement.reason and movement.cause and movement.recorded_at):
            yield f"{movement} does not say who or why"
        if (movement.kind in CLAIMING or movement.order_id) and movement.order_id not in known:
            yield f"{movement} is for an order that is not there"


ALERTS = {"low_stock": 1, "out_of_stock": 2, "reorder_point": 4, "back_in_stock": 8}


def alerts_stand_where_a_line_is_crossed(books: Books) -> Iterator[str]:
    standing: Counter[Any] = Counter(
        (alert.store_id, alert.variant_id, alert.kind)
        for alert in books[Alert]
        if alert.closed_at is None and alert.kind in ALERTS
    )
    for level in books[Level]:
        if level.alerts < 0:
            continue
        stands = {kind: standing.pop((*level[:2], kind), 0) for kind in ALERTS}
        if stands != {kind: int(bool(level.alerts & bit)) for kind, bit in ALERTS.items()}:
            yield f"{level}, but {stands} stand"
        low = max(level.low_stock_threshold, level.min_stock_level)
        for kind, mark in (("low_stock", low), ("reorder_point", level.reorder_point)):
            if level.version and mark and level.available <= mark and not stands[kind]:
                yield f"{level}: no {kind}"
            if (not mark or level.available > mark * 1.1 + 1) and stands[kind]:
                yield f"{level}: {kind}"
        if bool(stands["out_of_stock"]) != (level.available == 0 and level.version > 0):
            yield f"{level}: {stands['out_of_stock']} out_of_stock"
        if stands["back_in_stock"] and level.available == 0:
            yield f"{level} is back in stock"
    if standing:
        yield f"{standing} stand for no level"


def each_crossing_is_told_once(books: Books) -> Iterator[str]:
    """A level that runs out so often is told no more often, and of each kind one alert stands at most."""
    emptied: Counter[Any] = Counter()
    for movement in books[Movement]:
        taken = -EFFECTS[movement.kind][0] * movement.quantity
        if movement.available == 0 and (taken > 0 or movement.version == 1):
            emptied[movement[:2]] += 1
    for (subject, kind), alerts in _grouped(books[Alert], lambda alert: (alert.subject, alert.kind)).items():
        if kind == "out_of_stock" and len(alerts) > emptied[(alerts[0].store_id, alerts[0].variant_id)]:
            yield f"{len(alerts)} alerts of {subject}, which was emptied {emptied} times"
        if sum(alert.closed_at is None for alert in alerts) > 1:
            yield f"{kind} of {subject} stands twice"
        if any((alert.status == "closed") != (alert.closed_at is not None) for alert in alerts):
            yield f"{alerts} are closed, or not"


def totals_are_the_sum_of_their_lines(books: Books) -> Iterator[str]:
    lines = _grouped(books[Line], lambda line: line.order_id)
    for order in books[Order]:
        if order.total != sum(line.total for line in lines.get(order.id, [])) or order.id not in lines:
            yield f"{order}, but its lines are {lines.get(order.id)}"


def numbers_name_one_order_each(books: Books) -> Iterator[str]:
    for number, count in Counter(order.number for order in books[Order]).items():
        if count > 1:
            yield f"{count} orders have the number {number}"


CHECKS: Sequence[Check] = (
    no_bucket_is_below_zero_or_too_full,
    levels_are_the_replay_of_their_movements,
    movements_are_an_unbroken_chain,
    claims_add_up_to_their_levels,
    claims_and_their_movements_name_each_other,
    nothing_expires_early,
    ended_orders_claim_nothing,
    lines_account_for_every_unit,
    what_is_backordered_waits,
    nothing_lies_there_for_which_somebody_waits,
    histories_are_legal_paths,
    events_are_numbered_without_gaps,
    units_come_and_go_only_by_the_kinds_that_do,
    transfers_lose_no_unit_unsaid,
    counts_apply_what_differed_when_it_was_counted,
    deliveries_are_on_their_orders_and_in_the_ledger,
    shipments_take_what_their_order_had_reserved,
    movements_say_who_and_why,
    alerts_stand_where_a_line_is_crossed,
    each_crossing_is_told_once,
    totals_are_the_sum_of_their_lines,
    numbers_name_one_order_each,
)


def _grouped(rows: Sequence[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
