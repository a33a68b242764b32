"""Idempotency-Key: the same request twice is done once, and answered the same."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Response

from onhand.api import problems
from onhand.api.answers import JSON, to_json
from onhand.engine import Outcome, Replayed
from onhand.trade.errors import Refusal, ValidationFailed

MOST_CHARACTERS = 255
MOST_LAID_OUT = 1 << 16
PATTERN = r'^(?!""$)("[ -~]{1,255}"|[!-~]([ -~]{0,253}[!-~])?)$'
HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of up to 255 characters, bare or quoted. Repeating the request with the same key repeats "
    "the answer (with `Idempotent-Replayed: true`) and not the effect.",
    "schema": {"type": "string", "pattern": PATTERN, "examples": ["4f6c2a9e-basket-17"]},
}
_KEY = re.compile(PATTERN)


def key_of(header: str | None) -> str | None:
    """The key without its quotes. Raises ValidationFailed."""
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise ValidationFailed(("Idempotency-Key", f"takes 1 to {MOST_CHARACTERS} printable ASCII characters"))
    return header[1:-1] if len(header) > 2 and header[0] == header[-1] == '"' else header


def fingerprint_of(method: str, path: str, body: bytes) -> str:
    """What makes a request the same request: JSON may be laid out otherwise, unless there is very much of it."""
    same = _in_one_layout(body) if len(body) < MOST_LAID_OUT else body
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), same))).hexdigest()


def _in_one_layout(body: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except ValueError:  # No body, or one that is no JSON.
        return body


class Rendering:
    """How the outcomes of one request become its answer.

    With an idempotency key the answer is written in the writer's thread, to be stored with the effect; it is kept, so
    that the event loop need not write it again.
    """

    def __init__(self, path: str, answer: Callable[[Outcome], Any], status: int, location: str | None = None) -> None:
        self._path = path
        self._answer = answer
        self._status = status
        self._location = location
        self._outcome: Outcome = None
        self._made: Any = None
        self._kept: tuple[int, bytes] | None = None

    def render(self, outcome: Outcome) -> tuple[int, str]:
        """Status and body, for the engine to store."""
        self._outcome = outcome
        self._kept = self._render(outcome)
        return self._kept[0], self._kept[1].decode()

    def response(self, outcome: Outcome) -> Response:
        """The answer to the outcome. An exception that is no refusal is raised."""
        headers = {}
        if isinstance(outcome, Replayed):
            status, body = outcome.status, outcome.body.encode()
            headers["Idempotent-Replayed"] = "true"
        elif self._kept is not None and self._outcome is outcome:
            status, body = self._kept
        else:
            status, body = self._render(outcome)
        if isinstance(outcome, Refusal):
            headers |= problems.headers_of(outcome)
        if status == 201 and self._location is not None:
            headers["Location"] = self._location_of(body)
        return Response(body, status, headers, media_type=JSON if status < 400 else problems.PROBLEM_JSON)

    def _render(self, outcome: Outcome) -> tuple[int, bytes]:
        if isinstance(outcome, Refusal):
            return outcome.status, to_json(problems.members(outcome, self._path))
        if isinstance(outcome, BaseException):
            raise outcome
        self._made = self._answer(outcome)
        return self._status, to_json(self._made)

    def _location_of(self, body: bytes) -> str:
        """The path of what was made: its id is in the answer, or for a repeat in the answer that was stored."""
        assert self._location is not None
        name = self._location.partition("{")[2].partition("}")[0]
        value = orjson.loads(body)[name] if self._made is None else getattr(self._made, name)
        return self._location.format(**{name: value})
