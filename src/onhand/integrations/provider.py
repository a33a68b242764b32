"""What a provider of payments is to Onhand, and what all of them need."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from onhand.config import Settings
from onhand.trade.errors import Unauthenticated, ValidationFailed
from onhand.trade.money import CURRENCIES
from onhand.trade.payments import PaymentReported

TOLERANCE_SECONDS = 300
MOST_CHARACTERS = 255
_AMOUNT = re.compile(r"[0-9]{1,11}(\.[0-9]{1,4})?")


class Provider(NamedTuple):
    """`read` answers the command of a verified message, or None for one that is about no payment.

    It gets the settings, the body, the headers (by lower-case names) and the time in microseconds. It raises
    Unauthenticated for what is not signed by this provider, ValidationFailed for what cannot be a payment. `headers`
    and `body` are for the OpenAPI document: names of signature headers, and a schema with an example.
    """

    name: str
    path: str
    media_type: str
    read: Callable[[Settings, bytes, Mapping[str, str], int], PaymentReported | None]
    headers: tuple[str, ...]
    body: Mapping[str, Any]


def is_signed(key: bytes, content: bytes, signatures: Iterable[bytes]) -> bool:
    """One of the signatures is the HMAC-SHA256 (RFC 2104) of the content. Compared in constant time."""
    right = hmac.new(key, content, hashlib.sha256).digest()
    return any(hmac.compare_digest(right, signature) for signature in signatures)


def check_age(timestamp: str, now: int) -> None:
    """Refuse what was signed long ago: a message that somebody has recorded is of no use later."""
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp) * 1_000_000) > TOLERANCE_SECONDS * 10**6:
        raise Unauthenticated(f"The signature is not of the last {TOLERANCE_SECONDS // 60} minutes.")


def not_set_up(what: str, setting: str) -> Unauthenticated:
    return Unauthenticated(f"Callbacks of {what} are not set up here: {setting} is not set.")


def text(value: object, path: str) -> str:
    """A name that somebody gave. Raises ValidationFailed."""
    if not isinstance(value, str) or not 1 <= len(value) <= MOST_CHARACTERS or not value.isprintable():
        raise ValidationFailed((path, f"a text of 1 to {MOST_CHARACTERS} printable characters"))
    return value


def amount(value: object, path: str) -> Decimal:
    """An amount in the major unit, as a text or a number. Raises ValidationFailed."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not _AMOUNT.fullmatch(str(value)):
        raise ValidationFailed((path, 'an amount such as "19.99"'))
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise ValidationFailed((path, 'an amount such as "19.99"')) from error


def currency(value: object, path: str) -> str:
    code = text(value, path).upper()
    if code not in CURRENCIES:
        raise ValidationFailed((path, f"{code!r} is not an ISO 4217 currency code"))
    return code


def listed(setting: str | None) -> list[str]:
    """The entries of a setting that is separated by commas."""
    return [entry for part in (setting or "").split(",") if (entry := part.strip())]
