"""What callers send about purchase orders and deliveries. Each body is closed; its example could be sent as it is."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onhand.api.bodies import example
from onhand.api.fields import (
    MOST_ITEMS,
    Apart,
    Body,
    Label,
    Moment,
    NewName,
    Note,
    Price,
    Quantity,
    Reference,
    Units,
)

MOST_RECEIPTS = 1_000
Reason = Annotated[str, Field(min_length=1, max_length=1_000)]
Supplier = Annotated[str, Field(min_length=1, max_length=255)]


class PurchaseLineBody(Body):
    sku: Reference
    quantity: Quantity
    unit_cost: Price | None = None
    expected_at: Moment | None = Field(None, description="When this line should come, if not with the order")


class PurchaseOrderBody(Body):
    """Order goods of a supplier. Stock comes with the receipt, not with the order."""

    model_config = example(
        {
            "supplier": "Runwell Ltd",
            "store": "main",
            "expected_at": "2026-12-01T09:00:00Z",
            "lines": [{"sku": "SNEAKER-RED-42", "quantity": 50, "unit_cost": "31.20"}],
        }
    )

    number: NewName | None = Field(None, description="Your own number; otherwise the next PO-…")
    supplier: Supplier
    store: Reference = Field("main", description="Where it will arrive")
    expected_at: Moment | None = None
    note: Note | None = None
    lines: Annotated[list[PurchaseLineBody], Field(min_length=1, max_length=MOST_ITEMS)]


_NAMED_ONCE: dict[str, Any] = {
    "anyOf": [
        {"required": ["line"], "properties": {"line": {"type": "integer"}, "sku": {"type": "null"}}},
        {"required": ["sku"], "properties": {"sku": {"type": "string"}, "line": {"type": "null"}}},
    ]
}


class ReceivedItemBody(Body):
    """What arrived of one line, or of one SKU over all its lines."""

    model_config = ConfigDict(json_schema_extra=_NAMED_ONCE)

    line: Annotated[int, Field(ge=1, le=MOST_ITEMS)] | None = None
    sku: Reference | None = None
    received: Annotated[Quantity, Field(description="Units that arrived, accepted or not")]
    rejected: Annotated[Units, Field(description="Units of them that are not accepted: unsellable, or sent back")] = 0
    return_rejected: bool | None = Field(None, description="For this item, whatever is said for the whole delivery")
    reason: Reason | None = None

    def goes_back(self, otherwise: bool) -> bool:
        return otherwise if self.return_rejected is None else self.return_rejected

    @model_validator(mode="after")
    def _named_once_and_not_more_rejected_than_came(self) -> Self:
        if (self.line is None) == (self.sku is None):
            raise ValueError("name it by exactly one of line and sku")
        if self.rejected > self.received:
            raise ValueError("no more can be rejected than was received")
        return self


class ReceiptFields(Body):
    items: Annotated[list[ReceivedItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    received_at: Moment | None = Field(None, description="When it arrived, if not now")
    return_rejected: bool = Field(False, description="What is rejected goes back at once, and never becomes stock")
    allow_over: bool = Field(False, description="Take in more than is outstanding")


class ReceiptBody(ReceiptFields):
    """Book one delivery, whole or not at all."""

    model_config = example(
        {"items": [{"sku": "SNEAKER-RED-42", "received": 48, "rejected": 2, "reason": "Soles come off"}]}
    )


class ReceiptRowBody(ReceiptFields):
    """A delivery, and the purchase order that it belongs to."""

    purchase_order: Reference


class ReceiptBatchBody(Body):
    """Up to 1,000 deliveries, each answered by itself; all or none of them when `atomic`."""

    model_config = example(
        {"receipts": [{"purchase_order": "PO-1001", "items": [{"sku": "SNEAKER-RED-42", "received": 48}]}]}
    )

    receipts: Annotated[list[Apart[ReceiptRowBody]], Field(min_length=1, max_length=MOST_RECEIPTS)]
    atomic: bool = False


class CloseBody(Body):
    model_config = example({"reason": "The supplier cannot deliver the rest"})

    reason: Reason


class NoticeQuery(BaseModel):
    supplier: Label | None = Field(None, description="Whose the purchase order is, when the notice makes one")
    store: Reference = Field("main", description="Where it will arrive, when the notice makes one")
