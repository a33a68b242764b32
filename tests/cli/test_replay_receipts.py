"""`onhand replay-receipts`: a warehouse's purchase orders, as they came."""

import csv
import gzip
from pathlib import Path

import pytest
from tests.cli.running import Ended, onhand

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks-stock"
KEYS = ["products", "stores", "purchase_orders", "lines", "ordered", "received", "rejected", "stocked", "seconds"]

DAY = "2025-03-01 00:00:00.000"
# A bolt that is stocked and bought, a nut that is only bought, a wheel that is neither. Orders: short and complete;
# over, with some rejected, and one SKU on two lines; nothing came; all came.
TABLES = {
    "Product": [
        ["ProductID", "Name", "ProductNumber", "ListPrice", "Color"],
        ["1", "Bolt", "BO-1", ".2500", ""],
        ["2", "Nut", "NU-2", "1.0000", ""],
        ["3", "Wheel", "WH-3", "60.7450", "Black"],
    ],
    "Location": [["LocationID", "Name"], ["1", "Tool Crib"], ["6", "Miscellaneous Storage"]],
    "ProductInventory": [["ProductID", "LocationID", "Quantity"], ["1", "1", "40"], ["1", "6", "2"], ["2", "6", "0"]],
    "PurchaseOrderHeader": [
        ["PurchaseOrderID", "Status", "VendorID", "OrderDate", "ShipDate"],
        *[[number, status, "1580", DAY, DAY] for number, status in (("1", "4"), ("2", "4"), ("3", "1"), ("4", "2"))],
    ],
    "PurchaseOrderDetail": [
        [
            "PurchaseOrderID",
            "DueDate",
            "OrderQty",
            "ProductID",
            "UnitPrice",
            "ReceivedQty",
            "RejectedQty",
            "StockedQty",
        ],
        ["1", DAY, "10", "1", ".1250", "7.00", "2.00", "5.00"],
        ["2", DAY, "5", "1", ".1250", "6.00", ".00", "6.00"],
        ["2", DAY, "3", "1", ".1300", "3.00", "3.00", ".00"],
        ["3", DAY, "8", "2", ".5000", ".00", ".00", ".00"],
        ["4", DAY, "9", "2", ".5000", "9.00", ".00", "9.00"],
    ],
}


def written(folder: Path, **changed: list[list[str]] | None) -> Path:
    for name, rows in {**TABLES, **changed}.items():
        if rows is not None:
            with (folder / f"{name}.csv").open("w", newline="") as text:
                csv.writer(text).writerows(rows)
    return folder


def replayed(folder: Path, url: str, *options: str) -> Ended:
    return onhand("replay-receipts", str(folder), "--json", *options, database_url=url)


def stock(url: str, sku: str) -> dict[str, int]:
    shown: dict[str, int] = onhand("stock", "show", sku, "--json", database_url=url).document
    return shown


def test_short_over_and_rejected(tmp_path: Path, database_url: str):
    ended = replayed(written(tmp_path), database_url)
    figures = ended.document
    assert (ended.err, list(figures)) == ("", KEYS)
    assert {name: figures[name] for name in KEYS[:-1]} == {
        "products": 2,
        "stores": 2,
        "purchase_orders": 4,
        "lines": 5,
        "ordered": 35,
        "received": 25,
        "rejected": 5,
        "stocked": 20,
    }
    bolt, nut = stock(database_url, "BO-1"), stock(database_url, "NU-2")
    assert (bolt["available_stock"], bolt["unsellable"], bolt["incoming"]) == (42 + 5 + 6, 5, 0)
    assert (nut["available_stock"], nut["unsellable"], nut["incoming"]) == (9, 0, 8)
    assert onhand("verify", "--json", database_url=database_url).code == 0


def test_a_second_replay_leaves_what_is_there(tmp_path: Path, sqlite_url: str):
    folder = written(tmp_path)
    replayed(folder, sqlite_url)
    figures = replayed(folder, sqlite_url, "--store", "tool-crib").document
    assert (figures["purchase_orders"], figures["stocked"]) == (0, 0)
    assert stock(sqlite_url, "BO-1")["available_stock"] == 53


def test_deliveries_go_to_the_store_that_is_named(tmp_path: Path, sqlite_url: str):
    replayed(written(tmp_path), sqlite_url, "--store", "tool-crib")
    levels = {level["store"]: level["quantity_available"] for level in stock(sqlite_url, "BO-1")["stores"]}  # type: ignore[attr-defined]
    assert levels == {"tool-crib": 51, "miscellaneous-storage": 2}
    refused = replayed(written(tmp_path), f"{sqlite_url}-2", "--store", "nowhere")
    assert (refused.code, refused.document["code"]) == (1, "store_not_found")


@pytest.mark.parametrize(
    ("table", "rows", "complaint"),
    [
        ("Location", None, "There is no Location.csv"),
        ("ProductInventory", [["ProductID", "Quantity"], ["1", "4"]], "needs 'LocationID'"),
        ("ProductInventory", [["ProductID", "LocationID", "Quantity"], ["9", "1", "4"]], "line 2"),
        ("ProductInventory", [["ProductID", "LocationID", "Quantity"], ["1", "1", "4.5"]], "4.5 is not a whole number"),
        ("Product", [["ProductID", "Name", "ProductNumber", "ListPrice"], ["1", "Bolt", "BO-1", "dear"]], "line 2"),
        (
            "PurchaseOrderDetail",
            [*TABLES["PurchaseOrderDetail"][:-1], ["4", DAY, "9", "2", ".5000", "9.00", "1.00", "9.00"]],
            "what was stocked",
        ),
    ],
)
def test_files_that_are_not_these_are_wrong_use(
    tmp_path: Path, sqlite_url: str, table: str, rows: list[list[str]] | None, complaint: str
):
    ended = replayed(written(tmp_path, **{table: rows}), sqlite_url)
    assert ended.code == 2
    assert complaint.lower() in ended.err.lower()
    assert ended.out == ""


def rows_of(table: str) -> list[dict[str, str]]:
    with gzip.open(DATA / f"{table}.csv.gz", "rt", encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.timeout(600)
@pytest.mark.skipif(not DATA.exists(), reason="the real warehouse's data is not beside this checkout")
def test_a_real_warehouses_purchase_orders(database_url: str):
    figures = replayed(DATA, database_url).document
    lines = rows_of("PurchaseOrderDetail")

    def total(column: str) -> int:
        return round(sum(float(line[column]) for line in lines))

    assert {name: figures[name] for name in KEYS[:-1]} == {
        "products": 432,
        "stores": 14,
        "purchase_orders": 4_012,
        "lines": 8_845,
        "ordered": 2_348_637,
        "received": 2_327_299,
        "rejected": 72_700,
        "stocked": 2_254_599,
    }
    totals = [total(column) for column in ("OrderQty", "ReceivedQty", "RejectedQty", "StockedQty")]
    assert totals == [figures[name] for name in ("ordered", "received", "rejected", "stocked")]
    assert sum(int(row["Quantity"]) for row in rows_of("ProductInventory")) == 335_974
    verified = onhand("verify", "--json", database_url=database_url)
    assert verified.document["broken"] == []
    assert verified.document["checked"]["receiving"] > 8_845
