"""Today: the numbers of the day, each with the rows behind it."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from onhand import clock
from onhand.api.problems import RouteNotFound
from onhand.console.marks import N_
from onhand.console.visit import Visit
from onhand.views import today as views
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
    "stuck": N_("Orders whose hold should have ended"),
}


def _day_began(visit: Visit) -> int:
    """When the day of whoever looks began."""
    here: datetime = clock.as_datetime(clock.now()).astimezone(visit.words.zone)
    return clock.as_microseconds(here.replace(hour=0, minute=0, second=0, microsecond=0))


async def show_today(visit: Visit) -> Response:
    now, since = clock.now(), _day_began(visit)
    numbers = await visit.ask(views.today, now, since)
    hours = await visit.ask(views.orders_by_hour, clock.as_microseconds(_two_days_ago(now)), now)
    runs = await visit.ask(last_runs)
    return await visit.page(
        "today.html",
        numbers=numbers,
        hours=hours,
        checked=visit.office.last_verification,
        by_worker=clock.as_datetime(runs[VERIFIES].ended_at)
        if VERIFIES in runs and not runs[VERIFIES].failures
        else None,
        most=views.MOST_COUNTED,
    )


def _two_days_ago(now: int) -> datetime:
    return clock.as_datetime(now) - timedelta(days=2)


async def show_rows(visit: Visit, name: str) -> Response:
    """The orders behind a number."""
    if name not in TITLES:
        raise RouteNotFound(visit.request.url.path)
    page = await visit.ask(
        views.orders_behind, name, clock.now(), _day_began(visit), ROWS, visit.query.get("cursor") or None
    )
    after = urlencode({"cursor": page.next_cursor}) if page.next_cursor else None
    return await visit.page("today_rows.html", name=name, title=TITLES[name], page=page, next_query=after)
