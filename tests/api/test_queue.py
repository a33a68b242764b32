"""In which order work is released to the pickers: by priority, then age, then the promised date."""

import pytest
from tests.shop import Shop

QUEUE, WAVES = "/api/fulfillment/queue", "/api/fulfillment/waves"


def body_of(store, **more):
    return {"items": [{"sku": "MUG", "quantity": 1}], "store": store, "paid": True, "reference": store, **more}


def placed(api, *bodies):
    """Place them in one request, in this order: all of them have the same age."""
    answer = api.post("/api/orders/batch", json={"orders": bodies, "atomic": True})
    assert answer.status_code == 200, answer.text
    orders = [row["order"] for row in answer.json()["results"]]
    assert len({order["created_at"] for order in orders}) == 1
    return [order["number"] for order in orders]


def queue(api, **query):
    """The whole queue, one order a page."""
    seen, cursor = [], None
    while True:
        page = api.get(QUEUE, params={"limit": 1, **query, **({"cursor": cursor} if cursor else {})}).json()
        seen += [order["number"] for order in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            return seen


@pytest.fixture
def morning(api, shop: Shop):
    """Orders by what they are, as they were placed; the workshop needs a week to hand anything over."""
    shop.opens("workshop", handling_days=7)
    shop.stocks({"MUG": 20})
    shop.stocks({"MUG": 20}, store="workshop")
    unpaid = api.post("/api/orders", json=body_of("main") | {"paid": False}).json()["number"]
    shop.moment.passes(minutes=5)
    old_and_late, old_and_soon, old_and_urgent = placed(
        api, body_of("workshop"), body_of("main"), body_of("workshop", priority=1)
    )
    shop.moment.passes(minutes=5)
    (new_and_soon, new_and_most_urgent) = placed(api, body_of("main"), body_of("workshop", priority=9))
    api.put(f"/api/orders/{unpaid}/confirm")
    return [new_and_most_urgent, old_and_urgent, unpaid, old_and_soon, old_and_late, new_and_soon]


def test_the_queue_is_by_priority_then_age_then_promised_date(api, morning):
    assert queue(api) == morning
    told = api.get(QUEUE).json()["data"]
    assert [order["priority"] for order in told] == [9, 1, 0, 0, 0, 0]
    assert told[3]["created_at"] == told[4]["created_at"]
    assert told[3]["promised_at"] < told[4]["promised_at"]
    assert queue(api, store="main") == [morning[2], morning[3], morning[5]]


def test_waves_take_the_most_urgent_that_nobody_walks_for(api, morning):
    def wave(limit):
        answer = api.post(WAVES, json={"store": "workshop", "limit": limit})
        return answer.json() | {"status_code": answer.status_code}

    urgent, more_urgent, late = morning[1], morning[0], morning[4]
    first, second, third = wave(2), wave(2), wave(2)
    assert [order["number"] for order in first["orders"]] == [more_urgent, urgent]
    assert [order["number"] for order in second["orders"]] == [late]
    assert (third["status_code"], third["code"]) == (409, "nothing_to_pick")
    api.post(f"{WAVES}/{first['id']}/cancel")
    assert [order["number"] for order in wave(1)["orders"]] == [more_urgent]
    assert [order["number"] for order in wave(1)["orders"]] == [urgent]
