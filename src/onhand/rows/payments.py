"""Money that customers sent for orders, what was sent back, and what providers said about it."""

from typing import NamedTuple


class Payment(NamedTuple):
    """One payment of an order, named by its provider's id: pending → failed | captured → charged_back.

    Captured money stands in one place: for the `order`, in `review` until somebody decides, or as a `refund` that is
    due. Amounts are minor units of the payment's own currency, which may not be the order's.
    """

    order_id: str
    payment: int
    payment_id: str
    provider: str
    method: str | None
    state: str
    standing: str | None
    currency: str
    amount: int
    refunded: int
    reason: str | None
    actor: str
    created_at: int
    updated_at: int


class Refund(NamedTuple):
    """Money of a payment that went back to the customer. It moves no goods."""

    order_id: str
    refund: int
    payment_id: str
    currency: str
    amount: int
    reason: str
    actor: str
    refunded_at: int


class PaymentMessage(NamedTuple):
    """What a provider (or a named person) said, once, and what it came to. `raw` has no secrets and no card data."""

    provider: str
    event_id: str
    kind: str
    payment_id: str
    order_reference: str | None
    order_id: str | None
    amount: str | None
    currency: str | None
    outcome: str
    note: str | None
    raw: str
    actor: str
    received_at: int
