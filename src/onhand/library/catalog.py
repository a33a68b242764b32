"""Products, variants and stores, from Python."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from onhand.library import items as items_
from onhand.library.items import Item
from onhand.library.service import Service
from onhand.trade import catalog
from onhand.views import catalog as catalog_views
from onhand.views.pages import DEFAULT_LIMIT, Page


class CatalogService(Service):
    """Products, variants and stores."""

    def create_product(
        self,
        name: str,
        *,
        sku: str | None = None,
        price: Decimal | str | int | None = None,
        variants: Sequence[Item] = (),
        description: str | None = None,
        currency: str | None = None,
        category: str | None = None,
    ) -> catalog_views.ProductAnswer:
        """Create a product: with one variant by `sku` and `price`, or with several by `variants`. AlreadyExists."""
        given = list(variants) or [{"sku": sku, "price": price}]
        specs = tuple(items_.variant_spec(spec, f"variants.{place}") for place, spec in enumerate(given))
        command = catalog.CreateProduct(name, specs, description, currency, category)
        picture: catalog.ProductPicture = self._engine.run(command, self._actor)
        return catalog_views.product_answer(*picture)

    def create_store(self, code: str, name: str, **details: Any) -> catalog_views.StoreAnswer:
        """Create a store. `details` are the other fields of a store. AlreadyExists."""
        return catalog_views.store_answer(self._engine.run(catalog.CreateStore(code, name, **details), self._actor))

    def change_store(self, store: str, **details: Any) -> catalog_views.StoreAnswer:
        """Change the fields of a store that are given. StoreNotFound, ValidationFailed."""
        return catalog_views.store_answer(self._engine.run(catalog.ChangeStore(store, **details), self._actor))

    def product(self, reference: str) -> catalog_views.ProductAnswer:
        """The product of that id or SKU. ProductNotFound."""
        return self._ask(catalog_views.find_product, reference)

    def products(
        self, q: str | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[catalog_views.ProductAnswer]:
        return self._ask(catalog_views.list_products, q, limit, cursor)
