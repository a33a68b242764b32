"""What callers send about transfers and counts. Each body is closed, and its example could be sent as it is."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from onhand.api.bodies import Named, example
from onhand.api.fields import (
    MOST_ITEMS,
    Amount,
    Apart,
    Body,
    Moment,
    NewName,
    Note,
    Person,
    Quantity,
    Reference,
    Units,
)

MOST_TRANSFERS = 1_000
MOST_COUNTS = 1_000
MOST_COUNTED = 50_000
Reason = Annotated[str, Field(min_length=1, max_length=1_000)]
Doer = Annotated[Person | None, Field(description="Who does it, when the key acts for several people")]

# ── Transfers ───────────────────────────────────────────────────────────────────────────────────────────────────────


class TransferItemBody(Named):
    quantity: Quantity


class TransferBody(Body):
    """Draft a transfer. No stock moves before it is sent; the same SKU on several items is one line."""

    model_config = example({"from": "main", "to": "lisbon", "items": [{"sku": "SNEAKER-RED-42", "quantity": 6}]})

    from_: Reference = Field(alias="from", description="The store that sends")
    to: Reference = Field(description="The store that receives")
    items: Annotated[list[TransferItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    number: NewName | None = Field(None, description="Your own number; otherwise the next T-…")
    note: Note | None = None


class TransferBatchBody(Body):
    """Up to 1,000 drafts, each answered by itself; all or none of them when `atomic`."""

    model_config = example(
        {"transfers": [{"from": "main", "to": "lisbon", "items": [{"sku": "SOCKS-M", "quantity": 20}]}]}
    )

    transfers: Annotated[list[Apart[TransferBody]], Field(min_length=1, max_length=MOST_TRANSFERS)]
    atomic: bool = False


_ARRIVED: dict[str, Any] = {
    "allOf": [
        {"anyOf": Named.model_json_schema()["anyOf"]},
        {
            "anyOf": [
                {"properties": {"received": {"minimum": 1}}, "required": ["received"]},
                {"properties": {"damaged": {"minimum": 1}}, "required": ["damaged"]},
                {"properties": {"lost": {"minimum": 1}}, "required": ["lost"]},
            ]
        },
    ]
}


class ArrivalBody(Named):
    """What came of one SKU. What is damaged is kept as unsellable."""

    model_config = ConfigDict(json_schema_extra=_ARRIVED)

    received: Annotated[Units, Field(description="Units fit for sale")] = 0
    damaged: Annotated[Units, Field(description="Units that came, and cannot be sold")] = 0
    lost: Annotated[Units, Field(description="Units that will not come")] = 0
    reason: Reason | None = Field(None, description="Why units were damaged or lost")

    @model_validator(mode="after")
    def _says_what_came(self) -> Self:
        if not self.received + self.damaged + self.lost:
            raise ValueError("say how many were received, damaged or lost")
        return self

    @property
    def why(self) -> str | None:
        """The reason; one in general for callers that keep none, as the ledger wants a word for what is missing."""
        return self.reason or ("Damaged or lost on the way" if self.damaged + self.lost else None)


class ArrivalsBody(Body):
    """The goods that have arrived, or all that is in transit when no items are named."""

    model_config = example(
        {"items": [{"sku": "SNEAKER-RED-42", "received": 5, "damaged": 1, "reason": "The box was crushed"}]}
    )

    items: Annotated[list[ArrivalBody], Field(min_length=1, max_length=MOST_ITEMS)] | None = None


# ── Counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class ApprovalOverBody(Body):
    units: Units | None = Field(None, description="Units that are off in all, found and missing alike")
    value: Amount | None = Field(None, description="The same at the catalog's prices, in the shop's currency")


class CountBody(Body):
    """Have a store's stock counted: these SKUs, or what is due, or all that was ever stocked there."""

    model_config = example({"store": "main", "skus": ["SNEAKER-RED-42", "SOCKS-M"], "approval_over": {"units": 5}})

    store: Reference
    skus: Annotated[list[Reference], Field(min_length=1, max_length=MOST_COUNTED)] | None = None
    class_: Literal["A", "B", "C"] | None = Field(
        None,
        alias="class",
        description="By what has shipped in a year, at the catalog's prices: A makes the first 80 %, B up to 95 %",
    )
    due_since: Moment | None = Field(None, description="Only what no applied count has looked at since then")
    blind: bool = Field(True, description="Tell nobody what the books say before it is submitted")
    approval_over: ApprovalOverBody | None = None
    number: NewName | None = Field(None, description="Your own number; otherwise the next C-…")

    @model_validator(mode="after")
    def _named_or_chosen(self) -> Self:
        if self.skus is not None and (self.class_ is not None or self.due_since is not None):
            raise ValueError("give skus, or choose by class and due_since")
        return self


class CountRowBody(CountBody):
    """A count of these SKUs."""

    skus: Annotated[list[Reference], Field(min_length=1, max_length=MOST_COUNTED)]


class CountBatchBody(Body):
    """Up to 1,000 counts, each answered by itself; all or none of them when `atomic`."""

    model_config = example(
        {"counts": [{"store": "main", "skus": ["SOCKS-M"]}, {"store": "lisbon", "skus": ["SOCKS-M"]}]}
    )

    counts: Annotated[list[Apart[CountRowBody]], Field(min_length=1, max_length=MOST_COUNTS)]
    atomic: bool = False


class CountedFields(Body):
    counted: Annotated[Units, Field(description="All units that are on the shelf, whoever has a claim on them")]
    reason: Reason | None = None
    second: bool = Field(False, description="This is a second counter's number, beside the first one's")
    expected_version: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="The level's version when the shelf was counted; refused where stock has moved since"
    )


class CountedBody(CountedFields):
    """Write down what was found of one SKU, as a draft that can be written again."""

    model_config = example({"counted": 11, "reason": "One pair in the shop window"})

    user_id: Doer = None


class CountedRowBody(CountedFields):
    sku: Reference


class CountedRowsBody(Body):
    """Write down what was found of many SKUs: all of it, or nothing where one row is refused."""

    model_config = example({"lines": [{"sku": "SNEAKER-RED-42", "counted": 11}, {"sku": "SOCKS-M", "counted": 40}]})

    lines: Annotated[list[CountedRowBody], Field(min_length=1, max_length=MOST_ITEMS)]
    user_id: Doer = None


class SubmitBody(Body):
    model_config = example({"skip_uncounted": True})

    skip_uncounted: bool = Field(False, description="Leave out what nobody has counted")
    prefer: Literal["first", "second"] | None = Field(
        None, description="Whose number counts where two counters have found different ones"
    )
    user_id: Doer = None


class ApproveBody(Body):
    model_config = example({"user_id": "Maria"})

    user_id: Doer = None


class RecountBody(Body):
    model_config = example({"skus": ["SNEAKER-RED-42"]})

    skus: Annotated[list[Reference], Field(min_length=1, max_length=MOST_ITEMS)]
