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


class StoredAnswer(NamedTuple):
    """What was answered to an idempotency key, kept so that a repeat gets the same."""

    scope: str
    key: str
    fingerprint: str
    status: int
    body: str
    created_at: int


class Batch(NamedTuple):
    """Proof that a batch was committed, for when the answer to COMMIT was lost."""

    id: str
    committed_at: int
    commands: int
