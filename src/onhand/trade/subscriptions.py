"""Who is told about alerts by mail: addresses, each with the kinds of alerts and the goods that it wants to hear of."""

from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Product, Subscription
from onhand.trade import catalog
from onhand.trade.alerts import KINDS
from onhand.trade.errors import Forbidden, NotFound, ProductNotFound, ValidationFailed


class SubscriptionNotFound(NotFound):
    code, title, noun = "subscription_not_found", "Subscription not found", "subscription"


class Subscribe(NamedTuple):
    """Tell an address about alerts of some kinds: of a store, a product (or the product of a SKU), a category; or all.

    Of several that are named, all have to be so.
    """

    email: str
    kinds: tuple[str, ...]
    store: str | None = None
    product: str | None = None
    language: str | None = None
    category: str | None = None


class SubscriptionPicture(NamedTuple):
    subscription: Subscription
    store: str | None


def needs_to_subscribe(command: Subscribe) -> Needs:
    return Needs(
        stores=(command.store,) if command.store else (),
        products=(command.product,) if command.product else (),
        raises=(),
    )


def subscribe(books: Books, command: Subscribe, actor: Actor) -> SubscriptionPicture:
    store = catalog.store(books, command.store) if command.store else None
    if actor.stores is not None and (store is None or store.id not in actor.stores):
        raise Forbidden("This key may subscribe to its own stores only.")
    unknown = [kind for kind in command.kinds if kind not in KINDS]
    if unknown:
        raise ValidationFailed(("kinds", f"{unknown[0]!r} is none of {', '.join(KINDS)}"))
    subscription = Subscription(
        id=books.new_id(),
        email=command.email,
        kinds=" ".join(dict.fromkeys(command.kinds)),
        store_id=store.id if store else None,
        product_id=_product_id(books, command.product) if command.product else None,
        language=command.language,
        actor=actor.name,
        created_at=books.now,
        ended_at=None,
        category=command.category,
    )
    return _picture(books, books.shelves[Subscription].put(subscription))


def _product_id(books: Books, reference: str) -> str:
    variant = books.catalog.variants.get(reference)
    product: Product | None = books.products.get(variant.product_id if variant else reference)
    if product is None:
        raise ProductNotFound(reference)
    return product.id


class Unsubscribe(NamedTuple):
    """Tell them nothing more. Again: the same answer."""

    subscription: str


def needs_to_unsubscribe(command: Unsubscribe) -> Needs:
    return Needs(subscriptions=(command.subscription,), raises=())


def unsubscribe(books: Books, command: Unsubscribe, actor: Actor) -> SubscriptionPicture:
    present: Subscription | None = books.shelves[Subscription].get(command.subscription)
    if present is None:
        raise SubscriptionNotFound(command.subscription)
    if actor.stores is not None and present.store_id not in actor.stores:
        raise Forbidden("This key may end subscriptions to its own stores only.")
    if present.ended_at is None:
        present = books.shelves[Subscription].put(present._replace(ended_at=books.now))
    return _picture(books, present)


def _picture(books: Books, subscription: Subscription) -> SubscriptionPicture:
    store: Any = books.catalog.stores.get(subscription.store_id or "")
    return SubscriptionPicture(subscription, store.code if store else None)
