"""What is kept of a message: all that says what happened, and nothing that could be misused."""

import json
import re
from typing import Any

MOST_CHARACTERS = 16_384
REMOVED = "[removed]"

# Parts of names of fields that hold secrets, or say whose card it was.
_SECRET = re.compile(
    r"(^|_)(card|cvc|cvv|pan|pin|iban|bic|bank|routing|account_number|exp|fingerprint|last4|billing|source|secret|"
    r"password|token|signature|md5sig|payment_method_details|payment_method_data|charges|receipt_url)",
    re.IGNORECASE,
)
# A run of digits that could be the number of a card (ISO/IEC 7812: 13 to 19 digits), however it is spaced.
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_NAMES = frozenset({"id", "order_id", "payment_id", "payment_intent", "charge"})


def kept(document: Any) -> str:
    """A message as JSON text, without secrets and card data, and cut where it is beyond all measure.

    Halves of characters, which JSON can spell and no database can keep, stay spelled as they were: `\\ud83d`.
    """
    text = json.dumps(_without(document, ""), default=str, ensure_ascii=False)[:MOST_CHARACTERS]
    return text.encode(errors="backslashreplace").decode()


def _without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {
            key: REMOVED if _SECRET.search(str(key)) and each not in (None, "") else _without(each, str(key))
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_without(each, name) for each in value]
    if isinstance(value, str) and name not in _NAMES:
        return _DIGITS.sub(lambda found: REMOVED if _is_card(found[0]) else found[0], value)
    return value


def _is_card(digits: str) -> bool:
    """The check digit is right (Luhn, 1960)."""
    plain = [int(digit) for digit in reversed(digits) if digit.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in plain[1::2])
    return (sum(plain[::2]) + sum(doubled)) % 10 == 0
