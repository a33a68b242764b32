"""A route: who may call it, what it takes, and what it answers; FastAPI documents it from its function's signature."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import request_response

from onhand.api import idempotency
from onhand.api.calls import Call, Desk
from onhand.api.documents import parse, read_body
from onhand.api.problems import PROBLEM_JSON

MOST_BYTES = 1 << 20
MOST_BYTES_OF_A_BATCH = 4 << 20

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_SUCCESS = {200: "Done", 201: "Made"}
_REFUSALS = {
    400: "The request cannot be read",
    401: "No key, or one that is not known",
    403: "The key may not do this",
    404: "Nothing has that name",
    405: "The path exists, but not with this method",
    409: "It does not fit the present state",
    412: "The If-Match is of an older state",
    413: "The body is too large",
    415: "The body is not sent as JSON",
    422: "Something in it is wrong: everything that is, is listed",
    503: "More is waiting than can be answered soon; come back after Retry-After",
}
_OF_ALL = (400, 401, 403, 404, 405, 422, 503)
_OF_CHANGES = (409, 413, 415)


class Route(APIRoute):
    """One method of one path. `needs` is the scope of the key that may call it.

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
        tag: str,
        direct: bool = False,
        most_bytes: int = MOST_BYTES,
        if_match: bool = False,
    ) -> None:
        self.needs = needs
        self.most_bytes = most_bytes
        self.direct = direct
        self.is_change = method != "GET"
        parameters = [idempotency.HEADER] if self.is_change else []
        super().__init__(
            path,
            endpoint,
            methods=[method],
            response_model=answer,
            status_code=status,
            response_description=_SUCCESS[status],
            responses=_refusals(self.is_change, if_match),
            tags=[tag],
            summary=(endpoint.__doc__ or endpoint.__name__).strip().split("\n")[0].rstrip("."),
            description="\n".join((endpoint.__doc__ or "").split("\n")[1:]).strip() or " ",
            operation_id=endpoint.__name__,
            openapi_extra={"parameters": parameters, "security": [{"key": [needs]}]},
        )
        if direct:
            self.app = request_response(self.get_route_handler())

    def get_route_handler(self) -> Handler:
        handler = self._short_way() if self.direct else super().get_route_handler()

        async def admitted(request: Request) -> Response:
            return await handler(await self._admit(request))

        return admitted

    async def _admit(self, request: Request) -> Call:
        desk: Desk = request.app.state.desk
        caller = await desk.keys.identify(request.headers.get("authorization"))
        caller.may(self.needs)
        if not self.is_change:
            return Call(request, desk, caller, b"", None)
        body = await read_body(request, self.most_bytes)
        return Call(request, desk, caller, body, parse(body) if body else None)

    def _short_way(self) -> Handler:
        assert self.body_field is not None
        body: Any = self.body_field.field_info.annotation
        validate = TypeAdapter(body).validate_python
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint
        # A body that may be left out is validated as None.

        async def handler(request: Request) -> Response:
            assert isinstance(request, Call)
            return await endpoint(request, **request.path_params, body=validate(request.document))

        return handler


def _refusals(is_change: bool, if_match: bool) -> dict[int | str, dict[str, Any]]:
    statuses = {*_OF_ALL, *(_OF_CHANGES if is_change else ()), *((412,) if if_match else ())}
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _REFUSALS[status], "content": content} for status in sorted(statuses)}
