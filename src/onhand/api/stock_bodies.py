"""What callers send about the catalog and about stock. Each body is closed, and its example could be sent as it is."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from onhand.api.bodies import Named, example
from onhand.api.fields import (
    MOST_ITEMS,
    MOST_QUANTITY,
    Apart,
    Body,
    Currency,
    Cutoff,
    JsonObject,
    Label,
    Moment,
    Name,
    NewName,
    Note,
    Price,
    Quantity,
    Reference,
    TimeZone,
    Units,
    Who,
)
from onhand.trade.stock import OPERATIONS

MOST_VARIANTS = 1_000

Options = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=255)], Label],
    Field(max_length=20, description="What tells the variants apart, such as size and colour"),
]
Substitutes = Annotated[list[Reference], Field(max_length=100, description="SKUs to offer when this one is short")]
Barcode = Annotated[str, Field(max_length=64)]
Bin = Annotated[str, Field(max_length=64, description="A place on the shelves, such as A-03-2; empty: none")]
Description = Annotated[str, Field(max_length=20_000)]

# ── Catalog ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class ComponentBody(Body):
    """What a unit of a kit takes of one variant."""

    sku: Reference
    quantity: Quantity


Components = Annotated[list[ComponentBody], Field(min_length=1, max_length=100)]
PreorderUntil = Annotated[Moment, Field(description="Until then it is sold ahead: ordered with `backorder`, it waits")]
LeadDays = Annotated[int, Field(ge=0, le=1_000, description="Days until more can be had of the supplier")]


class VariantBody(Body):
    """A variant. One with `components` is a kit: it is sold as one, and its components are what is stocked."""

    sku: NewName
    price: Price
    barcode: Barcode | None = None
    options: Options | None = None
    substitutes: Substitutes | None = None
    components: Components | None = None
    lead_days: LeadDays | None = None
    preorder_until: PreorderUntil | None = None


_AT_THE_TOP = ("sku", "price", "barcode", "options", "substitutes", "components", "lead_days", "preorder_until")
_SIMPLE: dict[str, Any] = {
    "required": ["sku", "price"],
    "properties": {"sku": {"type": "string"}, "price": {"type": ["string", "number"]}, "variants": {"type": "null"}},
}
_WITH_VARIANTS: dict[str, Any] = {
    "required": ["variants"],
    "properties": {
        "variants": {"type": "array"},
        **{name: {"type": "null"} for name in _AT_THE_TOP},
    },
}


class ProductBody(Body):
    """A product with `variants`; or, for a product with one variant, its `sku`, `price` … at the top."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [_SIMPLE, _WITH_VARIANTS],
            "examples": [
                {"name": "Red Sneaker", "sku": "SNEAKER-RED-42", "price": "89.90", "currency": "EUR"},
                {
                    "name": "Socks",
                    "variants": [
                        {"sku": "SOCKS-S", "price": "7.50", "options": {"size": "S"}},
                        {"sku": "SOCKS-M", "price": "7.50", "options": {"size": "M"}, "substitutes": ["SOCKS-S"]},
                    ],
                },
            ],
        }
    )

    name: Name
    description: Description | None = None
    category: Label | None = None
    currency: Currency | None = None
    variants: Annotated[list[VariantBody], Field(min_length=1, max_length=MOST_VARIANTS)] | None = None
    sku: NewName | None = None
    price: Price | None = None
    barcode: Barcode | None = None
    options: Options | None = None
    substitutes: Substitutes | None = None
    components: Components | None = None
    lead_days: LeadDays | None = None
    preorder_until: PreorderUntil | None = None

    @model_validator(mode="after")
    def _one_way_or_the_other(self) -> Self:
        top = [getattr(self, name) for name in _AT_THE_TOP]
        if self.variants is None and (self.sku is None or self.price is None):
            raise ValueError("give variants, or sku and price for a product with one variant")
        if self.variants is not None and any(value is not None for value in top):
            raise ValueError("give sku, price and the like either at the top or in variants")
        return self

    @property
    def all_variants(self) -> list[VariantBody]:
        if self.variants is not None:
            return self.variants
        assert self.sku is not None
        assert self.price is not None
        return [
            VariantBody.model_construct(
                sku=self.sku,
                price=self.price,
                barcode=self.barcode,
                options=self.options,
                substitutes=self.substitutes,
                components=self.components,
                lead_days=self.lead_days,
                preorder_until=self.preorder_until,
            )
        ]


class VariantChangeBody(Body):
    """A variant that exists is changed, another is added (and needs a price)."""

    sku: NewName
    price: Price | None = None
    barcode: Barcode | None = None
    options: Options | None = None
    substitutes: Substitutes | None = None
    components: Components | None = None
    lead_days: LeadDays | None = None
    preorder_until: PreorderUntil | None = None


class ProductChangeBody(Body):
    """What is absent or null stays as it is. `price` at the top is that of a product with one variant."""

    model_config = example({"price": "79.90"})

    name: Name | None = None
    description: Description | None = None
    category: Label | None = Field(None, description="An empty one takes it out of its category")
    price: Price | None = None
    variants: Annotated[list[VariantChangeBody], Field(max_length=MOST_VARIANTS)] | None = None


Days = Annotated[int, Field(ge=0, le=365)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
TransitByCountry = Annotated[
    dict[Country, Days],
    Field(max_length=300),
    WithJsonSchema(
        {
            "type": "object",
            "patternProperties": {"^[A-Z]{2}$": {"type": "integer", "minimum": 0, "maximum": 365}},
            "additionalProperties": False,
            "maxProperties": 300,
            "description": "Working days on the way to a country (ISO 3166-1 alpha-2)",
        }
    ),
]


class StoreFields(Body):
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = Field(
        None, description="Where several stores could serve, the greater goes first"
    )
    handling_days: Days | None = Field(None, description="Working days until an order leaves")
    transit_days: Days | None = Field(None, description="Working days on the way; otherwise the shop's setting")
    transit_by_country: TransitByCountry | None = None
    cutoff: Cutoff | None = None
    time_zone: TimeZone | None = None
    address: JsonObject | None = None


class StoreBody(StoreFields):
    model_config = example(
        {
            "code": "lisbon",
            "name": "Lisbon shop",
            "cutoff": "16:00",
            "time_zone": "Europe/Lisbon",
            "address": {"city": "Lisbon", "country": "PT"},
            "transit_days": 2,
            "transit_by_country": {"PT": 1},
        }
    )

    code: NewName
    name: Name


class StoreChangeBody(StoreFields):
    """What is absent or null stays as it is; the code always does."""

    model_config = example({"cutoff": "17:30"})

    name: Name | None = None
    cutoff: Cutoff | Literal[""] | None = Field(None, description="An empty one takes it away")


# ── Stock ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_STEPS = tuple(operation for operation in OPERATIONS if operation != "set")
_BY_OPERATION: dict[str, Any] = {
    "anyOf": [
        {"properties": {"operation": {"enum": list(_STEPS)}, "quantity": {"minimum": 1}}},
        {
            "properties": {"operation": {"const": "set"}, "expected_quantity": {"type": "integer"}},
            "required": ["expected_quantity"],
        },
    ]
}


class StockChange(Body):
    """A change of one level by hand."""

    operation: Literal["increment", "decrement", "set", "damage", "repair", "write_off"]
    quantity: Annotated[int, Field(ge=0, le=MOST_QUANTITY, description="Units; 0 only for `set`")]
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    notes: Note | None = None
    expected_quantity: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        None, description="What was available when the change was decided on; `set` needs it"
    )
    user_id: Who | None = Field(None, description="Who did it, when the key acts for several people")
    stock_status: Label | None = Field(None, description="Accepted and ignored: the status follows from the quantity")

    @model_validator(mode="after")
    def _as_the_operation_wants(self) -> Self:
        if self.operation == "set" and self.expected_quantity is None:
            raise ValueError("`set` needs expected_quantity: the quantity that it replaces")
        if self.operation != "set" and self.quantity == 0:
            raise ValueError(f"the quantity of `{self.operation}` is at least 1")
        return self


class StockChangeBody(StockChange):
    model_config = example(
        {"operation": "increment", "quantity": 24, "reason": "Delivery", "notes": "Two boxes"}, **_BY_OPERATION
    )


class StockRowBody(StockChange, Named):
    """A change of one level, which it names; without a store it is at `main`."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [{"anyOf": _BY_OPERATION["anyOf"]}, {"anyOf": Named.model_json_schema()["anyOf"]}],
        }
    )

    store: Reference = "main"


class StockBatchBody(Body):
    """Up to 10,000 changes, each answered by itself; all or none of them when `atomic`, none at all in a `dry_run`."""

    model_config = example(
        {"changes": [{"sku": "SOCKS-M", "store": "main", "operation": "increment", "quantity": 5, "reason": "Count"}]}
    )

    changes: Annotated[list[Apart[StockRowBody]], Field(min_length=1, max_length=MOST_ITEMS)]
    atomic: bool = False
    dry_run: bool = False


class ThresholdsBody(Body):
    """What a level is judged by, and where its goods lie; what is absent or null stays as it is."""

    model_config = example({"reorder_point": 12, "reorder_quantity": 48, "low_stock_threshold": 10})

    min_stock_level: Units | None = None
    reorder_point: Units | None = None
    reorder_quantity: Units | None = None
    safety_stock: Units | None = None
    low_stock_threshold: Units | None = None
    bin: Bin | None = None


class BinBody(Body):
    """Where the goods of a level lie, as picking lists are sorted; null or empty: nowhere in particular."""

    model_config = example({"bin": "A-03-2"})

    bin: Bin | None


class WantedBody(Named):
    quantity: Quantity
    store: Reference | None = None


class AvailabilityBody(Body):
    model_config = example({"items": [{"sku": "SNEAKER-RED-42", "quantity": 2}]})

    items: Annotated[list[WantedBody], Field(min_length=1, max_length=500)]
    ship_to: JsonObject | None = None
