"""Messages of providers as they would send them: Stripe's and the generic one signed by their own packages."""

import datetime
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2
from standardwebhooks.webhooks import Webhook
from stripe import WebhookSignature

from onhand import clock
from onhand.integrations.payhere import signature

MERCHANT, MERCHANT_SECRET = "1211149", "MzI4NDI4MTc4MTk2"
STRIPE_SECRETS = ("whsec_old", "whsec_new")
CALLBACK_SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b25seSBmb3IgdGhlIHRlc3RzIG9mIG9uaGFuZA==")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def payhere_fields(order: str, status_code: str = "2", amount: str = "20.00", **more: str) -> dict[str, str]:
    fields = {
        "merchant_id": MERCHANT,
        "order_id": order,
        "payment_id": "320025023",
        "payhere_amount": amount,
        "payhere_currency": "USD",
        "status_code": status_code,
        "method": "VISA",
        "card_holder_name": "Ada Lovelace",
        "card_no": "************1292",
        "custom_1": "4242 4242 4242 4242",
        **more,
    }
    return {**fields, "md5sig": signature(fields, MERCHANT_SECRET)}


def payhere(api: httpx2.Client, order: str, status_code: str = "2", **more: str) -> httpx2.Response:
    content = urlencode(payhere_fields(order, status_code, **more))
    return api.post("/api/payments/payhere/notify", content=content, headers=FORM)


def stripe_event(type_: str, order: str | None, event_id: str = "evt_1", **thing: Any) -> str:
    found = {"id": "pi_1", "object": "payment_intent", "currency": "usd", "amount": 2000, "amount_received": 2000}
    metadata = {"order_id": order} if order else {}
    event = {"id": event_id, "object": "event", "type": type_, "created": 1, "livemode": False}
    return json.dumps({**event, "data": {"object": {**found, "metadata": metadata, **thing}}})


def stripe(
    api: httpx2.Client, payload: str, secret: str = STRIPE_SECRETS[1], age: int = 0, header: str | None = None
) -> httpx2.Response:
    signed_at = clock.now() // clock.SECOND - age
    signed = WebhookSignature.generate_signature_header(payload, secret, signed_at)
    headers = {"Stripe-Signature": signed if header is None else header, "Content-Type": "application/json"}
    return api.post("/api/payments/stripe/webhook", content=payload, headers=headers)


def generic_headers(
    payload: str, message_id: str = "msg_1", secret: str = CALLBACK_SECRETS[0], age: int = 0
) -> dict[str, str]:
    at = clock.as_datetime(clock.now()) - datetime.timedelta(seconds=age)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, payload),
    }


def generic_body(order: str, status_code: str = "2", **more: Any) -> dict[str, Any]:
    said = {"order_id": order, "status_code": status_code, "payment_id": "pay-17", "amount": "20.00", "currency": "USD"}
    return {**said, **more}


def generic(api: httpx2.Client, said: Mapping[str, Any], **signing: Any) -> httpx2.Response:
    payload = json.dumps(said)
    return api.post("/api/payments/callback", content=payload, headers=generic_headers(payload, **signing))
