"""The ledger: every movement, the stock as of a moment, and the proof that every number follows from it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from onhand import clock
from onhand.api.problems import InternalError, refusal_of
from onhand.console.office import Verified
from onhand.console.pages import render
from onhand.console.refusals import detail_of
from onhand.console.visit import Visit
from onhand.trade.errors import Conflict, ValidationFailed
from onhand.trade.stock import EFFECTS
from onhand.views import ledger as views
from onhand.views.grid import all_stores
from onhand.views.ledger import MovementFilter
from onhand.views.verify import INVARIANTS, rows_to_read, verify

log = structlog.get_logger()

ROWS = 50
TELL_EVERY_SECONDS = 0.25


async def show_ledger(visit: Visit) -> Response:
    """Movements, newest first, narrowed by what was chosen."""
    query = visit.query
    wanted = MovementFilter(
        variant=query.get("sku", "").strip() or None,
        store=query.get("store") or None,
        kind=query.get("kind") if query.get("kind") in EFFECTS else None,
        order=query.get("order", "").strip() or None,
        actor=query.get("actor", "").strip() or None,
        recorded_from=_moment(visit, "from"),
        recorded_to=_moment(visit, "to"),
    )
    page = await visit.ask(views.list_movements, wanted, ROWS, query.get("cursor") or None)
    kept = {name: value for name, value in query.items() if name != "cursor" and value}
    after = urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else None
    return await visit.page(
        "ledger.html",
        page=page,
        stores=await visit.ask(all_stores),
        kinds=list(EFFECTS),
        next_query=after,
        kept=kept,
    )


def _moment(visit: Visit, name: str) -> int | None:
    """A moment as the browser's own control writes it, in the reader's zone. Raises ValidationFailed."""
    text = visit.query.get(name, "").strip()
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationFailed((name, "Write a date and a time, such as 2026-11-21T09:30.")) from None
    return clock.as_microseconds(given if given.tzinfo else given.replace(tzinfo=visit.words.zone))


async def show_as_of(visit: Visit) -> Response:
    """What one SKU was at every store, at a moment."""
    sku, at = visit.query.get("sku", "").strip(), _moment(visit, "at")
    found = []
    if sku and at is not None:
        stores = await visit.ask(all_stores)
        found = [await visit.ask(views.as_of, sku, store.code, at) for store in stores]
    return await visit.page("as_of.html", found=found, sku=sku, at=visit.query.get("at", ""))


# ── Verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Cancelled(Exception):
    """Whoever asked has gone away."""


class AlreadyVerifying(Conflict):
    """The ledger is being verified already; once at a time is enough."""

    code, title = "already_verifying", "Already verifying"


async def show_verify(visit: Visit) -> Response:
    return await visit.page("verify.html", checked=visit.office.last_verification, invariants=INVARIANTS)


async def verify_now(visit: Visit) -> Response:
    """Verify, and answer when it is done: for browsers without scripts."""
    await run_in_threadpool(_verify, visit, None)
    return visit.see("/console/ledger/verify")


async def verify_while_told(visit: Visit) -> Response:
    """Verify, and tell how far it has come. It is a question, so it may be asked with GET."""
    return StreamingResponse(
        _progress(visit),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _progress(visit: Visit) -> AsyncIterator[bytes]:
    read = 0
    gone = threading.Event()

    def count(rows: int) -> None:
        nonlocal read
        read += rows
        if gone.is_set():
            raise Cancelled

    total = await run_in_threadpool(rows_to_read, visit.office.desk.database)
    work = asyncio.ensure_future(run_in_threadpool(_verify, visit, count))
    try:
        while not work.done():
            await asyncio.wait([work], timeout=TELL_EVERY_SECONDS)
            yield _event("progress", {"read": read, "total": max(total, read)})
        if (error := work.exception()) is not None:
            refusal = refusal_of(error) if isinstance(error, Exception) else None
            if refusal is None:
                log.error("verification_failed", error=repr(error)[:500])
            yield _event("failed", {"detail": detail_of(refusal or InternalError(), visit.words)})
            return
        html = await run_in_threadpool(
            render, visit.words, "verification.html", visit=visit, checked=work.result(), invariants=INVARIANTS
        )
        yield _event("done", {"html": html})
    finally:
        gone.set()


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _verify(visit: Visit, progress: Any) -> Verified:
    """In a thread. Raises AlreadyVerifying."""
    office = visit.office
    if not office.verifying.acquire(blocking=False):
        raise AlreadyVerifying("The ledger is being verified already. Wait for it to end.")
    try:
        found = verify(office.desk.database, progress)
        office.last_verification = Verified(
            clock.as_datetime(clock.now()), found.clean, found.rows, found.seconds, found.broken
        )
        return office.last_verification
    finally:
        office.verifying.release()
