"""The OpenAPI document: what FastAPI reads off the routes, made whole and true."""

import orjson
from fastapi import Request, Response
from fastapi.openapi.utils import get_openapi

from onhand.api.answers import JSON


async def openapi_json(request: Request) -> Response:
    """This document."""
    return Response(orjson.dumps(get_openapi(title="x", version="1", routes=request.app.routes)), media_type=JSON)
