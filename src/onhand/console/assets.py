"""Style sheets, scripts and pictures: read once, served under a path that changes with them, so browsers keep them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}


class Asset(NamedTuple):
    body: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every file by its path under static/."""
    return {
        path.relative_to(FOLDER).as_posix(): Asset(path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }


@cache
def edition() -> str:
    """The hash of all of them: modules import each other by relative paths, so they change together."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(name.encode() + b"\0" + asset.body)
    return digest.hexdigest()[:16]


def asset_path(name: str) -> str:
    """Where a file is served. Raises KeyError when there is none."""
    assert name in assets(), name
    return f"/console/static/{edition()}/{name}"


async def serve_asset(request: Request) -> Response:
    found = assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    # An older page may still ask for its own edition; it gets today's file, but may not keep it under that name.
    lasts = FOREVER if request.path_params["edition"] == edition() else "no-cache"
    return Response(found.body, media_type=found.media_type, headers={"Cache-Control": lasts})
