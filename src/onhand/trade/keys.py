"""API keys: who may call, what for, and at which stores. Only the hash of a secret ever reaches this file."""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import ApiKey
from onhand.trade import catalog
from onhand.trade.errors import Forbidden, KeyNotFound, ValidationFailed

SCOPES = ("read", "orders", "stock", "safety_stock", "admin")


class CreateKey(NamedTuple):
    name: str
    secret_hash: str
    prefix: str
    scopes: tuple[str, ...]
    stores: tuple[str, ...] = ()


def needs_to_create_key(command: CreateKey) -> Needs:
    return Needs(stores=command.stores)


def create_key(books: Books, command: CreateKey, actor: Actor) -> ApiKey:
    if actor.stores is not None:
        raise Forbidden("A key that is bound to stores may not make keys.")
    for scope in command.scopes:
        if scope not in SCOPES:
            raise ValidationFailed(("scopes", f"{scope!r} is none of {', '.join(SCOPES)}"))
    stores = [catalog.store(books, reference).id for reference in command.stores]
    return books.api_keys.put(
        ApiKey(
            books.new_id(),
            command.name,
            command.secret_hash,
            command.prefix,
            " ".join(command.scopes),
            " ".join(stores) or None,
            books.now,
            None,
        )
    )


class RevokeKey(NamedTuple):
    """The key stops working at once. Again: the same answer."""

    key: str


def needs_to_revoke_key(command: RevokeKey) -> Needs:
    return Needs(keys=(command.key,))


def revoke_key(books: Books, command: RevokeKey, actor: Actor) -> ApiKey:
    if actor.stores is not None:
        raise Forbidden("A key that is bound to stores may not revoke keys.")
    key = books.api_keys.get(command.key)
    if key is None:
        raise KeyNotFound(command.key)
    return key if key.revoked_at else books.api_keys.put(key._replace(revoked_at=books.now))
