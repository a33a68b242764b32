"""Every refusal has a code of its own, says why in words, and is what the HTTP contract lists."""

import pytest

from onhand.trade import verbs
from onhand.trade.errors import (
    AlreadyExists,
    HoldExceeded,
    HoldNotFound,
    IdempotencyInFlight,
    IdempotencyKeyReused,
    InsufficientStock,
    InvalidTransition,
    KeyNotFound,
    NotFound,
    OrderNotFound,
    Overloaded,
    ProductNotFound,
    Refusal,
    ReservationExceeded,
    ReturnExceedsShipped,
    Shortage,
    StockChanged,
    StoreNotFound,
    ValidationFailed,
    VariantNotFound,
)

SHORT = Shortage("A", "Tea", "main", 5, 2)
# code, status, words, data beside them
CONTRACT = [
    (
        VariantNotFound("X"),
        "variant_not_found",
        404,
        "There is no variant 'X'.",
        {"reference": "X", "references": ["X"]},
    ),
    (ProductNotFound("X"), "product_not_found", 404, "There is no product 'X'.", {"reference": "X"}),
    (StoreNotFound("X"), "store_not_found", 404, "There is no store 'X'.", {"reference": "X"}),
    (OrderNotFound("X"), "order_not_found", 404, "There is no order 'X'.", {"reference": "X"}),
    (HoldNotFound("X"), "hold_not_found", 404, "There is no hold 'X'.", {"reference": "X"}),
    (KeyNotFound("X"), "key_not_found", 404, "There is no API key 'X'.", {"reference": "X"}),
    (
        InsufficientStock([SHORT]),
        "insufficient_stock",
        409,
        "Insufficient stock for Tea. Available: 2, Requested: 5",
        {
            "shortages": [
                {"sku": "A", "store": "main", "requested": 5, "available": 2, "restock_at": None, "substitutes": []}
            ]
        },
    ),
    (HoldExceeded(sku="A"), "hold_exceeded", 409, "Cannot release more items than are on hold.", {"sku": "A"}),
    (
        ReservationExceeded(sku="A"),
        "reservation_exceeded",
        409,
        "Cannot release more items than are reserved.",
        {"sku": "A"},
    ),
    (
        InvalidTransition("Cannot cancel a shipped order", present="shipped", wanted="cancelled"),
        "invalid_transition",
        409,
        "Cannot cancel a shipped order",
        {"from": "shipped", "to": "cancelled"},
    ),
    (
        StockChanged(expected=5, current=3),
        "stock_changed",
        409,
        "The quantity is 3 now, not 5. Look at it again and repeat the change.",
        {"expected": 5, "current": 3},
    ),
    (
        ReturnExceedsShipped(sku="A", requested=3, returnable=1),
        "return_exceeds_shipped",
        409,
        "Cannot return 3 of A: 1 shipped and not yet returned.",
        {"sku": "A", "requested": 3, "returnable": 1, "expected": 0},
    ),
    (AlreadyExists("store", "X"), "already_exists", 409, "There is already a store 'X'.", {"reference": "X"}),
    (
        ValidationFailed(("a", "is wrong"), ("b", "too")),
        "validation_failed",
        422,
        "a: is wrong; b: too",
        {"errors": [{"path": "a", "message": "is wrong"}, {"path": "b", "message": "too"}]},
    ),
    (
        IdempotencyKeyReused(),
        "idempotency_key_reused",
        422,
        "This Idempotency-Key was used with another request. Use a new key for a new request.",
        {},
    ),
    (
        IdempotencyInFlight(),
        "idempotency_in_flight",
        409,
        "The first request with this Idempotency-Key is still running. Repeat it in a moment.",
        {},
    ),
    (Overloaded(), "overloaded", 503, "Too many requests are waiting.", {"retry_after": 1}),
]


@pytest.mark.parametrize(("refusal", "code", "status", "detail", "data"), CONTRACT, ids=[each[1] for each in CONTRACT])
def test_what_a_refusal_says(refusal, code, status, detail, data):
    problem = refusal.problem()
    assert problem.pop("type") == f"https://onhand.dev/problems/{code}"
    assert problem.pop("title") == type(refusal).title
    assert problem == {"code": code, "status": status, "detail": detail, **data}
    assert str(refusal) == detail


def kinds_of(refusal: type[Refusal]) -> set[type[Refusal]]:
    return {refusal}.union(*map(kinds_of, refusal.__subclasses__()))


def test_codes_and_titles_are_each_of_one_kind_and_every_kind_is_explained():
    kinds = [
        kind for kind in kinds_of(Refusal) if not kind.__subclasses__() and kind.__module__.startswith("onhand.trade.")
    ]
    assert verbs.NotApplied in kinds
    assert len({kind.code for kind in kinds}) == len({kind.title for kind in kinds}) == len(kinds) > 15
    assert all(kind.__doc__ or issubclass(kind, NotFound) for kind in kinds)
    assert {kind.status for kind in kinds} <= {400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503}
