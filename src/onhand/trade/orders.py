"""Orders: placed, confirmed, cancelled, expired. Picking and shipping are in fulfilment.py, returns in returns.py.

pending → confirmed → processing → partially_shipped → shipped → delivered → partially_returned → returned
pending | confirmed | processing → cancelled          (how it ended is its `ending`; why, in words: cancel_reason)
cancelled → confirmed                                 (paid too late, and the stock could be taken again)
pending | cancelled → payment_review → confirmed | cancelled      (paid, but not as it should be: payments.py)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Expected, Needs
from onhand.rows import Line, Order, Payment, Reservation, Shipment, Store
from onhand.trade import alerts, allocation, dues, promise, reservations, stock
from onhand.trade.allocation import Part, Planned
from onhand.trade.documents import permit
from onhand.trade.durations import MINUTE, SECOND
from onhand.trade.errors import InsufficientStock, InvalidTransition, OrderNotFound, ValidationFailed
from onhand.trade.stock import Cause

DEFAULT_STORE = "main"

TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"confirmed", "cancelled", "payment_review"}),
    "confirmed": frozenset({"processing", "partially_shipped", "shipped", "cancelled"}),
    "processing": frozenset({"partially_shipped", "shipped", "cancelled"}),
    "partially_shipped": frozenset({"partially_shipped", "shipped"}),
    "shipped": frozenset({"delivered", "partially_returned", "returned"}),
    "delivered": frozenset({"partially_returned", "returned"}),
    "partially_returned": frozenset({"partially_returned", "returned"}),
    "returned": frozenset(),
    "cancelled": frozenset({"confirmed", "payment_review"}),
    "payment_review": frozenset({"confirmed", "cancelled"}),
}
ENDED = frozenset({"cancelled", "delivered", "returned"})
# How an order was cancelled. A reason is anybody's words, and may be one of these; nothing is decided by it.
EXPIRED, PAYMENT_FAILED, CALLED_OFF = "expired", "payment_failed", "called_off"
# An order that has ended so comes back to life when its money does arrive. One that somebody called off does not.
REVIVABLE = frozenset({EXPIRED, PAYMENT_FAILED})
_NOTHING, _REVIEWED, _CHARGED_BACK = frozenset[str](), frozenset({"payment_review"}), frozenset({"charged_back"})
_REVIEWED_AND_CHARGED_BACK = _REVIEWED | _CHARGED_BACK
HAS_SHIPPED = frozenset({"partially_shipped", "shipped", "delivered", "partially_returned", "returned"})


class OrderPicture(NamedTuple):
    """An order with all that belongs to it, as one moment left it.

    `expected` is set where a line waits for stock: it says when the last of it will be delivered.
    """

    order: Order
    lines: tuple[Line, ...]
    reservations: tuple[Reservation, ...]
    shipments: tuple[Shipment, ...]
    stores: Mapping[str, Store]
    expected: Expected | None = None


def find(books: Books, reference: str) -> Order:
    """The order of that id or number."""
    found = books.orders.get(books.order_ids.get(reference, reference))
    if found is None:
        raise OrderNotFound(reference)
    return found


def lines_of(books: Books, order: Order) -> list[Line]:
    lines: list[Line] = []
    while (line := books.lines.get((order.id, len(lines) + 1))) is not None:
        lines.append(line)
    return lines


def shipments_of(books: Books, order: Order) -> list[Shipment]:
    shipments: list[Shipment] = []
    while (shipment := books.shipments.get((order.id, len(shipments) + 1))) is not None:
        shipments.append(shipment)
    return shipments


def picture(books: Books, order: Order) -> OrderPicture:
    lines = lines_of(books, order)
    return pictured(books, order, lines, reservations.of_claim(books, order.id, len(lines)), shipments_of(books, order))


def pictured(
    books: Books, order: Order, lines: Iterable[Line], claims: Iterable[Reservation], sent: Iterable[Shipment] = ()
) -> OrderPicture:
    """The order with these parts. Where a line of it waits, that is noted in the books: when the goods will come is
    found out later, for the whole batch at once (`db/outlook.py`).
    """
    whole = OrderPicture(order, tuple(lines), tuple(claims), tuple(sent), books.catalog.stores)
    if not any(line.backordered for line in whole.lines):
        return whole
    return whole._replace(expected=books.outlook.setdefault(order.id, Expected()))


def move(
    books: Books, order: Order, status: str, event: str, actor: Actor, told: Mapping[str, Any], **changes: Any
) -> Order:
    """Take an order to its next status and tell it, once. The caller has checked that the step is legal."""
    data = {"number": order.number, "from": order.status, "to": status, **told}
    seq = order.events + 1
    books.tell(f"order/{order.id}", seq, event, actor, data)
    moved = order._replace(status=status, events=seq, updated_at=books.now, **changes)
    before, after = _troubles(order), _troubles(moved)
    for kind in sorted(before ^ after):
        alerts.of_order(books, kind, order.id, order.number, is_open=kind in after)
    return books.orders.put(moved)


def _troubles(order: Order) -> frozenset[str]:
    """Why a person has to do something about the order, as kinds of alerts."""
    if order.status == "payment_review":
        return _REVIEWED_AND_CHARGED_BACK if order.payment_status == "charged_back" else _REVIEWED
    if order.payment_status == "charged_back" and order.status != "cancelled":
        return _CHARGED_BACK
    return _NOTHING


def outstanding(line: Line) -> int:
    """Units of a line that are claimed and not shipped yet."""
    return line.quantity - line.shipped - line.released - line.backordered


def settle(books: Books, order: Order, event: str, actor: Actor, told: Mapping[str, Any]) -> Order:
    """Take an order on after a part of it was given up: it is cancelled when nothing of it is left, and shipped when
    all that is left has gone.
    """
    lines = lines_of(books, order)
    if any(line.quantity > line.shipped + line.released for line in lines):
        return move(books, order, order.status, event, actor, told)
    if order.status == "partially_shipped":
        return move(books, order, "shipped", event, actor, told, shipped_at=books.now)
    ended = {"cancel_reason": "given_up", "cancelled_at": books.now, "hold_expires_at": None, "ending": CALLED_OFF}
    return owe_back(books, move(books, order, "cancelled", event, actor, told, **ended), "order_cancelled", actor)


def owe_back(books: Books, order: Order, reason: str, actor: Actor) -> Order:
    """Mark what the order was paid as due to go back: it pays for nothing any more. Tells each payment of it."""
    return tell_refunds_due(books, order, dues.turn(books, order, ("order", "review"), "refund", reason), actor)


def tell_refunds_due(books: Books, order: Order, payments: Sequence[Payment], actor: Actor) -> Order:
    """Tell each payment that has just become due to go back."""
    for payment in payments:
        status = dues.payment_status(order, dues.payments_of(books, order))
        told = {**dues.told(payment), "reason": payment.reason}
        order = move(books, order, order.status, "payment.refund_due", actor, told, payment_status=status)
    return order


def refuse(order: Order, wanted: str, deed: str) -> InvalidTransition:
    return InvalidTransition(
        f"Cannot {deed} a {order.status.replace('_', ' ')} order", present=order.status, wanted=wanted
    )


def refuse_charged_back(order: Order, wanted: str, deed: str) -> None:
    """No goods leave for money that the bank has taken back."""
    if order.payment_status == "charged_back":
        raise stopped(order, wanted, deed)


def stopped(order: Order, wanted: str, deed: str) -> InvalidTransition:
    """The refusal of a step with an order whose payment was charged back."""
    words = f"Cannot {deed} an order whose payment was charged back"
    return InvalidTransition(words, present=order.status, wanted=wanted, payment_status=order.payment_status)


# ── Stock for an order ──────────────────────────────────────────────────────────────────────────────────────────────


def refuse_shortages(books: Books, wanted: Sequence[tuple[str, str | None, int]], planned: Sequence[Planned]) -> None:
    """Raises InsufficientStock when anything is short. It names each short (variant, store) once, with the sum of what
    was asked of it. `wanted` are (variant id, store id or None, quantity), each beside its plan.
    """
    if not any(plan.short for plan in planned):
        return
    asked: dict[tuple[str, str | None], list[int]] = {}
    for (variant_id, store_id, quantity), plan in zip(wanted, planned, strict=True):
        sums = asked.setdefault((variant_id, store_id), [0, 0])
        sums[0] += quantity
        sums[1] += plan.short
    raise InsufficientStock(
        [
            stock.shortage(books, variant_id, store_id, requested, requested - short)
            for (variant_id, store_id), (requested, short) in asked.items()
            if short
        ]
    )


def claim_parts(books: Books, line: Line, parts: Sequence[Part], kind: str, cause: Cause) -> list[Reservation]:
    """Claim a line's planned parts: `hold` them until payment, or `reserve` them at once."""
    recipe = allocation.line_recipe(line.variant_id, line.components)
    return [
        reservations.open_claim(
            books, line.order_id, line.line, part.store_id, variant_id, part.quantity * each, kind, cause
        )
        for part in parts
        for variant_id, each in recipe
    ]


def hold_time(books: Books, minutes: float | None) -> int:
    """How long a hold lasts, in microseconds. Refuses more than the longest that the settings allow."""
    wanted = books.policy.hold_minutes if minutes is None else minutes
    if wanted > books.policy.hold_minutes_max:
        raise ValidationFailed(("hold_minutes", f"at most {books.policy.hold_minutes_max:g}"))
    return max(round(wanted * MINUTE), SECOND)


# ── Confirm, cancel, expire, extend ─────────────────────────────────────────────────────────────────────────────────


class ConfirmOrder(NamedTuple):
    """Hold → reservation. Again: the same answer, no second effect."""

    order: str
    occurred_at: int | None = None


def needs_to_confirm(command: ConfirmOrder) -> Needs:
    return Needs(orders=(command.order,))


def confirm(books: Books, command: ConfirmOrder, actor: Actor) -> OrderPicture:
    order = find(books, command.order)
    if order.status in ("cancelled", "payment_review"):
        raise refuse(order, "confirmed", "confirm")
    if order.status != "pending":
        return picture(books, order)
    return picture(books, reserve_held(books, order, actor, command.occurred_at))


def reserve_held(books: Books, order: Order, actor: Actor, occurred_at: int | None = None) -> Order:
    """Confirm an order that has its stock: what it holds becomes reserved."""
    cause = Cause(actor, "order", f"Order confirmed #{order.number}", order.id, occurred_at=occurred_at)
    for claim in _claims(books, order):
        if claim.state == "held":
            reservations.confirm(books, claim, cause)
    promised = promise.renewed(books, order, lines_of(books, order))
    changes = {"confirmed_at": books.now, "hold_expires_at": None, **promised}
    return move(books, order, "confirmed", "order.confirmed", actor, {}, **changes)


class CancelOrder(NamedTuple):
    """Give every unit back, exactly once. Again: the same answer. Refused once anything was shipped."""

    order: str
    reason: str | None = None


def needs_to_cancel(command: CancelOrder) -> Needs:
    return Needs(orders=(command.order,), order_parts=(Payment,))


def cancel(books: Books, command: CancelOrder, actor: Actor) -> OrderPicture:
    order = find(books, command.order)
    if order.status == "cancelled":
        return picture(books, order)
    if "cancelled" not in TRANSITIONS[order.status]:
        raise refuse(order, "cancelled", "cancel")
    return picture(books, call_off(books, order, command.reason, actor))


def call_off(books: Books, order: Order, reason: str | None, actor: Actor, ending: str = CALLED_OFF) -> Order:
    """Cancel an order that may be cancelled: its stock goes back, and its money is due to."""
    cause = Cause(actor, "order", f"Order cancelled #{order.number}", order.id, notes=reason)
    _give_all_back(books, order, cause, expired=False)
    told = {"reason": reason}
    order = move(
        books,
        order,
        "cancelled",
        "order.cancelled",
        actor,
        told,
        cancel_reason=reason or "cancelled",
        ending=ending,
        cancelled_at=books.now,
        # Of one that had expired before its money came, it says when that was.
        hold_expires_at=None if order.status == "pending" else order.hold_expires_at,
    )
    return owe_back(books, order, "order_cancelled", actor)


def is_overdue(order: Order, now: int) -> bool:
    return order.status == "pending" and order.hold_expires_at is not None and order.hold_expires_at <= now


def is_revivable(order: Order) -> bool:
    """The order has ended for want of its money, or is looked into: money may bring it back."""
    return order.status == "payment_review" or order.ending in REVIVABLE


def expire(books: Books, order: Order, actor: Actor) -> Order:
    """End an order whose hold ran out. The engine does so before any decision that could depend on it."""
    cause = Cause(actor, "order", f"Hold expired - Order #{order.number}", order.id)
    _give_all_back(books, order, cause, expired=True)
    return move(
        books,
        order,
        "cancelled",
        "order.expired",
        actor,
        {"reason": EXPIRED},
        cancel_reason=EXPIRED,
        ending=EXPIRED,
        cancelled_at=books.now,
    )


def _give_all_back(books: Books, order: Order, cause: Cause, *, expired: bool) -> None:
    lines = lines_of(books, order)
    for claim in list(reservations.of_claim(books, order.id, len(lines))):
        if claim.state in ("held", "reserved"):
            reservations.give_back(books, claim, cause, expired=expired)
    for line in lines:
        for variant_id, _ in allocation.line_recipe(line.variant_id, line.components):
            queued = books.waiting.get((variant_id, line.order_id, line.line))
            if queued is not None and queued.quantity:
                books.waiting.put(queued._replace(quantity=0))
        books.lines.put(line._replace(released=line.quantity - line.shipped, backordered=0))


def _claims(books: Books, order: Order) -> list[Reservation]:
    return list(reservations.of_claim(books, order.id, len(lines_of(books, order))))


class ExtendHold(NamedTuple):
    """Keep the hold of a pending order for so many minutes from now. Never shortens it."""

    order: str
    hold_minutes: float


def needs_to_extend(command: ExtendHold) -> Needs:
    return Needs(orders=(command.order,))


def extend(books: Books, command: ExtendHold, actor: Actor) -> OrderPicture:
    order = find(books, command.order)
    if order.status != "pending" or order.hold_expires_at is None:
        raise refuse(order, "pending", "extend the hold of")
    permit(actor, *(claim.store_id for claim in reservations.open_in(_claims(books, order), "held")))
    expires_at = max(order.hold_expires_at, books.now + hold_time(books, command.hold_minutes))
    told = {"hold_expires_at": expires_at}
    order = move(books, order, "pending", "order.hold_extended", actor, told, hold_expires_at=expires_at)
    return picture(books, order)
