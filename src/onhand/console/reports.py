"""Reports, as charts and tables. Each is one question."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from onhand import clock
from onhand.console.marks import N_
from onhand.console.visit import Visit
from onhand.views import reports as views
from onhand.views.days import last_days, shop_zone

PERIODS = (7, 30, 90, 365)
BECAME = {"placed": N_("Placed"), "confirmed": N_("Confirmed"), "expired": N_("Expired")}


async def show_reports(visit: Visit) -> Response:
    asked = visit.query.get("days", "")
    count = int(asked) if asked in map(str, PERIODS) else 30
    now = clock.now()
    zone = await visit.ask(shop_zone)
    days = last_days(zone, now, count)
    holds = await visit.ask(views.hold_conversion, days, now)
    stock = await visit.ask(views.stock_by_day, days)
    values = await visit.ask(views.stock_value)
    placed, confirmed = sum(day.placed for day in holds), sum(day.confirmed for day in holds)
    return await visit.page(
        "reports.html",
        days=count,
        zone=zone,
        periods=PERIODS,
        values=values,
        most_worth={each.currency: max(it.value for it in values if it.currency == each.currency) for each in values},
        turnover=await visit.ask(views.turnover, days.since),
        outs=await visit.ask(views.stock_outs, days.since),
        became=[_series(holds, name, visit.gettext(label)) for name, label in BECAME.items()],
        shipped=_series(stock, "shipped", visit.gettext("Units")),
        ran_out=_series(stock, "ran_out", visit.gettext("Times")),
        conversion=confirmed / placed if placed else None,
        lost=sum(day.expired for day in holds),
        as_datetime=clock.as_datetime,
    )


def _series(days: Sequence[Any], name: str, label: str) -> dict[str, Any]:
    """The numbers of that name, as a chart is given them."""
    return {"label": label, "x": [day.began_at for day in days], "y": [getattr(day, name) for day in days]}
