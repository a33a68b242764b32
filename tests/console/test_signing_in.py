"""Getting in: by a key, by a link that works once, and not otherwise."""

import itertools
import re
import threading
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import expect
from tests.cli.running import Server
from tests.console.stage import ADMIN

from onhand.api.secrets import hash_of
from onhand.console.app import SCREENS
from onhand.console.office import Doorkeeper
from onhand.console.screen import page_of
from onhand.rows import ApiKey, Session
from onhand.trade.keys import CreateKey, RevokeKey
from onhand.trade.sessions import OfferSignIn


@pytest.fixture
def stranger(console):
    with httpx2.Client(base_url=console, follow_redirects=False, timeout=30) as client:
        yield client


def found(pattern, text):
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def sign_in(client, **fields):
    return client.post("/console/sign-in", data=fields)


def test_the_front_door_leads_to_the_sign_in_and_back(stranger):
    assert stranger.get("/").headers["location"] == "/console/"
    answer = stranger.get("/console/stock?q=mug")
    assert answer.headers["location"] == "/console/sign-in?next=/console/stock%3Fq%3Dmug"
    answer = sign_in(stranger, key=ADMIN, next="/console/stock?q=mug")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/stock?q=mug")


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/console\\evil", "/console/\r\nX: y"])
def test_nobody_is_sent_elsewhere_after_signing_in(stranger, place):
    assert sign_in(stranger, key=ADMIN, next=place).headers["location"] == "/console/"


@pytest.mark.parametrize(
    ("refused_at", "page"),
    [
        ("/console/stock/A/main/adjust?was=1", "/console/stock/A/main/adjust?was=1"),
        ("/console/orders/1001/confirm?was=1", "/console/orders/1001"),
        ("/console/webhooks/7/deliveries/3", "/console/webhooks/7"),
        ("/console/alerts/7", "/console/alerts"),
        ("/console/orders/filters", "/console/orders"),
        ("/console/no/such/place", "/console/"),
    ],
)
def test_who_was_refused_when_the_session_ended_comes_back_to_the_page_of_the_form(stranger, refused_at, page):
    """A refusal is shown at the address of the form: the browser says that it comes from there."""
    came_from = {"referer": f"http://console.example{refused_at}"}
    answer = stranger.post("/console/orders/1001/confirm", headers=came_from, follow_redirects=False)
    assert answer.status_code == 303
    there = parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]
    assert there == page
    part = stranger.get("/console/orders/1001", headers={**came_from, "hx-request": "true"})
    assert parse_qs(urlsplit(part.headers["hx-redirect"]).query)["next"] == [page]


def test_every_form_belongs_to_a_page():
    for screen in SCREENS:
        where = page_of(SCREENS, "/console" + re.sub(r"{\w+}", "7", screen.path)).removeprefix("/console")
        assert any("GET" in (each.methods or ()) and each.path_regex.match(where) for each in SCREENS), screen.path


def test_a_session_is_a_cookie_that_scripts_cannot_read_and_a_hash_in_the_database(stranger, shop):
    cookie = sign_in(stranger, key=ADMIN, person="Ada").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/console"} <= set(cookie.split("; "))
    secret = found("onhand_session=([^;]+)", cookie)
    (session,) = shop.rows(Session)
    assert session.secret_hash == hash_of(secret.encode())
    assert secret not in str(session)
    assert session.person == "Ada"


def test_a_session_ends_with_its_time_with_signing_out_and_with_its_key(stranger, shop, moment):
    shop.run(CreateKey("till", hash_of(b"till-secret"), "till", ("stock",)))
    sign_in(stranger, key="till-secret")
    assert stranger.get("/console/stock").status_code == 200
    shop.run(RevokeKey(shop.rows(ApiKey)[0].id))
    while_known = 3
    for _ in range(while_known * 10):
        if stranger.get("/console/stock").status_code == 303:
            break
        time_passes(0.1)
    else:
        pytest.fail("a revoked key still opens the door")
    sign_in(stranger, key=ADMIN)
    assert stranger.get("/console/stock").status_code == 200
    moment.passes(minutes=12 * 60 + 1)
    time_passes(1.1)
    assert stranger.get("/console/stock").status_code == 303


def time_passes(seconds):
    time.sleep(seconds)


def test_a_link_signs_in_once(stranger, shop):
    link = "in_of-the-test"
    shop.run(OfferSignIn(hash_of(link.encode()), hash_of(ADMIN.encode())))
    assert "API key" not in stranger.get("/console/sign-in", params={"link": link}).text
    assert sign_in(stranger, link=link, person="Ada").status_code == 303
    assert stranger.get("/console/stock").status_code == 200
    stranger.cookies.clear()
    again = sign_in(stranger, link=link)
    assert again.status_code == 401
    assert "used before" in again.text


def test_a_link_is_of_no_use_after_an_hour(stranger, shop, moment):
    shop.run(OfferSignIn(hash_of(b"in_old"), hash_of(ADMIN.encode())))
    moment.passes(minutes=61)
    assert sign_in(stranger, link="in_old").status_code == 401
    assert not shop.rows(Session)


def test_ten_failures_shut_the_door_but_not_to_those_who_have_a_key(stranger, shop):
    """Who shares an address with a stranger, behind a proxy or at a market, must not be locked out by them."""
    shop.run(OfferSignIn(hash_of(b"in_guessed"), hash_of(ADMIN.encode())))
    for _ in range(Doorkeeper.MOST_FAILURES):
        assert sign_in(stranger, key="wrong").status_code == 401
    for guess in ({"key": "wrong"}, {"link": "in_guessed"}):
        refused = sign_in(stranger, **guess)
        assert refused.status_code == 429
        assert "15 minutes" in refused.text
    assert not shop.rows(Session)
    assert sign_in(stranger, key=ADMIN).status_code == 303


def test_the_door_opens_again_after_a_quarter_hour(monkeypatch):
    now = 1_000.0
    monkeypatch.setattr("onhand.clock.stopwatch", lambda: now)
    doorkeeper = Doorkeeper()
    for _ in range(Doorkeeper.MOST_FAILURES):
        doorkeeper.failed("::1")
    assert doorkeeper.seconds_shut("::1") == 900
    assert doorkeeper.seconds_shut("::2") == 0
    now += 901
    assert doorkeeper.seconds_shut("::1") == 0


def test_a_form_of_another_site_is_refused(stranger, shop):
    shop.stocks({"MUG": 5})
    answer = stranger.post("/console/sign-in", data={"key": ADMIN}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    no_url = {"Origin": "http://[", "Referer": "http://["}
    assert stranger.post("/console/sign-in", data={"key": ADMIN}, headers=no_url).status_code == 403
    assert stranger.post("/console/stock/bulk", headers=no_url).headers["location"] == "/console/sign-in"
    sign_in(stranger, key=ADMIN)
    fields = {"operation": "increment", "quantity": "1", "reason": "x"}
    assert stranger.post("/console/stock/MUG/main/adjust", data=fields).status_code == 403
    fields["csrf"] = found('name="csrf" value="([^"]+)"', stranger.get("/console/stock").text)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert stranger.post("/console/stock/MUG/main/adjust", data=fields, headers=foreign).status_code == 403
    assert shop.balances("MUG") == (5, 0, 0)
    assert stranger.post("/console/stock/MUG/main/adjust", data=fields).status_code == 303
    assert shop.balances("MUG") == (6, 0, 0)


def test_a_session_is_told_nothing_more_when_its_key_is_revoked_however_busy_the_shop_is(stranger, shop):
    shop.run(CreateKey("till", hash_of(b"till-secret"), "till", ("read",)))
    sign_in(stranger, key="till-secret")
    is_over = threading.Event()

    def sell():
        while not is_over.wait(0.1):
            shop.stocks({"MUG": 1})

    busy = threading.Thread(target=sell)
    busy.start()
    try:
        with stranger.stream("GET", "/console/live") as answer:
            lines = answer.iter_lines()
            assert any(line.startswith("data: ") for line in itertools.islice(lines, 20))
            shop.run(RevokeKey(shop.rows(ApiKey)[0].id))
            assert len(list(itertools.islice(lines, 200))) < 200
    finally:
        is_over.set()
        busy.join()


def test_a_cookie_of_somebody_else_breaks_no_page(stranger):
    sign_in(stranger, key=ADMIN)
    session = stranger.cookies["onhand_session"]
    odd = stranger.get(
        "/console/stock", headers={"Cookie": f"onhand_session={session}; onhand_said=a.\xe9".encode("latin-1")}
    )
    assert odd.status_code == 200


@pytest.mark.parametrize("charset", ["=punycode", "=UTF-7", "*0=puny; charset*1=code", '="utf-8"; charset=utf-7'])
def test_a_form_is_read_as_utf_8_and_as_nothing_else(stranger, charset):
    """Punycode takes seconds for what UTF-8 reads at once, and UTF-7 spells what no database keeps."""
    form = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n+2D0-' + b"a" * 100_000 + b"\r\n--b--\r\n"
    headers = {"Content-Type": f"multipart/form-data; charset{charset}; boundary=b"}
    assert stranger.post("/console/sign-in", content=form, headers=headers).status_code == 400
    assert stranger.post("/console/sign-in", files={"key": (None, "wrong")}).status_code == 401


def test_a_line_of_nothing_but_spaces_holds_nobody_up(stranger):
    sign_in(stranger, key=ADMIN)
    fields = {"csrf": found('name="csrf" value="([^"]+)"', stranger.get("/console/orders/new").text)}
    began = time.process_time()  # The server is a thread of this process.
    answer = stranger.post("/console/orders/new", data=fields | {"items": f"MUG{' ' * 50_000}CUP"})
    assert answer.status_code == 422
    assert time.process_time() - began < 5
    answer = stranger.post("/console/orders/new", data=fields | {"items": "MUG\n" * 10_001})
    assert (answer.status_code, "at most 10,000 lines" in answer.text) == (422, True)


def test_pages_let_nothing_in_that_is_not_a_file_of_the_console(stranger):
    for answer in (stranger.get("/console/sign-in"), sign_in(stranger, key=ADMIN), stranger.get("/console/stock")):
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    page = stranger.get("/console/stock").text
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:|https?://", page)


def test_files_are_kept_forever_under_a_path_that_changes_with_them(stranger):
    page = stranger.get("/console/sign-in").text
    path = found(r"(/console/static/[0-9a-f]{16}/console\.css)", page)
    assert stranger.get(path).headers["cache-control"] == "public, max-age=31536000, immutable"
    older = re.sub("/[0-9a-f]{16}/", "/0000000000000000/", path)
    assert stranger.get(older).headers["cache-control"] == "no-cache"
    assert stranger.get("/console/static/x/../app.py").status_code == 404


@pytest.mark.walk
def test_the_first_start_prints_a_link_that_opens_the_door_once(browser, database_url):
    with Server(database_url=database_url) as server:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(server.said["console"])
        expect(page.get_by_label("API key")).to_have_count(0)
        page.get_by_label("Your name").fill("Nora")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        page.get_by_role("link", name="Stock").click()
        expect(page.get_by_text("No products yet")).to_be_visible()
        context.clear_cookies()
        page.goto(server.said["console"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("used before")
        context.close()


def test_somebody_signs_in_with_a_key_says_who_they_are_and_leaves(browser, console, shop):
    page = browser.new_context(base_url=console).new_page()
    page.goto("/console/")
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not known")
    page.get_by_label("API key").fill(ADMIN)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Ada", exact=True)).to_be_visible()
    page.get_by_text("Ada", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Onhand")).to_be_visible()
    page.goto("/console/stock")
    expect(page.get_by_label("API key")).to_be_visible()
    page.context.close()
