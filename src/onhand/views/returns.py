"""Returns as answers."""

from dataclasses import dataclass
from decimal import Decimal

from onhand.trade import money
from onhand.trade.returns import Returned
from onhand.views.orders import OrderAnswer, fields_of, order_answer


@dataclass(slots=True)
class ReturnedItem:
    """Units of one order line that came back in one condition, and where."""

    line: int
    sku: str
    quantity: int
    condition: str
    store: str


@dataclass(slots=True)
class ReturnedOrder(OrderAnswer):
    """An order after a return, and what came back. The refund is an amount to remember, not a payment."""

    return_id: str
    return_reason: str
    return_items: list[ReturnedItem]
    refund_amount: Decimal | None
    processed_by: str | None


def returned_order(returned: Returned, now: int) -> ReturnedOrder:
    picture = returned.picture
    skus = {line.line: line.sku for line in picture.lines}
    refund = returned.return_.refund_amount
    return ReturnedOrder(
        **fields_of(order_answer(picture, now)),
        return_id=returned.return_.id,
        return_reason=returned.return_.reason,
        return_items=[
            ReturnedItem(
                line.order_line,
                skus[line.order_line],
                line.quantity,
                line.condition,
                picture.stores[line.store_id].code,
            )
            for line in returned.lines
        ],
        refund_amount=None if refund is None else money.amount(refund, picture.order.currency),
        processed_by=returned.return_.processed_by,
    )
