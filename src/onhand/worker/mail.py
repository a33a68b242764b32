"""Mail: planned from the feed, sent between two commits, never inside a transaction.

Each fact makes at most one mail for each recipient (`trade/mail.py`). The only mail that can come twice is the one that
the mail server had taken when this process died before it could write that down; its Message-ID is the same.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
from sqlalchemy import Connection

from onhand import clock
from onhand.books import ONHAND
from onhand.config import Settings
from onhand.engine import Engine
from onhand.rows import Mail, Subscription
from onhand.trade.mail import LOST_AFTER, ClaimMail, Failure, Follow, PlanMail, PlannedMail, SettleMail
from onhand.views import mails as views
from onhand.views.events import EventAnswer, EventFilter, last_position, list_events
from onhand.views.low_stock import Goods, LowStock, low_stock
from onhand.views.orders import find_order
from onhand.views.pages import MOST_LIMIT
from onhand.worker.letters import Letter, Letters

FOLLOWER = "mail"
SECONDS_TO_WAIT = 20
# What is told of an order, and the template of the mail that it makes.
OF_ORDERS = {
    "order.confirmed": "order_confirmed",
    "order.partially_shipped": "order_shipped",
    "order.shipped": "order_shipped",
    "order.backordered": "shortage",
}
# These kinds of alerts are gathered, once a day; the others are told at once.
OF_DIGESTS = ("low_stock", "out_of_stock", "reorder_point")


# ── Planning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_mail(settings: Settings) -> Callable[[Engine, int], int]:
    """The duty that reads the feed. Without a mail server it only moves on: nobody wants the mail of last year."""

    def plan(engine: Engine, at_most: int) -> int:
        with engine.database.reading() as connection:
            seen = views.position_of(connection, FOLLOWER)
            if seen is None or not settings.smtp_url:
                reached, planned = last_position(connection), []
                moved = reached != seen
                more = False
            else:
                wanted = EventFilter(types=(*OF_ORDERS, "alert.opened"))
                page = list_events(connection, seen, at_most, wanted)
                reached, planned = page.next_after, _planned(connection, page.data)
                moved, more = reached != seen, len(page.data) == at_most
        if moved:
            engine.run(Follow(FOLLOWER, seen or 0, reached, tuple(planned)), ONHAND)
        return at_most if more else len(planned)

    return plan


def _planned(connection: Connection, told: Sequence[EventAnswer]) -> list[PlannedMail]:
    of_orders = [event for event in told if event.type in OF_ORDERS]
    buyers = views.buyers(connection, {_id_of(event) for event in of_orders})
    planned = [
        PlannedMail(event.id, buyer.email, OF_ORDERS[event.type], _id_of(event), _json(event.data), buyer.language)
        for event in of_orders
        if (buyer := buyers.get(_id_of(event))) is not None
    ]
    of_alerts = {_id_of(event): event for event in told if event.type == "alert.opened"}
    if of_alerts:
        subscriptions = views.open_subscriptions(connection)
        for alert in views.told_alerts(connection, of_alerts):
            event = of_alerts[alert.id]
            template = "back_in_stock" if alert.kind == "back_in_stock" else "alert"
            planned += [
                PlannedMail(event.id, each.email, template, alert.id, _json(event.data), each.language)
                for each in views.matching(subscriptions, alert)
                if alert.kind not in OF_DIGESTS
            ]
    return list({(mail.fact, mail.recipient): mail for mail in planned}.values())


def _id_of(event: EventAnswer) -> str:
    return event.subject.partition("/")[2]


def _json(data: Any) -> str:
    return orjson.dumps(data, default=str).decode()


def plan_digests(settings: Settings) -> Callable[[Engine, int], int]:
    """The duty that tells each subscriber once a day, from the set hour of UTC on, what is low, if anything is."""

    def plan(engine: Engine, at_most: int) -> int:
        now = clock.now()
        today = clock.as_datetime(now)
        if not settings.smtp_url or today.hour < settings.mail_digest_hour:
            return 0
        with engine.database.reading() as connection:
            subscribed = {
                f"digest/{each.id}/{today:%Y-%m-%d}": each
                for each in views.open_subscriptions(connection)
                if set(each.kinds.split()) & {*OF_DIGESTS}
            }
            done = views.planned_already(connection, subscribed)
            planned = [
                PlannedMail(
                    fact,
                    each.email,
                    "low_stock",
                    each.id,
                    _json({"levels": levels, "day": f"{today:%Y-%m-%d}"}),
                    each.language,
                )
                for fact, each in subscribed.items()
                if fact not in done and (levels := _low(connection, each, now))
            ]
        new: int = engine.run(PlanMail(tuple(planned)), ONHAND) if planned else 0
        return min(new, at_most - 1)

    return plan


def _low(connection: Connection, subscription: Subscription, now: int) -> list[LowStock]:
    """The most urgent levels that a subscriber wants to know of."""
    store = None if subscription.store_id is None else views.store_code(connection, subscription.store_id)
    kinds = subscription.kinds.split()
    status = None if {"low_stock", "reorder_point"} & {*kinds} else "out"
    goods = Goods(subscription.product_id, subscription.category)
    return low_stock(connection, store, status, now, MOST_LIMIT, None, goods).data


# ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def send_mail(settings: Settings) -> Callable[[Engine, int], int]:
    """The duty that sends what is due. Each mail is settled by itself, so a crash leaves at most one in doubt."""
    letters = Letters(settings.mail_templates)

    def send(engine: Engine, at_most: int) -> int:
        if not settings.smtp_url:
            return 0
        with engine.database.reading() as connection:
            due = views.due_mails(connection, clock.now(), at_most)
        if not due:
            return 0
        mine: list[Mail] = engine.run(ClaimMail(due), ONHAND)
        post = _Post(settings.smtp_url)
        try:
            for mail in mine:
                if clock.now() > mail.next_at - LOST_AFTER // 2:
                    break  # So slow is the server that another worker may soon take the rest for lost: it is theirs.
                failure = _send_one(engine, letters, post, mail, settings)
                engine.run(SettleMail(((mail.fact, mail.recipient, mail.tries, failure),)), ONHAND)
        finally:
            post.close()
        return len(mine)

    return send


def _send_one(engine: Engine, letters: Letters, post: "_Post", mail: Mail, settings: Settings) -> Failure | None:
    """Why it was not sent, if it was not. What the server refuses for good (5xx) is not tried again."""
    try:
        post.send(_message(_letter(engine, letters, mail), mail, settings.mail_from))
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        return Failure(f"{code} {said!r}"[:500], is_final=code >= 500)
    except smtplib.SMTPResponseException as refused:
        return Failure(f"{refused.smtp_code} {refused.smtp_error!r}"[:500], is_final=False)
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}"[:500], is_final=False)
    return None


def _letter(engine: Engine, letters: Letters, mail: Mail) -> Letter:
    facts = {"data": orjson.loads(mail.data), "order": None}
    if mail.template in OF_ORDERS.values():
        with engine.database.reading() as connection:
            facts["order"] = find_order(connection, mail.about, clock.now())
    return letters.write(mail.template, mail.language, facts)


def _message(letter: Letter, mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = letter.subject
    message["Date"] = clock.as_datetime(mail.created_at)
    digest = hashlib.sha256(f"{mail.fact}\n{mail.recipient}".encode()).hexdigest()[:40]
    message["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2].rstrip('>') or 'onhand'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    return message


class _Post:
    """A connection to the mail server, opened for the first mail and kept for the others."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        try:
            if self._server is None:
                self._server = connect(self._url)
            # To whom it was planned, and to nobody else: the address is a customer's word.
            self._server.send_message(message, to_addrs=[str(message["To"])])
        except smtplib.SMTPRecipientsRefused:
            raise
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with _quietly():
                server.quit()


@contextmanager
def _quietly() -> Iterator[None]:
    """Saying goodbye to a server that is gone is no failure."""
    try:
        yield
    except (OSError, smtplib.SMTPException):
        return


def connect(url: str) -> smtplib.SMTP:
    """Open `smtp://USER:PASSWORD@HOST:PORT` (`?starttls=1` encrypts it), or `smtps://` (encrypted from the start).

    What is encrypted goes to nobody but that host: smtplib by itself would take any certificate.
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=SECONDS_TO_WAIT, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS_TO_WAIT)
        if parse_qs(parts.query).get("starttls") == ["1"]:
            server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
