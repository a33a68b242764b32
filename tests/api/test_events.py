"""The feed over HTTP, and the stream that browsers follow."""

import json
import threading
from collections.abc import Generator
from itertools import islice
from typing import Any

import httpx2
import pytest
from tests.api.conftest import ADMIN, problem
from tests.feeds import faults_of, read_all
from tests.shop import Shop

from onhand.api import tail
from onhand.rows import ApiKey
from onhand.trade.events import CATALOGUE
from onhand.trade.keys import RevokeKey


@pytest.fixture
def told(shop: Shop, api: httpx2.Client) -> dict[str, Any]:
    """A small day, told."""
    shop.stocks({"MUG": 50, "PLATE": 20})
    shop.stocks({"MUG": 50}, "north")
    order = shop.order({"MUG": 2, "PLATE": 1}, store="main")
    shop.confirm(order)
    far = shop.order({"MUG": 1}, store="north")
    shop.cancel(far, "Changed my mind")
    read_all(shop)
    return {"order": order.order, "far": far.order}


def events(api: httpx2.Client, **query: Any) -> list[dict[str, Any]]:
    answer = api.get("/api/events", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def test_the_feed_is_read_page_by_page_without_skipping(api, told):
    whole = events(api, limit=500)
    assert [event["position"] for event in whole] == list(range(1, len(whole) + 1))
    assert [fault for event in whole for fault in faults_of(event)] == []
    after, found = 0, []
    while True:
        page = api.get("/api/events", params={"after": after, "limit": 3}).json()
        if page["next_after"] == after:
            break
        found += page["data"]
        after = page["next_after"]
    assert found == whole
    assert page == {"data": [], "next_after": len(whole)}


def test_an_event_is_what_was_told(api, told):
    placed = events(api, type="order.placed")[0]
    order = told["order"]
    assert placed == {
        "id": f"order/{order.id}/1",
        "position": placed["position"],
        "type": "order.placed",
        "subject": f"order/{order.id}",
        "seq": 1,
        "occurred_at": placed["occurred_at"],
        "actor": "clerk",
        "data": {
            "number": order.number,
            "from": None,
            "to": "pending",
            "currency": "USD",
            "total": "30.00",
            "items": [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}],
        },
    }
    assert placed["occurred_at"].endswith("Z")


def test_every_movement_is_a_change_of_stock(api, told, shop):
    changes = events(api, subject="level/main/MUG")
    assert [(each["seq"], each["data"]["kind"], each["data"]["available"]) for each in changes] == [
        (1, "increment", 50),
        (2, "hold", 48),
        (3, "confirm", 48),
    ]
    held = changes[1]["data"]
    assert (held["previous_quantity"], held["new_quantity"], held["on_hold"], held["on_hand"]) == (50, 48, 2, 50)
    assert held["order_id"] == told["order"].id


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ({"type": "order.*"}, ["order.placed", "order.confirmed", "order.placed", "order.cancelled"]),
        ({"type": "order.confirmed,order.cancelled"}, ["order.confirmed", "order.cancelled"]),
        ({"type": "order.*", "store": "north"}, ["order.placed", "order.cancelled"]),
        ({"store": "north"}, ["stock.changed", "order.placed", "stock.changed", "order.cancelled", "stock.changed"]),
        ({"type": "stock.*", "subject": "level/north/MUG"}, ["stock.changed"] * 3),
        ({"type": "order.*", "subject": "level/north/MUG"}, []),
        ({"subject": "level/nowhere/MUG"}, []),
        ({"subject": "order/1001"}, ["order.placed", "order.confirmed"]),
        ({"subject": "order/9999"}, []),
    ],
)
@pytest.mark.parametrize("limit", [1, 500])
def test_it_is_narrowed(api, told, query, types, limit):
    found: list[str] = []
    after = 0
    while True:
        page = api.get("/api/events", params={**query, "after": after, "limit": limit}).json()
        found += [event["type"] for event in page["data"]]
        if page["next_after"] == after:
            break
        after = page["next_after"]
    assert found == types


def test_what_cannot_be_meant_is_refused(api, stranger):
    wrong = problem(api.get("/api/events", params={"type": "order.plaecd"}), 422, "validation_failed")
    assert "no type of event" in wrong["detail"]
    problem(api.get("/api/events", params={"after": "-1"}), 422, "validation_failed")
    problem(api.get("/api/events", params={"after": "9" * 19}), 422, "validation_failed")
    problem(api.get("/api/events", params={"store": "nowhere"}), 404, "store_not_found")
    problem(stranger.get("/api/events"), 401, "unauthenticated")
    problem(stranger.get("/api/events/stream"), 401, "unauthenticated")
    assert events(api, after=9 * 10**18) == []


def test_the_envelope_of_cloudevents(api, told):
    (event,) = events(api, format="cloudevents", type="order.cancelled")
    assert event == {
        "specversion": "1.0",
        "id": f"order/{told['far'].id}/2",
        "source": "/api/events",
        "type": "order.cancelled",
        "subject": f"order/{told['far'].id}",
        "time": event["time"],
        "datacontenttype": "application/json",
        "data": {"number": told["far"].number, "from": "pending", "to": "cancelled", "reason": "Changed my mind"},
        "position": event["position"],
        "seq": 2,
        "actor": "clerk",
    }


def test_the_catalogue_is_served(api):
    listed = api.get("/api/events/types").json()["data"]
    assert {each["type"] for each in listed} == set(CATALOGUE)
    for each in listed:
        assert faults_of(each["example"]) == []
        assert each["description"].endswith(".")


# ── The stream ──────────────────────────────────────────────────────────────────────────────────────────────────────


def stream(url: str, **query: Any) -> Generator[tuple[str, dict[str, Any]]]:
    """(id, event) of each message. The first is an empty one: it is open."""
    headers = {"Authorization": f"Bearer {ADMIN}"} | query.pop("headers", {})
    with (
        httpx2.Client(base_url=url, headers=headers, timeout=60) as client,
        client.stream("GET", "/api/events/stream", params=query) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        place = ""
        for line in answer.iter_lines():
            if line.startswith("retry:"):
                yield "", {}
            elif line.startswith("id: "):
                place = line[4:]
            elif line.startswith("data: "):
                yield place, json.loads(line[6:])


def test_the_stream_tells_what_happens_from_now_on(url, shop, told):
    follower = stream(url, type="order.*")
    next(follower)
    threading.Timer(0.2, lambda: shop.cancel(told["order"])).start()
    place, event = next(follower)
    assert (event["type"], event["subject"]) == ("order.cancelled", f"order/{told['order'].id}")
    assert place == str(event["position"])
    follower.close()


def test_a_quiet_stream_shows_that_it_is_alive(url, api, told, monkeypatch):
    """With its place: past what it does not want, so that a stream that breaks does not read all that again."""
    monkeypatch.setattr(tail, "HEARTBEAT_SECONDS", 0.1)
    last = events(api, limit=500)[-1]["position"]
    headers = {"Authorization": f"Bearer {ADMIN}"}
    path = f"{url}/api/events/stream?after=0&type=webhook.*"
    with httpx2.stream("GET", path, headers=headers, timeout=60) as answer:
        said = list(islice(answer.iter_lines(), 7))
    assert said == ["retry: 1000", "", *2 * [": still here", f"id: {last}", ""]][:7]


def test_a_stream_ends_with_its_key_however_busy_the_feed_is(url, shop, keys, told, monkeypatch):
    monkeypatch.setattr(tail, "HEARTBEAT_SECONDS", 0.3)
    reader = keys.client("read", name="reader").headers["authorization"]
    is_over = threading.Event()

    def sell() -> None:
        while not is_over.wait(0.05):
            shop.stocks({"MUG": 1})

    busy = threading.Thread(target=sell)
    follower = stream(url, headers={"Authorization": reader})
    next(follower)
    busy.start()
    try:
        next(follower)
        (key,) = shop.rows(ApiKey)
        shop.run(RevokeKey(key.id))
        heard = len(list(islice(follower, 300)))
    finally:
        is_over.set()
        busy.join()
    assert heard < 300


def test_one_key_cannot_take_the_places_of_all_others(url, keys, told, monkeypatch):
    monkeypatch.setattr(tail, "MOST_OF_ONE_KEY", 2)
    leaky = keys.client("read", name="leaky")
    headers = {"Authorization": leaky.headers["authorization"]}
    followers = [stream(url, headers=headers) for _ in range(2)]
    for follower in followers:
        next(follower)
    refused = problem(leaky.get("/api/events/stream"), 503, "overloaded")
    assert "2 times already" in refused["detail"]
    another = stream(url)
    next(another)
    for follower in (*followers, another):
        follower.close()


def test_a_place_that_is_none_is_not_gone_on_from(url, api, told):
    for nowhere in ("9" * 5_000, "-1", "²", "1.5"):
        follower = stream(url, after=0, headers={"Last-Event-ID": nowhere.encode()})
        next(follower)
        assert next(follower)[0] == "1"
        follower.close()


def test_a_broken_stream_goes_on_where_it_was(url, api, told):
    whole = events(api, limit=500)
    follower = stream(url, after=0)
    next(follower)
    first = [next(follower)[1] for _ in range(3)]
    follower.close()
    follower = stream(url, after=0, headers={"Last-Event-ID": str(first[-1]["position"])})
    next(follower)
    rest = [next(follower)[1] for _ in range(len(whole) - 3)]
    follower.close()
    assert first + rest == whole


def test_many_follow_at_once_and_all_hear_everything(url, shop, told):
    heard: list[list[int]] = [[] for _ in range(8)]
    ready = threading.Barrier(9)

    def follow(mine: list[int]) -> None:
        follower = stream(url, after=0)
        next(follower)
        ready.wait()
        while not mine or mine[-1] < 60:
            mine.append(next(follower)[1]["position"])
        follower.close()

    threads = [threading.Thread(target=follow, args=(mine,)) for mine in heard]
    for thread in threads:
        thread.start()
    ready.wait()
    for _ in range(20):
        shop.order({"MUG": 1, "PLATE": 1}, store="main") if shop.level("PLATE").available else shop.adjusts(
            "PLATE", "increment", 50
        )
    for thread in threads:
        thread.join(20)
    assert all(mine == list(range(1, len(mine) + 1)) and len(mine) >= 60 for mine in heard)
