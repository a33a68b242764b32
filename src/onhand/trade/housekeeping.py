"""Which bookkeeping may be deleted, because it is of no more use. The ledger, orders and events never are."""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Batch, Delivery, DutyRun, Mail, Session, SignInLink, StoredAnswer, Webhook
from onhand.trade.durations import HOUR

# A client may count on 24 hours for a repeat with its idempotency key; it gets twice that. A batch's row proves that it
# was committed, and is asked for within a minute or never. Sessions and links are of no use once they have expired.
KEPT_FOR: dict[type, int] = {StoredAnswer: 48 * HOUR, Batch: 24 * HOUR, Session: 24 * HOUR, SignInLink: 24 * HOUR}


class Forget(NamedTuple):
    """Delete the oldest rows of one kind of bookkeeping that are older than it is kept, at most so many."""

    row_type: type
    at_most: int


def needs_to_forget(command: Forget) -> Needs:
    return Needs()


def forget(books: Books, command: Forget, actor: Actor) -> int:
    """Answers the moment before which rows of the type may go."""
    before = books.now - KEPT_FOR[command.row_type]
    books.forget(command.row_type, before, command.at_most)
    return before


class ForgetLogs(NamedTuple):
    """Delete the oldest deliveries and mails that were settled before a moment, at most so many of each.

    `position` is a place in the feed behind all that was told by then: the logs of these webhooks are whole from there.
    """

    before: int
    at_most: int
    webhooks: tuple[str, ...] = ()
    position: int = 0


def needs_to_forget_logs(command: ForgetLogs) -> Needs:
    return Needs(webhooks=command.webhooks, raises=())


def forget_logs(books: Books, command: ForgetLogs, actor: Actor) -> None:
    for row_type in (Delivery, Mail):
        books.forget(row_type, command.before, command.at_most)
    for webhook_id in command.webhooks:
        webhook: Webhook | None = books.shelves[Webhook].get(webhook_id)
        if webhook is not None and webhook.since < (whole_from := min(command.position, webhook.position)):
            books.shelves[Webhook].put(webhook._replace(since=whole_from))


class RecordRun(NamedTuple):
    """Write down that a duty was done, so that every process can see it. Times are microseconds."""

    duty: str
    began_at: int
    ended_at: int
    done: int
    error: str | None = None


def needs_to_record_run(command: RecordRun) -> Needs:
    return Needs(duties=(command.duty,), raises=())


def record_run(books: Books, command: RecordRun, actor: Actor) -> DutyRun:
    before: DutyRun | None = books.shelves[DutyRun].get(command.duty)
    failures = (before.failures if before else 0) + 1 if command.error else 0
    run: DutyRun = books.shelves[DutyRun].put(
        DutyRun(command.duty, command.began_at, command.ended_at, command.done, failures, command.error)
    )
    return run
