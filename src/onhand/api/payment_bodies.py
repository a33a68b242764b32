"""What callers send about money. Each body is closed, and its example could be sent as it is."""

from typing import Annotated, Literal

from pydantic import Field

from onhand.api.bodies import OrderItemBody, example
from onhand.api.fields import MOST_ITEMS, Amount, Body, Currency, Note, Reference
from onhand.trade.reviews import DECISIONS


class PaymentBody(Body):
    """A payment by the word of whoever sends it: cash, a bank transfer, a card at the till."""

    model_config = example({"payment_id": "CASH-0017", "amount": "45.50", "currency": "EUR", "method": "cash"})

    payment_id: Reference
    amount: Amount
    currency: Currency
    method: Annotated[str, Field(min_length=1, max_length=64)]


class RefundBody(Body):
    """Money that went back, in the currency of its payment."""

    model_config = example({"amount": "5.00", "reason": "Came late"})

    amount: Amount
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


class ResolveBody(Body):
    model_config = example({"decision": "refund", "note": "The customer does not want to wait"})

    decision: Literal[*DECISIONS]  # type: ignore[valid-type]
    note: Note | None = None


class AmendedItemBody(OrderItemBody):
    """So many units from now on. A SKU that the order has keeps its price, unless the item names one."""


class AmendBody(Body):
    """The whole new list of items: what is not in it is taken out."""

    model_config = example({"items": [{"sku": "SNEAKER-RED-42", "quantity": 1}, {"sku": "SOCKS-M", "quantity": 3}]})

    items: Annotated[list[AmendedItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    discount_total: Amount | None = None
    shipping_total: Amount | None = None
    tax_total: Amount | None = None
    expected_total: Amount | None = None
