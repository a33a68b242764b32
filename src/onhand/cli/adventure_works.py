"""The stock and purchasing tables of Microsoft's AdventureWorks sample database, as one CSV file for each table.

Product (ProductID, Name, ProductNumber, ListPrice), Location (LocationID, Name), ProductInventory (ProductID,
LocationID, Quantity), PurchaseOrderHeader (PurchaseOrderID, Status, VendorID, OrderDate, ShipDate) and
PurchaseOrderDetail (PurchaseOrderID, DueDate, OrderQty, ProductID, UnitPrice, ReceivedQty, RejectedQty, StockedQty);
other columns are passed over. A file is `Name.csv` or `Name.csv.gz`. Quantities are decimals there and must be whole.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from onhand import clock
from onhand.cli.tables import Cells, rows
from onhand.trade import money

COMPLETE = "4"


class Product(NamedTuple):
    """A product: its number is the SKU, and its price in ten-thousandths."""

    sku: str
    name: str
    price: int


class Stocked(NamedTuple):
    """Units of a product at a location."""

    sku: str
    store: str
    units: int


class BoughtLine(NamedTuple):
    """One line of a purchase order, and what came of it."""

    sku: str
    ordered: int
    received: int
    rejected: int
    unit_cost: int
    expected_at: int


class Bought(NamedTuple):
    """A purchase order. When its goods came is not in the files: they count as come when they were shipped."""

    number: str
    supplier: str
    ordered_on: str
    shipped_at: int
    is_complete: bool
    lines: tuple[BoughtLine, ...]


class Warehouse(NamedTuple):
    """All that the files say; `stores` are names by code. Only products that are stocked or bought are here."""

    products: list[Product]
    stores: dict[str, str]
    stock: list[Stocked]
    purchases: list[Bought]


def read(folder: Path) -> Warehouse:
    """Read the five files of a folder. Raises UnreadableFile."""
    catalog = dict(rows(folder, "Product", _product))
    locations = dict(rows(folder, "Location", lambda cells: (cells["LocationID"], cells["Name"])))
    codes = {location: _code(name) for location, name in locations.items()}
    stock = list(
        rows(
            folder,
            "ProductInventory",
            lambda cells: Stocked(
                catalog[cells["ProductID"]].sku, codes[cells["LocationID"]], _whole(cells["Quantity"])
            ),
        )
    )
    lines: dict[str, list[BoughtLine]] = {}
    for number, line in rows(folder, "PurchaseOrderDetail", lambda cells: _line(cells, catalog)):
        lines.setdefault(number, []).append(line)
    purchases = list(rows(folder, "PurchaseOrderHeader", lambda cells: _purchase(cells, lines)))
    used = {each.sku for each in stock} | {line.sku for bought in purchases for line in bought.lines}
    stores = {codes[location]: name for location, name in locations.items()}
    return Warehouse([product for product in catalog.values() if product.sku in used], stores, stock, purchases)


def _product(cells: Cells) -> tuple[str, Product]:
    return cells["ProductID"], Product(cells["ProductNumber"], cells["Name"], money.price(Decimal(cells["ListPrice"])))


def _code(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _line(cells: Cells, catalog: Mapping[str, Product]) -> tuple[str, BoughtLine]:
    received, rejected = _whole(cells["ReceivedQty"]), _whole(cells["RejectedQty"])
    if _whole(cells["StockedQty"]) != received - rejected:
        raise ValueError("what was stocked is not what was received and not rejected")
    return cells["PurchaseOrderID"], BoughtLine(
        catalog[cells["ProductID"]].sku,
        _whole(cells["OrderQty"]),
        received,
        rejected,
        money.price(Decimal(cells["UnitPrice"])),
        _moment(cells["DueDate"]),
    )


def _purchase(cells: Cells, lines: Mapping[str, list[BoughtLine]]) -> Bought:
    number = cells["PurchaseOrderID"]
    return Bought(
        number,
        f"Vendor {cells['VendorID']}",
        cells["OrderDate"][:10],
        _moment(cells["ShipDate"]),
        cells["Status"] == COMPLETE,
        tuple(lines[number]),
    )


def _whole(text: str) -> int:
    quantity = Decimal(text)
    if quantity != int(quantity):
        raise ValueError(f"{text} is not a whole number of units")
    return int(quantity)


def _moment(text: str) -> int:
    """The files' times are taken as UTC."""
    return clock.as_microseconds(datetime.fromisoformat(text))
