"""The catalog in memory: variants and stores by every name they are called, read when first asked for.

A counter in the database goes up in the transaction of every change of the catalog, and every batch reads it, so a
copy that is out of date is never decided on, in whichever process the change was made.
"""

import re
from collections.abc import Iterable

from onhand.db.dialect import Writer
from onhand.db.storage import STORAGE
from onhand.rows import Store, Variant

_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
MOST_NAMES = 400_000


def looks_like_id(reference: str) -> bool:
    return _ID.fullmatch(reference) is not None


class CatalogCopy:
    """What `books.Catalog` asks for, kept from batch to batch."""

    def __init__(self) -> None:
        self.stores: dict[str, Store] = {}
        self.ranked_stores: tuple[Store, ...] = ()
        self.variants: dict[str, Variant] = {}
        self.variants_of: dict[str, tuple[Variant, ...]] = {}
        self._revision = -1

    def bring_up_to(self, revision: int, writer: Writer) -> None:
        """Forget everything when the catalog has changed since it was read; read the stores again."""
        if revision == self._revision and len(self.variants) < MOST_NAMES:
            return
        self._revision = -1  # Until the stores are read, the copy is of no revision at all.
        self.variants = {}
        self.variants_of = {}
        columns = ", ".join(STORAGE[Store].columns)
        found = [Store._make(row) for row in writer.run(f"SELECT {columns} FROM stores")]
        self.stores = {name: store for store in found for name in (store.id, store.code)}
        self.ranked_stores = tuple(sorted(found, key=lambda store: (-store.priority, store.code)))
        self._revision = revision

    def fetch(self, references: Iterable[str], writer: Writer) -> None:
        """Read the variants of these SKUs, variant ids or product ids that are not known yet."""
        unknown = {name for name in references if name not in self.variants and name not in self.variants_of}
        if not unknown:
            return
        storage = STORAGE[Variant]
        self._remember(Variant._make(row) for row in writer.select(storage, ["sku"], sorted(unknown)))
        ids = sorted(name for name in unknown if name not in self.variants and looks_like_id(name))
        if not ids:
            return
        self._remember(Variant._make(row) for row in writer.select(storage, ["id"], ids))
        products = [name for name in ids if name not in self.variants]
        siblings: dict[str, list[Variant]] = {}
        for row in writer.select(storage, ["product_id"], products) if products else ():
            variant = Variant._make(row)
            siblings.setdefault(variant.product_id, []).append(variant)
        for product_id, variants in siblings.items():
            self._remember(variants)
            self.variants_of[product_id] = tuple(sorted(variants, key=lambda variant: variant.position))

    def _remember(self, found: Iterable[Variant]) -> None:
        for variant in found:
            self.variants[variant.sku] = variant
            self.variants[variant.id] = variant
