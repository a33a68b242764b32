"""Every error is a problem (RFC 9457): refusals of the trade, and those that only HTTP knows.

Refusal
├── MalformedRequest         400   body is not JSON, not UTF-8, or holds what cannot be kept
├── RouteNotFound            404   MethodNotAllowed  405
├── BodyTooLarge             413   UnsupportedMediaType  415
├── InternalError            500
└── NotReady                 503
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from onhand.trade.errors import Forbidden, NotFound, Refusal, Unauthenticated, ValidationFailed

PROBLEM_JSON = "application/problem+json"


class MalformedRequest(Refusal):
    """The request cannot be read."""

    status = 400
    code, title = "malformed_request", "Malformed request"


class RouteNotFound(NotFound):
    """No route has this path."""

    code, title, noun = "not_found", "Not found", "resource at"


class MethodNotAllowed(Refusal):
    """The path exists, but not with this method."""

    status = 405
    code, title = "method_not_allowed", "Method not allowed"


class BodyTooLarge(Refusal):
    """The body is larger than the route takes."""

    status = 413
    code, title = "body_too_large", "Body too large"

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"The body may have at most {most_bytes} bytes.", most_bytes=most_bytes)


class UnsupportedMediaType(Refusal):
    """The body is not sent as JSON."""

    status = 415
    code, title = "unsupported_media_type", "Unsupported media type"


class InternalError(Refusal):
    """A fault of the service. What it was is in its log, under the request's id."""

    status = 500
    code, title = "internal_error", "Internal error"

    def __init__(self) -> None:
        super().__init__("The service failed. Its log has the cause under this answer's X-Request-Id.")


class NotReady(Refusal):
    """The service runs, but should get no traffic now."""

    status = 503
    code, title = "not_ready", "Not ready"


class Problem(BaseModel):
    """An RFC 9457 problem. Programs compare `code`; the other members of a refusal stand beside it."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "https://onhand.dev/problems/insufficient_stock",
                    "title": "Insufficient stock",
                    "status": 409,
                    "detail": "Insufficient stock for Red Sneaker. Available: 2, Requested: 3",
                    "instance": "/api/orders",
                    "code": "insufficient_stock",
                    "shortages": [
                        {
                            "sku": "SNEAKER-RED-42",
                            "store": "main",
                            "requested": 3,
                            "available": 2,
                            "restock_at": "2026-11-25T09:00:00Z",
                            "substitutes": [{"sku": "SNEAKER-RED-43", "store": "main", "available": 7}],
                        }
                    ],
                }
            ]
        },
    )

    type: str = Field(json_schema_extra={"format": "uri"})
    title: str
    status: int
    detail: str
    instance: str = Field(json_schema_extra={"format": "uri-reference"})
    code: str


def members(refusal: Refusal, instance: str) -> dict[str, Any]:
    """The whole problem, with the path that it came from."""
    return {**refusal.problem(), "instance": instance}


def response(refusal: Refusal, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(members(refusal, instance)),
        refusal.status,
        {**headers_of(refusal), **(headers or {})},
        media_type=PROBLEM_JSON,
    )


def headers_of(refusal: Refusal) -> dict[str, str]:
    """What HTTP wants beside certain statuses: how to sign in, when to come back."""
    headers = {}
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="onhand"'
    elif isinstance(refusal, Forbidden):
        headers["WWW-Authenticate"] = 'Bearer realm="onhand", error="insufficient_scope"'
    if "retry_after" in refusal.data:
        headers["Retry-After"] = str(refusal.data["retry_after"])
    return headers


def path_of(request: Request) -> str:
    """The path as it was sent: a valid URI reference, whatever was in it."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("ascii", "replace")


# ── What FastAPI, Starlette and Pydantic raise ──────────────────────────────────────────────────────────────────────


async def answer_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return response(refusal, path_of(request))


def refusal_of(error: Exception) -> Refusal | None:
    """What an exception says to the caller; None when it is a failure of ours."""
    if isinstance(error, RequestValidationError | ValidationError):
        return validation_failed(error.errors())
    return error if isinstance(error, Refusal) else None


async def answer_invalid(request: Request, invalid: Exception) -> Response:
    assert isinstance(invalid, RequestValidationError | ValidationError)
    return response(validation_failed(invalid.errors()), path_of(request))


async def answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return response(RouteNotFound(path_of(request)), path_of(request))
    if error.status_code == 405:
        allowed = ", ".join(_methods_of(request))
        wrong_method = MethodNotAllowed(f"{request.method} is not one of {allowed}.")
        return response(wrong_method, path_of(request), {"Allow": allowed})
    refusal = MalformedRequest(str(error.detail)) if error.status_code < 500 else InternalError()
    return response(refusal, path_of(request))


def _methods_of(request: Request) -> list[str]:
    """Every method of the path. The router itself would name those of the first route that has it."""
    matching = [
        route
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
    ]
    # `/api/orders/batch` is a path of its own, although an order could be called "batch".
    literal = [route for route in matching if "{" not in route.path]
    methods: set[str] = set().union(*(route.methods or () for route in literal or matching))
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


def validation_failed(errors: Sequence[Any], within: str = "") -> ValidationFailed:
    """Everything that is wrong, each with the path of the value: `items.0.quantity`."""
    return ValidationFailed(*((_path(error["loc"], within), _message(error)) for error in errors))


def _path(location: Sequence[str | int], within: str) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in ("body", "query", "path", "header") and not within:
        parts = parts[1:] or parts
    return ".".join([within, *parts] if within else parts) or "body"


PLAINLY = {"extra_forbidden": "There is no such field", "missing": "Is required"}


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return "Input should be a JSON object"
    if error["type"] in PLAINLY:
        return PLAINLY[error["type"]]
    message = str(error["msg"])
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
