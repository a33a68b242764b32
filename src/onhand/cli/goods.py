"""How goods are named on the command line: `SKU=QTY`, and where a command knows more numbers, those after colons."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

Quantities = Annotated[list[str], typer.Option("--item", metavar="SKU=QTY", help="What and how many; may be repeated.")]

# A SKU may have both signs in it: the numbers are what stands after the last `=`.
_SAID = re.compile(r"(?P<sku>.+)=(?P<numbers>[0-9]{1,12}(:[0-9]{1,12})*)", re.DOTALL)


def units(items: Sequence[str], *words: str) -> list[dict[str, Any]]:
    """`MUG=5:1` as {"sku": "MUG", words[0]: 5, words[1]: 1}; numbers that are left out at the end are not in it.

    Raises BadParameter.
    """
    return [_one(item, words) for item in items]


def _one(item: str, words: Sequence[str]) -> dict[str, Any]:
    said = _SAID.fullmatch(item)
    numbers = said["numbers"].split(":") if said else []
    if said is None or len(numbers) > len(words):
        form = f"SKU={words[0].upper()}" + "".join(f"[:{word.upper()}" for word in words[1:]) + "]" * (len(words) - 1)
        raise typer.BadParameter(f"{item!r} is not {form}", param_hint="--item")
    return {"sku": said["sku"], **dict(zip(words, map(int, numbers), strict=False))}
