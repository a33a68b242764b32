"""Mail as a matter of record: one row for each fact and recipient, claimed by a change of its state.

due → sending → sent | due again, later | failed;   failed → due (sent again by hand)

Mails are written down in the transaction that also notes how far the feed was read. So each fact makes its mails once.
A mail is sent between two commits: before it is `sending`, after it `sent`. When a worker dies in between, the mail
stays in `sending` for a while and is then sent again. So no mail is lost, and only one that the mail server had
accepted at the moment of the crash can come twice.
"""

from collections.abc import Sequence
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Follower, Mail
from onhand.trade.durations import MINUTE
from onhand.trade.errors import Conflict, Forbidden, InvalidTransition, NotFound

LOST_AFTER = 10 * MINUTE
STATUSES = ("due", "sending", "sent", "failed")
# After each failure the next try is so much later; after the last one a person has to look.
PAUSES = tuple(minutes * MINUTE for minutes in (1, 5, 15, 60, 240, 720))


class FollowerMoved(Conflict):
    """Another process has acted on these facts meanwhile."""

    code, title = "follower_moved", "Follower moved"


class PlannedMail(NamedTuple):
    """A mail to be: about which fact, to whom, by which template, with what."""

    fact: str
    recipient: str
    template: str
    about: str
    data: str
    language: str | None = None


class Follow(NamedTuple):
    """Move a follower of the feed on from one place to the next, and write down the mails that this makes."""

    name: str
    seen: int
    reached: int
    mails: tuple[PlannedMail, ...] = ()


def needs_to_follow(command: Follow) -> Needs:
    return Needs(followers=(command.name,), mails=[mail[:2] for mail in command.mails], raises=())


def follow(books: Books, command: Follow, actor: Actor) -> int:
    """How many mails are new. Refuses when the follower is somewhere else by now."""
    shelf = books.shelves[Follower]
    present: Follower | None = shelf.get(command.name)
    if (present.position if present else 0) != command.seen:
        raise FollowerMoved(f"{command.name} is at {present.position if present else 0} by now.")
    shelf.put(Follower(command.name, command.reached, books.now))
    return _write_down(books, command.mails)


class PlanMail(NamedTuple):
    """Write mails down that follow from no single event, such as digests."""

    mails: tuple[PlannedMail, ...]


def needs_to_plan(command: PlanMail) -> Needs:
    return Needs(mails=[mail[:2] for mail in command.mails], raises=())


def plan(books: Books, command: PlanMail, actor: Actor) -> int:
    return _write_down(books, command.mails)


def _write_down(books: Books, planned: Sequence[PlannedMail]) -> int:
    shelf = books.shelves[Mail]
    new = 0
    for mail in planned:
        if shelf.get(mail[:2]) is None:
            shelf.put(
                Mail(
                    fact=mail.fact,
                    recipient=mail.recipient,
                    template=mail.template,
                    language=mail.language,
                    about=mail.about,
                    data=mail.data,
                    status="due",
                    tries=0,
                    next_at=books.now,
                    error=None,
                    created_at=books.now,
                    sent_at=None,
                )
            )
            new += 1
    return new


class ClaimMail(NamedTuple):
    """Take mails, as (fact, recipient), to send them now: those that are due, or were lost while being sent."""

    mails: tuple[tuple[str, str], ...]


class Failure(NamedTuple):
    """Why a mail was not sent, and whether there is any use in trying again."""

    error: str
    is_final: bool


class SettleMail(NamedTuple):
    """What became of mails that were claimed: fact, recipient, which try it was, and the failure if it was not sent."""

    outcomes: tuple[tuple[str, str, int, Failure | None], ...]


def needs_to_claim(command: ClaimMail) -> Needs:
    return Needs(mails=command.mails, raises=())


def claim(books: Books, command: ClaimMail, actor: Actor) -> list[Mail]:
    """Those that are the caller's now."""
    shelf = books.shelves[Mail]
    found = (shelf.get(key) for key in command.mails)
    return [
        shelf.put(mail._replace(status="sending", tries=mail.tries + 1, next_at=books.now + LOST_AFTER))
        for mail in found
        if mail is not None and mail.status in ("due", "sending") and mail.next_at <= books.now
    ]


def needs_to_settle(command: SettleMail) -> Needs:
    return Needs(mails=[key[:2] for key in command.outcomes], raises=())


def settle(books: Books, command: SettleMail, actor: Actor) -> int:
    """How many were sent. One that was taken for lost and tried again meanwhile is not this caller's any more."""
    shelf = books.shelves[Mail]
    sent = 0
    for fact, recipient, tries, failure in command.outcomes:
        mail: Mail | None = shelf.get((fact, recipient))
        if mail is None or mail.status != "sending" or (mail.tries != tries and failure is not None):
            continue
        if failure is None:
            shelf.put(mail._replace(status="sent", sent_at=books.now, error=None))
            sent += 1
        elif failure.is_final or tries > len(PAUSES):
            shelf.put(mail._replace(status="failed", error=failure.error))
        else:
            shelf.put(mail._replace(status="due", next_at=books.now + PAUSES[tries - 1], error=failure.error))
    return sent


class MailNotFound(NotFound):
    code, title, noun = "mail_not_found", "Mail not found", "mail"


class ResendMail(NamedTuple):
    """Try a mail that failed, or that waits for its next try, again now. Again: the same answer."""

    fact: str
    recipient: str


def needs_to_resend(command: ResendMail) -> Needs:
    return Needs(mails=(command[:2],), raises=())


def resend(books: Books, command: ResendMail, actor: Actor) -> Mail:
    """One that was sent is not sent again: each fact makes at most one mail for each address."""
    if actor.stores is not None:
        raise Forbidden("A key that is bound to stores may not send mail again.")
    mail: Mail | None = books.shelves[Mail].get((command.fact, command.recipient))
    if mail is None:
        raise MailNotFound(f"{command.fact} to {command.recipient}")
    if mail.status not in ("failed", "due"):
        raise InvalidTransition(f"Cannot send a mail again that is {mail.status}", present=mail.status, wanted="due")
    again: Mail = books.shelves[Mail].put(mail._replace(status="due", tries=0, next_at=books.now))
    return again
