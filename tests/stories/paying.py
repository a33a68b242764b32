"""A shop that is paid: what providers and people say about money, in short verbs."""

from decimal import Decimal
from typing import Any

from tests.shop import CLERK, Shop

from onhand.books import Actor
from onhand.rows import Event, Order, Payment
from onhand.trade.dues import status_of
from onhand.trade.payments import PaymentReported, RecordPayment
from onhand.trade.refunds import Refunded, RefundPayment
from onhand.trade.reviews import ResolveReview

BANK = Actor("payhere")


def order_row(shop: Shop, order: Any) -> Order:
    order_id = getattr(order, "order", order).id
    return next(row for row in shop.rows(Order) if row.id == order_id)


def says(
    shop: Shop,
    kind: str,
    order: Any,
    payment_id: str = "P-1",
    amount: str | None = "20.00",
    currency: str | None = "USD",
    event_id: str | None = None,
    provider: str = "payhere",
) -> Any:
    """A verified message of a provider about an order (a picture, a reference, or None); answers what Reported says."""
    reference = order.order.id if hasattr(order, "order") else order
    command = PaymentReported(
        provider=provider,
        event_id=event_id or f"{reference}/{payment_id}/{kind}/{amount} {currency}",
        kind=kind,
        payment_id=payment_id,
        order=reference,
        amount=Decimal(amount) if amount is not None else None,
        currency=currency,
    )
    return shop.run(command, BANK)


def records(shop: Shop, order: Any, payment_id: str, amount: str, currency: str = "USD", method: str = "cash") -> Any:
    return shop.run(RecordPayment(order.order.id, payment_id, Decimal(amount), currency, method))


def refunds(shop: Shop, payment_id: str, amount: str, reason: str = "Late") -> Refunded:
    refunded: Refunded = shop.run(RefundPayment(payment_id, Decimal(amount), reason))
    return refunded


def resolves(shop: Shop, order: Any, decision: str) -> Any:
    return shop.run(ResolveReview(order.order.id, decision), CLERK)


def money(shop: Shop) -> dict[str, str]:
    """Every payment by its id, in one word."""
    return {row.payment_id: status_of(row) for row in shop.rows(Payment)}


def told(shop: Shop, order: Any) -> list[str]:
    """The types of all events of an order, in order."""
    return [row.type for row in shop.rows(Event) if row.subject == f"order/{order.order.id}"]
