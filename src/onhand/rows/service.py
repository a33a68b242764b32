"""What the service keeps for itself and for its callers: events, keys, stored answers, batches."""

from typing import NamedTuple


class Event(NamedTuple):
    """A fact told to the outside, written in the transaction of the fact."""

    subject: str
    seq: int
    type: str
    actor: str
    occurred_at: int
    data: str


class ApiKey(NamedTuple):
    """A key that may call the API. Only the SHA-256 of its secret is kept."""

    id: str
    name: str
    secret_hash: str
    prefix: str
    scopes: str
    stores: str | None
    created_at: int
    revoked_at: int | None


class Session(NamedTuple):
    """A person signed in to the console, for as long as the key behind it holds. Only the hash of its secret is kept.

    `person` is the name that was given at sign-in, which the ledger shows beside the key's.
    """

    secret_hash: str
    key_hash: str
    person: str | None
    created_at: int
    expires_at: int
    ended_at: int | None


class SignInLink(NamedTuple):
    """A link that signs in once, with the rights of a key. Only the hash of its secret is kept."""

    secret_hash: str
    key_hash: str
    created_at: int
    expires_at: int
    used_at: int | None


class StoredAnswer(NamedTuple):
    """What was answered to an idempotency key, kept so that a repeat gets the same."""

    scope: str
    key: str
    fingerprint: str
    status: int
    body: str
    created_at: int


class Batch(NamedTuple):
    """A batch that was committed: the proof of it, and the place of its facts in the feed (db/feed.py).

    No two batches have the same time. So the time says which facts are the batch's: the events that occurred and the
    movements that were recorded at it. In the feed they stand from `position` on, events first. `position` is None
    while the batch is not numbered, and 0 when it told nothing.
    """

    id: str
    committed_at: int
    commands: int
    position: int | None = None
    events: int = 0
    movements: int = 0
