"""Answers as JSON: amounts are texts, times are UTC with a Z."""

from decimal import Decimal
from typing import Any

import orjson
from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

JSON = "application/json"


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


def to_json(answer: Any) -> bytes:
    return orjson.dumps(answer, _in_json, orjson.OPT_UTC_Z)


def _in_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(f"an answer may not hold a {type(value).__name__}")


def json_response(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(answer), status, headers, media_type=JSON)
