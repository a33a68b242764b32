"""ETag and If-Match: change only what is still as it was seen."""

from onhand.api.calls import Call
from onhand.trade.errors import PreconditionFailed, ValidationFailed

HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the state that the change is based on, or `*`. An older one is refused with 412.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}")$', "examples": ['"7"']},
}


def etag(version: int) -> dict[str, str]:
    """The header of an answer that shows this version."""
    return {"ETag": f'"{version}"'}


def expected_version(call: Call) -> int | None:
    """The version that If-Match names; None when it names none. Raises PreconditionFailed for one that is not ours."""
    given = call.headers.get("if-match", "*").strip()
    if given == "*":
        return None
    if "," in given:
        raise ValidationFailed(("If-Match", "takes one entity tag, or *"))
    version = given.removeprefix('"').removesuffix('"')
    if given != f'"{version}"' or not version.isdecimal() or len(version) > 18:
        raise PreconditionFailed("The If-Match names no state that there was.")
    return int(version)
