"""API keys as answers. A secret is in none of them: only its hash is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from onhand.clock import as_datetime
from onhand.db.schema import api_keys
from onhand.rows import ApiKey
from onhand.views.names import store_codes
from onhand.views.pages import Page, after, page


@dataclass(slots=True)
class KeyAnswer:
    """An API key. `prefix` is how its secret begins; `stores` are the codes that it is bound to, None if to none."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    stores: list[str] | None
    created_at: datetime
    revoked_at: datetime | None


def key_answer(key: ApiKey, codes: dict[str, str]) -> KeyAnswer:
    """`codes`: store id → store code."""
    return KeyAnswer(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes.split(),
        stores=[codes.get(store, store) for store in key.stores.split()] if key.stores else None,
        created_at=as_datetime(key.created_at),
        revoked_at=as_datetime(key.revoked_at),
    )


def find_key(connection: Connection, secret_hash: str) -> ApiKey | None:
    """The key of that secret, revoked or not."""
    row = connection.execute(select(api_keys).where(api_keys.c.secret_hash == secret_hash)).first()
    return None if row is None else ApiKey._make(row)


def list_keys(connection: Connection, limit: int, cursor: str | None) -> Page[KeyAnswer]:
    """All keys, oldest first."""
    columns = (api_keys.c.created_at, api_keys.c.id)
    statement = select(api_keys)
    if cursor:
        statement = statement.where(after(cursor, columns, descending=False))
    found = [ApiKey._make(row) for row in connection.execute(statement.order_by(*columns).limit(limit + 1))]
    codes = store_codes(connection)
    return page(found, limit, lambda key: (key.created_at, key.id), lambda key: key_answer(key, codes))
