"""`onhand replay --on-shortage backorder`: what is short waits, is bought, and fills who waited first."""

import csv
import gzip
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.cli import retail
from tests.cli.running import Ended, onhand

from onhand.db.database import open_database
from onhand.db.schema import levels, movements, order_lines, orders, variants

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "northwind"


def replayed(path: Path, url: str, *options: str) -> Ended:
    return onhand("replay", str(path), "--json", "--on-shortage", "backorder", *options, database_url=url)


def assert_every_order_has_all_it_asked_for(url: str) -> None:
    database = open_database(url)
    with database.reading() as connection:
        statuses = Counter(connection.execute(select(orders.c.status)).scalars())
        lines = connection.execute(select(order_lines)).all()
        stock = connection.execute(select(levels)).all()
    database.close()
    assert set(statuses) == {"shipped"}
    assert all((line.shipped, line.backordered, line.released) == (line.quantity, 0, 0) for line in lines)
    assert all(min(level.available, level.on_hold, level.reserved, level.unsellable) >= 0 for level in stock)
    assert all(level.on_hold == level.reserved == 0 for level in stock)


def fills_by_sku(url: str) -> dict[str, list[str]]:
    """The orders that backorders of each SKU were filled for, in the order of the ledger."""
    database = open_database(url)
    with database.reading() as connection:
        found = connection.execute(
            select(variants.c.sku, orders.c.reference)
            .join(movements, movements.c.variant_id == variants.c.id)
            .join(orders, orders.c.id == movements.c.order_id)
            .where(movements.c.cause == "backorder")
            .order_by(variants.c.sku, movements.c.version)
        ).all()
    database.close()
    return {sku: [row.reference for row in rows] for sku, rows in groupby(found, lambda row: row.sku)}


def test_who_waited_first_gets_it_first(tmp_path: Path, database_url: str):
    rows = [("100", "TIN", 4, "1", ""), ("101", "TIN", 5, "1", "17850"), ("102", "CUP", 2, "1", "17850")]
    path = retail.write(tmp_path / "shop.csv", [*rows, ("103", "TIN", 3, "1", ""), ("103", "CUP", 1, "1", "")])
    figures = replayed(path, database_url, "--opening", "6").document
    assert (figures["accepted"], figures["refused"]) == (4, 0)
    assert (figures["units_backordered"], figures["units_received"]) == (6, 6)
    assert (figures["units_opened"], figures["units_shipped"], figures["units_available"]) == (12, 15, 3)
    assert fills_by_sku(database_url) == {"TIN": ["101", "103"]}
    assert_every_order_has_all_it_asked_for(database_url)
    assert onhand("verify", "--json", database_url=database_url).code == 0


def test_a_file_that_states_no_stock_cannot_be_opened_with_it(tmp_path: Path, sqlite_url: str):
    path = retail.write(tmp_path / "shop.csv", [("100", "TIN", 4, "1", "")])
    ended = replayed(path, sqlite_url, "--opening", "stated")
    assert ended.code == 2
    assert "does not state" in ended.err


def test_a_folder_without_northwinds_tables_is_wrong_use(tmp_path: Path, sqlite_url: str):
    ended = replayed(tmp_path, sqlite_url)
    assert ended.code == 2
    assert "There is no orders.csv" in ended.err


def table(name: str) -> list[dict[str, str]]:
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.timeout(600)
@pytest.mark.skipif(not DATA.exists(), reason="Northwind's tables are not beside this checkout")
def test_northwind_ships_every_order_in_the_end(database_url: str):
    stock = {row["product_id"]: int(row["units_in_stock"]) for row in table("products")}
    asked: Counter[str] = Counter()
    for line in table("order_details"):
        asked[line["product_id"]] += int(line["quantity"])
    missing = {sku: units - stock[sku] for sku, units in asked.items() if units > stock[sku]}
    assert (len(table("orders")), asked.total(), sum(missing.values())) == (830, 51_317, 48_198)

    figures = replayed(DATA, database_url, "--opening", "stated").document
    assert (figures["accepted"], figures["refused"]) == (830, 0)
    assert figures["units_opened"] == sum(stock[sku] for sku in asked)
    assert figures["units_backordered"] == figures["units_received"] == sum(missing.values())
    assert figures["units_shipped"] == asked.total()
    assert figures["units_available"] == figures["units_opened"] + sum(missing.values()) - asked.total()
    assert_every_order_has_all_it_asked_for(database_url)
    filled = fills_by_sku(database_url)
    assert filled.keys() == missing.keys()
    for sku, references in filled.items():
        assert references == sorted(references, key=int), f"{sku} was not filled in the order of the orders"
    verified = onhand("verify", "--json", database_url=database_url)
    assert verified.document["broken"] == []
    assert verified.document["checked"]["8"] >= 2_155
