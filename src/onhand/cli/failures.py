"""What a command says when it cannot do its work: one sentence on standard error, and an exit code."""

import sys

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError

from onhand.cli.screen import printable, show_json
from onhand.cli.tables import UnreadableFile
from onhand.config import PREFIX, Settings
from onhand.db.database import DatabaseUnusable
from onhand.trade.errors import Overloaded, Refusal

THE_ANSWER_IS_NO, WRONG_USE, CANNOT_WORK = 1, 2, 3


def report(error: Exception) -> int:
    """Say what went wrong; answers the exit code. Raises what nobody has foreseen: that is a fault in Onhand."""
    sentence, code = _explained(error)
    if isinstance(error, Refusal) and "--json" in sys.argv:
        show_json(error.problem())
    print(f"onhand: {printable(sentence)}", file=sys.stderr)
    return code


def _explained(error: Exception) -> tuple[str, int]:
    if isinstance(error, Overloaded):
        return error.detail, CANNOT_WORK
    if isinstance(error, Refusal):
        return error.detail, THE_ANSWER_IS_NO
    if isinstance(error, UnreadableFile):
        return str(error), WRONG_USE
    if isinstance(error, DatabaseUnusable):
        return str(error), CANNOT_WORK
    if isinstance(error, ValidationError) and error.title == "Settings":
        return " ".join(_setting_fault(fault) for fault in error.errors()), CANNOT_WORK
    if isinstance(error, DBAPIError):
        return f"The database failed: {str(error.orig).strip().splitlines()[0]}", CANNOT_WORK
    if isinstance(error, OSError):
        return str(error), CANNOT_WORK
    raise error


def _setting_fault(fault: ErrorDetails) -> str:
    setting = "_".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "string_pattern_mismatch":
        message = f"it should be {Settings.model_fields[setting].description}"
    return f"{PREFIX}{setting.upper()}: {message}."
