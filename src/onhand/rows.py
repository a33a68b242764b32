"""One named tuple for each table, its fields in the order of the table's columns.

Rows are values: a change is a new row, so undoing a refused command means putting the old row back, and saving
needs no conversion. Ids are UUIDv7 texts; times are microseconds UTC (`clock.py`); unit prices are ten-thousandths
of the currency's major unit and totals are its minor units (`trade/money.py`); JSON columns hold JSON text.
The key of a table is its first columns: `db/schema.py` says how many, and a test holds the two files together.
"""

from typing import NamedTuple


class Store(NamedTuple):
    """A place that holds stock. `transit_by_country` is JSON: days by ISO 3166 country, where they differ."""

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
    transit_days: int | None = None
    transit_by_country: str | None = None


class Product(NamedTuple):
    """What is sold; it is stocked and priced by its variants."""

    id: str
    name: str
    description: str | None
    currency: str
    created_at: int
    updated_at: int


class Variant(NamedTuple):
    """The unit that is stocked and priced. `title` is what an order line shows: the product's name and the options.

    A kit has `components`, JSON of [variant id, quantity] pairs: it is never stocked itself, its components are.
    """

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
    components: str | None = None
    lead_days: int | None = None
    preorder_until: int | None = None


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
    bin: str | None = None

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
    on_shortage: str = "reject"
    sourcing: str | None = None
    estimated_delivery: str | None = None
    promised_at: int | None = None


class Line(NamedTuple):
    """One line of an order. What is still outstanding is `quantity - shipped - released - backordered`.

    `components` is the recipe of a kit as it was sold: JSON of [variant id, quantity] pairs. `store_id` is the store
    that the customer asked for, if any.
    """

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
    components: str | None = None
    store_id: str | None = None


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
    picked: int = 0


class Waiting(NamedTuple):
    """A backordered part of an order line, in the queue of a variant that it waits for. Zero when nothing waits.

    A line of a kit waits in the queue of each component; `quantity` is in units of the line.
    """

    variant_id: str
    order_id: str
    line: int
    store_id: str | None
    quantity: int
    priority: int
    since: int


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
