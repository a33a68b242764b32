"""Signing in and out. An API key, or a link that works once, becomes a session of twelve hours."""

from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from onhand.api.problems import refusal_of
from onhand.api.secrets import RANDOM_BYTES, hash_of, new_secret
from onhand.books import Actor
from onhand.console.forms import MOST_BYTES, Form, read_form
from onhand.console.office import Office
from onhand.console.pages import render
from onhand.console.screen import COOKIE, HEADERS, check_origin, path_within, visit_of
from onhand.console.visit import Trouble, Visit
from onhand.console.words import LANGUAGES, words_for
from onhand.trade.errors import Refusal, Unauthenticated, ValidationFailed
from onhand.trade.sessions import LASTS, SignIn, SignInByLink, SignOut

THEMES = ("light", "dark", "auto")
YEAR_SECONDS = 365 * 86_400
MOST_NAME = 80

assert RANDOM_BYTES >= 20  # A session's secret is made as a key's is.


async def show_sign_in(request: Request) -> Response:
    """Ask for a key; or, where a link was followed, only for a name."""
    if await visit_of(request) is not None:
        return RedirectResponse(path_within(request.query_params.get("next", "")), 303)
    return await _page(request, link=request.query_params.get("link", ""), next_=request.query_params.get("next", ""))


async def sign_in(request: Request) -> Response:
    office: Office = request.app.state.office
    form: Form | None = None
    try:
        check_origin(request)
        form = await read_form(request, MOST_BYTES)
        secret = await _begin(office, request, form)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        link, next_ = (form["link"], form["next"]) if form else ("", "")
        shown = "" if isinstance(refusal, Unauthenticated) else link
        return await _page(request, link=shown, next_=next_, refusal=refusal, form=form)
    response = RedirectResponse(path_within(form["next"]), 303, HEADERS)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=LASTS // 1_000_000,
        path="/console",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


async def _begin(office: Office, request: Request, form: Form) -> str:
    """The secret of a new session. Raises Unauthenticated, ValidationFailed."""
    address = request.client.host if request.client else ""
    person = form.or_none("person")
    if person is not None and (len(person) > MOST_NAME or not person.isprintable()):
        raise ValidationFailed(("person", f"Give a name of at most {MOST_NAME} characters."))
    secret = new_secret("session_")
    command = await _command(office, form, hash_of(secret.encode()), person)
    shut = office.doorkeeper.seconds_shut(address)
    if shut and not isinstance(command, SignIn):
        minutes = int(shut // 60) + 1
        raise TooManyFailures(
            f"Too many sign-ins from here have failed. Try again in {minutes} minutes.", minutes=minutes
        )
    outcome: Any = Unauthenticated("This API key is not known, or was revoked.")
    if command is not None:
        desk = office.desk
        outcome = await desk.mailbox().submit(desk.engine, command, Actor("sign-in", person))
    if isinstance(outcome, BaseException):
        if isinstance(outcome, Unauthenticated):
            office.doorkeeper.failed(address)
        raise outcome
    office.doorkeeper.let_in(address)
    return secret


async def _command(office: Office, form: Form, session_hash: str, person: str | None) -> Any:
    """What begins the session; None when the key is not known."""
    if form["link"]:
        return SignInByLink(session_hash, hash_of(form["link"].encode()), person)
    if not form["key"]:
        raise ValidationFailed(("key", "Paste an API key."))
    key_hash = hash_of(form["key"].encode())
    return SignIn(session_hash, key_hash, person) if await office.desk.keys.find(key_hash) else None


class TooManyFailures(Refusal):
    """Too many sign-ins have failed."""

    status = 429
    code, title = "rate_limited", "Too many failures"


async def _page(
    request: Request, *, link: str, next_: str, refusal: Refusal | None = None, form: Form | None = None
) -> Response:
    words = words_for(request.cookies, request.headers.get("accept-language", ""))
    html = await run_in_threadpool(
        render,
        words,
        "sign_in.html",
        theme=request.cookies.get("onhand_theme", "auto"),
        link=link,
        next=next_,
        trouble=Trouble(refusal).said_in(words) if refusal else None,
        person=form["person"] if form else "",
    )
    return Response(html, refusal.status if refusal else 200, HEADERS, media_type="text/html")


async def sign_out(visit: Visit) -> Response:
    await visit.perform(SignOut(visit.session.secret_hash))
    visit.office.sessions.forget(visit.session.secret_hash)
    response = RedirectResponse("/console/sign-in", 303)
    response.delete_cookie(COOKIE, path="/console")
    return response


async def choose(visit: Visit) -> Response:
    """Language and light, for this browser."""
    response = RedirectResponse(path_within(visit.form["next"]), 303)
    for name, known in (("language", tuple(LANGUAGES)), ("theme", THEMES)):
        if visit.form[name] in known:
            response.set_cookie(
                f"onhand_{name}", quote(visit.form[name]), max_age=YEAR_SECONDS, path="/console", samesite="lax"
            )
    return response
