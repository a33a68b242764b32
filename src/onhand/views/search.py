"""Looking for a text that somebody has typed."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_


def mentions(text: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """One of the columns has the text in it, in whichever case; `%` and `_` mean themselves.

    The database makes both sides small: what it takes for a letter is not what Python does, so a text that was made
    small here might not even be found in itself.
    """
    literally = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = func.lower(f"%{literally}%")
    return or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))
