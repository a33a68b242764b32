"""What answers have in common."""

from dataclasses import fields
from typing import Any


def fields_of(answer: Any) -> dict[str, Any]:
    """The fields of an answer by name, to make a larger one of them that says something besides."""
    return {field.name: getattr(answer, field.name) for field in fields(answer)}
