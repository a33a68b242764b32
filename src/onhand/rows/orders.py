"""Orders, and what left or waits for them."""

from typing import NamedTuple


class Order(NamedTuple):
    """A promise to a customer. `events` counts the facts told about it so far.

    `total` is the sum of its lines' totals, less its own `discount`, and with its own `shipping` and `tax`. `ending` is
    how a cancelled one ended, `cancel_reason` the words of whoever cancelled it.
    """

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
    discount: int = 0
    shipping: int = 0
    tax: int = 0
    ending: str | None = None


class Line(NamedTuple):
    """One line of an order. What is still outstanding is `quantity - shipped - released - backordered`.

    `components` is the recipe of a kit as it was sold: JSON of [variant id, quantity] pairs. `store_id` is the store
    that the customer asked for, if any. `total` has the line's own `discount` and `tax` in it. A quantity of 0 is a
    line that an amendment has taken out.
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
    discount: int = 0
    tax: int = 0


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


class Shipment(NamedTuple):
    """A parcel or several that left together; its contents are the reservations that name it."""

    order_id: str
    shipment: int
    tracking_number: str | None
    carrier: str | None
    actor: str
    shipped_at: int
