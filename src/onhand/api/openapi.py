"""The OpenAPI document: what FastAPI reads off the routes, made whole."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from onhand.api.problems import PROBLEM_JSON, Problem
from onhand.trade import dues
from onhand.trade.orders import TRANSITIONS

DESCRIPTION = """
An order–inventory engine: it never sells what is not there, never loses a unit, and can explain every number.

- **Names.** A variant is named by its SKU or its id, a store by its code or its id, an order by its id or its number;
  wherever a path or a body takes one, either works. The store `main` exists from the start and is the default. In a
  path a slash that is part of a name is sent as `%2F`.
- **Values.** Times are RFC 3339 in UTC. Quantities are whole numbers from 1 to 1,000,000,000. Money is a decimal string
  (a number is accepted) with a currency beside it. Fields and parameters that are not known are refused.
- **Keys.** `Authorization: Bearer <key>`. The scope `read` asks; `orders` changes orders and holds, `stock` changes
  stock, and either includes `read`; `safety_stock` lets orders take what levels keep back; `admin` includes everything.
  A key bound to stores changes stock only there.
- **Repeats.** A change with an `Idempotency-Key` is done once, and a repeat gets the same answer.
- **Lists.** `?limit=` and `?cursor=`; the answer's `next_cursor` leads to the next page, and is null on the last.
- **Errors.** RFC 9457 problems: `code` is stable, and what the refusal knows stands beside it.
"""
REQUEST_ID = {"description": "Names the request in the service's log", "schema": {"type": "string"}}
_WHEN_REFUSED = {
    400: "The request cannot be read",
    401: "No key, or one that is not known",
    403: "The key may not do this",
    404: "Nothing has that name",
    405: "The path exists, but not with this method",
    409: "It does not fit the present state",
    412: "The If-Match is of an older state",
    413: "The body is too large",
    415: "The body is not sent as JSON (or as CSV, where that is what is taken)",
    422: "Something in it is wrong: everything that is, is listed",
    503: "More is waiting than can be answered soon; come back after Retry-After",
}
REFUSED = {
    status: {
        "description": when,
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {"X-Request-Id": REQUEST_ID},
    }
    for status, when in _WHEN_REFUSED.items()
}
TAGS = [
    {"name": "Orders", "description": "Placed, confirmed, picked, shipped, delivered, returned, cancelled"},
    {"name": "Payments", "description": "What was paid, what went back, what is undecided, and what providers say"},
    {"name": "Fulfillment", "description": "What to pick, waves, picks, parcels, and shipments"},
    {"name": "Returns", "description": "Goods that come back: announced, received at any store, or cancelled"},
    {"name": "Inventory", "description": "How much there is, why, and changes by hand"},
    {"name": "Alerts", "description": "What somebody should look at, from the crossing of a line to the recovery"},
    {"name": "Sourcing", "description": "Where stock comes from, and what waits for it"},
    {"name": "Holds", "description": "The inventory half alone, for shops with their own orders"},
    {"name": "Transfers", "description": "Goods on the way between two stores"},
    {"name": "Counts", "description": "What is on the shelves, against what the books say"},
    {"name": "Purchases", "description": "Goods ordered of suppliers, and their arrival"},
    {"name": "Products", "description": "What is sold, and its variants"},
    {"name": "Stores", "description": "The places that hold stock"},
    {"name": "Events", "description": "Everything that was told, as a feed and as a stream"},
    {"name": "Duties", "description": "What the worker does again and again"},
    {"name": "Mails", "description": "What was mailed to whom, and what failed"},
    {"name": "Webhooks", "description": "Who is told of events, and what became of each"},
    {"name": "Keys", "description": "Who may call"},
    {"name": "Health", "description": "For the platform that runs it"},
]


# What certain texts in answers can be, wherever they stand.
CHOICES: dict[str, tuple[str, ...]] = {
    "order_status": tuple(TRANSITIONS),
    "payment_status": ("unpaid", "paid", "failed", "refund_due", "partially_refunded", "refunded", "charged_back"),
    "stock_status": ("IN_STOCK", "LOW_STOCK", "OUT_OF_STOCK"),
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION.strip(),
            routes=app.routes,
            tags=TAGS,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        parts = made.setdefault("components", {})
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "An API key"}}
        parts["schemas"]["Problem"] = Problem.model_json_schema(mode="serialization")
        parts["responses"] = {f"Refused{status}": answer for status, answer in REFUSED.items()}
        for methods in made["paths"].values():
            for operation in methods.values():
                operation["responses"] |= {
                    status: {"$ref": f"#/components/responses/Refused{status}"}
                    for status in operation["responses"]
                    if status >= "400"
                }
        for schema in parts["schemas"].values():
            _say_choices(schema.get("properties", {}))
        app.openapi_schema = made
    return app.openapi_schema


def _say_choices(fields: dict[str, Any]) -> None:
    """Answers are plain texts to Python; a reader of the document wants to know which ones."""
    choices = CHOICES | {"status": tuple(TRANSITIONS) if "stock_reserved" in fields else ()}
    if "payment_id" in fields:
        choices |= {"status": dues.STATUSES}
    for name in choices.keys() & fields.keys():
        if choices[name] and fields[name].get("type") == "string":
            fields[name]["enum"] = list(choices[name])
