"""Today: the numbers of the day, each with the rows behind it."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from onhand import clock
from onhand.api.problems import RouteNotFound
from onhand.console.marks import N_
from onhand.console.visit import Visit
from onhand.views import today as views
from onhand.views.days import last_days, shop_zone
from onhand.views.duties import last_runs

ROWS = 50
# The worker's duty that verifies the ledger once a day.
VERIFIES = "verify-ledger"
TITLES = {
    "placed": N_("Orders placed today"),
    "running-out": N_("Holds about to run out"),
    "to-pick": N_("Orders to pick"),
    "late": N_("Late orders"),
    "backordered": N_("Orders that wait for stock"),
    "undecided": N_("Orders whose money waits for a decision"),
    "refunds-due": N_("Orders whose money is due to go back"),
    "stuck": N_("Holds that should have ended"),
}


class Proof(NamedTuple):
    """The last time that the ledger was verified, here or by the worker, and how many rows broke a law.

    `negative`: buckets below zero; None where the worker has found something, but does not tell what.
    """

    at: datetime
    by_worker: bool
    clean: bool
    drift: int
    negative: int | None
    rows: int | None


async def show_today(visit: Visit) -> Response:
    now = clock.now()
    zone = await visit.ask(shop_zone)
    days = last_days(zone, now, 2)
    numbers = await visit.ask(views.today, now, days.began[-1])
    hours = await visit.ask(views.orders_by_hour, days.since, now)
    return await visit.page(
        "today.html",
        numbers=numbers,
        zone=zone,
        currency=visit.office.desk.engine.policy.currency,
        hours=hours,
        yesterday=sum(hour.orders for hour in hours if hour.began_at < days.began[-1]),
        proof=await _proof(visit, numbers.drift),
        most=views.MOST_COUNTED,
    )


async def _proof(visit: Visit, drift: int) -> Proof | None:
    """The newer of both."""
    here = visit.office.last_verification
    run = (await visit.ask(last_runs)).get(VERIFIES)
    by_worker = None if run is None or run.failures else clock.as_datetime(run.ended_at)
    if by_worker is not None and (here is None or here.at < by_worker):
        return Proof(by_worker, True, not drift, drift, None if drift else 0, None)
    if here is None:
        return None
    return Proof(here.at, False, here.clean, here.count("2", "3", "4"), here.count("1"), here.rows)


async def show_rows(visit: Visit, name: str) -> Response:
    """The orders and bare holds behind a number."""
    if name not in TITLES:
        raise RouteNotFound(visit.request.url.path)
    now = clock.now()
    days = last_days(await visit.ask(shop_zone), now, 1)
    page = await visit.ask(views.claimants_behind, name, now, days.since, ROWS, visit.query.get("cursor") or None)
    after = urlencode({"cursor": page.next_cursor}) if page.next_cursor else None
    return await visit.page("today_rows.html", name=name, title=TITLES[name], page=page, next_query=after)
