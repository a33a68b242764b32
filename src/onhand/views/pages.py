"""Keyset pages: a cursor names the last row of a page, so a page costs the same however deep it is."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, literal, tuple_

from onhand.db.catalog import looks_like_id
from onhand.db.dialect import Id
from onhand.trade.errors import ValidationFailed

Answer = TypeVar("Answer")

DEFAULT_LIMIT = 50
MOST_LIMIT = 500


@dataclass(slots=True)
class Page(Generic[Answer]):
    """One page of a list. `next_cursor` is None on the last."""

    data: list[Answer]
    next_cursor: str | None


def after(cursor: str, columns: Sequence[ColumnElement[Any]], *, descending: bool) -> ColumnElement[bool]:
    """The condition of the rows that come after the cursor, in the order of the columns."""
    last = _decode(cursor)
    if len(last) != len(columns) or not all(map(_fits, columns, last)):
        raise _bad_cursor()
    row = tuple_(*columns)
    seen = tuple_(*(literal(value, column.type) for column, value in zip(columns, last, strict=True)))
    return row < seen if descending else row > seen


def _fits(column: ColumnElement[Any], value: Any) -> bool:
    """A cursor comes from outside: what the column cannot be compared with must not reach the database."""
    if type(value) is not column.type.python_type:
        return False
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return "\0" not in value and (column.type is not Id or looks_like_id(value))


def page(
    rows: Sequence[Any], limit: int, cursor_of: Callable[[Any], Sequence[Any]], answer: Callable[[Any], Answer]
) -> Page[Answer]:
    """A page out of rows that were read one beyond the limit."""
    shown = rows[:limit]
    next_cursor = _encode(cursor_of(shown[-1])) if len(rows) > limit else None
    return Page([answer(row) for row in shown], next_cursor)


def part(entries: Sequence[Answer], limit: int, cursor: str | None) -> Page[Answer]:
    """A page of a list that is read whole, as that of one thing is short, and that only grows at its end."""
    shown = 0
    if cursor:
        match _decode(cursor):
            case [int(shown)] if shown >= 0:
                pass
            case _:
                raise _bad_cursor()
    end = shown + limit
    return Page(list(entries[shown:end]), _encode([end]) if len(entries) > end else None)


def _encode(last: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(last))).decode("ascii").rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        last = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise _bad_cursor() from error
    return last if isinstance(last, list) else []


def _bad_cursor() -> ValidationFailed:
    return ValidationFailed(("cursor", "is not one that this list has given"))
