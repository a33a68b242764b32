"""Looking for a text that somebody has typed."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_


def mentions(text: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """One of the columns has the text in it, in whichever case; `%` and `_` mean themselves."""
    pattern = "%" + text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))
