"""What the last page said to the next one, and how to take it back: a signed cookie that lives for one page."""

import base64
import hashlib
import hmac
from typing import Any, NamedTuple

import orjson

COOKIE = "onhand_said"


class Undo(NamedTuple):
    """The form that takes a change back: where it goes, and its fields."""

    path: str
    fields: dict[str, str]


class Said(NamedTuple):
    text: str
    undo: Undo | None = None


def seal(said: Said, secret: str) -> str:
    body = base64.urlsafe_b64encode(orjson.dumps([said.text, said.undo and list(said.undo)]))
    return f"{body.decode()}.{_signature(body, secret)}"


def unseal(cookie: str, secret: str) -> Said | None:
    """What was sealed with the session's secret; None when it was not."""
    body, _, signature = cookie.partition(".")
    if not hmac.compare_digest(_signature(body.encode(), secret).encode(), signature.encode()):
        return None
    text, undo = orjson.loads(base64.urlsafe_b64decode(body))
    return Said(text, Undo(*_checked(undo)) if undo else None)


def _checked(undo: list[Any]) -> tuple[str, dict[str, str]]:
    path, fields = undo
    return str(path), {str(name): str(value) for name, value in fields.items()}


def _signature(body: bytes, secret: str) -> str:
    return hmac.new(b"said:" + secret.encode(), body, hashlib.sha256).hexdigest()
