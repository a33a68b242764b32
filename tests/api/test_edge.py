"""What holds for every request: its id, its problem when there is no route, and no details of a failure."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from tests.api.conftest import problem
from tests.shop import Shop

from onhand.api import docs, metrics, orders
from onhand.trade.errors import Overloaded
from onhand.views import orders as order_views


def test_every_answer_has_a_request_id(api, stranger):
    for answer in (
        *(api.get(path) for path in ("/api/orders", "/api/orders/none", "/nothing", "/healthz", "/%00")),
        *(api.delete("/api/orders"), stranger.get("/api/orders"), api.post("/api/orders", content=b"{")),
    ):
        assert len(answer.headers["x-request-id"]) == 36
    given = api.get("/nothing", headers={"X-Request-Id": "order-7/retry:2"})
    assert given.headers["x-request-id"] == "order-7/retry:2"
    for strange in ("", "a b", "x" * 129, '<script>"'):
        assert len(api.get("/nothing", headers={"X-Request-Id": strange}).headers["x-request-id"]) == 36


def test_what_is_nowhere(api, stranger):
    for caller in (api, stranger):
        for path in (
            "/",
            "/api",
            "/api/nothing",
            "/api/orders/",
            "/api/orders/1/2/3",
            "/docs/",
            "/api/inventory/stock/MUG",
        ):
            assert problem(caller.get(path), 404, "not_found")["reference"] == path


def test_a_wrong_method_is_told_the_right_ones(api):
    for method, path, allowed in (
        ("DELETE", "/api/orders", "GET, HEAD, POST"),
        ("POST", "/api/orders/1", "GET, HEAD"),
        ("PUT", "/api/products/1", "GET, HEAD, PATCH"),
        ("GET", "/api/orders/1/confirm", "PUT"),
        ("OPTIONS", "/api/inventory/stock/MUG/main", "GET, HEAD, PATCH"),
        ("POST", "/healthz", "GET, HEAD"),
    ):
        answer = api.request(method, path)
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == allowed, path


def test_head_is_get_without_the_body(api, shop: Shop):
    shop.sells("MUG")
    for path in ("/healthz", "/api/products/MUG"):
        head, get = api.head(path), api.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == get.headers["content-length"]
    assert api.head("/api/products/CUP").status_code == 404


def test_a_failure_tells_nothing_but_its_id(api, shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd):
    shop.stocks({"MUG": 10})

    def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(orders, "answer", fail)
    order = api.post("/api/orders", json={"items": [{"sku": "MUG", "quantity": 1}]}, headers={"X-Request-Id": "r-1"})
    problem(order, 500, "internal_error")
    assert "swordfish" not in order.text
    assert order.headers["x-request-id"] == "r-1"
    monkeypatch.undo()
    assert api.get("/api/orders").status_code == 200


def test_a_failure_has_one_line_in_the_log_whatever_the_path_says(api, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(order_views, "find_order", fail)
    with capture_logs() as lines:
        api.get("/api/orders/1%0A2026-11-21%20[info]%20all_is_well%1B[2J")
    (line,) = lines
    assert line["path"] == "/api/orders/1%0A2026-11-21%20[info]%20all_is_well%1B[2J"


def test_the_documentation_is_written_once(stranger, monkeypatch: pytest.MonkeyPatch):
    """Anybody may ask for it, and it takes longer than an order."""
    before = stranger.get("/docs")
    monkeypatch.setattr(docs, "_page", None)
    assert stranger.get("/docs").content == before.content


def test_nothing_is_taken_for_what_it_does_not_say_it_is(stranger, api):
    for answer in (stranger.get("/docs"), stranger.get("/api/orders"), api.get("/api/orders"), api.post("/api/orders")):
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert "default-src 'none'" in stranger.get("/docs").headers["content-security-policy"]


def test_too_much_is_refused_at_once(api, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    shop.stocks({"MUG": 10})

    def full(*_: object) -> None:
        raise Overloaded(retry_after=3)

    monkeypatch.setattr(shop.engine, "submit", full)
    answer = api.post("/api/orders", json={"items": [{"sku": "MUG", "quantity": 1}]})
    problem(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "3"
    batch = api.post("/api/orders/batch", json={"orders": [{"items": [{"sku": "MUG", "quantity": 1}]}] * 2}).json()
    assert [result["status"] for result in batch["results"]] == [503, 503]


def test_a_database_that_does_not_answer(api, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    assert api.get("/api/orders").status_code == 200

    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(shop.engine.database, "reading", gone)
    answer = api.get("/api/orders")
    problem(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "1"
    not_ready = problem(api.get("/readyz"), 503, "not_ready")
    assert "refused" not in str(not_ready)
    problem(api.get("/api/orders", headers={"Authorization": "Bearer another"}), 503, "overloaded")
    monkeypatch.undo()


def test_metrics_tell_how_it_does(stranger, api, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    shop.stocks({"MUG": 2})
    api.get("/api/orders/none")

    def told() -> dict[str, float]:
        answer = stranger.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=")
        families = text_string_to_metric_families(answer.text)
        return {f"{each.name}{sorted(each.labels.values())}": each.value for one in families for each in one.samples}

    odd = stranger.get("/metrics", headers={"Accept": "application/openmetrics-text; version=newest"})
    assert odd.status_code == 200
    now = told()
    assert now["onhand_http_requests_total['404', 'GET']"] >= 1
    assert (now["onhand_standing_alerts['low_stock']"], now["onhand_overdue_claims[]"]) == (1, 0)
    assert (now["onhand_engine_up[]"], now["onhand_queue_commands[]"], now["onhand_database_up[]"]) == (1, 0, 1)

    def gone(database: object, question: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(metrics, "ask", gone)
    now = told()
    assert (now["onhand_database_up[]"], "onhand_overdue_claims[]" in now) == (0, False)


def test_it_stays_in_service_while_the_disk_is_full(api, stranger, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """Questions are answered, and who sends an order is told why not: to take it out would help neither."""
    full = "The disk of the database is full: make room on it."
    monkeypatch.setattr(shop.engine._outage, "takes_none_because", full)
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["checks"]["changes"]) == (200, "read_only", full)
    assert "onhand_database_takes_changes 0.0" in stranger.get("/metrics").text
    shop.stocks({"MUG": 1})
    assert api.get("/readyz").json()["status"] == "ready", "a change that is taken ends it"


def test_alive_and_ready(api, shop: Shop):
    assert api.get("/healthz").json() == {"status": "ok"}
    ready = api.get("/readyz").json()
    checks = dict.fromkeys(("database", "schema", "engine", "queue", "changes"), "ok")
    assert ready == {"status": "ready", "checks": checks}
    shop.engine.close()
    answer = api.get("/readyz")
    assert problem(answer, 503, "not_ready")["checks"]["engine"] == "not running"
    assert answer.headers["retry-after"] == "1"
    assert api.get("/healthz").status_code == 200
    body = {"items": [{"sku": "MUG", "quantity": 1}]}
    problem(api.post("/api/orders", json=body), 503, "overloaded")
