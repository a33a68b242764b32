"""The order tables of Microsoft's Northwind sample database, as one CSV file for each table.

products (product_id, product_name, unit_price, units_in_stock), orders (order_id, customer_id, order_date,
ship_country) and order_details (order_id, product_id, unit_price, quantity, discount); other columns are passed over.
A discount is a share of the price, so a line's price is what is left of it. An order stands where its row stands.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

from onhand import clock
from onhand.cli.online_retail import Article, Document, SoldLine, Survey
from onhand.cli.tables import Cells, rows
from onhand.trade import money

CURRENCY = "USD"
SMALLEST_PRICE = Decimal(1).scaleb(-money.PRICE_DECIMALS)


class _Product(NamedTuple):
    sku: str
    title: str
    price: int
    stocked: int


class _OrderLine(NamedTuple):
    number: str
    line: SoldLine


class _Head(NamedTuple):
    number: str
    customer_id: str | None
    country: str
    at: int


def survey(folder: Path, most_orders: int | None = None) -> Survey:
    """What the first so many orders ask for, and what there is of it. Raises UnreadableFile."""
    wanted = {head.number for head in _heads(folder, most_orders)}
    lines_of: dict[str, int] = {}
    units: dict[str, int] = {}
    for number, line in rows(folder, "order_details", _order_line):
        if number in wanted:
            lines_of[number] = lines_of.get(number, 0) + 1
            units[line.sku] = units.get(line.sku, 0) + line.quantity
    articles = [
        Article(product.sku, product.title, product.price, units[product.sku], product.stocked)
        for product in rows(folder, "products", _product)
        if product.sku in units
    ]
    return Survey(len(lines_of), articles, lines_of, CURRENCY)


def documents(folder: Path, surveyed: Survey) -> Iterator[Document]:
    """The orders that were surveyed, in the order of their table."""
    lines: dict[str, list[SoldLine]] = {number: [] for number in surveyed.lines_of}
    for number, line in rows(folder, "order_details", _order_line):
        if number in lines:
            lines[number].append(line)
    for head in _heads(folder, None):
        if head.number in lines:
            yield Document(*head, tuple(lines[head.number]))


def _heads(folder: Path, most: int | None) -> list[_Head]:
    return list(rows(folder, "orders", _head))[:most]


def _head(cells: Cells) -> _Head:
    ordered_at = clock.as_microseconds(datetime.fromisoformat(cells["order_date"]))
    return _Head(cells["order_id"], cells["customer_id"] or None, cells["ship_country"], ordered_at)


def _order_line(cells: Cells) -> _OrderLine:
    price = Decimal(cells["unit_price"]) * (1 - Decimal(cells["discount"]))
    return _OrderLine(cells["order_id"], SoldLine(cells["product_id"], int(cells["quantity"]), _exact(price)))


def _product(cells: Cells) -> _Product:
    price = _exact(Decimal(cells["unit_price"]))
    return _Product(cells["product_id"], cells["product_name"], price, int(cells["units_in_stock"]))


def _exact(price: Decimal) -> int:
    """The tables keep prices as binary fractions: 9.8 is written 9.80000019."""
    return money.price(price.quantize(SMALLEST_PRICE, ROUND_HALF_UP))
