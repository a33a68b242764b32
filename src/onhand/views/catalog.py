"""Products and stores as answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, exists, or_, select

from onhand.clock import as_datetime
from onhand.db.catalog import looks_like_id
from onhand.db.schema import products, stores, variants
from onhand.rows import Product, Store, Variant
from onhand.trade import catalog, money
from onhand.trade.errors import ProductNotFound, StoreNotFound
from onhand.views.names import is_called
from onhand.views.pages import Page, after, page
from onhand.views.search import mentions

SKUS_AT_A_TIME = 500


@dataclass(slots=True)
class ComponentAnswer:
    sku: str
    quantity: int


@dataclass(slots=True)
class VariantAnswer:
    """A variant. One with `components` is a kit."""

    id: str
    variant_id: str
    sku: str
    title: str
    price: Decimal
    barcode: str | None
    options: dict[str, str] | None
    substitutes: list[str]
    components: list[ComponentAnswer]
    lead_days: int | None
    preorder_until: datetime | None


@dataclass(slots=True)
class ProductAnswer:
    """A product. One with a single variant shows its SKU and price at the top too."""

    id: str
    product_id: str
    name: str
    description: str | None
    category: str | None
    currency: str
    sku: str | None
    price: Decimal | None
    variants: list[VariantAnswer]
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class StoreAnswer:
    id: str
    store_id: str
    code: str
    name: str
    priority: int
    handling_days: int
    transit_days: int | None
    transit_by_country: dict[str, int] | None
    cutoff: str | None
    time_zone: str
    address: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


def product_answer(product: Product, of_product: Sequence[Variant], components: Mapping[str, Variant]) -> ProductAnswer:
    """A product with its variants; `components`: what kits among them are made of, by id."""
    listed = [_variant(variant, components) for variant in of_product]
    only = listed[0] if len(listed) == 1 else None
    return ProductAnswer(
        id=product.id,
        product_id=product.id,
        name=product.name,
        description=product.description,
        category=product.category,
        currency=product.currency,
        sku=only.sku if only else None,
        price=only.price if only else None,
        variants=listed,
        created_at=as_datetime(product.created_at),
        updated_at=as_datetime(product.updated_at),
    )


def _variant(variant: Variant, components: Mapping[str, Variant]) -> VariantAnswer:
    return VariantAnswer(
        id=variant.id,
        variant_id=variant.id,
        sku=variant.sku,
        title=variant.title,
        price=money.price_text(variant.price),
        barcode=variant.barcode,
        options=json.loads(variant.options) if variant.options else None,
        substitutes=list(catalog.substitutes(variant)),
        components=[ComponentAnswer(components[of].sku, quantity) for of, quantity in catalog.recipe(variant)],
        lead_days=variant.lead_days,
        preorder_until=as_datetime(variant.preorder_until),
    )


def store_answer(store: Store) -> StoreAnswer:
    return StoreAnswer(
        id=store.id,
        store_id=store.id,
        code=store.code,
        name=store.name,
        priority=store.priority,
        handling_days=store.handling_days,
        transit_days=store.transit_days,
        transit_by_country=json.loads(store.transit_by_country) if store.transit_by_country else None,
        cutoff=store.cutoff,
        time_zone=store.time_zone,
        address=json.loads(store.address) if store.address else None,
        created_at=as_datetime(store.created_at),
        updated_at=as_datetime(store.updated_at),
    )


def find_product(connection: Connection, reference: str) -> ProductAnswer:
    """The product of that id, or of the variant of that SKU or id. Raises ProductNotFound."""
    of_variants = select(products).join(variants, variants.c.product_id == products.c.id)
    row = connection.execute(of_variants.where(is_called(reference)).limit(1)).first()
    if row is None:
        raise ProductNotFound(reference)
    product = Product._make(row)
    of_product = _variants_of(connection, [product.id])[product.id]
    return product_answer(product, of_product, _components_of(connection, of_product))


def list_products(connection: Connection, q: str | None, limit: int, cursor: str | None) -> Page[ProductAnswer]:
    """Products, oldest first; `q` searches names, SKUs and barcodes."""
    columns = (products.c.created_at, products.c.id)
    statement = select(products)
    if q:
        matching = or_(mentions(q, variants.c.sku, variants.c.title), variants.c.barcode == q)
        statement = statement.where(exists().where(variants.c.product_id == products.c.id, matching))
    if cursor:
        statement = statement.where(after(cursor, columns, descending=False))
    found = [Product._make(row) for row in connection.execute(statement.order_by(*columns).limit(limit + 1))]
    of_product = _variants_of(connection, [product.id for product in found[:limit]])
    components = _components_of(connection, [variant for each in of_product.values() for variant in each])
    return page(
        found,
        limit,
        lambda product: (product.created_at, product.id),
        lambda product: product_answer(product, of_product.get(product.id, ()), components),
    )


def _variants_of(connection: Connection, product_ids: Sequence[str]) -> dict[str, list[Variant]]:
    grouped: dict[str, list[Variant]] = {}
    for row in connection.execute(
        select(variants)
        .where(variants.c.product_id.in_(product_ids))
        .order_by(variants.c.product_id, variants.c.position)
    ):
        grouped.setdefault(row.product_id, []).append(Variant._make(row))
    return grouped


def _components_of(connection: Connection, listed: Sequence[Variant]) -> dict[str, Variant]:
    """What the kits among these variants are made of, by id."""
    wanted = sorted({variant_id for variant in listed for variant_id, _ in catalog.recipe(variant)})
    found: dict[str, Variant] = {}
    for start in range(0, len(wanted), SKUS_AT_A_TIME):
        some = select(variants).where(variants.c.id.in_(wanted[start : start + SKUS_AT_A_TIME]))
        found.update({row.id: Variant._make(row) for row in connection.execute(some)})
    return found


def find_store(connection: Connection, reference: str) -> StoreAnswer:
    """The store of that code or id. Raises StoreNotFound."""
    named = stores.c.id if looks_like_id(reference) else stores.c.code
    row = connection.execute(select(stores).where(named == reference)).first()
    if row is None:
        raise StoreNotFound(reference)
    return store_answer(Store._make(row))


def list_stores(connection: Connection, limit: int, cursor: str | None) -> Page[StoreAnswer]:
    """Stores, by code."""
    statement = select(stores)
    if cursor:
        statement = statement.where(after(cursor, (stores.c.code,), descending=False))
    found = [Store._make(row) for row in connection.execute(statement.order_by(stores.c.code).limit(limit + 1))]
    return page(found, limit, lambda store: (store.code,), store_answer)


def known_skus(connection: Connection, skus: Sequence[str]) -> set[str]:
    """Those of these SKUs that there are."""
    found: set[str] = set()
    for start in range(0, len(skus), SKUS_AT_A_TIME):
        some = skus[start : start + SKUS_AT_A_TIME]
        found.update(connection.execute(select(variants.c.sku).where(variants.c.sku.in_(some))).scalars())
    return found
