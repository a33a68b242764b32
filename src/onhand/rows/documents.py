"""The warehouse's documents: returns, purchase orders, transfers, counts, waves, parcels."""

from typing import NamedTuple


class Return(NamedTuple):
    """Goods that come back from a customer: requested → received, or cancelled.

    The refund is an amount to remember, not a payment.
    """

    id: str
    order_id: str
    store_id: str | None
    reason: str
    refund_amount: int | None
    processed_by: str | None
    actor: str
    created_at: int
    number: str = ""
    status: str = "received"
    updated_at: int = 0
    events: int = 0


class RequestedReturn(NamedTuple):
    """What a customer said would come back of one order line."""

    return_id: str
    item: int
    order_line: int
    quantity: int


class ReturnLine(NamedTuple):
    """What came back of one order line in one condition; `movement` is the version it left on the level, if any."""

    return_id: str
    item: int
    order_line: int
    variant_id: str
    store_id: str
    quantity: int
    condition: str
    movement: int | None


class PurchaseOrder(NamedTuple):
    """Goods ordered of a supplier: open → partially_received → received, or closed with a reason."""

    id: str
    number: str
    supplier: str
    store_id: str
    status: str
    expected_at: int | None
    note: str | None
    close_reason: str | None
    actor: str
    created_at: int
    updated_at: int
    events: int


class PurchaseOrderLine(NamedTuple):
    """One line of a purchase order. `received` is what arrived, `rejected` the part of it that was not accepted."""

    purchase_order_id: str
    line: int
    variant_id: str
    sku: str
    ordered: int
    received: int
    rejected: int
    unit_cost: int | None
    expected_at: int | None


class Receipt(NamedTuple):
    """One delivery against a purchase order."""

    purchase_order_id: str
    receipt: int
    received_at: int
    actor: str
    recorded_at: int


class ReceiptLine(NamedTuple):
    """What one delivery brought of one line. `sent_back` is 1 when the rejected part went back at once."""

    purchase_order_id: str
    receipt: int
    item: int
    line: int
    received: int
    rejected: int
    sent_back: int
    reason: str | None


class Transfer(NamedTuple):
    """Goods on the way between two stores: draft → sent → (partially_)received or recalled; a draft is cancelled."""

    id: str
    number: str
    from_store_id: str
    to_store_id: str
    status: str
    note: str | None
    actor: str
    created_at: int
    updated_at: int
    sent_at: int | None
    events: int


class TransferLine(NamedTuple):
    """One line of a transfer. In transit, once sent: `quantity - received - damaged - lost - recalled`."""

    transfer_id: str
    line: int
    variant_id: str
    sku: str
    quantity: int
    received: int
    damaged: int
    lost: int
    recalled: int


class Count(NamedTuple):
    """A cycle count: counting → needs_approval → applied, or cancelled. `approval_value` is in minor units.

    `origin` is `asked`, or `short_pick` where a picker found less than the books say.
    """

    id: str
    number: str
    store_id: str
    status: str
    blind: int
    approval_units: int | None
    approval_value: int | None
    actor: str
    created_at: int
    updated_at: int
    applied_at: int | None
    events: int
    origin: str = "asked"
    approved_by: str | None = None


class CountLine(NamedTuple):
    """One level of a count: what was found, and the book quantity and version at the moment it was found.

    A second counter's number has a book quantity of its own: stock may have moved between the two.
    """

    count_id: str
    line: int
    variant_id: str
    sku: str
    book_quantity: int | None
    book_version: int | None
    counted: int | None
    counted_by: str | None
    counted_at: int | None
    second_counted: int | None
    second_by: str | None
    reason: str | None
    difference: int | None
    second_book_quantity: int | None = None
    second_book_version: int | None = None
    second_at: int | None = None


class Wave(NamedTuple):
    """Several orders picked in one walk through one store."""

    id: str
    number: str
    store_id: str
    status: str
    actor: str
    created_at: int
    updated_at: int
    events: int


class WaveOrder(NamedTuple):
    wave_id: str
    order_id: str


class Pick(NamedTuple):
    """What a picker did about a line: picked, short or substituted."""

    order_id: str
    pick: int
    line: int
    store_id: str
    quantity: int
    outcome: str
    reason: str | None
    actor: str
    picked_at: int


class Parcel(NamedTuple):
    """A packed box of an order; `shipment` is the one that it left with."""

    order_id: str
    parcel: int
    weight_grams: int | None
    checked_by: str | None
    shipment: int | None
    actor: str
    packed_at: int


class ParcelItem(NamedTuple):
    order_id: str
    parcel: int
    line: int
    quantity: int
