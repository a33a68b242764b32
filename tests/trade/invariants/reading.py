"""What the checks read: all rows, by type."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Books = dict[type, list[Any]]
Check = Callable[[Books], Iterator[str]]


def grouped(rows: Sequence[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
