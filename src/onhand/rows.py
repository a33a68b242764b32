"""One named tuple for each table, its fields in the order of the table's columns.

Rows are values: a change is a new row, so undoing a refused command means putting the old row back, and saving
needs no conversion. Ids are UUIDv7 texts; times are microseconds UTC (`clock.py`); unit prices are ten-thousandths
of the currency's major unit and totals are its minor units (`trade/money.py`); JSON columns hold JSON text.
The key of a table is its first columns: `db/schema.py` says how many, and a test holds the two files together.
"""

from typing import NamedTuple


class Store(NamedTuple):
    """A place that holds stock."""

    id: str
    code: str
    name: str
    priority: int
    handling_days: int
    cutoff: str | None
    time_zone: str
    address: str | None
    created_at: int
    updated_at: int


class Product(NamedTuple):
    """What is sold; it is stocked and priced by its variants."""

    id: str
    name: str
    description: str | None
    currency: str
    created_at: int
    updated_at: int


class Variant(NamedTuple):
    """The unit that is stocked and priced. `title` is what an order line shows: the product's name and the options."""

    id: str
    product_id: str
    position: int
    sku: str
    title: str
    price: int
    currency: str
    barcode: str | None
    options: str | None
    substitutes: str | None
    created_at: int
    updated_at: int


class Level(NamedTuple):
    """The stock of one variant in one store: four buckets of units, and the thresholds that it is judged by.

    `version` is the number of movements the level has seen.
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


class Order(NamedTuple):
    """A promise to a customer. `events` counts the facts told about it so far."""

    id: str
    number: str
    status: str
    payment_status: str
    currency: str
    total: int
    customer_id: str | None
    customer_name: str | None
    customer_email: str | None
    customer_phone: str | None
    shipping_address: str | None
    priority: int
    channel: str | None
    reference: str | None
    note: str | None
    metadata: str | None
    hold_expires_at: int | None
    cancel_reason: str | None
    actor: str
    created_at: int
    updated_at: int
    confirmed_at: int | None
    cancelled_at: int | None
    shipped_at: int | None
    delivered_at: int | None
    events: int


class Line(NamedTuple):
    """One line of an order. What is still outstanding is `quantity - shipped - released - backordered`."""

    order_id: str
    line: int
    variant_id: str
    sku: str
    name: str
    quantity: int
    unit_price: int
    total: int
    shipped: int = 0
    released: int = 0
    backordered: int = 0
    returned: int = 0


class Reservation(NamedTuple):
    """A claim of an order's line (or of a bare hold's item) on one level: held → reserved → fulfilled, or given back.

    `opened_by`, `confirmed_by` and `resolved_by` are the versions of the level's movements that did so.
    A part of it that goes another way is split off as a new `part`.
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


class Shipment(NamedTuple):
    """A parcel or several that left together; its contents are the reservations that name it."""

    order_id: str
    shipment: int
    tracking_number: str | None
    carrier: str | None
    actor: str
    shipped_at: int


class Return(NamedTuple):
    """Goods that came back from a customer. The refund is an amount to remember, not a payment."""

    id: str
    order_id: str
    store_id: str | None
    reason: str
    refund_amount: int | None
    processed_by: str | None
    actor: str
    created_at: int


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


class Event(NamedTuple):
    """A fact told to the outside, written in the transaction of the fact."""

    subject: str
    seq: int
    type: str
    actor: str
    occurred_at: int
    data: str


class ApiKey(NamedTuple):
    """A key that may call the API. Only the SHA-256 of its secret is kept."""

    id: str
    name: str
    secret_hash: str
    prefix: str
    scopes: str
    stores: str | None
    created_at: int
    revoked_at: int | None


class StoredAnswer(NamedTuple):
    """What was answered to an idempotency key, kept so that a repeat gets the same."""

    scope: str
    key: str
    fingerprint: str
    status: int
    body: str
    created_at: int


class Batch(NamedTuple):
    """Proof that a batch was committed, for when the answer to COMMIT was lost."""

    id: str
    committed_at: int
    commands: int
