"""Looking for a text within texts."""

from sqlalchemy import ColumnElement, func, or_


def says(text: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that one of the columns has the text in it, in small letters or capitals.

    The database makes both sides small: what it takes for a letter is not what Python does, so that a text that is
    made small here might not even be found in itself.
    """
    literally = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = func.lower(f"%{literally}%")
    return or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))
