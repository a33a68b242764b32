"""Shipping notices as suppliers send them: a CSV file of what is on its way."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError

from onhand.api.fields import MOST_ITEMS, Moment, Quantity, Reference
from onhand.api.problems import MalformedRequest, validation_failed
from onhand.clock import as_microseconds
from onhand.trade.errors import ValidationFailed
from onhand.trade.notices import AnnouncedItem

REQUIRED = ("sku", "quantity")
COLUMNS = (*REQUIRED, "expected_at")
EXAMPLE = "sku,quantity,expected_at\nSNEAKER-RED-42,48,2026-12-01T09:00:00Z\nSOCKS-M,200,2026-12-03\n"

_DIGITS = re.compile(r"[0-9]{1,10}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _whole(cell: object) -> object:
    if not isinstance(cell, str) or not _DIGITS.fullmatch(cell):
        raise ValueError("is not a whole number")
    return int(cell)


def _day_or_moment(cell: object) -> object:
    return f"{cell}T00:00:00Z" if isinstance(cell, str) and _DAY.fullmatch(cell) else cell or None


class NoticeRow(BaseModel):
    """One row. A day without a time is taken as its beginning, in UTC."""

    sku: Reference
    quantity: Annotated[Quantity, BeforeValidator(_whole)]
    expected_at: Annotated[Moment | None, BeforeValidator(_day_or_moment)] = None


def read_notice(text: str) -> tuple[AnnouncedItem, ...]:
    """The rows of a notice. Raises ValidationFailed, which names every row that cannot be read."""
    items: list[AnnouncedItem] = []
    errors: list[Any] = []
    for number, cells in _rows(text):
        if len(items) + len(errors) >= MOST_ITEMS:
            raise ValidationFailed(("lines", f"a notice has at most {MOST_ITEMS} rows"))
        try:
            row = NoticeRow.model_validate(cells)
        except ValidationError as error:
            errors += [{**each, "loc": (number, *each["loc"])} for each in error.errors()]
            continue
        expected_at = as_microseconds(row.expected_at)
        items.append(AnnouncedItem(row.sku, row.quantity, expected_at, f"lines.{number}"))
    if errors:
        raise validation_failed(errors, "lines")
    if not items:
        raise ValidationFailed(("lines", "a notice needs at least one row"))
    return tuple(items)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty, by the names of its columns, with the number of its line in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        _check_columns(columns)
        for cells in reader:
            if len(cells) > len(columns):
                raise ValidationFailed((f"lines.{reader.line_num}", "has more cells than there are columns"))
            if any(cell.strip() for cell in cells):
                yield reader.line_num, {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
    except csv.Error as error:
        raise MalformedRequest(f"The body is not CSV: {error}, at line {reader.line_num}.") from error


def _check_columns(columns: list[str]) -> None:
    wrong = [f"there is no column {name}" for name in REQUIRED if name not in columns]
    wrong += [f"{name!r} is not a column of a notice" for name in columns if name not in COLUMNS]
    if len(set(columns)) != len(columns):
        wrong.append("a column stands there twice")
    if wrong:
        raise ValidationFailed(*(("lines.1", message) for message in wrong))
