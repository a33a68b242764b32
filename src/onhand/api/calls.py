"""A call: one request that was let in, and the ways to answer it."""

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from onhand.api import problems
from onhand.api.answers import JSON, to_json
from onhand.api.auth import Caller, KeyRing
from onhand.api.documents import text_of
from onhand.api.idempotency import Rendering, fingerprint_of, key_of
from onhand.api.mailbox import Mailbox
from onhand.api.questions import ask
from onhand.api.tail import Tail
from onhand.books import Policy
from onhand.config import Settings
from onhand.db.database import Database
from onhand.engine import Engine, Idempotency, Outcome
from onhand.trade.errors import Overloaded, Unauthenticated

Question = ParamSpec("Question")
Found = TypeVar("Found")


class Desk:
    """What the calls of one app share. Once `is_closing`, streams end: they would keep the server from stopping."""

    def __init__(self, settings: Settings, engine: Engine, database: Database) -> None:
        self.settings = settings
        self.engine = engine
        self.database = database
        self.keys = KeyRing(database, settings.bootstrap_key)
        self.tail = Tail(engine, database)
        self.is_closing = False
        self._mailbox: tuple[asyncio.AbstractEventLoop, Mailbox] | None = None

    def mailbox(self) -> Mailbox:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        if self._mailbox is None or self._mailbox[0] is not loop:
            self._mailbox = (loop, Mailbox(loop))
        return self._mailbox[1]


class Call(Request):
    """A request whose caller may make it and whose body, if it takes one, is read and is JSON."""

    def __init__(self, request: Request, desk: Desk, caller: Caller, body: bytes, document: Any) -> None:
        super().__init__(request.scope, request.receive)
        self.desk = desk
        self.caller = caller
        self.document = document
        self._sent = body

    async def body(self) -> bytes:
        return self._sent

    async def json(self) -> Any:
        return self.document

    @property
    def text(self) -> str:
        """The body of a route that takes plain text. Raises MalformedRequest."""
        return text_of(self._sent)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self._sent)

    @property
    def policy(self) -> Policy:
        """The settings that answers depend on."""
        return self.desk.engine.policy

    @property
    def instance(self) -> str:
        """The path, as problems name it."""
        return problems.path_of(self)

    async def is_still_let_in(self) -> bool:
        """Whether the caller's key is still valid. Asked by answers that take hours: it may have been revoked
        meanwhile.
        """
        try:
            caller = await self.desk.keys.identify(self.headers.get("authorization"))
        except Unauthenticated:
            return False
        except Overloaded:
            return True  # The database is away: it tells nothing that they might not hear, and is asked again.
        return caller.scopes == self.caller.scopes

    # ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def perform(
        self,
        command: Any,
        answer: Callable[[Outcome], Any],
        status: int = 200,
        *,
        location: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Response:
        """Give a command to the engine and answer what it came to. `location` is filled in from the answer."""
        rendering = Rendering(self.instance, answer, status, location)
        return rendering.response(await self.submit(command, rendering.render, on_behalf_of))

    def submit(
        self,
        command: Any,
        render: Callable[[Outcome], tuple[int, str]] | None = None,
        on_behalf_of: str | None = None,
    ) -> "asyncio.Future[Outcome]":
        """Queue a command, under the request's idempotency key if its answer can be rendered.

        Raises Overloaded, IdempotencyInFlight, ValidationFailed.
        """
        key = self.idempotency_key if render is not None else None
        idempotency = None
        if key is not None and render is not None:
            asked: bytes = self.scope["query_string"]
            target = f"{self.instance}?{asked.decode('latin-1')}" if asked else self.instance
            fingerprint = fingerprint_of(self.method, target, self._sent)
            idempotency = Idempotency(self.caller.id, key, fingerprint, render)
        actor = self.caller.actor(on_behalf_of)
        return self.desk.mailbox().submit(self.desk.engine, command, actor, idempotency)

    @property
    def idempotency_key(self) -> str | None:
        return key_of(self.headers.get("idempotency-key"))

    def check_idempotency_key(self) -> None:
        """Raises ValidationFailed."""
        key_of(self.headers.get("idempotency-key"))

    # ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(
        self,
        view: Callable[Concatenate[Connection, Question], Any],
        *arguments: Question.args,
        **named: Question.kwargs,
    ) -> Response:
        """Answer what a view says. A page of 500 takes milliseconds to write: that too is done in the thread."""
        body = await self._ask(lambda connection: to_json(view(connection, *arguments, **named)))
        return Response(body, media_type=JSON)

    async def find(
        self,
        view: Callable[Concatenate[Connection, Question], Found],
        *arguments: Question.args,
        **named: Question.kwargs,
    ) -> Found:
        """What a view says."""
        return await self._ask(lambda connection: view(connection, *arguments, **named))

    async def _ask(self, question: Callable[[Connection], Found]) -> Found:
        return await run_in_threadpool(ask, self.desk.database, question)
