"""What callers send about where stock comes from, and about what waits for it."""

from typing import Annotated, Literal

from pydantic import Field

from onhand.api.bodies import Named, example
from onhand.api.fields import MOST_ITEMS, Body, JsonObject, Quantity, Reference

Rule = Literal["fewest_splits", "priority", "nearest", "most_stock"]


class SourcedItemBody(Named):
    quantity: Quantity
    store: Reference | None = None


class SourcingBody(Body):
    """Items as an order would ask for them."""

    model_config = example({"items": [{"sku": "SNEAKER-RED-42", "quantity": 10}], "rule": "most_stock"})

    items: Annotated[list[SourcedItemBody], Field(min_length=1, max_length=MOST_ITEMS)]
    ship_to: JsonObject | None = Field(None, description="With `latitude` and `longitude`, for the rule `nearest`")
    rule: Rule | None = Field(None, description="Comes before the shop's own rules")


class ReallocateBody(Body):
    """Plan again: at one store, or by a rule."""

    model_config = example({"rule": "priority"})

    store: Reference | None = None
    rule: Rule | None = None


class WaitingItemBody(Named):
    quantity: Quantity


class GiveUpBody(Body):
    """The waiting units to give up; all that the order waits for when none are named."""

    model_config = example({"items": [{"sku": "SNEAKER-RED-42", "quantity": 1}], "reason": "Bought elsewhere"})

    items: Annotated[list[WaitingItemBody], Field(min_length=1, max_length=MOST_ITEMS)] | None = None
    reason: Annotated[str, Field(max_length=1_000)] | None = None
