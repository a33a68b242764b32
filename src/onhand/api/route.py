"""A route: who may call it, what it takes, and what it answers; FastAPI documents it from its function's signature."""

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from onhand.api import etags, idempotency
from onhand.api.answers import EventStream
from onhand.api.calls import Call, Desk
from onhand.api.documents import CSV, parse, read_body
from onhand.api.openapi import REFUSED, REQUEST_ID
from onhand.trade.errors import ValidationFailed

MOST_BYTES = 1 << 20
MOST_BYTES_OF_A_BATCH = 4 << 20
LARGE = 1 << 16

SLASH = "\udc2f"
"""What stands for a slash inside of a name in a path: no path has it otherwise, as it is in no text."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_SUCCESS = {200: "Done", 201: "Made"}
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": REQUEST_ID,
    "Location": {"description": "The path of what was made", "schema": {"type": "string"}},
}
_OF_ALL = (400, 401, 403, 404, 405, 422, 503)
_OF_BODIES = (409, 413, 415)


class Route(APIRoute):
    """One method of one path. `needs` is the scope of the key that may call it; what needs more than `read` changes.

    The key is checked before the body is read, and the body is read once, exactly (documents.py). A `direct` route has
    its body validated here and now: FastAPI's own way, with its dependencies and exit stacks, costs more than all else
    that such a request does.
    """

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Callable[..., Awaitable[Response]],
        needs: str,
        answer: Any,
        status: int = 200,
        *,
        direct: bool = False,
        batch: bool = False,
        if_match: bool = False,
        csv: str | None = None,
        prints: bool = False,
        streams: bool = False,
    ) -> None:
        self.needs = needs
        self.most_bytes = MOST_BYTES_OF_A_BATCH if batch else MOST_BYTES
        self.is_direct = direct or batch
        self.takes_csv = csv is not None
        self.takes_body = method in ("POST", "PUT", "PATCH")
        parameters = [idempotency.HEADER] if self.takes_body and needs != "read" else []
        if if_match:
            parameters.append(etags.HEADER)
        super().__init__(
            path,
            endpoint,
            methods=[method],
            response_model=answer,
            status_code=status,
            response_description=_SUCCESS[status],
            responses=_answers(status, self.takes_body, if_match, prints),
            response_class=EventStream if streams else JSONResponse,
            tags=[endpoint.__module__.rpartition(".")[2].title()],
            operation_id=endpoint.__name__,
            openapi_extra={"parameters": parameters, "security": [{"key": [needs]}], **_csv_body(csv)},
        )
        self.summary, _, more = inspect.cleandoc(endpoint.__doc__ or "").partition("\n")
        self.summary = self.summary.rstrip(".")
        self.description = more.strip()
        self.asks = frozenset(_parameters(self.dependant))
        if self.is_direct:
            self.app = _answering(self.get_route_handler())

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        if SLASH in scope["path"] and match is not Match.NONE:
            named = found["path_params"]
            found["path_params"] = {name: value.replace(SLASH, "/") for name, value in named.items()}
        return match, found

    def get_route_handler(self) -> Handler:
        handler = self._short_way() if self.is_direct else super().get_route_handler()

        async def admitted(request: Request) -> Response:
            return await handler(await self._admit(request))

        return admitted

    async def _admit(self, request: Request) -> Call:
        desk: Desk = request.app.state.desk
        caller = await desk.keys.identify(request.headers.get("authorization"))
        caller.may(self.needs)
        if request.scope["query_string"]:
            self._check_query(request)
        if not self.takes_body:
            return Call(request, desk, caller, b"", None)
        if self.takes_csv:
            return Call(request, desk, caller, await read_body(request, self.most_bytes, CSV), None)
        body = await read_body(request, self.most_bytes)
        document = await _near_or_far(len(body), parse, body) if body else None
        return Call(request, desk, caller, body, document)

    def _check_query(self, request: Request) -> None:
        """Refuse what this route does not ask for, and what is said twice.

        To leave it out in silence would answer another question: `?statuss=paid` would list every order.
        """
        given = Counter(name for name, _ in request.query_params.multi_items())
        wrong = [(name, "There is no such parameter") for name in given if name not in self.asks]
        wrong += [(name, "Is given more than once") for name in given if name in self.asks and given[name] > 1]
        if wrong:
            raise ValidationFailed(*wrong)

    def _short_way(self) -> Handler:
        assert self.body_field is not None
        body: Any = self.body_field.field_info.annotation
        validate = TypeAdapter(body).validate_python
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint

        async def handler(request: Request) -> Response:
            assert isinstance(request, Call)
            body = await _near_or_far(request.size, validate, request.document)
            return await endpoint(request, **request.path_params, body=body)

        return handler


def _parameters(dependant: Dependant) -> Iterator[str]:
    """What may stand after the question mark: the fields of the model that a query is."""
    for query in dependant.query_params:
        model: type[BaseModel] = query.field_info.annotation  # type: ignore[assignment]
        for name, field in model.model_fields.items():
            yield field.alias or name


def _answering(handler: Handler) -> ASGIApp:
    """The handler as it is called for a request, without the exit stacks and exception handlers of FastAPI's routes."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handler(Request(scope, receive))
        await response(scope, receive, send)

    return app


async def _near_or_far(size: int, work: Callable[[Any], Any], given: Any) -> Any:
    """Small things are done at once; what takes milliseconds goes to a thread, so that others need not wait for it."""
    return work(given) if size < LARGE else await run_in_threadpool(work, given)


def _csv_body(example: str | None) -> dict[str, Any]:
    """What documents a body that is a file and not a document."""
    if example is None:
        return {}
    content = {"text/csv": {"schema": {"type": "string", "examples": [example]}}}
    return {"requestBody": {"required": True, "content": content}}


def _answers(success: int, takes_body: bool, if_match: bool, prints: bool) -> dict[int | str, dict[str, Any]]:
    """What FastAPI cannot see: the headers of what succeeds, and every way to be refused."""
    statuses = {*_OF_ALL, *(_OF_BODIES if takes_body else ()), *((412,) if if_match else ())}
    headers = {name: _HEADERS[name] for name in (("X-Request-Id", "Location") if success == 201 else ("X-Request-Id",))}
    done: dict[str, Any] = {"headers": headers}
    if prints:
        done["content"] = {
            "text/html": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        }
    return {success: done, **{status: REFUSED[status] for status in sorted(statuses)}}


class OpenRoute(APIRoute):
    """A question that needs no key."""

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Response]], answer: Any, **more: Any) -> None:
        refused: dict[int | str, Any] = {503: REFUSED[503]}
        super().__init__(
            path, endpoint, response_model=answer, operation_id=endpoint.__name__, responses=refused, **more
        )
        self.summary = inspect.cleandoc(endpoint.__doc__ or "").rstrip(".")
        self.description = ""
