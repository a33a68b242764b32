"""Products, variants, stores and keys: what may be made and changed, and what is refused."""

import json

import pytest
from tests.trade.keeper import CLERK, MAIN, Keeper

from onhand.rows import ApiKey, Product, Store, Variant
from onhand.trade.catalog import ChangeProduct, ChangeStore, CreateProduct, CreateStore, VariantSpec
from onhand.trade.durations import MINUTE
from onhand.trade.errors import Forbidden, Refusal
from onhand.trade.keys import CreateKey, RevokeKey
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.stock import AdjustStock

TILL = CLERK._replace(stores=frozenset({MAIN.id}))
SHIRT = CreateProduct(
    "Shirt",
    (
        VariantSpec("SHIRT-S", 199_900, options={"size": "S", "colour": "red"}, substitutes=("SHIRT-M",)),
        VariantSpec("SHIRT-M", 209_900, barcode="4006381333931", options={"size": "M"}),
    ),
    "Cotton",
    "EUR",
)


class OpenKeeper(Keeper):
    """A keeper that also brings the rows of the catalog that are to be changed."""

    def _open(self, needs, all_of=()):
        books = super()._open(needs, all_of)
        variants, stores = books.catalog.variants, books.catalog.stores
        ids = {variants[name].product_id if name in variants else name for name in needs.products}
        books.products.load(row for row in self.rows[Product].values() if row.id in ids)
        books.variants.load(row for row in self.rows[Variant].values() if row.product_id in ids)
        books.stores.load(stores[name] for name in needs.stores if name in stores)
        books.api_keys.load(row for row in self.rows[ApiKey].values() if row.id in needs.keys)
        return books


@pytest.fixture
def keeper():
    return OpenKeeper()


def variants(keeper):
    return {variant.sku: variant for variant in keeper.rows[Variant].values()}


def test_a_product_with_variants(keeper):
    made = keeper.run(SHIRT)
    assert (made.product.name, made.product.description, made.product.currency) == ("Shirt", "Cotton", "EUR")
    small, medium = made.variants
    assert (small.title, small.position, small.price) == ("Shirt (S, red)", 1, 199_900)
    assert (medium.title, medium.position, medium.barcode) == ("Shirt (M)", 2, "4006381333931")
    assert json.loads(small.substitutes or "") == ["SHIRT-M"]


def test_a_short_item_is_named(keeper):
    keeper.run(SHIRT)
    refused = keeper.run(PlaceOrder((Item("SHIRT-S", 1),)))
    assert refused.detail == "Insufficient stock for Shirt (S, red). Available: 0, Requested: 1"
    assert [shortage.sku for shortage in refused.shortages] == ["SHIRT-S"]


def test_a_variant_is_named_by_its_sku_its_id_or_its_products_id_when_it_is_the_only_one(keeper):
    mug = keeper.run(CreateProduct("Mug", (VariantSpec("MUG", 50_000),)))
    for name in ("MUG", mug.variants[0].id, mug.product.id):
        assert not isinstance(keeper.run(AdjustStock(name, "main", "increment", 1, "-")), Refusal)
    shirt = keeper.run(SHIRT).product.id
    refused = keeper.run(AdjustStock(shirt, "main", "increment", 1, "-"))
    assert refused.detail == "product_id: the product has several variants, name one: SHIRT-S, SHIRT-M"
    assert keeper.run(AdjustStock("shirt-s", "main", "increment", 1, "-")).code == "variant_not_found"


CHANGES = [
    (ChangeProduct("SHIRT-S", name="Blouse"), ("Blouse", "Cotton"), "Blouse (S, red)", 199_900),
    (ChangeProduct("SHIRT-S", description="Linen"), ("Shirt", "Linen"), "Shirt (S, red)", 199_900),
    (ChangeProduct("SHIRT-M", variants=(VariantSpec("SHIRT-S", 1),)), ("Shirt", "Cotton"), "Shirt (S, red)", 1),
    (
        ChangeProduct("SHIRT-M", variants=(VariantSpec("SHIRT-S", None, options={"size": "XS"}),)),
        ("Shirt", "Cotton"),
        "Shirt (XS)",
        199_900,
    ),
]


@pytest.mark.parametrize(("change", "product", "title", "price"), CHANGES)
def test_a_change_of_a_product(keeper, change, product, title, price):
    before = keeper.run(SHIRT).product
    keeper.now += MINUTE
    changed = keeper.run(change)
    assert (changed.product.name, changed.product.description) == product
    assert changed.product.updated_at == before.updated_at + MINUTE
    small = variants(keeper)["SHIRT-S"]
    assert (small.title, small.price) == (title, price)
    assert len(changed.variants) == 2


def test_a_variant_is_added(keeper):
    keeper.run(SHIRT)
    changed = keeper.run(ChangeProduct("SHIRT-S", variants=(VariantSpec("SHIRT-L", 1),)))
    assert [(variant.sku, variant.position) for variant in changed.variants] == [
        ("SHIRT-S", 1),
        ("SHIRT-M", 2),
        ("SHIRT-L", 3),
    ]


def test_a_store_is_made_and_changed(keeper):
    made = keeper.run(CreateStore("east", "East", 2, 1, "15:00", "Europe/Berlin", {"city": "Berlin"}))
    assert made == keeper.rows[Store][made.id]
    changed = keeper.run(ChangeStore("east", name="East End", priority=0, address={"city": "Köln"}))
    assert (changed.code, changed.name, changed.priority, changed.handling_days) == ("east", "East End", 0, 1)
    assert json.loads(changed.address) == {"city": "Köln"}


EUROS = CreateProduct("X", (VariantSpec("X", 1),), None, "EURO")
TWICE = CreateProduct("X", (VariantSpec("X", 1), VariantSpec("X", 2)))
REFUSED = [
    (CreateProduct("Again", (VariantSpec("SHIRT-S", 1),)), "already_exists", "There is already a variant 'SHIRT-S'."),
    (TWICE, "already_exists", "There is already a variant 'X'."),
    (EUROS, "validation_failed", "currency: 'EURO' is not an ISO 4217 currency code"),
    (ChangeProduct("NOSUCH", name="X"), "product_not_found", "There is no product 'NOSUCH'."),
    (
        ChangeProduct("SHIRT-S", variants=(VariantSpec("MUG", 1),)),
        "already_exists",
        "There is already a variant 'MUG'.",
    ),
    (
        ChangeProduct("SHIRT-S", variants=(VariantSpec("SHIRT-L", None),)),
        "validation_failed",
        "variants: SHIRT-L is new and needs a price",
    ),
    (
        ChangeProduct("SHIRT-S", price=1),
        "validation_failed",
        "price: the product has several variants, change theirs: SHIRT-S, SHIRT-M",
    ),
    (ChangeProduct("SHIRT-S", expected_updated_at=1), "precondition_failed", "The product was changed since then."),
    (CreateStore("main", "Again"), "already_exists", "There is already a store 'main'."),
    (ChangeStore("moon", name="X"), "store_not_found", "There is no store 'moon'."),
    (RevokeKey("no such key"), "key_not_found", "There is no API key 'no such key'."),
    (
        CreateKey("k", "hash", "oh_1", ("cook",)),
        "validation_failed",
        "scopes: 'cook' is none of read, orders, stock, safety_stock, admin",
    ),
    (CreateKey("k", "hash", "oh_1", ("read",), ("moon",)), "store_not_found", "There is no store 'moon'."),
]


@pytest.mark.parametrize(("asked", "code", "detail"), REFUSED, ids=[f"{each[1]}-{n}" for n, each in enumerate(REFUSED)])
def test_refused(keeper, asked, code, detail):
    keeper.run(SHIRT)
    keeper.run(CreateProduct("Mug", (VariantSpec("MUG", 50_000),)))
    before = keeper.copy()
    refused = keeper.run(asked)
    assert (refused.code, refused.detail) == (code, detail)
    assert keeper.rows == before.rows


@pytest.mark.parametrize(
    "asked",
    [
        CreateProduct("X", (VariantSpec("X", 1),)),
        ChangeProduct("SHIRT-S", name="X"),
        CreateStore("west", "West"),
        ChangeStore("main", name="X"),
        CreateKey("k", "hash", "oh_1", ("read",)),
    ],
    ids=lambda asked: type(asked).__name__,
)
def test_a_till_changes_nothing_that_is_for_all_stores(keeper, asked):
    keeper.run(SHIRT)
    assert isinstance(keeper.run(asked, TILL), Forbidden)


def test_a_key_is_made_and_revoked_once(keeper):
    key = keeper.run(CreateKey("Till 1", "hash", "oh_1", ("read", "orders"), ("main",)))
    assert (key.scopes, key.stores, key.revoked_at) == ("read orders", MAIN.id, None)
    first = keeper.run(RevokeKey(key.id))
    keeper.now += MINUTE
    assert keeper.run(RevokeKey(key.id)) == first
    assert first.revoked_at == keeper.now - MINUTE


def test_two_of_a_name_in_one_batch(keeper):
    mug = CreateProduct("Mug", (VariantSpec("MUG", 50_000),))
    east = CreateStore("east", "East")
    outcomes = keeper.batch([(mug, CLERK), (mug, CLERK), (east, CLERK), (east, CLERK)])
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [
        None,
        "already_exists",
        "east",
        "already_exists",
    ]
    assert list(variants(keeper)) == ["MUG"]
