"""Products, variants and stores: what is sold, what is stocked, and where."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from onhand.books import Actor, Books, Needs
from onhand.rows import Product, Store, Variant
from onhand.trade import money
from onhand.trade.errors import (
    AlreadyExists,
    Forbidden,
    InUse,
    PreconditionFailed,
    ProductNotFound,
    StoreNotFound,
    ValidationFailed,
    VariantNotFound,
)

MOST_DAYS = 365
_CUTOFF = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def variant(books: Books, reference: str) -> Variant:
    """The variant of that SKU or id, or the only variant of the product of that id."""
    found = books.catalog.variants.get(reference)
    if found is not None:
        return found
    siblings = books.catalog.variants_of.get(reference, ())
    if len(siblings) == 1:
        return siblings[0]
    if siblings:
        raise several_variants(siblings)
    raise VariantNotFound(reference)


def variants(books: Books, references: Sequence[str], find: Callable[[Books, str], Variant] = variant) -> list[Variant]:
    """The variant of each of those names. Raises VariantNotFound, with every name that is unknown."""
    try:
        return [find(books, reference) for reference in references]
    except VariantNotFound:
        known = (books.catalog.variants, books.catalog.variants_of)
        unknown = (name for name in dict.fromkeys(references) if not any(name in names for names in known))
        raise VariantNotFound(*unknown) from None


def several_variants(siblings: Sequence[Variant]) -> ValidationFailed:
    """A product was named where a variant was wanted, and it has several."""
    skus = ", ".join(sibling.sku for sibling in siblings)
    return ValidationFailed(("product_id", f"the product has several variants, name one: {skus}"))


def stocked_variant(books: Books, reference: str) -> Variant:
    """The variant of that name, if it is stocked itself. Refuses a kit: only its components are."""
    found = variant(books, reference)
    if found.components is not None:
        raise ValidationFailed(("sku", f"{found.sku} is a kit: name its components"))
    return found


def stocked_variants(books: Books, references: Sequence[str]) -> list[Variant]:
    """As `variants`, and refuses kits."""
    return variants(books, references, stocked_variant)


def store(books: Books, reference: str) -> Store:
    """The store of that code or id."""
    found = books.catalog.stores.get(reference)
    if found is None:
        raise StoreNotFound(reference)
    return found


def substitutes(of: Variant) -> tuple[str, ...]:
    """The SKUs named as substitutes of a variant."""
    return tuple(json.loads(of.substitutes)) if of.substitutes else ()


def recipe(of: Variant) -> tuple[tuple[str, int], ...]:
    """What a kit is made of: variant ids and how many of each. Nothing, for what is stocked itself."""
    return tuple((variant_id, quantity) for variant_id, quantity in json.loads(of.components)) if of.components else ()


# ── Products ────────────────────────────────────────────────────────────────────────────────────────────────────────


class VariantSpec(NamedTuple):
    """A variant as it is to be; `components` make it a kit: (variant, quantity) pairs.

    In a change of one that exists, None leaves a field as it is.
    """

    sku: str
    price: int | None
    barcode: str | None = None
    options: Mapping[str, str] | None = None
    substitutes: tuple[str, ...] | None = None
    components: tuple[tuple[str, int], ...] | None = None
    lead_days: int | None = None
    preorder_until: int | None = None


class CreateProduct(NamedTuple):
    name: str
    variants: tuple[VariantSpec, ...]
    description: str | None = None
    currency: str | None = None
    category: str | None = None


class ProductPicture(NamedTuple):
    """A product with its variants, in their order, and what kits among them are made of, by id."""

    product: Product
    variants: tuple[Variant, ...]
    components: Mapping[str, Variant]


def needs_to_create_product(command: CreateProduct) -> Needs:
    return Needs(variants=_names(command.variants))


def _names(specs: Sequence[VariantSpec]) -> list[str]:
    return [name for spec in specs for name in (spec.sku, *(of for of, _ in spec.components or ()))]


def create_product(books: Books, command: CreateProduct, actor: Actor) -> ProductPicture:
    _permit(actor)
    currency = money.known_currency(command.currency or books.policy.currency)
    for spec in command.variants:
        if spec.sku in books.catalog.variants or not books.take_name("variant", spec.sku):
            raise AlreadyExists("variant", spec.sku)
    product = books.products.put(
        Product(
            id=books.new_id(),
            name=command.name,
            description=command.description,
            currency=currency,
            created_at=books.now,
            updated_at=books.now,
            category=command.category or None,
        )
    )
    variants = tuple(
        books.variants.put(_new_variant(books, product, position, spec))
        for position, spec in enumerate(command.variants, start=1)
    )
    return _picture(books, product, variants)


def _new_variant(books: Books, product: Product, position: int, spec: VariantSpec) -> Variant:
    if spec.price is None:
        raise ValidationFailed(("variants", f"{spec.sku} is new and needs a price"))
    return Variant(
        id=books.new_id(),
        product_id=product.id,
        position=position,
        sku=spec.sku,
        title=_title(product.name, spec.options),
        price=spec.price,
        currency=product.currency,
        barcode=spec.barcode,
        options=_json(spec.options),
        substitutes=_json(list(spec.substitutes) if spec.substitutes else None),
        created_at=books.now,
        updated_at=books.now,
        components=_components(books, spec),
        lead_days=spec.lead_days,
        preorder_until=spec.preorder_until,
    )


def _components(books: Books, spec: VariantSpec) -> str | None:
    """A kit's recipe as it is stored. A kit is made of variants that are stocked, not of kits."""
    if not spec.components:
        return None
    recipe: dict[str, int] = {}
    for reference, quantity in spec.components:
        component = variant(books, reference)
        if component.components or component.sku == spec.sku:
            raise ValidationFailed(("components", f"{component.sku} is a kit: name what it is made of"))
        recipe[component.id] = recipe.get(component.id, 0) + quantity
    return json.dumps(sorted(recipe.items()))


class ChangeProduct(NamedTuple):
    """Change a product. A variant spec with a known SKU changes that variant, any other adds one. None: unchanged.

    An empty `category` takes it out of its category. `price` is that of the only variant. `expected_updated_at` is what
    the change is based on.
    """

    product: str
    name: str | None = None
    description: str | None = None
    variants: tuple[VariantSpec, ...] = ()
    price: int | None = None
    expected_updated_at: int | None = None
    category: str | None = None


def needs_to_change_product(command: ChangeProduct) -> Needs:
    return Needs(products=(command.product,), variants=_names(command.variants))


def change_product(books: Books, command: ChangeProduct, actor: Actor) -> ProductPicture:
    _permit(actor)
    named = books.catalog.variants.get(command.product)
    product = books.products.get(named.product_id if named else command.product)
    if product is None:
        raise ProductNotFound(command.product)
    if command.expected_updated_at not in (None, product.updated_at):
        raise PreconditionFailed("The product was changed since then.")
    variants = {row.sku: row for row in books.variants if row.product_id == product.id}
    product = books.products.put(
        product._replace(
            name=command.name or product.name,
            description=product.description if command.description is None else command.description,
            updated_at=books.now,
            category=product.category if command.category is None else command.category or None,
        )
    )
    for spec in (*command.variants, *_only(command, list(variants))):
        present = variants.get(spec.sku)
        if present is not None:
            variants[spec.sku] = _changed_variant(books, present, spec)
        elif spec.sku in books.catalog.variants or not books.take_name("variant", spec.sku):
            raise AlreadyExists("variant", spec.sku)
        else:
            variants[spec.sku] = _new_variant(books, product, len(variants) + 1, spec)
    for sku, row in variants.items():
        title = _title(product.name, json.loads(row.options) if row.options else None)
        variants[sku] = books.variants.put(row._replace(title=title))
    return _picture(books, product, tuple(sorted(variants.values(), key=lambda row: row.position)))


def _picture(books: Books, product: Product, variants: tuple[Variant, ...]) -> ProductPicture:
    components = {each: books.catalog.variants[each] for row in variants for each, _ in recipe(row)}
    return ProductPicture(product, variants, components)


def _only(command: ChangeProduct, skus: list[str]) -> list[VariantSpec]:
    """The price at the top, as a change of the only variant."""
    if command.price is None:
        return []
    if len(skus) != 1:
        raise ValidationFailed(("price", f"the product has several variants, change theirs: {', '.join(skus)}"))
    return [VariantSpec(skus[0], command.price)]


def _changed_variant(books: Books, present: Variant, spec: VariantSpec) -> Variant:
    if spec.components and not present.components and present.id in books.stocked:
        raise InUse(f"{present.sku} has stock of its own, and a kit has none: take that out first.", sku=present.sku)
    return present._replace(
        price=present.price if spec.price is None else spec.price,
        barcode=present.barcode if spec.barcode is None else spec.barcode,
        options=present.options if spec.options is None else _json(spec.options),
        substitutes=present.substitutes if spec.substitutes is None else _json(list(spec.substitutes)),
        updated_at=books.now,
        components=present.components if spec.components is None else _components(books, spec),
        lead_days=present.lead_days if spec.lead_days is None else spec.lead_days,
        preorder_until=present.preorder_until if spec.preorder_until is None else spec.preorder_until,
    )


def _title(name: str, options: Mapping[str, str] | None) -> str:
    return f"{name} ({', '.join(options.values())})" if options else name


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if value else None


# ── Stores ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class CreateStore(NamedTuple):
    """Open a store. Handling and transit are working days; transit by country is by ISO 3166-1 alpha-2 codes."""

    code: str
    name: str
    priority: int = 0
    handling_days: int = 0
    cutoff: str | None = None
    time_zone: str = "UTC"
    address: Mapping[str, Any] | None = None
    transit_days: int | None = None
    transit_by_country: Mapping[str, int] | None = None


def needs_to_create_store(command: CreateStore) -> Needs:
    return Needs(stores=(command.code,))


def create_store(books: Books, command: CreateStore, actor: Actor) -> Store:
    _permit(actor)
    if command.code in books.catalog.stores or not books.take_name("store", command.code):
        raise AlreadyExists("store", command.code)
    _check_terms(command)
    return books.stores.put(
        Store(
            id=books.new_id(),
            code=command.code,
            name=command.name,
            priority=command.priority,
            handling_days=command.handling_days,
            cutoff=command.cutoff,
            time_zone=command.time_zone,
            address=_json(command.address),
            created_at=books.now,
            updated_at=books.now,
            transit_days=command.transit_days,
            transit_by_country=_json(command.transit_by_country),
        )
    )


class ChangeStore(NamedTuple):
    """Change a store; None leaves a field as it is, and an empty cutoff takes it away. The code is its name everywhere
    and stays.
    """

    store: str
    name: str | None = None
    priority: int | None = None
    handling_days: int | None = None
    cutoff: str | None = None
    time_zone: str | None = None
    address: Mapping[str, Any] | None = None
    transit_days: int | None = None
    transit_by_country: Mapping[str, int] | None = None


def needs_to_change_store(command: ChangeStore) -> Needs:
    return Needs(stores=(command.store,))


def change_store(books: Books, command: ChangeStore, actor: Actor) -> Store:
    _permit(actor)
    known = store(books, command.store)
    _check_terms(command)
    present = books.stores[known.id]
    wanted = {name: value for name, value in command._asdict().items() if name != "store" and value is not None}
    for name in ("address", "transit_by_country"):
        if name in wanted:
            wanted[name] = _json(wanted[name])
    if command.cutoff == "":
        wanted["cutoff"] = None
    return books.stores.put(present._replace(**wanted, updated_at=books.now))


def _check_terms(command: CreateStore | ChangeStore) -> None:
    """Every order of the store is promised by these, so that none may be accepted that cannot be reckoned with."""
    wrong = []
    by_country = command.transit_by_country or {}
    days = {"handling_days": command.handling_days, "transit_days": command.transit_days}
    days |= {f"transit_by_country.{country}": each for country, each in by_country.items()}
    wrong += [
        (name, f"a whole number from 0 to {MOST_DAYS}")
        for name, each in days.items()
        if each is not None and (type(each) is not int or not 0 <= each <= MOST_DAYS)
    ]
    if any(not _COUNTRY.fullmatch(country) for country in by_country):
        wrong.append(("transit_by_country", "name countries by ISO 3166-1 alpha-2, such as PT"))
    takes_away = command.cutoff == "" and isinstance(command, ChangeStore)
    if command.cutoff is not None and not takes_away and not _CUTOFF.fullmatch(command.cutoff):
        wrong.append(("cutoff", "a time of day such as 16:00"))
    if command.time_zone is not None and not _is_time_zone(command.time_zone):
        wrong.append(("time_zone", "is not a time zone of the IANA database"))
    if wrong:
        raise ValidationFailed(*wrong)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError.
        return False
    return True


def _permit(actor: Actor) -> None:
    if actor.stores is not None:
        raise Forbidden("A key that is bound to stores may not change the catalog.")
