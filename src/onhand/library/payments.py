"""Money, from Python."""

from decimal import Decimal
from typing import Any

from onhand.books import Actor
from onhand.library import items
from onhand.library.service import Service
from onhand.trade import money, payments, refunds
from onhand.trade.errors import ValidationFailed
from onhand.trade.payments import KINDS, PaymentReported
from onhand.views import payments as views
from onhand.views.pages import DEFAULT_LIMIT, Page


class PaymentService(Service):
    """What was paid, what went back, and what is undecided. Reviews are resolved by `orders.resolve`."""

    def report(
        self,
        kind: str,
        payment_id: str,
        order: str | None,
        amount: Any,
        currency: str,
        *,
        event_id: str,
        provider: str = "library",
    ) -> str:
        """Pass on what a provider says, when you have verified that it did; answers the outcome.

        `kind` is one of `paid`, `pending`, `failed`, `cancelled`, `charged_back`, `reinstated` and `refunded` (then the
        amount is all that has gone back so far). (`provider`, `event_id`) names the message: again, it is "repeated".
        ValidationFailed.
        """
        if kind not in KINDS:
            raise ValidationFailed(("kind", f"one of {', '.join(KINDS)}"))
        said = PaymentReported(
            provider, event_id, kind, payment_id, order, _amount(amount), money.known_currency(currency)
        )
        reported: payments.Reported = self._engine.run(said, Actor(provider))
        return reported.outcome

    def record(self, order: str, payment_id: str, amount: Any, currency: str, method: str) -> views.RecordedPayment:
        """Record that an order was paid, by your word. Again: no second effect.

        OrderNotFound, AlreadyExists when it is another payment's id, ValidationFailed.
        """
        command = payments.RecordPayment(order, payment_id, _amount(amount), currency, method)
        return views.recorded_payment(self._engine.run(command, self._actor))

    def refund(self, payment_id: str, amount: Any, reason: str) -> views.RefundedPayment:
        """Record that money of a payment went back. PaymentNotFound, RefundExceedsCaptured, InvalidTransition."""
        command = refunds.RefundPayment(payment_id, _amount(amount), reason)
        return views.refunded_payment(self._engine.run(command, self._actor))

    def of_order(self, order: str) -> Page[views.PaymentAnswer]:
        """The payments of an order, oldest first. OrderNotFound."""
        return self._ask(views.payments_of_order, order)

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[views.PaymentAnswer]:
        """Payments, oldest first, narrowed by the fields of `views.payments.PaymentFilter`."""
        return self._ask(views.list_payments, views.PaymentFilter(**narrowed), limit, cursor)


def _amount(value: Any) -> Decimal:
    return Decimal(items.price(value, "amount")).scaleb(-money.PRICE_DECIMALS)
