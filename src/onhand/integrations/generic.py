"""A callback of any provider, as JSON, signed as Standard Webhooks are (standardwebhooks.com, 1.0).

The signature, `v1,` and the base64 of an HMAC-SHA256, is of `{webhook-id}.{webhook-timestamp}.{body}`; several may
stand in the header, separated by spaces, and several secrets may be valid while one is replaced by the next.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from decimal import Decimal

from onhand.config import Settings
from onhand.integrations.audit import kept
from onhand.integrations.provider import Provider, amount, check_age, currency, is_signed, listed, not_set_up, text
from onhand.trade.errors import Unauthenticated, ValidationFailed
from onhand.trade.payments import PaymentReported

KINDS = {"2": "paid", "0": "pending", "-1": "cancelled", "-3": "charged_back"}
FIELDS = ("order_id", "status_code", "payment_id", "amount", "currency")
_OPTIONAL = ("method",)


def read(settings: Settings, body: bytes, headers: Mapping[str, str], now: int) -> PaymentReported | None:
    """The command of a callback: "2" is paid, "0" pending, "-3" charged back, any other code is a failure."""
    secrets = listed(settings.callback_secrets)
    if not secrets:
        raise not_set_up("this kind", "ONHAND_CALLBACK_SECRETS")
    message_id = headers.get("webhook-id", "")
    _verify(message_id, headers, body, secrets, now)
    said = _document(body)
    code = str(said["status_code"]) if not isinstance(said["status_code"], bool) else ""
    if not code or len(code) > 16:
        raise ValidationFailed(("status_code", 'a short text, "2" when paid'))
    return PaymentReported(
        provider=GENERIC.name,
        event_id=text(message_id, "webhook-id"),
        kind=KINDS.get(code, "failed"),
        payment_id=text(said["payment_id"], "payment_id"),
        order=text(said["order_id"], "order_id"),
        amount=amount(said["amount"], "amount"),
        currency=currency(said["currency"], "currency"),
        method=text(said["method"], "method")[:64] if said.get("method") else None,
        raw=kept(said),
    )


def _verify(message_id: str, headers: Mapping[str, str], body: bytes, secrets: list[str], now: int) -> None:
    timestamp = headers.get("webhook-timestamp", "")
    content = b".".join((message_id.encode("latin-1"), timestamp.encode("latin-1"), body))
    signatures = []
    for signature in headers.get("webhook-signature", "").split(" ")[:16]:
        version, _, encoded = signature.partition(",")
        try:
            signatures += [base64.b64decode(encoded, validate=True)] if version == "v1" else []
        except (binascii.Error, ValueError):
            continue
    if not any(is_signed(key_of(secret), content, signatures) for secret in secrets):
        raise Unauthenticated("The webhook-signature does not fit the message.")
    check_age(timestamp, now)


def key_of(secret: str) -> bytes:
    """The bytes of a secret, which is base64 with or without the prefix `whsec_`. Raises ValueError."""
    encoded = secret.removeprefix("whsec_").rstrip("=")
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)


def _document(body: bytes) -> dict[str, object]:
    try:
        said = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ValidationFailed(("body", f"is no JSON: {error}")) from error
    if not isinstance(said, dict):
        raise ValidationFailed(("body", "is no JSON object"))
    missing = [(name, "is missing") for name in FIELDS if name not in said]
    unknown = [(name[:255], "is not known") for name in said if name not in FIELDS + _OPTIONAL]
    if missing or unknown:
        raise ValidationFailed(*missing, *unknown)
    return said


_TEXT = {"type": "string", "minLength": 1, "maxLength": 255}
GENERIC = Provider(
    name="generic",
    path="/api/payments/callback",
    media_type="application/json",
    read=read,
    headers=("webhook-id", "webhook-timestamp", "webhook-signature"),
    body={
        "type": "object",
        "additionalProperties": False,
        "required": list(FIELDS),
        "properties": {
            **dict.fromkeys(("order_id", "payment_id", "currency", "method"), _TEXT),
            "status_code": {"type": ["string", "integer"]},
            "amount": {"type": ["string", "number"]},
        },
        "examples": [
            {"order_id": "1001", "status_code": "2", "payment_id": "pay-17", "amount": "45.50", "currency": "EUR"}
        ],
    },
)
