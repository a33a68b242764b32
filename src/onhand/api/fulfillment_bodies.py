"""What callers send about picking, packing and goods that come back."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onhand.api.bodies import Named, ReturnItemBody, ShipmentBody, example
from onhand.api.fields import MOST_ITEMS, Amount, Apart, Body, Quantity, Reference, Units, Who

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
    processed_by: Who | None = None


class ReasonBody(Body):
    model_config = example({"reason": "The customer keeps it"})

    reason: Annotated[str, Field(max_length=1_000)] | None = None


# ── Picking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class ShortBody(Body):
    """What was not there. `damaged` makes it unsellable stock, any other reason books it as lost until a count."""

    quantity: Quantity
    reason: Reason
    then: Literal["reallocate", "backorder", "release"]
    sku: Reference | None = Field(None, description="Of a kit: the component that was short")


class PickBody(Body):
    """What a picker did about one line at one store: so many picked, so many short, or something else in place."""

    model_config = example(
        {
            "order_id": "1001",
            "line": 1,
            "store": "main",
            "quantity": 1,
            "short": {"quantity": 1, "reason": "missing", "then": "reallocate"},
        }
    )

    order_id: Reference
    line: Annotated[int, Field(ge=1, le=MOST_ITEMS)]
    store: Reference
    quantity: Units
    short: ShortBody | None = None
    substitute_sku: Reference | None = Field(
        None, description="Picked in place of what is short; or, when nothing is short, in place of the quantity"
    )


class WaveBody(Body):
    """The orders of the wave, or how many of the most urgent ones that are in no other wave."""

    model_config = example({"store": "main", "limit": 20}, oneOf=[{"required": ["order_ids"]}, {"required": ["limit"]}])

    store: Reference
    order_ids: Annotated[list[Reference], Field(min_length=1, max_length=MOST_WAVE_ORDERS)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_WAVE_ORDERS)] | None = None

    @model_validator(mode="after")
    def _one_way_or_the_other(self) -> Self:
        if (self.order_ids is None) == (self.limit is None):
            raise ValueError("give either order_ids or limit")
        return self


# ── Packing and shipping ────────────────────────────────────────────────────────────────────────────────────────────


class ParcelItemBody(Named):
    quantity: Quantity


class ParcelBody(Body):
    """What is put into a parcel: never more than was picked and is in no other one."""

    model_config = example(
        {"items": [{"sku": "SNEAKER-RED-42", "quantity": 1}], "weight_grams": 1250, "checked_by": "Ines"}
    )

    items: Annotated[list[ParcelItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    weight_grams: Units | None = None
    checked_by: Who | None = None


class ShipmentRowBody(ShipmentBody):
    model_config = example({"order_id": "1001", "tracking_number": "1Z999AA10123456784", "carrier": "UPS"})

    order_id: Reference


class ShipmentBatchBody(Body):
    """Up to 1,000 shipments, each answered by itself; all or none of them when `atomic`."""

    model_config = example({"shipments": [{"order_id": "1001", "carrier": "UPS"}], "atomic": False})

    shipments: Annotated[list[Apart[ShipmentRowBody]], Field(min_length=1, max_length=MOST_SHIPMENTS)]
    atomic: bool = False
