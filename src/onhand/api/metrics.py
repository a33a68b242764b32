"""What a Prometheus server asks for: how this process does, and what of the shop waits. Needs no key.

Where several processes serve one database, what waits is the same in each; requests and queue are the answering one's.
"""

from collections.abc import Iterator, Mapping
from importlib.metadata import version

import structlog
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from onhand import clock
from onhand.api.calls import Desk
from onhand.api.edge import ANSWERED
from onhand.api.questions import ask
from onhand.db.database import Database
from onhand.rows import DutyRun
from onhand.views.backlog import Backlog, backlog
from onhand.views.duties import last_runs
from onhand.worker.duty import lag
from onhand.worker.schedule import schedule

log = structlog.get_logger()

Found = tuple[Backlog, dict[str, DutyRun]]


async def metrics(request: Request) -> Response:
    """How does it do: requests, queue, duties, and what waits, for Prometheus."""
    desk: Desk = request.app.state.desk
    registry = CollectorRegistry()
    registry.register(_Told(desk, await run_in_threadpool(_look, desk.database)))
    try:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
    except (TypeError, ValueError):  # A version that is none.
        encode, media_type = choose_encoder("")
    return Response(encode(registry), headers={"Content-Type": media_type})


def _look(database: Database) -> Found | None:
    """None when the database does not answer: then that is what there is to tell."""
    try:
        return ask(database, lambda connection: (backlog(connection, clock.now()), last_runs(connection)))
    except Exception as error:
        log.warning("metrics_without_database", error=type(error).__name__)
        return None


class _Told(Collector):
    def __init__(self, desk: Desk, found: Found | None) -> None:
        self._desk = desk
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()  # Memory, processor time, open files: of any Python process.
        yield _gauge("onhand_info", "The version that runs.", "version", {version("onhand"): 1})
        requests = CounterMetricFamily("onhand_http_requests", "Requests answered.", labels=("method", "status"))
        for (method, status), number in sorted(ANSWERED.items()):
            requests.add_metric((method, str(status)), number)
        yield requests
        engine = self._desk.engine
        yield GaugeMetricFamily("onhand_engine_up", "Whether the writer runs.", value=int(engine.is_running))
        yield GaugeMetricFamily("onhand_queue_commands", "Commands that wait for the writer.", value=engine.waiting)
        yield GaugeMetricFamily(
            "onhand_database_takes_changes",
            "Whether it took the last change that was tried.",
            value=int(engine.takes_no_changes_because is None),
        )
        yield GaugeMetricFamily("onhand_database_up", "Whether it answers.", value=int(self._found is not None))
        if self._found is not None:
            yield from self._of_the_shop(*self._found)

    def _of_the_shop(self, waits: Backlog, runs: dict[str, DutyRun]) -> Iterator[Metric]:
        for name, told, value in (
            ("onhand_overdue_claims", "Orders and holds that a sweep should have ended.", waits.overdue),
            ("onhand_undecided_orders", "Orders whose payment a person has to decide on.", waits.undecided_orders),
            ("onhand_refunds_due", "Orders with money that is due to go back.", waits.refunds_due),
            ("onhand_webhook_deliveries_waiting", "Deliveries that will be tried.", waits.waiting_deliveries),
            ("onhand_mails_failed", "Mails that were given up.", waits.failed_mails),
        ):
            yield GaugeMetricFamily(name, told, value=value)
        yield _gauge("onhand_standing_alerts", "Alerts that are not closed.", "kind", waits.standing_alerts)
        duties = [duty for duty in schedule(self._desk.settings) if duty.name in runs]
        late = {duty.name: lag(duty, runs[duty.name], clock.now()) for duty in duties}
        failed = {duty.name: runs[duty.name].failures for duty in duties}
        yield _gauge("onhand_duty_lag_seconds", "By how much the next run of a duty is late.", "duty", late)
        yield _gauge("onhand_duty_failures", "Failures of a duty since it last went well.", "duty", failed)


def _gauge(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(name, told, labels=(label,))
    for value, number in values.items():
        gauge.add_metric((value,), number)
    return gauge
