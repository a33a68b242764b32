"""What callers ask for in a URL: names in the path, and the narrowing of lists after the question mark."""

import re
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, Field

from onhand.api.fields import MOST_ITEMS, Label, Moment, Reference
from onhand.clock import as_microseconds
from onhand.trade import alerts, counts, dues, mail, receiving, transfers
from onhand.trade.orders import TRANSITIONS
from onhand.trade.stock import EFFECTS
from onhand.views.alerts import AlertFilter
from onhand.views.availability import LevelFilter
from onhand.views.documents import DocumentFilter
from onhand.views.ledger import MovementFilter
from onhand.views.orders import OrderFilter
from onhand.views.pages import DEFAULT_LIMIT, MOST_LIMIT
from onhand.views.payments import PaymentFilter
from onhand.views.zones import WavePart

OrderRef = Annotated[str, Path(max_length=255, description="An order, by id or number", examples=["1001"])]
ProductRef = Annotated[
    str,
    Path(max_length=255, description="A product by id, or a variant of it by SKU or id", examples=["SNEAKER-RED-42"]),
]
VariantRef = Annotated[str, Path(max_length=255, description="A variant, by SKU or id", examples=["SNEAKER-RED-42"])]
StoreRef = Annotated[str, Path(max_length=255, description="A store, by code or id", examples=["main"])]
AlertRef = Annotated[str, Path(max_length=255, description="An alert, by id")]
SubscriptionRef = Annotated[str, Path(max_length=255, description="A subscription, by id")]
HoldRef = Annotated[str, Path(max_length=255, description="A hold, by id")]
PurchaseOrderRef = Annotated[str, Path(max_length=255, description="A purchase order, by id or number")]
TransferRef = Annotated[str, Path(max_length=255, description="A transfer, by id or number")]
CountRef = Annotated[str, Path(max_length=255, description="A count, by id or number")]
KeyRef = Annotated[str, Path(max_length=255, description="An API key, by id")]
ReturnRef = Annotated[str, Path(max_length=255, description="A return, by id or number")]
WaveRef = Annotated[str, Path(max_length=255, description="A wave, by id or number")]

_DIGITS = re.compile(r"[0-9]{1,9}")


def _digits(value: object) -> object:
    """A query is text: only plain digits are a number, not all that Python would read as one."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("is not a whole number")
    return value


class PageQuery(BaseModel):
    limit: Annotated[int, Field(ge=1, le=MOST_LIMIT), BeforeValidator(_digits)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(max_length=2_000)] | None = Field(
        None, description="`next_cursor` of the page before; on the last page that is null"
    )


class OrderQuery(PageQuery):
    status: Literal[*TRANSITIONS] | None = None  # type: ignore[valid-type]
    customer_id: Label | None = None
    sku: Reference | None = None
    store: Reference | None = None
    created_from: Moment | None = Field(None, description="Placed at this time or later")
    created_to: Moment | None = Field(None, description="Placed before this time")
    reference: Label | None = None
    q: Label | None = Field(None, description="In the number, the reference, the customer's id, name or address")

    def filter(self) -> OrderFilter:
        return OrderFilter(
            self.status,
            self.customer_id,
            self.sku,
            self.store,
            as_microseconds(self.created_from),
            as_microseconds(self.created_to),
            self.reference,
            self.q,
        )


class PaymentQuery(PageQuery):
    status: Literal[*dues.STATUSES] | None = None  # type: ignore[valid-type]
    provider: Label | None = None
    order: Reference | None = Field(None, description="Of this order, by id or number")

    def filter(self) -> PaymentFilter:
        return PaymentFilter(self.status, self.provider, self.order)


class TransferQuery(PageQuery):
    status: Literal[*transfers.STATUSES] | None = None  # type: ignore[valid-type]
    store: Reference | None = Field(None, description="The store that sends or that receives")
    q: Label | None = Field(None, description="In the number or the note")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(self.status, self.store, self.q)


class CountQuery(PageQuery):
    status: Literal[*counts.STATUSES] | None = None  # type: ignore[valid-type]
    store: Reference | None = None
    q: Label | None = Field(None, description="In the number")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(self.status, self.store, self.q)


class AccuracyQuery(BaseModel):
    store: Reference | None = None


class SearchQuery(PageQuery):
    q: Label | None = Field(None, description="In the name, the SKU or the barcode")


class LevelQuery(SearchQuery):
    sku: Reference | None = None
    store: Reference | None = None
    status: Literal["low", "out", "in"] | None = None

    def filter(self) -> LevelFilter:
        return LevelFilter(self.sku, self.store, self.status, self.q)


class MovementQuery(PageQuery):
    store: Reference | None = None
    kind: Literal[*EFFECTS] | None = None  # type: ignore[valid-type]
    order: Reference | None = None
    actor: Label | None = Field(None, description="The key's name, or whom it acted for")
    from_: Moment | None = Field(None, alias="from", description="Recorded at this time or later")
    to: Moment | None = Field(None, description="Recorded before this time")

    def filter(self, variant: str | None = None) -> MovementFilter:
        return MovementFilter(
            variant,
            self.store,
            self.kind,
            self.order,
            self.actor,
            as_microseconds(self.from_),
            as_microseconds(self.to),
        )


class LowStockQuery(PageQuery):
    store: Reference | None = None
    status: Literal["low", "out", "open", "acknowledged"] | None = Field(
        None, description="Of the stock (low, out), or of its alert (open, acknowledged)"
    )


class AlertQuery(PageQuery):
    status: Literal[*alerts.STATUSES] | None = None  # type: ignore[valid-type]
    kind: Literal[*alerts.KINDS] | None = None  # type: ignore[valid-type]
    store: Reference | None = None

    def filter(self) -> AlertFilter:
        return AlertFilter(self.status, self.kind, self.store)


class MailQuery(PageQuery):
    status: Literal[*mail.STATUSES] | None = None  # type: ignore[valid-type]


class PurchaseOrderQuery(PageQuery):
    status: Literal[*receiving.STATUSES] | None = None  # type: ignore[valid-type]
    store: Reference | None = None
    q: Label | None = Field(None, description="In the number, the supplier or the note")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(self.status, self.store, self.q)


class AsOfQuery(BaseModel):
    at: Moment


class ReturnQuery(PageQuery):
    status: Literal["requested", "received", "cancelled"] | None = None
    store: Reference | None = Field(None, description="Where the goods came back")
    q: Label | None = Field(None, description="In the number or the reason")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(self.status, self.store, self.q)


class WaveQuery(PageQuery):
    status: Literal["picking", "picked", "cancelled"] | None = None
    store: Reference | None = None
    q: Label | None = Field(None, description="In the number")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(self.status, self.store, self.q)


class StoreQuery(BaseModel):
    store: Reference | None = None


class WavePartQuery(BaseModel):
    zone: Label | None = Field(
        None, description="Only this zone: what stands before the first `-` of a bin's name; empty for what is in none"
    )
    zone_size: Annotated[int, Field(ge=1, le=MOST_ITEMS), BeforeValidator(_digits)] | None = Field(
        None, description="Cut each zone into numbered walks of so many lines at most"
    )

    def part(self) -> WavePart:
        return WavePart(self.zone, self.zone_size)


class QueueQuery(PageQuery, StoreQuery):
    pass
