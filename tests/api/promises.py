"""Loaded by schemathesis (see test_openapi.py): what the document allows is taken, but for what no schema can say."""

from typing import Any

import schemathesis

# An answer to these is a refusal of the trade, not of the shape: the key was used, the state is another.
OF_THE_TRADE = {"idempotency_key_reused", "precondition_failed", "url_refused"}
# What only the list that gave it, the clock, the catalog or the settings can tell.
UNSAYABLE_AT = {"cursor", "time_zone", "product_id"}
UNSAYABLE = (
    "there is no such time",
    "has several variants",
    "is no type of event",
    "at most 10080",
    "beyond 64 bits",
    "is larger than",
    "has 0 decimals",
    "has no line",
    "no more can be rejected than was received",
    "nothing was picked and nothing was short",
    "give either order_ids or limit",
    "give skus, or choose by",
    "needs a reason",
    "reason",
)


@schemathesis.check
def takes_what_it_documents(context: Any, response: Any, case: Any) -> None:
    """Data that fits the document is not refused for its shape."""
    if not case.meta or not case.meta.generation.mode.is_positive or response.status_code not in (400, 412, 415, 422):
        return
    problem = response.json()
    excused = (
        problem["code"] in OF_THE_TRADE
        or "NUL" in problem["detail"]
        or ("errors" in problem and all(_excused(**error) for error in problem["errors"]))
    )
    assert excused, f"{response.status_code} {problem['detail']}"


def _excused(path: str, message: str) -> bool:
    return (
        path in UNSAYABLE_AT
        or any(words in message for words in UNSAYABLE)
        # 1.0 is an integer to JSON Schema; and a fraction of four decimals may be one of twenty in binary.
        or message == "Input should be a valid integer"
        or message.startswith("an amount is")
        # Entries of an atomic batch: the document allows anything there, because otherwise it is answered in its place.
        # And the lines of a CSV file.
        or path.startswith(("orders.", "changes.", "transfers.", "shipments.", "receipts.", "lines."))
    )
