"""What callers send about picking, packing and goods that come back."""

from typing import Annotated

from pydantic import Field

from onhand.api.bodies import Named, ReturnItemBody, example
from onhand.api.fields import MOST_ITEMS, Amount, Body, Label, Quantity, Reference

MOST_SHIPMENTS = 1_000
MOST_WAVE_ORDERS = 200

Reason = Annotated[str, Field(min_length=1, max_length=1_000)]

# ── Returns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class RequestedItemBody(Named):
    quantity: Quantity


class ReturnRequestBody(Body):
    """What a customer says will come back; no stock moves yet."""

    model_config = example(
        {"order_id": "1001", "items": [{"sku": "SNEAKER-RED-42", "quantity": 1}], "reason": "Wrong size"}
    )

    order_id: Reference
    items: Annotated[list[RequestedItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    reason: Reason


class ReturnReceiptBody(Body):
    """What has come back, which may differ from what was said; never more than was shipped."""

    model_config = example(
        {"items": [{"sku": "SNEAKER-RED-42", "quantity": 1, "condition": "sellable"}], "store": "main"}
    )

    items: Annotated[list[ReturnItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    store: Reference | None = Field(None, description="Where it came back; otherwise the store that shipped it")
    refund_amount: Amount | None = None
    processed_by: Label | None = None


class ReasonBody(Body):
    model_config = example({"reason": "The customer keeps it"})

    reason: Annotated[str, Field(max_length=1_000)] | None = None
