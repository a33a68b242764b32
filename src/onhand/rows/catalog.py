"""Stores, and what is sold."""

from typing import NamedTuple


class Store(NamedTuple):
    """A place that holds stock. `transit_by_country` is JSON: days by ISO 3166 country, where they differ."""

    id: str
    code: str
    name: str
    priority: int
    handling_days: int
    cutoff: str | None
    time_zone: str
    address: str | None
    created_at: int
    updated_at: int
    transit_days: int | None = None
    transit_by_country: str | None = None


class Product(NamedTuple):
    """What is sold; it is stocked and priced by its variants. `category` is the shop's own word for its kind."""

    id: str
    name: str
    description: str | None
    currency: str
    created_at: int
    updated_at: int
    category: str | None = None


class Variant(NamedTuple):
    """The unit that is stocked and priced. `title` is what an order line shows: the product's name and the options.

    A kit has `components`, JSON of [variant id, quantity] pairs: it is never stocked itself, its components are.
    """

    id: str
    product_id: str
    position: int
    sku: str
    title: str
    price: int
    currency: str
    barcode: str | None
    options: str | None
    substitutes: str | None
    created_at: int
    updated_at: int
    components: str | None = None
    lead_days: int | None = None
    preorder_until: int | None = None
