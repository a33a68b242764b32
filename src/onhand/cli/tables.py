"""A folder of CSV files, one for each table of a sample database: `Name.csv` or `Name.csv.gz`."""

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping
from decimal import InvalidOperation
from pathlib import Path
from typing import TextIO, TypeVar

Read = TypeVar("Read")
Cells = Mapping[str, str]


class UnreadableFile(Exception):
    """The file is not there, or not what it should be."""


def rows(folder: Path, table: str, read_row: Callable[[Cells], Read]) -> Iterator[Read]:
    """Every row of a table, as `read_row` understands it. Raises UnreadableFile, naming the line."""
    path = next((path for path in (folder / f"{table}.csv.gz", folder / f"{table}.csv") if path.exists()), None)
    if path is None:
        raise UnreadableFile(f"There is no {table}.csv and no {table}.csv.gz in {folder}.")
    line_number = 1
    try:
        with _opened(path) as text:
            reader = csv.DictReader(text)
            for cells in reader:
                line_number = reader.line_num
                yield read_row(cells)
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"Cannot read {path}: {error}.") from error
    except KeyError as error:
        raise UnreadableFile(f"Line {line_number} of {path} needs {error}, which is not there.") from error
    except (ValueError, TypeError, InvalidOperation, csv.Error) as error:
        raise UnreadableFile(f"Cannot understand line {line_number} of {path}: {error}.") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
