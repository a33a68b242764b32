"""Stripe: webhook events about payments, signed with the endpoint's secret (scheme v1). Several secrets may be valid
while one is replaced by the next.

A payment is named by its payment intent, or by its charge where it has none; its order is the `metadata.order_id` of
either. Amounts are in the unit that Stripe calls smallest, which is not always that of ISO 4217.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from onhand.config import Settings
from onhand.integrations.audit import kept
from onhand.integrations.provider import Provider, check_age, currency, is_signed, listed, not_set_up, text
from onhand.trade.errors import Unauthenticated, ValidationFailed
from onhand.trade.payments import PaymentReported

# Stripe's documentation on currencies: those without decimals and those with three. All others have two for Stripe,
# ISK and UGX among them.
NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])

Read = tuple[str, str]


def _captured(charge: Mapping[str, Any]) -> Read:
    return ("paid", "amount_captured") if charge.get("captured", True) else ("pending", "amount")


def _dispute_closed(dispute: Mapping[str, Any]) -> Read | None:
    return ("reinstated", "amount") if dispute.get("status") == "won" else None


# What an event says of its object, and where the object has the amount.
_SAYS: dict[str, Callable[[Mapping[str, Any]], Read | None]] = {
    "payment_intent.succeeded": lambda _: ("paid", "amount_received"),
    "payment_intent.processing": lambda _: ("pending", "amount"),
    "payment_intent.amount_capturable_updated": lambda _: ("pending", "amount"),
    "payment_intent.payment_failed": lambda _: ("failed", "amount"),
    "payment_intent.canceled": lambda _: ("cancelled", "amount"),
    "charge.succeeded": _captured,
    "charge.captured": lambda _: ("paid", "amount_captured"),
    "charge.pending": lambda _: ("pending", "amount"),
    "charge.failed": lambda _: ("failed", "amount"),
    "charge.expired": lambda _: ("failed", "amount"),
    "charge.refunded": lambda _: ("refunded", "amount_refunded"),
    "charge.dispute.created": lambda _: ("charged_back", "amount"),
    "charge.dispute.funds_withdrawn": lambda _: ("charged_back", "amount"),
    "charge.dispute.funds_reinstated": lambda _: ("reinstated", "amount"),
    "charge.dispute.closed": _dispute_closed,
}
# What a payment intent has said itself.
_SAID_BY_INTENT = frozenset(
    {"charge.succeeded", "charge.captured", "charge.pending", "charge.failed", "charge.expired"}
)


def read(settings: Settings, body: bytes, headers: Mapping[str, str], now: int) -> PaymentReported | None:
    """The command of an event; None for events that are about no payment, or only repeat what its intent says."""
    secrets = listed(settings.stripe_webhook_secrets)
    if not secrets:
        raise not_set_up("Stripe", "ONHAND_STRIPE_WEBHOOK_SECRETS")
    _verify(headers.get("stripe-signature", ""), body, secrets, now)
    event = _event(body)
    thing = event.get("data", {}).get("object", {})
    says = _SAYS[event["type"]](thing) if event["type"] in _SAYS else None
    if says is None:
        return None
    kind, where = says
    order = (thing.get("metadata") or {}).get("order_id") or None
    if order is None and thing.get("payment_intent") and event["type"] in _SAID_BY_INTENT:
        return None
    payment_id = thing.get("payment_intent") or thing.get("charge") or thing.get("id")
    in_currency = currency(thing.get("currency"), "data.object.currency")
    return PaymentReported(
        provider=STRIPE.name,
        event_id=text(event.get("id"), "id"),
        kind=kind,
        payment_id=text(payment_id, "data.object.id"),
        order=None if order is None else text(order, "data.object.metadata.order_id"),
        amount=_amount(thing.get(where, thing.get("amount")), in_currency),
        currency=in_currency,
        method="stripe",
        raw=kept({name: event.get(name) for name in ("id", "type", "created", "livemode", "data")}),
    )


def _verify(header: str, body: bytes, secrets: list[str], now: int) -> None:
    parts = [part.partition("=") for part in header.split(",")]
    timestamp = next((value for name, _, value in parts if name.strip() == "t"), "")
    try:
        signatures = [bytes.fromhex(value) for name, _, value in parts if name.strip() == "v1"]
    except ValueError:
        signatures = []
    content = timestamp.encode() + b"." + body
    if not any(is_signed(secret.encode(), content, signatures) for secret in secrets):
        raise Unauthenticated("The Stripe-Signature does not fit the message.")
    check_age(timestamp, now)


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise TypeError("no event")
        if not isinstance(event.get("data", {}).get("object", {}), dict):
            raise TypeError("no object")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValidationFailed(("body", f"is no event of Stripe: {error}")) from error
    return event


def _amount(minor: object, in_currency: str) -> Decimal:
    if type(minor) is not int or not 0 <= minor < 10**15:
        raise ValidationFailed(("data.object.amount", "a whole number, not negative"))
    exponent = 0 if in_currency in NO_DECIMALS else 3 if in_currency in THREE_DECIMALS else 2
    return Decimal(minor).scaleb(-exponent)


STRIPE = Provider(
    name="stripe",
    path="/api/payments/stripe/webhook",
    media_type="application/json",
    read=read,
    headers=("Stripe-Signature",),
    body={
        "type": "object",
        "required": ["id", "type", "data"],
        "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "data": {"type": "object"}},
        "examples": [
            {
                "id": "evt_1",
                "type": "payment_intent.succeeded",
                "data": {
                    "object": {
                        "id": "pi_1",
                        "amount_received": 4550,
                        "currency": "eur",
                        "metadata": {"order_id": "1001"},
                    }
                },
            }
        ],
    },
)
