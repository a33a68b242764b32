"""What a scanner reads: the SKU of a barcode, and the barcodes of SKUs."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, or_, select

from onhand.db.schema import variants

# Databases take so many parameters and no more: SQLite 32,766, PostgreSQL 65,535.
AT_A_TIME = 5_000
_V = variants.c


def skus_of(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """The SKU that each code means, as far as one does. A code that is a SKU means itself, whatever else bears it."""
    wanted = sorted(set(codes))
    question = select(_V.sku, _V.barcode)
    found: list[Any] = []
    for start in range(0, len(wanted), AT_A_TIME):
        some = wanted[start : start + AT_A_TIME]
        found += connection.execute(question.where(or_(_V.sku.in_(some), _V.barcode.in_(some)))).all()
    return {row.barcode: row.sku for row in found if row.barcode is not None} | {row.sku: row.sku for row in found}


def barcodes_of(connection: Connection, skus: Iterable[str]) -> dict[str, str]:
    """The barcodes of those of the SKUs that have one."""
    known = _V.sku.in_(sorted(set(skus))) & _V.barcode.is_not(None)
    return {row.sku: row.barcode for row in connection.execute(select(_V.sku, _V.barcode).where(known))}
