"""What is told to the outside: how far those who follow the feed have come, mail, and what the worker does."""

from typing import NamedTuple


class Follower(NamedTuple):
    """Somebody who reads the feed from its beginning, and the place up to which they have acted on it."""

    name: str
    position: int
    updated_at: int


class Mail(NamedTuple):
    """One message about one fact to one address: due → sending → sent, or failed after the last try.

    `fact` is the id of an event, or names a digest and its day. `data` is JSON for the template, which looks up the
    rest. `next_at` is when a mail that is due will be tried, and when one that is being sent is taken for lost.
    """

    fact: str
    recipient: str
    template: str
    language: str | None
    about: str
    data: str
    status: str
    tries: int
    next_at: int
    error: str | None
    created_at: int
    sent_at: int | None


class Subscription(NamedTuple):
    """Who is told about alerts: of these kinds (one space between them), of a store, a product, a category, or all."""

    id: str
    email: str
    kinds: str
    store_id: str | None
    product_id: str | None
    language: str | None
    actor: str
    created_at: int
    ended_at: int | None
    category: str | None = None


class DutyRun(NamedTuple):
    """The last run of a duty, whichever process did it. `failures` are those since it last went well."""

    name: str
    began_at: int
    ended_at: int
    done: int
    failures: int
    error: str | None
