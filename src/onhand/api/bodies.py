"""What callers send about orders and holds. Each body is closed, and its example could be sent as it is.

Bodies of the catalog and of stock are in `stock_bodies.py`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from onhand.api.fields import (
    MOST_ITEMS,
    Amount,
    Apart,
    Body,
    Currency,
    HoldMinutes,
    JsonObject,
    Label,
    Note,
    Price,
    Quantity,
    Reference,
    Who,
)

MOST_ORDERS = 1_000
_NAMES = ("sku", "variant_id", "product_id")


def example(example: Any, **more: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example], **more})


def _only(name: str) -> dict[str, Any]:
    """The rule that one field is a text and those that could stand for it are absent."""
    others = {other: {"type": "null"} for other in _NAMES if other != name}
    return {"required": [name], "properties": {name: {"type": "string"}, **others}}


class Named(Body):
    """Names a variant in exactly one way; `product_id` does for a product with one variant."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_only(name) for name in _NAMES]})

    sku: Reference | None = None
    variant_id: Reference | None = None
    product_id: Reference | None = None

    @model_validator(mode="after")
    def _exactly_one_name(self) -> Self:
        if [self.sku, self.variant_id, self.product_id].count(None) != 2:
            raise ValueError("name the variant by exactly one of sku, variant_id and product_id")
        return self

    @property
    def variant(self) -> str:
        return self.sku or self.variant_id or self.product_id or ""


class Nothing(Body):
    """An empty object, or no body at all."""

    model_config = example({})


# ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class OrderItemBody(Named):
    """One line: the catalog's price unless one is given, and sourced by the engine unless a store is named."""

    quantity: Quantity
    unit_price: Price | None = None
    store: Reference | None = None
    discount: Amount | None = Field(None, description="Off the whole line")
    tax: Amount | None = Field(None, description="On the whole line")


class CustomerBody(Body):
    name: Label | None = None
    email: Annotated[str, Field(max_length=320)] | None = None
    phone: Annotated[str, Field(max_length=64)] | None = None


class OrderBody(Body):
    """Place an order, all or nothing: demand is summed over the items before it is checked."""

    model_config = example(
        {
            "customer_id": "customer-17",
            "items": [{"sku": "SNEAKER-RED-42", "quantity": 2}, {"sku": "SOCKS-M", "quantity": 1}],
        }
    )

    items: Annotated[list[OrderItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    customer_id: Who | None = None
    customer: CustomerBody | None = None
    store: Reference | None = Field(None, description="Where items are taken from that name no store")
    currency: Currency | None = None
    shipping_address: JsonObject | None = None
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    on_shortage: Literal["reject", "backorder", "partial"] = Field(
        "reject", description="What is short refuses the whole order, waits for stock, or is given up"
    )
    sourcing: Literal["fewest_splits", "priority", "nearest", "most_stock"] | None = Field(
        None, description="How stores are chosen for items that name none, before the shop's own rules"
    )
    use_safety_stock: bool = Field(
        False, description="Take what levels keep back, too: needs a key with the scope `safety_stock`"
    )
    hold_minutes: HoldMinutes | None = None
    paid: bool = Field(False, description="Place and confirm in one step")
    discount_total: Amount | None = Field(None, description="Off the order, besides what its items say")
    shipping_total: Amount | None = None
    tax_total: Amount | None = Field(None, description="On the order, besides what its items say")
    expected_total: Amount | None = Field(None, description="Refused when the engine computes another total")
    channel: Label | None = None
    reference: Label | None = None
    note: Note | None = None
    metadata: JsonObject | None = None


class OrderBatchBody(Body):
    """Up to 1,000 orders, each answered by itself; all or none of them when `atomic`."""

    model_config = example({"orders": [{"items": [{"sku": "SOCKS-M", "quantity": 1}]}], "atomic": False})

    orders: Annotated[list[Apart[OrderBody]], Field(min_length=1, max_length=MOST_ORDERS)]
    atomic: bool = False


class CancelBody(Body):
    model_config = example({"reason": "Customer changed their mind"})

    reason: Annotated[str, Field(max_length=1_000)] | None = None


class ExtendBody(Body):
    model_config = example({"hold_minutes": 30})

    hold_minutes: HoldMinutes


class ShipmentItemBody(Named):
    quantity: Quantity
    store: Reference | None = None


class ShipmentBody(Body):
    """Ship the items, or the parcels, or all that is outstanding when none are named."""

    model_config = example({"tracking_number": "1Z999AA10123456784", "carrier": "UPS"})

    items: Annotated[list[ShipmentItemBody], Field(min_length=1, max_length=MOST_ITEMS)] | None = None
    parcels: Annotated[list[Annotated[int, Field(ge=1, le=MOST_ITEMS)]], Field(max_length=1_000)] | None = None
    tracking_number: Label | None = None
    carrier: Label | None = None


class ReturnItemBody(Named):
    quantity: Quantity
    condition: Literal["sellable", "damaged", "lost"] = "sellable"


class ReturnBody(Body):
    """Take goods back: what is sellable is restocked, never more than was shipped."""

    model_config = example(
        {"order_id": "1001", "items": [{"sku": "SNEAKER-RED-42", "quantity": 1}], "reason": "Wrong size"}
    )

    order_id: Reference
    items: Annotated[list[ReturnItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    store: Reference | None = Field(None, description="Where it comes back to; otherwise the store that shipped it")
    refund_amount: Amount | None = None
    processed_by: Who | None = None


# ── Bare holds ──────────────────────────────────────────────────────────────────────────────────────────────────────


class HoldItemBody(Named):
    quantity: Quantity
    store: Reference | None = None


class HoldBody(Body):
    """Hold stock under the caller's own reference, all or nothing."""

    model_config = example(
        {"items": [{"sku": "SNEAKER-RED-42", "quantity": 2}], "reference": "basket-17", "hold_minutes": 20}
    )

    items: Annotated[list[HoldItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    reference: Reference
    hold_minutes: HoldMinutes | None = None


class HoldStepBody(Body):
    """The items, or parts of them, that the step is about; all of the hold when none are named."""

    model_config = example({"items": [{"sku": "SNEAKER-RED-42", "quantity": 1}]})

    items: Annotated[list[HoldItemBody], Field(min_length=1, max_length=MOST_ITEMS)] | None = None


class ReleaseBody(HoldStepBody):
    model_config = example({"items": [{"sku": "SNEAKER-RED-42", "quantity": 1}], "reason": "Taken out of the basket"})

    reason: Annotated[str, Field(max_length=1_000)] | None = None
