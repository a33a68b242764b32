"""The stock itself: levels, their ledger, and the claims on them."""

from typing import NamedTuple


class Level(NamedTuple):
    """The stock of one variant in one store: four buckets of units, and the thresholds that it is judged by.

    `version` is the number of movements the level has seen; `alerts` the bits of what stands (`trade/alerts.py`).
    """

    store_id: str
    variant_id: str
    version: int = 0
    available: int = 0
    on_hold: int = 0
    reserved: int = 0
    unsellable: int = 0
    min_stock_level: int = 0
    reorder_point: int = 0
    reorder_quantity: int = 0
    safety_stock: int = 0
    low_stock_threshold: int = 10
    bin: str | None = None
    alerts: int = 0

    @property
    def on_hand(self) -> int:
        """What a counter finds on the shelf."""
        return self.available + self.on_hold + self.reserved + self.unsellable


class Movement(NamedTuple):
    """One change of one level, with the balances that it left. Never edited, never deleted.

    `order_id` is the order or the bare hold that it was made for; `cause` and `cause_id` name the document behind it.
    """

    store_id: str
    variant_id: str
    version: int
    kind: str
    quantity: int
    available: int
    on_hold: int
    reserved: int
    unsellable: int
    order_id: str | None
    cause: str
    cause_id: str | None
    actor: str
    on_behalf_of: str | None
    reason: str
    notes: str | None
    occurred_at: int
    recorded_at: int


class Reservation(NamedTuple):
    """A claim of an order's line (or of a bare hold's item) on one level: held → reserved → fulfilled, or given back.

    `opened_by`, `confirmed_by` and `resolved_by` are the versions of the level's movements that did so. Where a part of
    the units goes another way (half of them ship), the row is split, and the rest becomes a row with a new `part`.
    """

    claim_id: str
    line: int
    part: int
    store_id: str
    variant_id: str
    quantity: int
    state: str
    opened_by: int
    confirmed_by: int | None
    resolved_by: int | None
    shipment: int | None
    picked: int = 0


class Hold(NamedTuple):
    """A claim without an order: the inventory half used alone, under the caller's own reference."""

    id: str
    reference: str
    state: str
    expires_at: int | None
    actor: str
    created_at: int
    updated_at: int
    events: int
