"""Rows by place: a command at random names an order, a transfer or a count that there is only when it is run."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from onhand.rows import Alert, Count, Hold, Level, Order, Return, Transfer, Variant, Wave
from onhand.trade.alerts import AcknowledgeAlert, AssignAlert, SnoozeAlert
from onhand.trade.amend import AmendOrder
from onhand.trade.backorders import GiveUpBackorder
from onhand.trade.counts import CancelCount, Counted, RecountLines, SaveCounted
from onhand.trade.fulfilment import DeliverOrder, PickOrder, ShipOrder
from onhand.trade.holds import (
    ConfirmHold,
    ExtendBareHold,
    FulfillHold,
    ReleaseHold,
)
from onhand.trade.orders import CancelOrder, ConfirmOrder, ExtendHold
from onhand.trade.packing import PackParcel
from onhand.trade.payments import PaymentReported, RecordPayment
from onhand.trade.picking import RecordPick
from onhand.trade.reallocation import Reallocate
from onhand.trade.returns import (
    CancelReturn,
    ReceiveReturn,
    RequestReturn,
    ReturnItems,
)
from onhand.trade.reviews import ResolveReview
from onhand.trade.transfers import (
    CancelTransfer,
    RecallTransfer,
    ReceiveTransfer,
    SendTransfer,
)
from onhand.trade.variances import ApproveCount, SubmitCount
from onhand.trade.verbs import Together
from onhand.trade.waves import CancelWave, CreateWave, FinishWave


class Nth(NamedTuple):
    """The n-th of the rows that there are, or of those that are ready for the command, counting round."""

    n: int
    by_number: bool = False
    ready: bool = False


class Off(NamedTuple):
    """What a counter finds: so many units more or fewer than the books say at that moment."""

    by: int


# The amount of a payment of all that its order costs.
ALL = Decimal("-1")

# The field of a command that names a row, and the type of the row.
NAMED = {
    "order": Order,
    "hold": Hold,
    "transfer": Transfer,
    "wave": Wave,
    "return_": Return,
    "reference": Count,
    "alert": Alert,
}

STANDING = ("open", "acknowledged", "snoozed")
PICKABLE = ("confirmed", "processing", "partially_shipped")
READY: dict[type, tuple[str, ...]] = {
    ConfirmOrder: ("pending",),
    AmendOrder: ("pending", "confirmed"),
    PaymentReported: ("pending", "cancelled"),
    RecordPayment: ("pending",),
    ResolveReview: ("payment_review",),
    ExtendHold: ("pending",),
    CancelOrder: ("pending", "confirmed", "processing"),
    PickOrder: ("confirmed",),
    RecordPick: PICKABLE,
    PackParcel: PICKABLE,
    CreateWave: PICKABLE,
    ShipOrder: PICKABLE,
    DeliverOrder: ("shipped",),
    GiveUpBackorder: ("pending", "confirmed", "processing", "partially_shipped"),
    Reallocate: ("pending", "confirmed", "processing"),
    ReturnItems: ("partially_shipped", "shipped", "delivered", "partially_returned"),
    RequestReturn: ("partially_shipped", "shipped", "delivered", "partially_returned"),
    ReceiveReturn: ("requested",),
    CancelReturn: ("requested",),
    ConfirmHold: ("held",),
    ExtendBareHold: ("held",),
    ReleaseHold: ("held", "reserved"),
    FulfillHold: ("held", "reserved"),
    FinishWave: ("picking",),
    CancelWave: ("picking",),
    SendTransfer: ("draft",),
    CancelTransfer: ("draft",),
    ReceiveTransfer: ("sent", "partially_received"),
    RecallTransfer: ("sent", "partially_received"),
    SaveCounted: ("counting",),
    SubmitCount: ("counting",),
    ApproveCount: ("needs_approval",),
    RecountLines: ("counting", "needs_approval"),
    CancelCount: ("counting", "needs_approval"),
    AcknowledgeAlert: STANDING,
    SnoozeAlert: STANDING,
    AssignAlert: STANDING,
}


def resolved(command: Any, rows: Mapping[type, Mapping[Any, Any]]) -> Any:
    """The command with names in it, of the rows that there are now."""
    if isinstance(command, Together):
        return command._replace(commands=tuple(resolved(each, rows) for each in command.commands))
    fit = READY.get(type(command), ())
    for field, row_type in NAMED.items():
        named = getattr(command, field, None)
        if isinstance(named, Nth):
            command = command._replace(**{field: _name(rows[row_type], fit, named)})
    if getattr(command, "amount", None) == ALL:
        totals = {name: order.total for order in rows[Order].values() for name in (order.id, order.number)}
        command = command._replace(amount=Decimal(totals.get(command.order, 100)).scaleb(-2))
    if isinstance(command, CreateWave):
        orders: tuple[Any, ...] = command.orders
        names = (_name(rows[Order], fit, each) if isinstance(each, Nth) else each for each in orders)
        command = command._replace(orders=tuple(names))
    if isinstance(command, SaveCounted):
        command = command._replace(items=tuple(_found(command.reference, item, rows) for item in command.items))
    return command


def _name(rows: Mapping[Any, Any], fit: Sequence[str], nth: Nth) -> str:
    there = list(rows.values())
    if nth.ready:
        there = [row for row in there if getattr(row, "status", None) in fit or getattr(row, "state", None) in fit]
    if not there:
        return "none"
    row = there[nth.n % len(there)]
    return str(row.number if nth.by_number else row.id)


def _found(reference: str, item: Counted, rows: Mapping[type, Mapping[Any, Any]]) -> Counted:
    off: Any = item.counted
    if not isinstance(off, Off):
        return item
    stores = {count.store_id for count in rows[Count].values() if reference in (count.id, count.number)}
    skus = {variant.id: variant.sku for variant in rows[Variant].values()}
    booked = sum(
        level.on_hand
        for level in rows[Level].values()
        if level.store_id in stores and skus[level.variant_id] == item.variant
    )
    return item._replace(counted=max(0, booked + off.by))
