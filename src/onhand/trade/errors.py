"""Every refusal: an expected "no", with a stable code and the data that says why.

    Refusal
    ├── NotFound                 variant, product, store, order, hold, key, payment
    ├── Conflict
    │   ├── InsufficientStock    HoldExceeded    ReservationExceeded
    │   ├── InvalidTransition    StockChanged    ReturnExceedsShipped
    │   ├── RefundExceedsCaptured
    │   └── AlreadyExists        InUse
    ├── ValidationFailed         what a schema cannot check        TotalMismatch
    ├── Unauthenticated          Forbidden
    ├── PreconditionFailed
    ├── IdempotencyKeyReused     IdempotencyInFlight
    └── Overloaded

`status` is the HTTP status of the answer (RFC 9110); `code` is what programs compare; `data` is what they read.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

from onhand.trade.durations import SECOND


class Refusal(Exception):
    """The request was understood and refused."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, **data: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.data = data

    def problem(self) -> dict[str, Any]:
        """The refusal as the members of an RFC 9457 problem, without `instance`."""
        return {
            "type": f"https://onhand.dev/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.data,
        }


class NotFound(Refusal):
    """Nothing has that name."""

    status = 404
    noun: ClassVar[str] = "thing"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no {self.noun} {reference!r}.", reference=reference)


class VariantNotFound(NotFound):
    """No variant has that name. Where several things were named, `references` are all that are not there."""

    code, title, noun = "variant_not_found", "Variant not found", "variant"

    def __init__(self, reference: str, *others: str) -> None:
        super().__init__(reference)
        self.data["references"] = [reference, *others]
        if others:
            *before, last = (repr(name) for name in self.data["references"])
            self.detail = f"There is no {self.noun} {', '.join(before)} or {last}."


class ProductNotFound(NotFound):
    code, title, noun = "product_not_found", "Product not found", "product"


class StoreNotFound(NotFound):
    code, title, noun = "store_not_found", "Store not found", "store"


class OrderNotFound(NotFound):
    code, title, noun = "order_not_found", "Order not found", "order"


class HoldNotFound(NotFound):
    code, title, noun = "hold_not_found", "Hold not found", "hold"


class KeyNotFound(NotFound):
    code, title, noun = "key_not_found", "API key not found", "API key"


class PaymentNotFound(NotFound):
    code, title, noun = "payment_not_found", "Payment not found", "payment"


class Conflict(Refusal):
    """What was asked does not fit the present state."""


class Substitute(NamedTuple):
    """What could be had instead: so many units of a SKU at a store."""

    sku: str
    store: str
    available: int


class Shortage(NamedTuple):
    """One item that cannot be had in full, at one store or (None) at all of them.

    When it comes again (microseconds), and what could be had instead, is found out when all else is decided.
    """

    sku: str
    name: str
    store: str | None
    requested: int
    available: int
    variant_id: str = ""
    store_id: str | None = None
    restock_at: int | None = None
    substitutes: tuple[Substitute, ...] = ()

    def data(self) -> dict[str, Any]:
        return {
            "sku": self.sku,
            "store": self.store,
            "requested": self.requested,
            "available": self.available,
            "restock_at": None if self.restock_at is None else _rfc_3339(self.restock_at),
            "substitutes": [substitute._asdict() for substitute in self.substitutes],
        }


class InsufficientStock(Conflict):
    """Less is available than was asked for. Lists every short item."""

    code, title = "insufficient_stock", "Insufficient stock"

    def __init__(self, shortages: Sequence[Shortage], detail: str | None = None) -> None:
        first = shortages[0]
        super().__init__(
            detail
            or f"Insufficient stock for {first.name}. Available: {first.available}, Requested: {first.requested}",
            shortages=[],
        )
        self.complete(shortages)

    def complete(self, shortages: Sequence[Shortage]) -> None:
        """Put in the same shortages with more that is known of them."""
        self.shortages = tuple(shortages)
        self.data["shortages"] = [shortage.data() for shortage in shortages]


def _rfc_3339(at: int) -> str:
    seconds, microseconds = divmod(at, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds, tzinfo=None).isoformat() + "Z"


class HoldExceeded(Conflict):
    """More was to be released than is on hold."""

    code, title = "hold_exceeded", "Hold exceeded"

    def __init__(self, **data: Any) -> None:
        super().__init__("Cannot release more items than are on hold.", **data)


class ReservationExceeded(Conflict):
    """More was to be released or shipped than is reserved."""

    code, title = "reservation_exceeded", "Reservation exceeded"

    def __init__(self, **data: Any) -> None:
        super().__init__("Cannot release more items than are reserved.", **data)


class InvalidTransition(Conflict):
    """The document is in a state from which this step does not exist."""

    code, title = "invalid_transition", "Invalid transition"

    def __init__(self, detail: str, *, present: str, wanted: str, **more: Any) -> None:
        super().__init__(detail, **{"from": present, "to": wanted, **more})


class StockChanged(Conflict):
    """The quantity that the change was based on no longer holds."""

    code, title = "stock_changed", "Stock changed"

    def __init__(self, *, expected: int, current: int) -> None:
        super().__init__(
            f"The quantity is {current} now, not {expected}. Look at it again and repeat the change.",
            expected=expected,
            current=current,
        )


class ReturnExceedsShipped(Conflict):
    """More was to come back than was shipped, not yet returned, and not expected with another return."""

    code, title = "return_exceeds_shipped", "Return exceeds shipped"

    def __init__(self, *, sku: str, requested: int, returnable: int, expected: int = 0) -> None:
        others = f", besides {expected} of other returns that are still open" if expected else ""
        super().__init__(
            f"Cannot return {requested} of {sku}: {returnable} shipped and not yet returned{others}.",
            sku=sku,
            requested=requested,
            returnable=returnable,
            expected=expected,
        )


class RefundExceedsCaptured(Conflict):
    """More was to go back than the payment has brought, and has not given back yet."""

    code, title = "refund_exceeds_captured", "Refund exceeds captured"

    def __init__(self, *, payment_id: str, requested: str, captured: str, refunded: str, currency: str) -> None:
        super().__init__(
            f"Cannot refund {requested} {currency}: {captured} were captured, and {refunded} of that have gone back.",
            payment_id=payment_id,
            requested=requested,
            captured=captured,
            refunded=refunded,
            currency=currency,
        )


class AlreadyExists(Conflict):
    """The name is taken."""

    code, title = "already_exists", "Already exists"

    def __init__(self, noun: str, reference: str) -> None:
        super().__init__(f"There is already a {noun} {reference!r}.", reference=reference)


class InUse(Conflict):
    """Something still depends on it."""

    code, title = "in_use", "In use"


class ValidationFailed(Refusal):
    """A value that a schema cannot check is wrong."""

    status = 422
    code, title = "validation_failed", "Validation failed"

    def __init__(self, *errors: tuple[str, str]) -> None:
        listed = [{"path": path, "message": message} for path, message in errors]
        super().__init__("; ".join(f"{path}: {message}" for path, message in errors), errors=listed)


class TotalMismatch(Refusal):
    """The caller expected another total than the engine has computed."""

    status = 422
    code, title = "total_mismatch", "Total mismatch"

    def __init__(self, *, expected: str, total: str, currency: str) -> None:
        super().__init__(
            f"The total is {total} {currency}, not {expected}.",
            expected_total=expected,
            total_amount=total,
            currency=currency,
        )


class Unauthenticated(Refusal):
    """No key, or one that is not known."""

    status = 401
    code, title = "unauthenticated", "Unauthenticated"


class Forbidden(Refusal):
    """The key may not do this."""

    status = 403
    code, title = "forbidden", "Forbidden"


class PreconditionFailed(Refusal):
    """The `If-Match` of the request is of an older state."""

    status = 412
    code, title = "precondition_failed", "Precondition failed"


class IdempotencyKeyReused(Refusal):
    """The key was used before, with another request."""

    status = 422
    code, title = "idempotency_key_reused", "Idempotency key reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another request. Use a new key for a new request.")


class IdempotencyInFlight(Refusal):
    """The first request with this key is still running."""

    code, title = "idempotency_in_flight", "Idempotency key in flight"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running. Repeat it in a moment.")


class Overloaded(Refusal):
    """More is waiting than can be answered soon, or the database is away; `detail` says whether anything was done."""

    status = 503
    code, title = "overloaded", "Overloaded"

    def __init__(self, detail: str = "Too many requests are waiting.", *, retry_after: int = 1) -> None:
        super().__init__(detail, retry_after=retry_after)
