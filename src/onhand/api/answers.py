"""Answers as JSON: amounts are texts, times are UTC with a Z."""

from decimal import Decimal
from typing import Any

import orjson
from fastapi import Response

JSON = "application/json"


def to_json(answer: Any) -> bytes:
    return orjson.dumps(answer, _as_text, orjson.OPT_UTC_Z)


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"an answer may not hold a {type(value).__name__}")


def json_response(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(answer), status, headers, media_type=JSON)
