"""What a command shows: one JSON document for scripts, a table on a terminal, tab-separated lines for a pipe.

Progress is for people: it goes to standard error, and only when that is a terminal.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from onhand.views.pages import Page

Answer = TypeVar("Answer")

Advance = Callable[[int], None]


def show_json(document: Any) -> None:
    """Dataclasses and times are written as the API writes them, amounts of money as strings."""
    written = orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
    sys.stdout.write(written.decode() + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    return value._asdict() if hasattr(value, "_asdict") else str(value)


def show_rows(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table. Numbers stand to the right."""
    if not sys.stdout.isatty():
        for row in (headings, *rows):
            show_line(row)
        return
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    for place, heading in enumerate(headings):
        numeric = bool(rows) and all(isinstance(row[place], int) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_spelled(cell, grouped=True)) for cell in row))
    Console().print(table)


def show_line(row: Sequence[Any]) -> None:
    """One row for a program."""
    print("\t".join(_spelled(cell) for cell in row))


def show_page(
    page: Page[Answer], headings: Sequence[str], row: Callable[[Answer], Sequence[Any]], as_json: bool
) -> None:
    """One page of a list, and how to get the next."""
    if as_json:
        show_json(page)
        return
    show_rows(headings, [row(answer) for answer in page.data])
    if page.next_cursor is not None:
        say(f"There is more: --cursor {page.next_cursor}")


def show_facts(facts: Sequence[tuple[str, Any]]) -> None:
    """What is known of one thing: a word and its value on each line."""
    if not sys.stdout.isatty():
        for word, value in facts:
            print(f"{word}\t{_spelled(value)}")
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column()
    for word, value in facts:
        grid.add_row(word, Text(_spelled(value, grouped=True)))
    Console().print(grid)


def show_document(
    answer: Any, facts: Sequence[tuple[str, Any]], headings: Sequence[str], rows: Sequence[Sequence[Any]], as_json: bool
) -> None:
    """A document of the shop: what is known of it as a whole, then its lines."""
    if as_json:
        show_json(answer)
        return
    show_facts([(word, value) for word, value in facts if value is not None])
    show_rows(headings, rows)


def _spelled(cell: Any, *, grouped: bool = False) -> str:
    """Grouped: for people, who want thousands apart and need no microseconds."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.2f}" if grouped else f"{cell:.2f}"
    if grouped and isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if grouped and isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return printable(str(cell))


def printable(text: str) -> str:
    """What would move a terminal's cursor, or begin a new column or line, stands as its code: customers type names."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def say(sentence: str) -> None:
    """A word to the person at the terminal, or to the log."""
    print(sentence, file=sys.stderr, flush=True)


class _Rate(TextColumn):
    """How fast it goes."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")


@contextmanager
def progress(label: str, total: int) -> Iterator[Advance]:
    """A bar for long work; the caller says how much more of the total was done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(""), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda more: bar.advance(task, more)
