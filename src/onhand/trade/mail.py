"""Mail as a matter of record: one row for each fact and recipient, claimed by a change of its state.

due → sending → sent | due again, later | failed;   failed → due (sent again by hand)

A mail is written down in the transaction that moves on the place up to which the feed was read, so a fact is neither
skipped nor planned twice. It is sent between two commits: `sending` before, `sent` after. A worker that dies in
between leaves it in `sending`; after a while that is taken for lost, and it is tried again. So nothing is lost, and
what may come twice is only what the mail server had taken at the moment of the crash.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Follower, Mail, Product, Subscription
from onhand.trade import catalog
from onhand.trade.alerts import KINDS
from onhand.trade.durations import MINUTE
from onhand.trade.errors import Conflict, Forbidden, InvalidTransition, NotFound, ProductNotFound, ValidationFailed

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


# ── Who is told about alerts ────────────────────────────────────────────────────────────────────────────────────────


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
