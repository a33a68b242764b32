"""The types of the values in bodies and queries. What a type documents is exactly what it takes."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, TypeVar
from zoneinfo import available_timezones

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails
from typing_extensions import TypeAliasType

from onhand.clock import as_microseconds
from onhand.trade.money import CURRENCIES

MOST_QUANTITY = 1_000_000_000
MOST_ITEMS = 10_000
MOST_OBJECT_BYTES = 16_384


class Body(BaseModel):
    """A closed body: a field that is not known is refused, and no value is bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=False)


Quantity = Annotated[int, Field(ge=1, le=MOST_QUANTITY, description="Units")]
Units = Annotated[int, Field(ge=0, le=MOST_QUANTITY)]
Reference = Annotated[str, Field(min_length=1, max_length=255)]
"""A name that somebody gave: a SKU, a code, an id, a number, a customer's id."""
Name = Annotated[str, Field(min_length=1, max_length=255)]
"""What something is called, for people."""
Label = Annotated[str, Field(max_length=255)]


def _as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    return str(int(value)) if 0 <= value < 10**18 and value == int(value) else value


def _who(least: int) -> Any:
    text = {"type": "string", "minLength": least, "maxLength": 255}
    number = {"type": "integer", "minimum": 0, "exclusiveMaximum": 10**18}
    schema = {"anyOf": [text, number], "examples": ["17"]}
    return Field(min_length=least, max_length=255), BeforeValidator(_as_text), WithJsonSchema(schema, mode="validation")


Who = Annotated[str, *_who(0)]
"""A person or a customer, as the caller calls them: many number theirs."""
Person = Annotated[str, *_who(1)]
Note = Annotated[str, Field(max_length=5_000)]

_SHAPED_LIKE_ID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def _no_id(name: str) -> str:
    if _SHAPED_LIKE_ID.fullmatch(name):
        raise ValueError("a name must not look like an id (a UUID)")
    return name


# Spelled out, because dialects of regular expressions do not agree on what a space is.
_NAME = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"


def is_new_name(name: str) -> bool:
    """Whether something new may be called so."""
    return bool(re.fullmatch(_NAME, name)) and not _SHAPED_LIKE_ID.fullmatch(name)


NewName = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=_NAME, description="No spaces around it, no control characters in it"),
    AfterValidator(_no_id),
]
"""A SKU or a code that is given to something new."""


# ── Money ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _amount_reader(whole_digits: int) -> Any:
    pattern = re.compile(rf"[0-9]{{1,{whole_digits}}}(\.[0-9]{{1,4}})?")
    limit = Decimal(10) ** whole_digits

    def read(value: object) -> object:
        if isinstance(value, str) and pattern.fullmatch(value):
            return Decimal(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            amount = Decimal(value)
            if 0 <= amount < limit and amount == round(amount, 4):
                return amount
        raise ValueError(
            f'an amount is a decimal string such as "19.99" or a number: not negative, below {limit:f}, '
            "with at most 4 decimals"
        )

    return read


def _amount(whole_digits: int, description: str) -> Any:
    schema = {
        "anyOf": [
            {"type": "string", "pattern": rf"^[0-9]{{1,{whole_digits}}}(\.[0-9]{{1,4}})?$"},
            {"type": "number", "minimum": 0, "exclusiveMaximum": 10**whole_digits, "multipleOf": 0.0001},
        ],
        "description": description,
        "examples": ["19.99"],
    }
    return (BeforeValidator(_amount_reader(whole_digits)), WithJsonSchema(schema, mode="validation"))


Price = Annotated[Decimal, *_amount(9, "Price of one unit: a decimal string or a number with at most 4 decimals")]
Amount = Annotated[Decimal, *_amount(11, "A decimal string or a number, with no more decimals than the currency has")]


def _known_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("is not an ISO 4217 currency code")
    return code


# A named type, so that the document lists the codes once.
Currency = TypeAliasType(
    "Currency",
    Annotated[
        str,
        AfterValidator(_known_currency),
        WithJsonSchema({"type": "string", "enum": sorted(CURRENCIES), "description": "ISO 4217", "examples": ["USD"]}),
    ],
)

# ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_float(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


HoldMinutes = Annotated[
    float,
    Field(
        ge=0.016,
        le=5_256_000,
        description="Minutes, fractions allowed: from 1 second (0.016) to the maximum that is configured",
        examples=[15],
    ),
    BeforeValidator(_as_float),
]

_RFC_3339 = re.compile(
    r"(19[7-9]\d|[2-8]\d{3})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


def _moment(value: object) -> object:
    if isinstance(value, str):
        value = value.replace(" ", "+")  # What a URL makes of a plus that nobody has encoded.
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("is not a time of RFC 3339 between 1970 and 8999, such as 2026-11-20T09:30:00Z")
    try:
        moment = datetime.fromisoformat(value.upper())
        as_microseconds(moment)
    except (ValueError, OverflowError) as error:
        raise ValueError("there is no such time") from error
    return moment


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3})-",
            "examples": ["2026-11-20T09:30:00Z"],
        }
    ),
]

Cutoff = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Orders placed later go out a day later (HH:MM)"),
]


def _known_time_zone(name: str) -> str:
    if name != "UTC" and name not in available_timezones():
        raise ValueError("is not a time zone of the IANA database")
    return name


TimeZone = Annotated[
    str, Field(max_length=64, examples=["Europe/Lisbon"], description="IANA name"), AfterValidator(_known_time_zone)
]

# ── Free-form objects ───────────────────────────────────────────────────────────────────────────────────────────────


def _plain(value: Any) -> Any:
    """The value with fractions as JSON readers see them: nothing is computed with what is in a free-form object."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _bounded(value: Mapping[str, Any]) -> Any:
    plain = _plain(value)
    try:
        size = len(orjson.dumps(plain))
    except TypeError as error:
        raise ValueError("has a whole number beyond 64 bits") from error
    if size > MOST_OBJECT_BYTES:
        raise ValueError(f"is larger than {MOST_OBJECT_BYTES} bytes")
    return plain


JsonObject = Annotated[
    dict[str, Any],
    AfterValidator(_bounded),
    Field(description=f"Any JSON object of at most {MOST_OBJECT_BYTES:,} bytes"),
]

# ── Entries of a batch ──────────────────────────────────────────────────────────────────────────────────────────────


class Unreadable(NamedTuple):
    """An entry that is not as it should be, and all that is wrong with it."""

    errors: list[ErrorDetails]


def _apart(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        return Unreadable(error.errors(include_url=False, include_context=False, include_input=False))


class _OrAnything:
    """Documents that a batch is not refused for what one entry is."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, document: GetJsonSchemaHandler) -> JsonSchemaValue:
        anything = {"description": "Anything else is answered by a 422 problem in its place"}
        return {"anyOf": [document(schema), anything]}


Entry = TypeVar("Entry")
Apart = Annotated[Entry, WrapValidator(_apart), _OrAnything()]
"""An entry that spoils nothing but itself: what cannot be read is kept as Unreadable."""
