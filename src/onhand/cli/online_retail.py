"""The Online Retail format: one CSV row for each line of a document, all of a real shop's documents in their order.

Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country (Chen, Sain and Guo
2012, UCI Machine Learning Repository). An invoice number of digits is a plain document: its lines with a quantity and
a price above zero are an order, those with a negative quantity are stock written off. `C…` cancels goods that an
earlier order shipped, without saying which. Anything else (bad debt, free goods) is passed over. A SKU may repeat
within a document, and two that differ only by case are two. A few documents are interrupted by others: they stand
where their first line stands.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple, TextIO

from onhand import clock
from onhand.cli.tables import UnreadableFile
from onhand.trade import money

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


class SoldLine(NamedTuple):
    """One line of a document. The quantity is what the document says: negative where goods go the other way."""

    sku: str
    quantity: int
    unit_price: int


class Document(NamedTuple):
    """One invoice, or one cancellation. `at` is its date in microseconds; the file's times are taken as UTC."""

    number: str
    customer_id: str | None
    country: str
    at: int
    lines: tuple[SoldLine, ...]

    @property
    def cancels(self) -> bool:
        return self.number.startswith("C")

    @property
    def ordered(self) -> list[SoldLine]:
        return [line for line in self.lines if line.quantity > 0]

    @property
    def taken_off(self) -> list[SoldLine]:
        """What is written off, or comes back."""
        return [line for line in self.lines if line.quantity < 0]


class Article(NamedTuple):
    """What the file says of one SKU that it sells: `price` is the one it sold at most often, `units` all it sold.

    `stocked` is what there was of it before the first order, where the file says so.
    """

    sku: str
    title: str
    price: int
    units: int
    stocked: int | None = None


class Survey(NamedTuple):
    """What a first reading finds: how many orders and articles there are, and how many lines each document has."""

    orders: int
    articles: list[Article]
    lines_of: dict[str, int]
    currency: str = "GBP"


class _Row(NamedTuple):
    number: str
    line: SoldLine
    description: str
    date: datetime
    customer_id: str
    country: str


def survey(path: Path, most_orders: int | None = None) -> Survey:
    """Read the file once, up to that many orders. Raises UnreadableFile."""
    lines_of: dict[str, int] = {}
    orders: set[str] = set()
    titles: dict[str, str] = {}
    prices: dict[str, Counter[int]] = {}
    units: Counter[str] = Counter()
    for row in _rows(path):
        sku, quantity, price = row.line
        if row.description:
            titles.setdefault(sku, row.description)
        if not _counts(row):
            continue
        if row.number not in lines_of and most_orders is not None and len(orders) >= most_orders:
            continue
        lines_of[row.number] = lines_of.get(row.number, 0) + 1
        if quantity > 0:
            orders.add(row.number)
            units[sku] += quantity
            prices.setdefault(sku, Counter())[price] += 1
    articles = [
        Article(sku, titles.get(sku, sku), prices[sku].most_common(1)[0][0], sold) for sku, sold in units.items()
    ]
    return Survey(len(orders), articles, lines_of)


def documents(path: Path, surveyed: Survey) -> Iterator[Document]:
    """Read the file again: its documents, each where its first line stands. Holds only those that are interrupted."""
    missing = dict(surveyed.lines_of)
    begun: dict[str, list[_Row]] = {}
    for row in _rows(path):
        if row.number not in missing or not _counts(row):
            continue
        begun.setdefault(row.number, []).append(row)
        missing[row.number] -= 1
        while begun and missing[first := next(iter(begun))] == 0:
            yield _document(begun.pop(first))


def _counts(row: _Row) -> bool:
    """Whether a row is part of an order, of a write-off or of a cancellation."""
    _, quantity, price = row.line
    if row.number.isdigit():
        return quantity < 0 or (quantity > 0 and price > 0)
    return row.number.startswith("C") and quantity < 0


def _document(rows: list[_Row]) -> Document:
    first = rows[0]
    at = clock.as_microseconds(first.date)
    return Document(first.number, first.customer_id or None, first.country, at, tuple(row.line for row in rows))


def _rows(path: Path) -> Iterator[_Row]:
    line_number = 0
    try:
        with _opened(path) as text:
            reader = csv.reader(text)
            places = _places(path, next(reader, []))
            for cells in reader:
                line_number = reader.line_num
                number, sku, description, quantity, date, price, customer_id, country = (cells[i] for i in places)
                line = SoldLine(sku.strip(), int(quantity), money.price(Decimal(price)))
                moment = datetime.fromisoformat(date)
                yield _Row(number.strip(), line, description.strip(), moment, customer_id.strip(), country)
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"Cannot read {path}: {error}.") from error
    except (ValueError, IndexError, InvalidOperation, csv.Error) as error:
        raise UnreadableFile(f"Cannot understand line {line_number} of {path}: {error}.") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
    return path.open(encoding="utf-8", errors="replace", newline="")


def _places(path: Path, headings: list[str]) -> list[int]:
    known = {heading.strip().lstrip("\ufeff"): place for place, heading in enumerate(headings)}
    absent = [column for column in COLUMNS if column not in known]
    if absent:
        raise UnreadableFile(f"{path} is not in the Online Retail format: it has no column {', '.join(absent)}.")
    return [known[column] for column in COLUMNS]
