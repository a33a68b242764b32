"""What people type or scan: a list with one item a line, and numbers in the rows of a table."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from onhand.api.fields import MOST_ITEMS
from onhand.console.forms import Form
from onhand.console.visit import Visit
from onhand.trade.errors import Refusal, ValidationFailed
from onhand.views.codes import skus_of

# Spaces are never given back (`++`): a line of a million of them would be tried in as many million ways.
_ITEM = re.compile(r"(?P<code>.*?\S)(?:\s++[,;×]?+|[,;×])\s*+(?P<quantity>[0-9]{1,18})")


async def items_of(visit: Visit, field: str) -> list[tuple[str, int]]:
    """The SKUs and quantities of a list, one a line: `MUG`, `MUG 3`, `4006381333931;3`. What stands twice is summed.

    A scanner that ends with Enter writes such a list. Raises ValidationFailed, which names the lines that say nothing.
    """
    lines = [line.strip() for line in visit.form[field].splitlines()]
    if len(lines) > MOST_ITEMS:
        words = visit.gettext("A list has at most %(most)s lines.")
        raise ValidationFailed((field, words % {"most": visit.words.number(MOST_ITEMS)}))
    split = [_ITEM.fullmatch(line) for line in lines]
    codes = {line for line in lines if line} | {match["code"] for match in split if match}
    known = await visit.ask(skus_of, codes)
    items: dict[str, int] = {}
    unknown = []
    for number, (line, match) in enumerate(zip(lines, split, strict=True), start=1):
        if line in known:  # A SKU may end in a number itself.
            items[known[line]] = items.get(known[line], 0) + 1
        elif match and match["code"] in known:
            sku = known[match["code"]]
            items[sku] = items.get(sku, 0) + int(match["quantity"])
        elif line:
            words = visit.gettext("Line %(number)s: nothing has the SKU or barcode “%(code)s”.")
            unknown.append((field, words % {"number": number, "code": match["code"] if match else line}))
    if unknown:
        raise ValidationFailed((field, " ".join(words for _, words in unknown[:5])))
    if not items:
        raise ValidationFailed((field, visit.gettext("Name at least one SKU.")))
    return list(items.items())


class Rows(NamedTuple):
    """What was typed into the rows of a table, and the key of the row that each item came from."""

    items: list[dict[str, Any]]
    keys: list[str]

    def beside(self, refusal: Refusal, within: str = "items") -> Refusal:
        """The refusal with its errors named as the fields of the form are: `received.3` for `items.0.received`."""
        if not isinstance(refusal, ValidationFailed):
            return refusal
        errors = [(self._field(error["path"], within), error["message"]) for error in refusal.data["errors"]]
        return ValidationFailed(*errors)

    def _field(self, path: str, within: str) -> str:
        name, _, rest = path.partition(".")
        at, _, field = rest.partition(".")
        if name != within or not at.isdigit() or int(at) >= len(self.keys):
            return path
        key = self.keys[int(at)]
        return key if "." in key else f"{field or 'row'}.{key}"


def rows_of(
    form: Form,
    keys: Mapping[str, Mapping[str, Any]],
    numbers: Sequence[str],
    texts: Sequence[str] = (),
    *,
    zeros: bool = False,
) -> Rows:
    """The rows in which a number stands, in the order of `keys`; each with what `keys` knows of it.

    The field of a row is called `<name>.<key>`. Without `zeros`, a row of nothing but zeros says nothing.
    """
    items, found = [], []
    for key, known in keys.items():
        given = {name: form.whole(f"{name}.{key}") for name in numbers}
        said = {name: value for name, value in given.items() if value is not None}
        if not said or (not zeros and all(value == 0 for value in said.values())):
            continue
        words = {name: form[f"{name}.{key}"] for name in texts if form[f"{name}.{key}"]}
        items.append({**known, **said, **words})
        found.append(key)
    return Rows(items, found)


def whole_of(visit: Visit, field: str) -> int:
    """The whole number in a field, 0 when it is empty. Raises ValidationFailed."""
    value = visit.form.whole(field)
    if isinstance(value, str):
        raise ValidationFailed((field, visit.gettext("Type a whole number.")))
    return value or 0


def day_of(visit: Visit, text: str, field: str, *, days_later: int = 0) -> datetime | None:
    """The midnight, where the reader is, that begins the day `2026-11-21`. Raises ValidationFailed."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=visit.words.zone) + timedelta(days=days_later)
    except (ValueError, OverflowError):
        raise ValidationFailed((field, visit.gettext("Give a day, such as 2026-11-21."))) from None


def nothing_typed(visit: Visit) -> ValidationFailed:
    return ValidationFailed(("rows", visit.gettext("Nothing was entered: scan something, or type how many.")))
