"""ETag and If-Match: change only what is still as it was seen."""

import re

from onhand.api.calls import Call
from onhand.trade.errors import PreconditionFailed

HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the state that the change is based on, or `*`. Any other is refused with 412.",
    "schema": {"type": "string", "examples": ["*"]},
}
_OURS = re.compile(r'"[0-9]{1,18}"')


def etag(version: int) -> dict[str, str]:
    """The header of an answer that shows this version."""
    return {"ETag": f'"{version}"'}


def expected_version(call: Call) -> int | None:
    """The version that If-Match names; None when it names none. Raises PreconditionFailed for one that is not ours."""
    call.check_idempotency_key()  # A request that is wrong in itself is told so before its If-Match is looked at.
    given = call.headers.get("if-match", "*").strip()
    if given == "*":
        return None
    if not _OURS.fullmatch(given):
        raise PreconditionFailed("The If-Match names no state that there was.")
    return int(given.strip('"'))
