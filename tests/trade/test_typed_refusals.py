"""What HTTP would refuse at the door is refused by the rules too: the library has no other door."""

import pytest
from tests.trade.keeper import Keeper

from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.errors import ValidationFailed
from onhand.trade.holds import PlaceHold
from onhand.trade.placing import PlaceOrder
from onhand.trade.stock import AdjustStock


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (PlaceOrder(()), "items"),
        (PlaceHold((), "web-1"), "items"),
        (AdjustStock("A", "main", "ship", 1, "Because"), "operation"),
        (AdjustStock("A", "main", "transfer_in", 1, "Because"), "operation"),
        (AdjustStock("A", "main", "no such kind", 1, "Because"), "operation"),
        (AdjustStock("A", "main", "increment", 0, "Because"), "quantity"),
        (AdjustStock("A", "main", "decrement", -1, "Because"), "quantity"),
        (AdjustStock("A", "main", "set", -1, "Because", expected_quantity=0), "quantity"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_no_trace(command: object, path: str):
    keeper = Keeper()
    keeper.run(CreateProduct("A", (VariantSpec("A", 100),)))
    before = keeper.copy()
    refusal = keeper.run(command)
    assert isinstance(refusal, ValidationFailed)
    assert [error["path"] for error in refusal.data["errors"]] == [path]
    assert keeper.rows == before.rows
