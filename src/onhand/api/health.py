"""Is it alive, and should it get traffic: for the platform that runs it. Needs no key."""

from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from onhand.api import problems
from onhand.api.answers import json_response
from onhand.api.calls import Desk
from onhand.db.database import Database
from onhand.db.revision import newest, present
from onhand.engine import MOST_WAITING_COMMANDS

NEWEST = newest()


@dataclass(slots=True)
class Alive:
    status: str


@dataclass(slots=True)
class Ready:
    """`checks`: what was looked at. `read_only`: all is `ok` but `changes`, which says why none is taken."""

    status: Literal["ready", "read_only"]
    checks: dict[str, str]


async def healthz(request: Request) -> Response:
    """Is the process alive?"""
    return json_response(Alive("ok"))


async def readyz(request: Request) -> Response:
    """Can it work: database, schema, write path, queue?

    It stays so while the database takes no changes: it answers questions, and says what is wrong to who sends orders.
    """
    desk: Desk = request.app.state.desk
    engine = desk.engine
    revision, trouble = await run_in_threadpool(_revision, desk.database)
    checks = {
        "database": trouble or "ok",
        "schema": "not known" if trouble else _schema(revision),
        "engine": "ok" if engine.is_running else "not running",
        "queue": "ok" if engine.waiting < MOST_WAITING_COMMANDS else "full",
    }
    if all(state == "ok" for state in checks.values()):
        # Known from the changes that were tried: a probe writes nothing.
        hindrance = engine.takes_no_changes_because
        return json_response(Ready("read_only" if hindrance else "ready", {**checks, "changes": hindrance or "ok"}))
    failing = ", ".join(name for name, state in checks.items() if state != "ok")
    refusal = problems.NotReady(f"Not ready: {failing}.", checks=checks, retry_after=1)
    return problems.response(refusal, problems.path_of(request))


def _schema(revision: str | None) -> str:
    return "ok" if revision == NEWEST else f"at revision {revision}, the newest is {NEWEST}"


def _revision(database: Database) -> tuple[str | None, str | None]:
    """The revision of the schema, or what keeps it from being read."""
    try:
        return present(database), None
    except Exception as error:  # Whatever it is, the answer is the same: not ready.
        return None, f"does not answer ({type(error).__name__})"
