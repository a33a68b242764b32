"""Who is signed in to the console. A session has the rights of the API key behind it, and ends with it.

Only hashes of secrets reach this file: of the key's, of the link's, and of the one that the browser keeps.
"""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Session, SignInLink
from onhand.trade.durations import HOUR
from onhand.trade.errors import Unauthenticated

LASTS = 12 * HOUR
LINK_LASTS = 1 * HOUR


class OfferSignIn(NamedTuple):
    """Make a link that signs in once, with the rights of a key."""

    link_hash: str
    key_hash: str


def needs_to_offer_sign_in(command: OfferSignIn) -> Needs:
    return Needs()


def offer_sign_in(books: Books, command: OfferSignIn, actor: Actor) -> SignInLink:
    link = SignInLink(command.link_hash, command.key_hash, books.now, books.now + LINK_LASTS, None)
    books.shelves[SignInLink].put(link)
    return link


class SignIn(NamedTuple):
    """Begin a session for whoever has just shown this key."""

    session_hash: str
    key_hash: str
    person: str | None = None


def needs_to_sign_in(command: SignIn) -> Needs:
    return Needs()


def sign_in(books: Books, command: SignIn, actor: Actor) -> Session:
    return _begin(books, command.session_hash, command.key_hash, command.person)


class SignInByLink(NamedTuple):
    """Begin a session by a link, which is then used up."""

    session_hash: str
    link_hash: str
    person: str | None = None


def needs_to_sign_in_by_link(command: SignInByLink) -> Needs:
    return Needs(sign_in_links=(command.link_hash,))


def sign_in_by_link(books: Books, command: SignInByLink, actor: Actor) -> Session:
    link: SignInLink | None = books.shelves[SignInLink].get(command.link_hash)
    if link is None or link.used_at is not None or link.expires_at <= books.now:
        raise Unauthenticated("This sign-in link is not known, was used before, or has expired.")
    books.shelves[SignInLink].put(link._replace(used_at=books.now))
    return _begin(books, command.session_hash, link.key_hash, command.person)


def _begin(books: Books, session_hash: str, key_hash: str, person: str | None) -> Session:
    session = Session(session_hash, key_hash, person, books.now, books.now + LASTS, None)
    books.shelves[Session].put(session)
    return session


class SignOut(NamedTuple):
    """End a session. One that is not known has ended."""

    session_hash: str


def needs_to_sign_out(command: SignOut) -> Needs:
    return Needs(sessions=(command.session_hash,))


def sign_out(books: Books, command: SignOut, actor: Actor) -> None:
    session: Session | None = books.shelves[Session].get(command.session_hash)
    if session is not None and session.ended_at is None:
        books.shelves[Session].put(session._replace(ended_at=books.now))
