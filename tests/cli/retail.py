"""Small files in the Online Retail format."""

import csv
import gzip
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

HEADINGS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def write(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Rows are (invoice, SKU, quantity, price, customer); each is dated a minute after the one before."""
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        for minute, (invoice, sku, quantity, price, customer) in enumerate(rows):
            date = f"2010-12-{1 + minute // 1440:02} {minute // 60 % 24:02}:{minute % 60:02}:00"
            writer.writerow([invoice, sku, f"THE {sku}", quantity, date, price, customer, "France"])
    return path


def busy_shop(path: Path, orders: int, seed: int = 1) -> Path:
    """So many orders of a few lines each, from a few customers, for few SKUs."""
    chance = random.Random(seed)
    rows = []
    for number in range(orders):
        customer = chance.choice(["", "17850", "13047", "12583"])
        for _ in range(chance.randint(1, 8)):
            sku = f"{chance.choice('AB')}{chance.randint(1, 30)}{chance.choice(['', 'a', 'A'])}"
            rows.append((536000 + number, sku, chance.randint(1, 12), f"{chance.randint(1, 2000) / 1000}", customer))
    return write(path, rows)


def expected(path: Path, orders: int) -> tuple[int, int]:
    """(accepted, units left) with half of what is sold in stock: a second reckoning, with nothing of the engine's."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", newline="", encoding="utf-8") as text:
        documents: dict[str, list[tuple[str, int]]] = {}
        for row in csv.DictReader(text):
            if row["InvoiceNo"].isdigit() and int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0:
                documents.setdefault(row["InvoiceNo"], []).append((row["StockCode"], int(row["Quantity"])))
    wanted = list(documents.values())[:orders]
    left: dict[str, int] = {}
    for lines in wanted:
        for sku, quantity in lines:
            left[sku] = left.get(sku, 0) + quantity
    left = {sku: units // 2 for sku, units in left.items()}
    accepted = 0
    for lines in wanted:
        demand: dict[str, int] = {}
        for sku, quantity in lines:
            demand[sku] = demand.get(sku, 0) + quantity
        if all(left[sku] >= quantity for sku, quantity in demand.items()):
            accepted += 1
            for sku, quantity in demand.items():
                left[sku] -= quantity
    return accepted, sum(left.values())
