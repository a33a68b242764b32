"""The catalogue of events: every type that is told, with the schema of its data and an example.

A type of event is a promise to those who listen: fields may be added to its data, none is taken away. What is told and
not listed here fails the tests (tests/shop.py), and docs/events.md is made from this file.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

STOCK_CHANGED = "stock.changed"
TESTED = "webhook.test"

Schema = dict[str, Any]


class Field(NamedTuple):
    """One field of an event's data: its JSON Schema, an example of it, and whether it is always there."""

    schema: Schema
    example: Any
    always: bool = True


class EventType(NamedTuple):
    """A type of event. `subject` is what it is about, with the kind of id that stands in its place."""

    type: str
    says: str
    subject: str
    fields: Mapping[str, Field]

    @property
    def schema(self) -> Schema:
        """JSON Schema of the data (draft 2020-12). Fields may be added, so others are not forbidden."""
        return {
            "type": "object",
            "properties": {name: field.schema for name, field in self.fields.items()},
            "required": [name for name, field in self.fields.items() if field.always],
        }

    @property
    def example(self) -> dict[str, Any]:
        """A whole event, as the feed has it."""
        subject = self.subject
        for word, example in _EXAMPLE_SUBJECTS.items():
            subject = subject.replace(f"<{word}>", example)
        return {
            "id": f"{subject}/3",
            "position": 4711,
            "type": self.type,
            "subject": subject,
            "seq": 3,
            "occurred_at": "2026-11-20T09:30:00.123456Z",
            "actor": "web shop",
            "data": {name: field.example for name, field in self.fields.items() if field.always},
        }


_EXAMPLE_SUBJECTS = {"id": "01933f5e-8a00-7cc3-9a51-5f1d3c5e8b10", "store": "main", "sku": "SNEAKER-RED-42"}


# ── What fields are made of ─────────────────────────────────────────────────────────────────────────────────────────


def text(example: str, says: str | None = None) -> Field:
    return Field({"type": "string"} | _described(says), example)


def whole(example: int, says: str | None = None) -> Field:
    return Field({"type": "integer"} | _described(says), example)


def flag(example: bool) -> Field:
    return Field({"type": "boolean"}, example)


def time(says: str | None = None) -> Field:
    """It is kept in microseconds, and told in RFC 3339: its name ends with `_at`, or is `until` (views/events.py)."""
    return Field({"type": "string", "format": "date-time"} | _described(says), "2026-11-20T09:45:00Z")


def nullable(field: Field) -> Field:
    return field._replace(schema=field.schema | {"type": [field.schema["type"], "null"]})


def maybe(field: Field) -> Field:
    """A field that is not always there."""
    return field._replace(always=False)


def several(one: Field, says: str | None = None) -> Field:
    return Field({"type": "array", "items": one.schema} | _described(says), [one.example])


def entry(**fields: Field) -> Field:
    schema = {"type": "object", "properties": {name: field.schema for name, field in fields.items()}}
    schema["required"] = [name for name, field in fields.items() if field.always]
    return Field(schema, {name: field.example for name, field in fields.items()})


def _described(says: str | None) -> Schema:
    return {"description": says} if says else {}


def step(begun: str | None, reached: str, number: str = "1001") -> dict[str, Field]:
    """What a step of a document or an order says: its number, and the status before and after."""
    before = Field({"type": ["string", "null"], "description": "The status before; null when it is new"}, begun)
    return {"number": text(number), "from": before, "to": text(reached, "The status after")}


SKU, STORE, UNITS, LINE = text("SNEAKER-RED-42"), text("main"), whole(2), whole(1)
REASON = nullable(text("Changed my mind"))
ITEMS = several(entry(sku=SKU, quantity=UNITS))
SHIPPED = {
    "shipment": whole(1),
    "tracking_number": nullable(text("1Z999AA10123456784")),
    "carrier": nullable(text("UPS")),
    "parcels": several(whole(1), "The numbers of the order's parcels that left with it"),
    "items": ITEMS,
}
HOLD = {
    "reference": text("their-order-1"),
    "from": Field({"type": ["string", "null"], "description": "The state before; null when it is new"}, "held"),
    "to": text("held", "The state of the whole: the least settled of its claims"),
    "expires_at": nullable(time()),
}
PICKED = {"line": LINE, "sku": SKU, "store": STORE, "quantity": UNITS}
URL = text("https://example.com/hooks")
ENDED = {
    "url": URL,
    "from": text("enabled"),
    "to": text("retired"),
    "reason": nullable(text("It took nothing for days; the last time, the receiver answered 503")),
    "failing_since_at": nullable(time("The first of the calls that failed one after the other")),
}
FACTS = {
    "store": maybe(STORE),
    "sku": maybe(SKU),
    "available": maybe(whole(3)),
    "mark": maybe(whole(5, "The line that was crossed")),
    "number": maybe(text("T-1001", "Of the document that it is about")),
    "sent_at": maybe(time("When the goods left")),
    "customer": maybe(text("7", "Whose holds they are")),
    "units": maybe(whole(18)),
    "orders": maybe(whole(2)),
    "invariants": maybe(several(text("2"), "What does not hold")),
    "rows": maybe(whole(1, "How many rows it does not hold for")),
    "url": maybe(URL),
    "reason": maybe(text("It took nothing for days")),
}
BACK = several(entry(sku=SKU, quantity=UNITS, condition=text("sellable", "sellable, damaged or lost")))


PAYMENT = {
    "payment_id": text("pi_3MtwBwLkdIwHu7ix28a3tqPa"),
    "provider": text("stripe"),
    "amount": text("39.98", "In the major unit of the payment's currency"),
    "currency": text("USD"),
    "refunded": text("0.00", "What of it has gone back"),
}
PAID = {**PAYMENT, "method": nullable(text("card")), "payment_status": text("paid", "How the order stands after it")}


def _order(type_: str, says: str, begun: str | None, reached: str, **fields: Field) -> EventType:
    return EventType(f"order.{type_}", says, "order/<id>", step(begun, reached) | fields)


def _alert(type_: str, says: str, begun: str | None, reached: str, **fields: Field) -> EventType:
    about = {
        "kind": text("low_stock"),
        "about": text("level/01933f5e-8a00-7cc3-9a51-5f1d3c5e8b10/01933f5e-8a00-7cc3-9a51-5f1d3c5e8b11"),
        "from": Field({"type": ["string", "null"], "description": "The status before; null when it is new"}, begun),
        "to": text(reached, "The status after"),
    }
    return EventType(f"alert.{type_}", says, "alert/<id>", about | fields)


def _payment(type_: str, says: str, begun: str, reached: str, **fields: Field) -> EventType:
    return EventType(f"payment.{type_}", says, "order/<id>", step(begun, reached) | fields)


def _document(noun: str, prefix: str, type_: str, says: str, statuses: tuple[Any, str], **fields: Field) -> EventType:
    return EventType(f"{noun}.{type_}", says, f"{noun}/<id>", step(*statuses, number=f"{prefix}1001") | fields)


# ── The catalogue ───────────────────────────────────────────────────────────────────────────────────────────────────

_LISTED = (
    _order(
        "placed",
        "An order was placed.",
        None,
        "pending",
        currency=text("USD"),
        total=text("39.98", "In the currency's major unit"),
        items=ITEMS,
    ),
    _order("backordered", "A part of an order waits for stock.", "pending", "pending", items=ITEMS),
    _order("backorder_filled", "What waited has its stock now.", "confirmed", "confirmed", items=ITEMS),
    _order(
        "backorder_cancelled",
        "A waiting part of an order was given up.",
        "confirmed",
        "confirmed",
        reason=REASON,
        items=ITEMS,
    ),
    _order(
        "confirmed",
        "An order was confirmed: what was on hold is reserved.",
        "pending",
        "confirmed",
        payment_status=maybe(text("paid")),
        late=maybe(flag(True)),
        substituted=maybe(several(text("SNEAKER-BLUE-42"), "What took the place of what was short")),
    ),
    _order(
        "payment_review",
        "An order was paid, but not as it should be: somebody has to decide.",
        "pending",
        "payment_review",
        **{name: maybe(field) for name, field in PAYMENT.items()},
        reason=text("amount_differs", "amount_differs, or out_of_stock: it was paid too late"),
        short=maybe(ITEMS),
    ),
    _order(
        "review_resolved",
        "Somebody decided about an order in review.",
        "payment_review",
        "payment_review",
        decision=text("accept_amount", "refund, retry, backorder or accept_amount"),
        note=nullable(text("Talked to them")),
    ),
    _order(
        "amended",
        "An order has other items now.",
        "confirmed",
        "confirmed",
        total_before=text("39.98"),
        total=text("59.97"),
        items=several(entry(sku=SKU, quantity=UNITS, before=whole(1, "Units before"))),
    ),
    _order("cancelled", "An order was cancelled, and its stock given back.", "pending", "cancelled", reason=REASON),
    _order(
        "expired", "An unpaid order's hold ran out: it is cancelled.", "pending", "cancelled", reason=text("expired")
    ),
    _order("hold_extended", "An unpaid order keeps its stock longer.", "pending", "pending", hold_expires_at=time()),
    _order(
        "reallocated",
        "An order's stock was planned again.",
        "confirmed",
        "confirmed",
        store=nullable(STORE),
        rule=nullable(text("most_stock")),
    ),
    _order("processing", "An order is being picked.", "confirmed", "processing", wave=maybe(text("W-1001"))),
    _order("picked", "A line was picked at a store.", "processing", "processing", **PICKED),
    _order(
        "short_picked",
        "A picker found less than the books say.",
        "processing",
        "processing",
        **PICKED,
        reason=text("missing"),
        then=text("reallocate", "What became of the units: reallocate, backorder, release or substitute"),
        allocations=maybe(several(entry(store=STORE, quantity=UNITS))),
        backordered=maybe(whole(0)),
    ),
    _order(
        "substituted",
        "A line was replaced by another variant.",
        "processing",
        "processing",
        **PICKED,
        substitute=entry(line=whole(2), sku=text("SNEAKER-BLUE-42")),
        reason=nullable(text("missing")),
    ),
    _order(
        "packed",
        "A parcel of an order was packed.",
        "processing",
        "processing",
        parcel=whole(1),
        weight_grams=nullable(whole(850)),
        checked_by=nullable(text("Jane")),
        items=ITEMS,
    ),
    _order("partially_shipped", "A part of an order left.", "processing", "partially_shipped", **SHIPPED),
    _order("shipped", "The rest of an order left.", "processing", "shipped", **SHIPPED),
    _order("delivered", "An order arrived at its customer.", "shipped", "delivered"),
    _order(
        "returned",
        "Items of an order came back.",
        "delivered",
        "partially_returned",
        return_id=text("01933f5e-8a00-7cc3-9a51-5f1d3c5e8b11"),
        return_number=text("R-1001"),
        reason=text("Wrong size"),
        items=BACK,
    ),
    _payment("received", "Money came for an order.", "pending", "pending", **PAID),
    _payment("pending", "A customer is paying.", "pending", "pending", **PAID),
    _payment("failed", "A payment failed, or was given up.", "pending", "pending", **PAID),
    _payment("in_review", "Money came that somebody has to decide about.", "payment_review", "payment_review",
             **PAYMENT, reason=text("amount_differs")),
    _payment("refund_due", "Money is due to go back.", "confirmed", "confirmed", **PAYMENT,
             reason=nullable(text("paid_twice", "paid_twice, order_cancelled or refused"))),
    _payment("refunded", "Money went back.", "confirmed", "confirmed", **PAYMENT, refund=whole(1),
             refund_amount=text("5.00"), reason=text("Came late"), payment_status=text("partially_refunded")),
    _payment("charged_back", "The bank took the money back: nothing more is shipped.", "confirmed", "confirmed",
             **PAID),
    _payment("reinstated", "The bank gave back what it had taken.", "confirmed", "confirmed", **PAID),
    _payment("ignored", "A message named a payment that belongs to another order.", "pending", "pending",
             payment_id=PAYMENT["payment_id"], provider=PAYMENT["provider"], reason=text("payment of another order")),
    EventType("payment.unknown_order", "A provider spoke of an order that never was.", "payment_message/stripe/<id>",
              {"payment_id": PAYMENT["payment_id"], "provider": PAYMENT["provider"],
               "order": nullable(text("1001")), "kind": text("paid")}),
    EventType("security.callback_refused", "A callback was refused: it was not signed, altered, or too old.",
              "security/<id>", {"provider": PAYMENT["provider"], "code": text("unauthenticated"),
                                "detail": text("The signature does not fit the message."),
                                "address": nullable(text("203.0.113.7"))}),
    EventType("hold.placed", "A bare hold was placed.", "hold/<id>", HOLD),
    EventType("hold.released", "A bare hold, or a part of it, was released.", "hold/<id>", HOLD),
    EventType("hold.confirmed", "A bare hold, or a part of it, became a reservation.", "hold/<id>", HOLD),
    EventType("hold.fulfilled", "What a bare hold had reserved, or a part of it, left.", "hold/<id>", HOLD),
    EventType("hold.extended", "A bare hold keeps its stock longer.", "hold/<id>", HOLD),
    EventType("hold.expired", "A bare hold ran out.", "hold/<id>", HOLD),
    EventType(
        STOCK_CHANGED,
        "A level changed: one movement, whose version is the seq.",
        "level/<store>/<sku>",
        {
            "sku": SKU,
            "store": STORE,
            "kind": text("hold", "What happened: a kind of movement, such as hold, ship, receive"),
            "quantity": whole(2, "Units that moved"),
            "available": whole(40, "The balances that it left"),
            "on_hold": whole(5),
            "reserved": whole(3),
            "unsellable": whole(0),
            "on_hand": whole(48),
            "previous_quantity": whole(42, "Available before"),
            "new_quantity": whole(40, "Available after"),
            "order_id": nullable(text("01933f5e-8a00-7cc3-9a51-5f1d3c5e8b10")),
            "cause": text("order"),
            "cause_id": nullable(text("01933f5e-8a00-7cc3-9a51-5f1d3c5e8b10")),
            "reason": text("Order placed #1001"),
            "notes": nullable(text("By phone")),
            "happened_at": time("When it happened in the world; the event's own time is when it was recorded"),
        },
    ),
    _alert("opened", "Something needs somebody.", None, "open", **FACTS),
    _alert("closed", "What an alert was about is over.", "open", "closed", **FACTS),
    _alert("acknowledged", "Somebody has seen an alert.", "open", "acknowledged", by=text("Jane")),
    _alert("snoozed", "An alert is quiet for a while.", "open", "snoozed", until=time()),
    _alert("reopened", "An alert that was quiet still stands.", "snoozed", "open"),
    _alert("assigned", "An alert is somebody's now.", "open", "open", assigned_to=text("Jane")),
    _document("return", "R-", "requested", "A customer announced a return.", (None, "requested"),
              order=text("1001"), reason=text("Wrong size"), items=ITEMS),
    _document("return", "R-", "received", "Returned goods arrived.", ("requested", "received"),
              order=text("1001"), items=BACK),
    _document("return", "R-", "cancelled", "An announced return will not come.", ("requested", "cancelled"),
              reason=REASON),
    _document("purchase_order", "PO-", "created", "Goods were ordered of a supplier.", (None, "open"),
              supplier=text("Acme"), store=STORE, items=ITEMS),
    _document("purchase_order", "PO-", "announced", "A supplier announced a delivery.", ("open", "open"),
              items=several(entry(sku=SKU, quantity=UNITS, expected_at=nullable(time())))),
    _document("purchase_order", "PO-", "received", "A delivery arrived.", ("open", "partially_received"),
              receipt=whole(1),
              items=several(entry(line=LINE, sku=SKU, received=UNITS, rejected=whole(0), sent_back=flag(False)))),
    _document("purchase_order", "PO-", "closed", "What is missing is not expected any more.",
              ("partially_received", "closed"), reason=text("Sold out"),
              items=several(entry(line=LINE, sku=SKU, missing=UNITS))),
    _document("transfer", "T-", "created", "A transfer was drafted.", (None, "draft")),
    _document("transfer", "T-", "sent", "A transfer left its store.", ("draft", "sent")),
    _document("transfer", "T-", "received", "A transfer, or a part of it, arrived.", ("sent", "received"),
              items=several(entry(sku=SKU, received=UNITS, damaged=whole(0), lost=whole(0), reason=REASON))),
    _document("transfer", "T-", "recalled", "What was in transit came back.", ("sent", "recalled"),
              items=several(entry(sku=SKU, recalled=UNITS))),
    _document("transfer", "T-", "cancelled", "A drafted transfer was dropped.", ("draft", "cancelled")),
    _document("count", "C-", "created", "A count was begun.", (None, "counting"),
              origin=text("asked", "asked, or short_pick")),
    _document("count", "C-", "line_added", "A count has one SKU more.", ("counting", "counting"), sku=SKU),
    _document("count", "C-", "recount", "SKUs are to be counted again.", ("counting", "counting"), skus=several(SKU)),
    _document("count", "C-", "submitted", "A count needs somebody's approval.", ("counting", "needs_approval"),
              lines=LINE, prefer=nullable(text("second"))),
    _document("count", "C-", "applied", "The books say now what was counted.", ("counting", "applied"),
              lines=LINE, found=whole(1), lost=whole(0)),
    _document("count", "C-", "cancelled", "A count was dropped.", ("counting", "cancelled")),
    EventType(TESTED, "Somebody tests a webhook; no other is told.", "webhook/<id>", {"url": URL}),
    EventType("webhook.enabled", "A webhook is told again.", "webhook/<id>", ENDED),
    EventType("webhook.disabled", "A webhook is told nothing: by hand, or it said 410 Gone.", "webhook/<id>", ENDED),
    EventType("webhook.retired", "A receiver took nothing for days: it is told no more.", "webhook/<id>", ENDED),
    _document("wave", "W-", "created", "Orders are picked in one walk.", (None, "picking"),
              store=STORE, orders=several(text("1001"))),
    _document("wave", "W-", "picked", "A wave was walked.", ("picking", "picked")),
    _document("wave", "W-", "cancelled", "A wave was dropped.", ("picking", "cancelled"), reason=REASON),
)  # fmt: skip

CATALOGUE: dict[str, EventType] = {listed.type: listed for listed in _LISTED}


def is_one_of(type_: str, patterns: Sequence[str]) -> bool:
    """Whether a type is named: by itself, by what it begins with (`order.*`), or because none is named."""
    if not patterns:
        return True
    return any(type_.startswith(pattern[:-1]) if pattern.endswith("*") else type_ == pattern for pattern in patterns)
