"""A visit: one request of somebody who is signed in, and the ways to answer it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, Self, TypeVar
from urllib.parse import urlencode

import orjson
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from onhand import clock
from onhand.api.answers import to_json
from onhand.api.auth import Caller
from onhand.api.idempotency import fingerprint_of
from onhand.api.problems import members
from onhand.api.questions import ask
from onhand.console import said
from onhand.console.forms import Form
from onhand.console.office import Office
from onhand.console.pages import render
from onhand.console.refusals import in_words, tell
from onhand.console.said import Said, Undo
from onhand.console.words import Words, words_for
from onhand.engine import Idempotency, Outcome, Replayed
from onhand.rows import Session
from onhand.trade.errors import Refusal

Question = ParamSpec("Question")
Found = TypeVar("Found")


class RefusedBefore(Refusal):
    """The same form was sent before, and refused then."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        known = ("type", "title", "status", "detail", "code", "instance")
        super().__init__(problem["detail"], **{name: problem[name] for name in problem if name not in known})
        self.status = status  # type: ignore[misc]
        self.code = problem["code"]  # type: ignore[misc]
        self.title = problem["title"]  # type: ignore[misc]


class Trouble:
    """A refusal as a form shows it: what is wrong with which field, and what is wrong at all, in which language."""

    def __init__(self, refusal: Refusal) -> None:
        self.code, self.title, self.detail, self.data = refusal.code, refusal.title, refusal.detail, refusal.data
        self.language = "en"
        self.fields: dict[str, str] = {error["path"]: error["message"] for error in refusal.data.get("errors", ())}

    def said_in(self, words: Words) -> Self:
        """In the reader's words, where there are any."""
        self.title, self.detail, self.language = tell(self.code, self.title, self.detail, self.data, words)
        self.fields = {path: words.gettext(in_words(message)) for path, message in self.fields.items()}
        return self

    def of(self, field: str) -> str:
        return self.fields.get(field, "")


class Visit:
    """Who is here, what was sent, and what can be said to them. `secret` is the session's, which the browser keeps."""

    def __init__(self, request: Request, office: Office, session: Session, caller: Caller, secret: str) -> None:
        self.request = request
        self.office = office
        self.session = session
        self.caller = caller
        self.form: Form
        self.words = words_for(request.cookies, request.headers.get("accept-language", ""))
        self._secret = secret

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def person(self) -> str:
        """Who this is, for people: the name given at sign-in, else the key's."""
        return self.session.person or self.caller.name

    @property
    def here(self) -> str:
        """The path and the query, to come back to."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    @property
    def navigation(self) -> Mapping[str, Sequence[Any]]:
        return self.office.navigation

    @property
    def section(self) -> str:
        """The entry of the navigation that this page belongs to: `/console/stock` of `/console/stock/A/main`."""
        parts = self.request.url.path.split("/")
        return "/".join(parts[:3])

    @property
    def theme(self) -> str:
        chosen = self.request.cookies.get("onhand_theme", "")
        return chosen if chosen in ("light", "dark") else "auto"

    @property
    def csrf(self) -> str:
        """What every form of this session must send back. Who does not know the cookie cannot make it."""
        return hashlib.sha256(b"form:" + self._secret.encode()).hexdigest()

    def may(self, scope: str) -> bool:
        return scope in self.caller.scopes

    def gettext(self, message: str) -> str:
        return self.words.gettext(message)

    # ── Questions and commands ──────────────────────────────────────────────────────────────────────────────────────

    async def ask(
        self,
        view: Callable[Concatenate[Connection, Question], Found],
        *arguments: Question.args,
        **named: Question.kwargs,
    ) -> Found:
        """What a view says, asked in a thread."""
        return await run_in_threadpool(
            ask, self.office.desk.database, lambda connection: view(connection, *arguments, **named)
        )

    async def perform(self, command: Any, keep: Callable[[Outcome], Mapping[str, Any]] | None = None) -> dict[str, Any]:
        """Give a command to the engine, once for each form that was shown, however often it is sent.

        Answers what `keep` makes of the outcome; that is stored with the effect, so that a second click gets it too.
        Raises the Refusal when the answer is no.
        """
        kept: dict[str, Any] = {}

        def store(outcome: Outcome) -> tuple[int, str]:
            if isinstance(outcome, Refusal):
                return outcome.status, to_json(members(outcome, self.request.url.path)).decode()
            kept.update(keep(outcome) if keep else {})
            return 200, orjson.dumps(kept).decode()

        idempotency = None
        if "token" in self.form:
            sent = urlencode([(name, value) for name, value in self.form.items() if name != "csrf"])
            fingerprint = fingerprint_of("POST", self.request.url.path, sent.encode())
            idempotency = Idempotency(self.caller.id, f"form:{self.form['token']}", fingerprint, store)
        desk = self.office.desk
        outcome = await desk.mailbox().submit(desk.engine, command, self.caller.actor(self.session.person), idempotency)
        if isinstance(outcome, Replayed):
            answer: dict[str, Any] = orjson.loads(outcome.body)
            if outcome.status >= 400:
                raise RefusedBefore(outcome.status, answer)
            return answer
        if isinstance(outcome, BaseException):
            raise outcome
        if idempotency is None and keep is not None:
            kept.update(keep(outcome))
        return kept

    # ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, template: str, refusal: Refusal | None = None, **values: Any) -> Response:
        """A page, or a part of one. After a form was refused its page is shown again, with what is wrong: `trouble`.

        A large grid takes milliseconds to write, so it is written in a thread.
        """
        trouble = Trouble(refusal).said_in(self.words) if refusal else None
        spoken = said.unseal(self.request.cookies.get(said.COOKIE, ""), self._secret)
        html = await run_in_threadpool(
            render,
            self.words,
            template,
            visit=self,
            said=spoken,
            trouble=trouble,
            new_token=clock.new_id,
            now=clock.now(),
            **values,
        )
        response = Response(html, refusal.status if refusal else 200, media_type="text/html")
        if said.COOKIE in self.request.cookies:
            response.delete_cookie(said.COOKIE, path="/console")
        return response

    def see(self, path: str, text: str | None = None, undo: Undo | None = None) -> Response:
        """Go and look at what has become of it: after a form was sent, its page is never the answer itself."""
        # Where htmx has sent the form, it is told to load the page, and not to put it into a part of this one.
        by_htmx = "hx-request" in self.request.headers
        response = Response(headers={"HX-Redirect": path}) if by_htmx else RedirectResponse(path, 303)
        if text is not None:
            sealed = said.seal(Said(text, undo), self._secret)
            response.set_cookie(said.COOKIE, sealed, max_age=60, path="/console", httponly=True, samesite="lax")
        return response

    async def refuse(self, refusal: Refusal) -> Response:
        """A page of its own for a refusal that no form shows beside its field."""
        return await self.page("refused.html", refusal)
