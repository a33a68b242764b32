"""Who calls: `Authorization: Bearer <key>`, known by the SHA-256 of its secret.

Scopes: `read` asks questions; `orders` changes orders and holds, `stock` changes stock, and either includes `read`;
`safety_stock` lets orders take what levels keep back; `admin` includes everything. A key that is bound to stores
changes stock at those only; it may read all.
"""

import threading
from typing import NamedTuple

from fastapi.concurrency import run_in_threadpool

from onhand import clock
from onhand.api.questions import ask
from onhand.api.secrets import hash_of
from onhand.books import Actor
from onhand.db.database import Database
from onhand.rows import ApiKey
from onhand.trade.errors import Forbidden, Overloaded, Unauthenticated
from onhand.views.keys import find_key

KEPT_SECONDS = 1.0
MOST_KEPT = 10_000

INCLUDED = {
    "read": frozenset({"read"}),
    "orders": frozenset({"read", "orders"}),
    "stock": frozenset({"read", "stock"}),
    "safety_stock": frozenset({"read", "safety_stock"}),
    "admin": frozenset({"read", "orders", "stock", "safety_stock", "admin"}),
}


class Caller(NamedTuple):
    """A key that was let in. `id` is what its idempotency keys are scoped to."""

    id: str
    name: str
    scopes: frozenset[str]
    stores: frozenset[str] | None

    def actor(self, on_behalf_of: str | None = None) -> Actor:
        return Actor(self.name, on_behalf_of, self.stores)

    def may(self, scope: str) -> None:
        """Raises Forbidden."""
        if scope not in self.scopes:
            raise Forbidden(f"This needs a key with the scope {scope!r}.", scope=scope)


class KeyRing:
    """The keys as this process knows them: for a second at most, so that another process may revoke one."""

    def __init__(self, database: Database, bootstrap_key: str | None = None) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Caller | None]] = {}
        self._reading = threading.Lock()
        self._bootstrap_hash = hash_of(bootstrap_key.encode()) if bootstrap_key else None

    async def identify(self, authorization: str | None) -> Caller:
        """The caller behind an Authorization header. Raises Unauthenticated."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("Send an API key: `Authorization: Bearer <key>`.")
        caller = await self.find(hash_of(secret.strip().encode("latin-1")))
        if caller is None:
            raise Unauthenticated("This API key is not known, or was revoked.")
        return caller

    async def find(self, secret_hash: str) -> Caller | None:
        """The caller behind the key of that hash."""
        kept = self._known.get(secret_hash)
        if kept is None or clock.stopwatch() - kept[0] > KEPT_SECONDS:
            return await run_in_threadpool(self._read, secret_hash)
        return kept[1]

    def forget(self, secret_hash: str) -> None:
        """Look again: the key has just changed. Waits for readers, who may have seen it as it was before."""
        with self._reading:
            self._known.pop(secret_hash, None)

    def _read(self, secret_hash: str) -> Caller | None:
        """In a thread. One at a time: when a busy key runs out, its other requests find what the first has read."""
        with self._reading:
            kept = self._known.get(secret_hash)
            now = clock.stopwatch()
            if kept is not None and now - kept[0] <= KEPT_SECONDS:
                return kept[1]
            try:
                key = ask(self._database, lambda connection: find_key(connection, secret_hash))
            except Overloaded:
                # Whom it knew is let in while the database is away: what they ask for waits for it, or says so.
                if kept is None or kept[1] is None:
                    raise
                self._known[secret_hash] = (clock.stopwatch(), kept[1])
                return kept[1]
            caller = _caller(key)
            if key is None and secret_hash == self._bootstrap_hash:
                caller = Caller("bootstrap", "bootstrap", INCLUDED["admin"], None)
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[secret_hash] = (now, caller)
            return caller


def _caller(key: ApiKey | None) -> Caller | None:
    if key is None or key.revoked_at is not None:
        return None
    scopes = frozenset[str]().union(*(INCLUDED.get(scope, frozenset()) for scope in key.scopes.split()))
    return Caller(key.id, key.name, scopes, frozenset(key.stores.split()) if key.stores else None)
