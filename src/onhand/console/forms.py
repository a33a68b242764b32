"""What people send: the fields of a form, and files."""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from onhand.api.problems import BodyTooLarge, MalformedRequest, validation_failed

MOST_BYTES = 1 << 20
MOST_BYTES_OF_A_FILE = 16 << 20
MOST_FIELDS = 5_000
_DIGITS = re.compile(r"[0-9]{1,18}")
# Browsers name no charset. One that a stranger names could be slow (Punycode) or spell half a character (UTF-7).
_OTHER_CHARSET = re.compile(r"charset(?!=\"?utf-8\"?\s*(;|$))")

Model = TypeVar("Model", bound=BaseModel)


class Form:
    """The fields that were sent, as texts without the spaces around them; those that are absent are empty."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def __getitem__(self, name: str) -> str:
        value = self._data.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def __contains__(self, name: str) -> bool:
        return bool(self[name])

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be there several times, such as a row of check boxes."""
        return [value.strip() for value in self._data.getlist(name) if isinstance(value, str) and value.strip()]

    def wholes(self, name: str) -> list[Any]:
        """Every value of such a field: whole numbers, and what is none as the text that it is."""
        return [int(value) if _DIGITS.fullmatch(value) else value for value in self.all(name)]

    def or_none(self, name: str) -> str | None:
        return self[name] or None

    def amount(self, name: str) -> str:
        """An amount as the API takes it, typed as people do: `19.99`, `19,99`, `1.234,50`, `1,234.50`."""
        text = "".join(self[name].split())
        point = max(text.rfind(","), text.rfind("."))
        if point < 0:
            return text
        whole = text[:point].replace(",", "").replace(".", "") if "," in text and "." in text else text[:point]
        return f"{whole}.{text[point + 1 :]}"

    def whole(self, name: str) -> Any:
        """A whole number if it is one; else the text as it is, for a body to refuse. None when empty."""
        text = self[name].replace("\N{NO-BREAK SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "")
        return None if not text else int(text) if _DIGITS.fullmatch(text) else text

    async def file(self, name: str) -> bytes:
        """What is in the file that was chosen; empty when there is none."""
        upload = self._data.get(name)
        return await upload.read() if isinstance(upload, UploadFile) else b""

    def items(self) -> Iterator[tuple[str, str]]:
        return ((name, value) for name, value in self._data.multi_items() if isinstance(value, str))


async def read_form(request: Request, most_bytes: int) -> Form:
    """Raises BodyTooLarge, MalformedRequest."""
    given = request.headers.get("content-type", "").lower()
    if _OTHER_CHARSET.search(given):
        raise MalformedRequest("Send the form in UTF-8.")
    media_type = given.partition(";")[0].strip()
    stream = _counted(request, most_bytes)
    try:
        if media_type == "multipart/form-data":
            data = await MultiPartParser(
                request.headers, stream, max_files=1, max_fields=MOST_FIELDS, max_part_size=most_bytes
            ).parse()
        else:
            data = await FormParser(request.headers, stream).parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise MalformedRequest("The form cannot be read.") from error
    if any("\0" in value for _, value in data.multi_items() if isinstance(value, str)):
        raise MalformedRequest("The form has the character NUL in it.")
    return Form(data)


async def _counted(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise BodyTooLarge(most_bytes)
        yield chunk


def body(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The values as the API would take them. What was left empty is left out. Raises ValidationFailed."""
    try:
        return model.model_validate({name: value for name, value in values.items() if value not in (None, "")})
    except ValidationError as error:
        raise validation_failed(error.errors()) from error
