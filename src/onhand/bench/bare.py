"""What the HTTP server is held against: the same request, read, checked and answered, and nothing done.

`python -m onhand.bench.bare PORT FILE` answers each request with the order whose JSON the file holds, written anew.
`POST /api/orders` goes FastAPI's usual way. At `/direct/api/orders` the body is read and checked as it is in the API's
own hot routes, which leave that way for speed.
"""

import sys
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter
from starlette.routing import Route

from onhand.api.answers import json_response
from onhand.api.bodies import OrderBody
from onhand.api.documents import parse, read_body
from onhand.api.route import MOST_BYTES


def create_app(answer: Any) -> FastAPI:
    app = FastAPI(openapi_url=None)
    validate = TypeAdapter(OrderBody).validate_python

    @app.post("/api/orders")
    async def place_order(body: OrderBody) -> Response:
        return json_response(answer, 201)

    async def place_order_directly(request: Request) -> Response:
        validate(parse(await read_body(request, MOST_BYTES)))
        return json_response(answer, 201)

    app.router.routes.append(Route("/direct/api/orders", place_order_directly, methods=["POST"]))
    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(orjson.loads(Path(sys.argv[2]).read_bytes())),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
