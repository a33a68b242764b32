"""Request bodies as documents: numbers exact, texts such that every database and every JSON reader can keep them."""

import json
import re
from decimal import Decimal
from typing import Any

import orjson
from fastapi import Request

from onhand.api.problems import BodyTooLarge, MalformedRequest, UnsupportedMediaType

DEEPEST = 100
JSON = re.compile(r"application/([^/]+\+)?json")
CSV = re.compile(r"text/csv")
FORM = re.compile(r"application/x-www-form-urlencoded")
_NAMES = {JSON: "application/json", CSV: "text/csv", FORM: "application/x-www-form-urlencoded"}


async def read_body(request: Request, most_bytes: int, wanted: re.Pattern[str] = JSON) -> bytes:
    """The body, counted while it comes in: what a request says of its own length may be wrong."""
    declared = request.headers.get("content-length", "0")
    if len(declared) > 9 or int(declared) > most_bytes:
        raise BodyTooLarge(most_bytes)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise BodyTooLarge(most_bytes)
        chunks.append(chunk)
    body = b"".join(chunks)
    if body:
        _check_type(request, wanted)
    return body


def _check_type(request: Request, wanted: re.Pattern[str]) -> None:
    given = request.headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    if not wanted.fullmatch(media_type):
        raise UnsupportedMediaType(f"Send {_NAMES[wanted]}, not {media_type or 'a body without a Content-Type'}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")


def text_of(body: bytes) -> str:
    """A body that is plain text, with or without a byte order mark. Raises MalformedRequest."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"The body is not UTF-8: {error}") from error
    if "\0" in text:
        raise MalformedRequest("The body has the character NUL in it.")
    return text


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


_exactly = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def parse(body: bytes) -> Any:
    """The document of a body. Raises MalformedRequest.

    It is read twice, which costs less than a microsecond: orjson refuses what is not strictly JSON in UTF-8 (NaN,
    lone surrogates, a byte order mark), and the standard library keeps fractions as they were written.
    """
    try:
        orjson.loads(body)
        document = _exactly.decode(body.decode())
    except RecursionError as error:
        raise MalformedRequest(f"The body is nested more than {DEEPEST} deep.") from error
    except ValueError as error:
        raise MalformedRequest(f"The body is not JSON: {error}") from error
    if b"\\u0000" in body or body.count(b"[") + body.count(b"{") > DEEPEST:
        _check_tree(document)
    return document


def _check_tree(document: Any) -> None:
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if "\0" in value:
                raise MalformedRequest("The body has the character NUL in a text.")
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                raise MalformedRequest(f"The body is nested more than {DEEPEST} deep.")
            if isinstance(value, dict):
                waiting.extend((name, depth) for name in value)
                waiting.extend((each, depth + 1) for each in value.values())
            else:
                waiting.extend((each, depth + 1) for each in value)
