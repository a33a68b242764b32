"""Webhooks over HTTP."""

from typing import Any

import httpx2
import pytest
from tests.api.conftest import problem
from tests.feeds import read_all
from tests.shop import Shop
from tests.worker.receivers import Receiver
from tests.worker.test_webhooks import until

from onhand.api.secrets import new_webhook_secret
from onhand.config import Settings
from onhand.trade.webhooks import CreateWebhook
from onhand.worker.webhooks import Deliverer

URL = "https://8.8.8.8/hooks"


@pytest.fixture
def made(api: httpx2.Client) -> dict[str, Any]:
    answer = api.post("/api/webhooks", json={"url": URL, "events": ["order.*"], "stores": ["main"], "ordered": True})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_secret_is_shown_once(api, made):
    assert made["secret"].startswith("whsec_")
    shown = api.get(f"/api/webhooks/{made['id']}").json()
    assert "secret" not in shown
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert (shown["events"], shown["stores"], shown["ordered"]) == (["order.*"], ["main"], True)
    assert (shown["status"], shown["format"], shown["waiting"]) == ("enabled", "onhand", 0)
    assert api.get("/api/webhooks").json() == {"data": [shown], "next_cursor": None}


def test_a_repeat_makes_no_second_and_shows_no_secret(api):
    headers = {"Idempotency-Key": "hook-1"}
    first = api.post("/api/webhooks", json={"url": URL}, headers=headers)
    again = api.post("/api/webhooks", json={"url": URL}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"secret": None}
    assert len(api.get("/api/webhooks").json()["data"]) == 1


@pytest.mark.parametrize(
    "inwards", ["http://localhost:9000/x", "http://169.254.169.254/latest", "http://[::1]/", "ftp://8.8.8.8/", "hooks"]
)
def test_private_addresses_are_refused(api, inwards):
    problem(api.post("/api/webhooks", json={"url": inwards}), 422, "url_refused")
    assert api.get("/api/webhooks").json()["data"] == []


def test_what_is_no_event_or_store_is_refused(api, made):
    problem(api.post("/api/webhooks", json={"url": URL, "events": ["order.plaecd"]}), 422, "validation_failed")
    problem(api.post("/api/webhooks", json={"url": URL, "stores": ["nowhere"]}), 404, "store_not_found")
    problem(api.patch(f"/api/webhooks/{made['id']}", json={"url": "http://10.0.0.1/"}), 422, "url_refused")


def test_only_who_may_do_everything_may_change_them(keys, made):
    reader, seller = keys.client("read"), keys.client("orders", name="seller")
    assert reader.get("/api/webhooks").status_code == 200
    for method, path in (("POST", "/api/webhooks"), ("DELETE", f"/api/webhooks/{made['id']}")):
        problem(seller.request(method, path, json={"url": URL} if method == "POST" else None), 403, "forbidden")
    bound = keys.client("admin", name="north", stores=("main",))
    problem(bound.post(f"/api/webhooks/{made['id']}/test"), 403, "forbidden")


def test_its_life(api, made):
    path = f"/api/webhooks/{made['id']}"
    changed = api.patch(path, json={"events": ["*"], "stores": [], "format": "cloudevents"}).json()
    assert (changed["events"], changed["stores"], changed["format"]) == (["*"], [], "cloudevents")
    rotated = api.post(f"{path}/rotate-secret").json()
    assert rotated["secret"] != made["secret"]
    assert api.post(f"{path}/disable").json()["status"] == "disabled"
    problem(api.post(f"{path}/test"), 409, "invalid_transition")
    problem(api.post(f"{path}/replay", json={"from": "2026-11-20T00:00:00Z"}), 409, "invalid_transition")
    assert api.post(f"{path}/enable").json()["status"] == "enabled"
    assert api.post(f"{path}/enable").json()["status"] == "enabled"
    for _ in range(2):
        assert api.delete(path).json()["status"] == "deleted"
    problem(api.get(path), 404, "webhook_not_found")
    problem(api.post(f"{path}/enable"), 404, "webhook_not_found")


def test_what_became_of_events(api, shop: Shop, made):
    receiver = Receiver()
    api.delete(f"/api/webhooks/{made['id']}")
    shop.stocks({"MUG": 100})
    read_all(shop)
    settings = Settings(_env_file=None, webhook_allow_private=True)  # type: ignore[call-arg]
    deliverer = Deliverer(shop.engine, settings, pace=0.01)
    webhook = _let_in(shop, receiver.url)
    deliverer.start()
    api.post(f"/api/webhooks/{webhook}/test")
    order = shop.order({"MUG": 1}).order
    path = f"/api/webhooks/{webhook}/deliveries"
    until(lambda: len(api.get(path, params={"status": "delivered"}).json()["data"]) == 2)
    placed, tested = api.get(path).json()["data"]
    assert (tested["type"], tested["attempts"][0]["status"]) == ("webhook.test", 200)
    assert placed["payload"]["data"]["number"] == order.number
    assert (placed["event_id"], placed["attempts"][0]["response"]) == (f"order/{order.id}/1", "thanks")
    assert [each["id"] for each in _pages(api, path)] == [placed["id"], tested["id"]]
    again = api.post(f"{path}/{placed['id']}/resend")
    assert (again.status_code, again.json()["status"]) == (200, "waiting")
    until(lambda: receiver.ids.count(placed["event_id"]) == 2)
    problem(api.post(f"{path}/999999/resend"), 404, "delivery_not_found")
    problem(api.post(f"{path}/x/resend"), 404, "delivery_not_found")
    answer = api.post(f"/api/webhooks/{webhook}/replay", json={"from": "1971-01-01T00:00:00Z"})
    assert answer.json()["position"] == 0
    until(lambda: receiver.ids.count(placed["event_id"]) == 3)
    deliverer.join()
    receiver.close()


def _let_in(shop: Shop, url: str) -> str:
    """A webhook to this machine, which the API would refuse."""
    made: str = shop.run(CreateWebhook(url, new_webhook_secret(), len(read_all(shop)), ("order.*",))).id
    return made


def _pages(api: httpx2.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = api.get(path, params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
