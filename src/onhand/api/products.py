"""Products and their variants over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from onhand.api.answers import json_response
from onhand.api.calls import Call
from onhand.api.etags import etag, expected_version
from onhand.api.queries import ProductRef, SearchQuery
from onhand.api.stock_bodies import ProductBody, ProductChangeBody, VariantBody, VariantChangeBody
from onhand.clock import as_microseconds
from onhand.trade import catalog, money
from onhand.views import catalog as views
from onhand.views.catalog import ProductAnswer


def answer(picture: catalog.ProductPicture) -> ProductAnswer:
    return views.product_answer(*picture)


async def create_product(call: Call, body: ProductBody) -> Response:
    """Add a product."""
    command = catalog.CreateProduct(
        name=body.name,
        variants=tuple(_spec(variant) for variant in body.all_variants),
        description=body.description,
        currency=body.currency,
        category=body.category,
    )
    return await call.perform(command, answer, 201, location="/api/products/{id}")


async def list_products(call: Call, query: Annotated[SearchQuery, Query()]) -> Response:
    """List products, oldest first."""
    return await call.ask(views.list_products, query.q, query.limit, query.cursor)


async def get_product(call: Call, ref: ProductRef) -> Response:
    """Look at a product.

    Its ETag can be sent as If-Match with a change of it.
    """
    found = await call.find(views.find_product, ref)
    return json_response(found, headers=etag(as_microseconds(found.updated_at)))


async def change_product(call: Call, ref: ProductRef, body: ProductChangeBody) -> Response:
    """Change a product, change its variants or add some."""
    command = catalog.ChangeProduct(
        product=ref,
        name=body.name,
        description=body.description,
        category=body.category,
        variants=tuple(_spec(variant) for variant in body.variants or ()),
        price=None if body.price is None else money.price(body.price),
        expected_updated_at=expected_version(call),
    )
    return await call.perform(command, answer)


def _spec(variant: VariantBody | VariantChangeBody) -> catalog.VariantSpec:
    return catalog.VariantSpec(
        variant.sku,
        None if variant.price is None else money.price(variant.price),
        variant.barcode,
        variant.options,
        None if variant.substitutes is None else tuple(variant.substitutes),
        None if variant.components is None else tuple((part.sku, part.quantity) for part in variant.components),
        variant.lead_days,
        as_microseconds(variant.preorder_until),
    )
