"""Reports, as charts and tables. Each is one question."""

from starlette.responses import Response

from onhand import clock
from onhand.console.marks import N_
from onhand.console.visit import Visit
from onhand.views import reports as views

PERIODS = (7, 30, 90, 365)


async def show_reports(visit: Visit) -> Response:
    asked = visit.query.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else 30
    now = clock.now()
    since = now - days * clock.DAY
    holds = await visit.ask(views.hold_conversion, since, now)
    series = [
        {
            "label": visit.gettext(label),
            "x": [day.began_at for day in holds],
            "y": [getattr(day, name) for day in holds],
        }
        for label, name in ((N_("Placed"), "placed"), (N_("Confirmed"), "confirmed"), (N_("Expired"), "expired"))
    ]
    placed, confirmed = sum(day.placed for day in holds), sum(day.confirmed for day in holds)
    return await visit.page(
        "reports.html",
        days=days,
        periods=PERIODS,
        values=await visit.ask(views.stock_value),
        turnover=await visit.ask(views.turnover, since),
        outs=await visit.ask(views.stock_outs, since),
        series=series,
        conversion=confirmed / placed if placed else None,
        lost=sum(day.expired for day in holds),
        as_datetime=clock.as_datetime,
    )
