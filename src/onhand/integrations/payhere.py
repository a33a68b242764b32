"""PayHere: the form that its servers send to `notify_url`, signed with the merchant's secret.

    md5sig = upper(md5(merchant_id + order_id + payhere_amount + payhere_currency + status_code
                       + upper(md5(merchant_secret))))                        (PayHere, Checkout API)

The signature covers neither the payment's id nor a time. So a message has no age; what makes it happen once is what it
says, and whoever pays money back looks at it before.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from onhand.config import Settings
from onhand.integrations.audit import kept
from onhand.integrations.provider import Provider, amount, currency, not_set_up, text
from onhand.trade.errors import Unauthenticated, ValidationFailed
from onhand.trade.payments import PaymentReported

KINDS = {"2": "paid", "0": "pending", "-1": "cancelled", "-2": "failed", "-3": "charged_back"}
SIGNED = ("merchant_id", "order_id", "payhere_amount", "payhere_currency", "status_code")
MOST_FIELDS = 100


def read(settings: Settings, body: bytes, headers: Mapping[str, str], now: int) -> PaymentReported | None:
    """The command of a notification."""
    if not settings.payhere_merchant_id or not settings.payhere_merchant_secret:
        raise not_set_up("PayHere", "ONHAND_PAYHERE_MERCHANT_ID or ONHAND_PAYHERE_MERCHANT_SECRET")
    fields = _fields(body)
    if fields.get("merchant_id") != settings.payhere_merchant_id:
        raise Unauthenticated("The message is for another merchant.")
    right = signature(fields, settings.payhere_merchant_secret)
    if not hmac.compare_digest(right.encode(), fields.get("md5sig", "").encode()):
        raise Unauthenticated("The md5sig does not fit the message.")
    kind = KINDS.get(fields.get("status_code", ""))
    if kind is None:
        raise ValidationFailed(("status_code", f"one of {', '.join(KINDS)}"))
    order = text(fields.get("order_id"), "order_id")
    payment_id = text(fields.get("payment_id") or f"payhere-{order}", "payment_id")
    said = "/".join((payment_id, *(fields.get(name, "") for name in SIGNED[1:])))
    return PaymentReported(
        provider=PAYHERE.name,
        event_id=said,
        kind=kind,
        payment_id=payment_id,
        order=order,
        amount=amount(fields.get("payhere_amount"), "payhere_amount"),
        currency=currency(fields.get("payhere_currency"), "payhere_currency"),
        method=fields.get("method", "")[:64] or None,
        raw=kept(fields),
    )


def signature(fields: Mapping[str, str], merchant_secret: str) -> str:
    """PayHere's signature of these fields, each exactly as it was sent."""
    return _md5("".join(fields.get(name, "") for name in SIGNED) + _md5(merchant_secret))


def _md5(content: str) -> str:
    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest().upper()


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise ValidationFailed(("body", f"is no form: {error}")) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValidationFailed(("body", "has a field twice"))
    if any("\0" in each for pair in pairs for each in pair):
        raise ValidationFailed(("body", "has the character NUL in it"))
    return fields


PAYHERE = Provider(
    name="payhere",
    path="/api/payments/payhere/notify",
    media_type="application/x-www-form-urlencoded",
    read=read,
    headers=(),
    body={
        "type": "object",
        "required": [*SIGNED, "md5sig"],
        "properties": {name: {"type": "string"} for name in (*SIGNED, "md5sig", "payment_id", "method")},
        "examples": [
            {
                "merchant_id": "1211149",
                "order_id": "1001",
                "payment_id": "320025023",
                "payhere_amount": "1000.00",
                "payhere_currency": "LKR",
                "status_code": "2",
                "md5sig": "6F26D185D3CF53A9F757ABE1AC0B7A3E",
            }
        ],
    },
)
