"""Mail from the feed to a real mail server: once for each fact and recipient."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import onhand
from tests.feeds import read_all
from tests.shop import Moment, Shop
from tests.worker.postbox import Postbox, free_port, open_postbox
from typer.testing import CliRunner

from onhand import clock
from onhand.books import Actor
from onhand.cli import mails
from onhand.config import Settings
from onhand.rows import Mail
from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.errors import Forbidden, NotFound, ValidationFailed
from onhand.trade.mail import Follow, FollowerMoved, ResendMail
from onhand.trade.subscriptions import Subscribe, Unsubscribe
from onhand.worker.letters import Letters
from onhand.worker.loop import do_all
from onhand.worker.mail import connect
from onhand.worker.schedule import schedule

SENDER = "Shop <shop@example.com>"
JANE: dict[str, Any] = {"customer_name": "Jane", "customer_email": "jane@example.com"}


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as opened:
        yield opened


class Post:
    """Does the duties of mail, once each."""

    def __init__(self, shop: Shop, url: str | None, **settings: Any) -> None:
        self._shop = shop
        chosen = Settings(_env_file=None, smtp_url=url, mail_from=SENDER, **settings)  # type: ignore[call-arg]
        self._duties = {duty.name: duty for duty in schedule(chosen)}

    def goes(self, *names: str) -> None:
        read_all(self._shop)  # So that every fact has its place.
        for name in names or ("plan-mail", "send-mail"):
            do_all(self._shop.engine, self._duties[name])


@pytest.fixture
def post(shop: Shop, postbox: Postbox) -> Post:
    post = Post(shop, postbox.url)
    post.goes()
    return post


def text_of(postbox: Postbox, place: int = -1) -> str:
    body = postbox.received[place].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_order_from_confirmed_to_shipped(shop: Shop, post: Post, postbox: Postbox):
    shop.sells("MUG", "Blue mug", price="12.50")
    shop.stocks({"MUG": 30, "PLATE": 30})
    order = shop.order({"MUG": 2, "PLATE": 1}, **JANE)
    shop.order({"MUG": 1}, paid=True)
    post.goes()
    assert postbox.received == [], "nothing is confirmed, and nobody's address is known"
    shop.confirm(order)
    for _ in range(3):
        post.goes()
    number = order.order.number
    assert postbox.subjects() == [("jane@example.com", f"Your order {number} is confirmed")]
    message = postbox.received[0]
    assert (message["From"], message["Auto-Submitted"]) == ("Shop <shop@example.com>", "auto-generated")
    assert "2 × Blue mug (MUG): $25.00" in text_of(postbox)
    assert "Total: $35.00" in text_of(postbox)
    html = message.get_body(("html",))
    assert html is not None
    assert "2 × Blue mug" in html.get_content()
    shop.ship(order, {"MUG": 1}, tracking_number="1Z999", carrier="UPS")
    post.goes()
    assert "1 × MUG" in text_of(postbox)
    assert "Follow it with UPS: 1Z999" in text_of(postbox)
    shop.ship(order)
    post.goes()
    assert [subject for _, subject in postbox.subjects()].count(f"Your order {number} is on its way") == 2
    assert len({message["Message-ID"] for message in postbox.received}) == 3


def test_what_has_to_wait(shop: Shop, post: Post, postbox: Postbox):
    shop.stocks({"MUG": 1})
    shop.order({"MUG": 3}, on_shortage="backorder", **JANE)
    post.goes()
    ((to, subject),) = postbox.subjects()
    assert (to, "has to wait" in subject) == ("jane@example.com", True)
    assert "2 × MUG" in text_of(postbox)


def test_what_a_slow_worker_claimed_and_another_sent_is_not_sent_again(
    shop: Shop, post: Post, postbox: Postbox, moment: Moment, monkeypatch: pytest.MonkeyPatch
):
    """The mail server lets one worker wait for eleven minutes. By then another has taken its mails for lost."""
    shop.stocks({"MUG": 30})
    for name in ("ada", "bob"):
        shop.order({"MUG": 1}, paid=True, customer_email=f"{name}@example.com")
    post.goes("plan-mail")
    send, slow = smtplib.SMTP.send_message, [True]

    def slowly(server: smtplib.SMTP, message: Any, **more: Any) -> Any:
        if slow and slow.pop():
            moment.passes(minutes=11)
            Post(shop, postbox.url).goes("send-mail")
        return send(server, message, **more)

    monkeypatch.setattr(smtplib.SMTP, "send_message", slowly)
    post.goes("send-mail")
    sent = sorted(to for to, _ in postbox.subjects())
    assert sent == ["ada@example.com", "ada@example.com", "bob@example.com"], "only what was under way may come twice"
    assert {mail.status for mail in shop.rows(Mail)} == {"sent"}


def test_a_shop_has_its_own_words_in_its_customers_languages(shop: Shop, postbox: Postbox, tmp_path: Path):
    (tmp_path / "order_confirmed.pt.txt").write_text(
        "Subject: Encomenda {{ order.number }}\n{{ order.total_amount|money(order.currency) }}\n"
    )
    post = Post(shop, postbox.url, mail_templates=str(tmp_path))
    post.goes()
    shop.stocks({"MUG": 30})
    number = shop.order({"MUG": 1}, paid=True, metadata={"language": "pt-BR"}, **JANE).order.number
    other = shop.order({"MUG": 1}, paid=True, metadata={"language": "../../x"}, **JANE).order.number
    post.goes()
    assert [subject for _, subject in postbox.subjects()] == [
        f"Encomenda {number}",
        f"Your order {other} is confirmed",
    ]
    portuguese = next(message for message in postbox.received if "Encomenda" in str(message["Subject"]))
    body = portuguese.get_body(("plain",))
    assert body is not None
    assert "10,00" in body.get_content()


def test_a_template_needs_a_subject(tmp_path: Path):
    (tmp_path / "alert.txt").write_text("Hello\n")
    with pytest.raises(ValueError, match="Subject"):
        Letters(str(tmp_path)).write("alert", None, {"data": {}})


def test_a_server_that_is_away_or_says_no(shop: Shop, moment: Moment):
    port = free_port()
    post = Post(shop, f"smtp://127.0.0.1:{port}")
    post.goes()
    shop.stocks({"MUG": 30})
    shop.order({"MUG": 1}, paid=True, **JANE)
    shop.order({"MUG": 1}, paid=True, customer_email="nobody@example.com")
    post.goes()
    assert {(mail.status, mail.tries) for mail in shop.rows(Mail)} == {("due", 1)}
    assert all("refused" in str(mail.error) for mail in shop.rows(Mail))
    with open_postbox(port) as postbox:
        postbox.refused["nobody@example.com"] = "550 No such user"
        post.goes()
        assert postbox.received == [], "it waits a minute first"
        moment.passes(minutes=2)
        post.goes()
        assert [to for to, _ in postbox.subjects()] == ["jane@example.com"]
    by_address = {mail.recipient: mail for mail in shop.rows(Mail)}
    assert by_address["jane@example.com"].status == "sent"
    assert by_address["nobody@example.com"].status == "failed"
    assert "No such user" in str(by_address["nobody@example.com"].error)


def test_after_a_day_of_trying_a_person_has_to_look(shop: Shop, moment: Moment):
    post = Post(shop, f"smtp://127.0.0.1:{free_port()}")
    post.goes()
    shop.stocks({"MUG": 30})
    shop.order({"MUG": 1}, paid=True, **JANE)
    for _ in range(8):
        post.goes()
        moment.passes(minutes=13 * 60)
    (mail,) = shop.rows(Mail)
    assert (mail.status, mail.tries) == ("failed", 7)
    url = shop.engine.database.url
    if not url.startswith("sqlite"):  # A file has one owner, which is the shop of this test.
        again = onhand("mails", "resend", "--all", "--json", database_url=url).document
        assert [(each["recipient"], each["status"]) for each in again] == [("jane@example.com", "due")]
        assert onhand("mails", "resend", "--all", "--json", database_url=url).document == []
        assert onhand("mails", "resend", mail.fact, mail.recipient, database_url=url).code == 0
        assert onhand("mails", "resend", mail.fact, database_url=url).code == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_all_that_failed_is_tried_again_once(shop: Shop, post: Post, postbox, monkeypatch: pytest.MonkeyPatch):
    """… although a worker beside it tries each at once, and fails again."""
    postbox.refused["jane@example.com"] = "550 No such user"
    shop.stocks({"MUG": 30})
    shop.order({"MUG": 1}, paid=True, **JANE)
    post.goes()
    run = shop.engine.run
    tried: list[str] = []

    def run_and_fail(command: Any, *more: Any) -> Any:
        answer = run(command, *more)
        if isinstance(command, ResendMail):
            assert not tried, "it goes round"
            tried.append(command.recipient)
            post.goes()
        return answer

    monkeypatch.setattr(shop.engine, "run", run_and_fail)
    monkeypatch.setattr(mails, "to_change", lambda _url: nullcontext(shop.engine))
    ended = CliRunner().invoke(mails.app, ["resend", "--all"], catch_exceptions=False)
    assert (ended.exit_code, tried) == (0, ["jane@example.com"])
    assert [mail.status for mail in shop.rows(Mail)] == ["failed"]


def test_what_was_being_sent_when_a_worker_died_is_sent_again_later(shop: Shop, post: Post, postbox, moment: Moment):
    shop.stocks({"MUG": 30})
    shop.order({"MUG": 1}, paid=True, **JANE)
    post.goes("plan-mail")
    (_,) = shop.rows(Mail)
    with shop.engine.database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE mails SET status = 'sending', tries = 1, next_at = {moment.now() + clock.HOUR}"
        )
    post.goes()
    assert postbox.received == []
    moment.passes(minutes=61)
    post.goes()
    assert [(mail.status, mail.tries) for mail in shop.rows(Mail)] == [("sent", 2)]
    assert len(postbox.received) == 1


def test_without_a_server_there_is_no_mail_then_or_later(shop: Shop, postbox: Postbox):
    shop.stocks({"MUG": 30})
    silent = Post(shop, None)
    silent.goes()
    shop.order({"MUG": 1}, paid=True, **JANE)
    silent.goes()
    Post(shop, postbox.url).goes()
    assert (shop.rows(Mail), postbox.received) == ([], [])


def test_two_who_read_the_same_facts_write_them_down_once(shop: Shop):
    shop.run(Follow("mail", 0, 5))
    with pytest.raises(FollowerMoved):
        shop.run(Follow("mail", 0, 7))
    shop.run(Follow("mail", 5, 7))


# ── Alerts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_asked_is_told_that_it_is_back(shop: Shop, post: Post, postbox: Postbox):
    shop.opens("annex")
    shop.sells("MUG", category="Crockery")
    shop.stocks({"MUG": 5, "PLATE": 5})
    for email, more in (
        ("jane@example.com", {"product": "MUG"}),
        ("ana@example.com", {"store": "main"}),
        ("ben@example.com", {"store": "annex"}),
        ("eve@example.com", {"product": "PLATE"}),
        ("kim@example.com", {"category": "Crockery"}),
        ("lou@example.com", {"category": "Crockery", "store": "annex"}),
        ("una@example.com", {"category": "Cutlery"}),
    ):
        shop.run(Subscribe(email, ("back_in_stock",), **more))
    ended = shop.run(Subscribe("max@example.com", ("back_in_stock",))).subscription
    assert shop.run(Unsubscribe(ended.id)) == shop.run(Unsubscribe(ended.id))
    shop.run(Subscribe("mia@example.com", ("stuck_transfer",)))
    order = shop.order({"MUG": 5})
    post.goes()
    assert postbox.received == []
    shop.cancel(order)
    for _ in range(2):
        post.goes()
    subject = "MUG is back in stock"
    told = ["ana@example.com", "jane@example.com", "kim@example.com"]
    assert postbox.subjects() == [(each, subject) for each in told]


def test_what_is_low_comes_once_a_day(shop: Shop, post: Post, postbox: Postbox, moment: Moment):
    day = 24 * 3600
    moment.passes(seconds=day - (moment.now() // clock.SECOND) % day)  # Midnight.
    shop.opens("annex")
    shop.sells("PLATE", category="Crockery")
    shop.stocks({"MUG": 5, "PLATE": 4, "BOWL": 50})
    shop.stocks({"MUG": 3}, "annex")
    shop.order({"PLATE": 4}, paid=True, store="main")
    shop.run(Subscribe("ana@example.com", ("low_stock",), store="main"))
    shop.run(Subscribe("ben@example.com", ("out_of_stock",)))
    shop.run(Subscribe("eve@example.com", ("low_stock", "out_of_stock"), product="BOWL"))
    shop.run(Subscribe("kim@example.com", ("low_stock",), category="Crockery"))
    digest = ("plan-mail", "plan-digests", "send-mail")
    post.goes(*digest)
    assert postbox.received == [], "it is not seven yet"
    moment.passes(minutes=8 * 60)
    for _ in range(3):
        post.goes(*digest)
    assert [to for to, _ in postbox.subjects()] == ["ana@example.com", "ben@example.com", "kim@example.com"]
    bodies = {str(message["To"]): text_of(postbox, place) for place, message in enumerate(postbox.received)}
    assert bodies["ana@example.com"].index("PLATE at main") < bodies["ana@example.com"].index("MUG at main")
    assert "annex" not in bodies["ana@example.com"]
    assert "MUG" not in bodies["ben@example.com"]
    assert "MUG" not in bodies["kim@example.com"]
    assert "PLATE at main" in bodies["kim@example.com"]
    moment.passes(days=1)
    post.goes(*digest)
    assert len(postbox.received) == 6


def test_refused_subscriptions(shop: Shop):
    shop.opens("annex")
    shop.run(CreateProduct("Tea", (VariantSpec("TEA", 100), VariantSpec("TEA-BIG", 200))))
    assert shop.run(Subscribe("a@example.com", ("low_stock",), product="TEA-BIG")).subscription.product_id
    annex = Actor("annex", None, frozenset({shop.store("annex").id}))
    for command, refusal in (
        (Subscribe("a@example.com", ("no_such_kind",)), ValidationFailed),
        (Subscribe("a@example.com", ("low_stock",), store="nowhere"), NotFound),
        (Subscribe("a@example.com", ("low_stock",), product="NOSUCH"), NotFound),
        (Unsubscribe("nothing"), NotFound),
    ):
        with pytest.raises(refusal):
            shop.run(command)
    with pytest.raises(Forbidden):
        shop.run(Subscribe("a@example.com", ("low_stock",)), annex)
    shop.run(Subscribe("a@example.com", ("low_stock",), store="annex"), annex)


@pytest.mark.parametrize("url", ["smtps://mail.example", "smtp://mail.example?starttls=1"])
def test_a_mail_server_has_to_prove_who_it_is(monkeypatch: pytest.MonkeyPatch, url: str):
    """By itself smtplib takes any certificate, and with it the password and the customers' mail."""
    given: list[ssl.SSLContext] = []

    class Server:
        def __init__(self, *_: object, context: ssl.SSLContext | None = None, **__: object) -> None:
            self.starttls(context=context)

        def starttls(self, *, context: ssl.SSLContext | None = None) -> None:
            given.extend([context] if context else [])

    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    connect(url)
    assert [(each.verify_mode, each.check_hostname) for each in given] == [(ssl.CERT_REQUIRED, True)]
