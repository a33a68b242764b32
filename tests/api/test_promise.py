"""What is promised over HTTP: the day of a delivery, what there is instead, and who may take what is kept back."""

import pytest
from tests.api.conftest import problem
from tests.shop import Shop

ORDERS, AVAILABILITY = "/api/orders", "/api/inventory/availability"
PORTO = {"city": "Porto", "country": "PT"}


@pytest.fixture
def lisbon(api, shop: Shop) -> Shop:
    shop.moment.comes("2026-11-16T10:00:00+00:00")  # A Monday.
    terms = {
        "handling_days": 1,
        "cutoff": "16:00",
        "time_zone": "Europe/Lisbon",
        "address": {"country": "PT"},
        "transit_days": 5,
        "transit_by_country": {"PT": 1},
    }
    changed = api.patch("/api/stores/main", json=terms)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in terms} == terms
    shop.stocks({"TEA": 10})
    return shop


def test_an_order_says_when_it_arrives(api, lisbon: Shop):
    body = {"items": [{"sku": "TEA", "quantity": 2}], "shipping_address": PORTO}
    placed = api.post(ORDERS, json=body).json()
    assert placed["estimated_delivery"] == "2026-11-18"
    assert api.get(f"{ORDERS}/{placed['number']}").json()["estimated_delivery"] == "2026-11-18"
    assert api.get(ORDERS).json()["data"][0]["estimated_delivery"] == "2026-11-18"
    lisbon.moment.passes(days=1)
    waiting = api.post(f"{ORDERS}/batch", json={"orders": [{**body, "shipping_address": None}]}).json()["results"]
    assert waiting[0]["order"]["estimated_delivery"] == "2026-11-25"


def test_a_product_is_sold_ahead(api, lisbon: Shop):
    made = api.post(
        "/api/products",
        json={
            "name": "Phone",
            "sku": "PHONE",
            "price": "999",
            "lead_days": 3,
            "preorder_until": "2026-12-14T00:00:00Z",
        },
    ).json()
    (variant,) = made["variants"]
    assert (variant["lead_days"], variant["preorder_until"]) == (3, "2026-12-14T00:00:00Z")
    body = {"items": [{"sku": "PHONE", "quantity": 1}], "shipping_address": PORTO}
    refused = problem(api.post(ORDERS, json=body), 409, "insufficient_stock")
    assert refused["shortages"][0]["restock_at"] == "2026-12-14T00:00:00Z"
    ahead = {**body, "on_shortage": "backorder", "paid": True}
    key = {"Idempotency-Key": "phone-1"}
    first, again = (api.post(ORDERS, json=ahead, headers=key) for _ in range(2))
    assert first.json()["estimated_delivery"] == "2026-12-16"
    assert again.json() == first.json(), "what is stored says it too"
    later = {"variants": [{"sku": "PHONE", "preorder_until": "2026-12-21T00:00:00Z"}]}
    assert api.patch(f"/api/products/{made['id']}", json=later).status_code == 200
    assert api.get(f"{ORDERS}/{first.json()['number']}").json()["estimated_delivery"] == "2026-12-23"
    assert api.get(ORDERS).json()["data"][0]["estimated_delivery"] == "2026-12-23"
    assert api.put(f"{ORDERS}/{first.json()['number']}/confirm").json()["estimated_delivery"] == "2026-12-23"


def test_a_refusal_that_is_stored_has_it_all(api, lisbon: Shop):
    lisbon.opens("corner")
    lisbon.stocks({"TEA": 3}, "corner")
    bought = {
        "supplier": "Tea & Co",
        "store": "main",
        "expected_at": "2026-11-25T09:00:00Z",
        "lines": [{"sku": "TEA", "quantity": 5}],
    }
    assert api.post("/api/inventory/purchase-orders", json=bought).status_code == 201
    body = {"items": [{"sku": "TEA", "quantity": 12, "store": "main"}]}
    first, again = (api.post(ORDERS, json=body, headers={"Idempotency-Key": "tea-12"}) for _ in range(2))
    shortage = {
        "sku": "TEA",
        "store": "main",
        "requested": 12,
        "available": 10,
        "restock_at": "2026-11-25T09:00:00Z",
        "substitutes": [{"sku": "TEA", "store": "corner", "available": 3}],
    }
    assert problem(first, 409, "insufficient_stock")["shortages"] == [shortage]
    assert again.json() == first.json()
    assert problem(api.post(ORDERS, json=body), 409, "insufficient_stock")["shortages"] == [shortage]
    (batch,) = api.post(f"{ORDERS}/batch", json={"orders": [body], "atomic": True}).json()["results"]
    assert batch["problem"]["shortages"] == [shortage]
    asked = {"items": [{"sku": "TEA", "quantity": 12, "store": "main"}], "ship_to": PORTO}
    (answer,) = api.post(AVAILABILITY, json=asked).json()["items"]
    assert (answer["sufficient"], answer["available"]) == (False, 10)
    assert {name: answer[name] for name in ("restock_at", "substitutes")} == {
        name: shortage[name] for name in ("restock_at", "substitutes")
    }
    assert answer["estimated_delivery"] == "2026-11-27"


def test_what_is_kept_back_is_for_those_who_may(api, keys, lisbon: Shop):
    assert api.put("/api/inventory/stock/TEA/main/thresholds", json={"safety_stock": 8}).status_code == 200
    body = {"items": [{"sku": "TEA", "quantity": 3}]}
    all_of_it = {**body, "use_safety_stock": True}
    till, manager = keys.client("orders"), keys.client("orders", "safety_stock", name="manager")
    (answer,) = api.post(AVAILABILITY, json=body).json()["items"]
    assert (answer["available"], answer["sufficient"]) == (2, False)
    problem(till.post(ORDERS, json=body), 409, "insufficient_stock")
    assert problem(till.post(ORDERS, json=all_of_it), 403, "forbidden")["scope"] == "safety_stock"
    problem(till.post(f"{ORDERS}/batch", json={"orders": [body, all_of_it]}), 403, "forbidden")
    assert lisbon.balances("TEA") == (10, 0, 0)
    assert manager.post(ORDERS, json=all_of_it).status_code == 201
    problem(manager.post(ORDERS, json=body), 409, "insufficient_stock")
    assert api.post(f"{ORDERS}/batch", json={"orders": [all_of_it]}).json()["results"][0]["status"] == 201
    assert lisbon.balances("TEA") == (4, 6, 0)
    problem(keys.client("safety_stock", name="nobody").post(ORDERS, json=all_of_it), 403, "forbidden")


@pytest.mark.parametrize(
    "terms",
    [
        {"transit_days": -1},
        {"transit_days": 366},
        {"transit_by_country": {"Portugal": 1}},
        {"transit_by_country": {"PT": 1.5}},
        {"transit_by_country": {"PT": -1}},
    ],
)
def test_terms_that_make_no_sense_are_refused(api, terms):
    problem(api.patch("/api/stores/main", json=terms), 422, "validation_failed")


def test_a_product_of_one_variant_stands_for_it(api, lisbon: Shop):
    made = api.post("/api/products", json={"name": "Cup", "sku": "CUP", "price": "1"}).json()
    asked = {"items": [{"product_id": made["id"], "quantity": 1}]}
    assert api.post(AVAILABILITY, json=asked).json()["items"][0]["sku"] == "CUP"
    assert api.post("/api/inventory/sourcing/preview", json=asked).json()["shortages"][0]["sku"] == "CUP"
    missing = {"items": [{"sku": "CUP", "quantity": 1, "store": "nowhere"}]}
    problem(api.post(AVAILABILITY, json=missing), 404, "store_not_found")


def test_the_preview_is_what_an_order_would_take(api, keys, lisbon: Shop):
    """And why; to a key of one store it shows that store, and takes nothing."""
    lisbon.stocks({"TEA": 3}, "annex")
    asked = {"items": [{"sku": "TEA", "quantity": 12}], "rule": "most_stock"}
    seen = api.post("/api/inventory/sourcing/preview", json=asked).json()
    assert seen == {
        "allocations": [
            {"line": 1, "sku": "TEA", "store": "main", "quantity": 10, "because": "most_stock"},
            {"line": 1, "sku": "TEA", "store": "annex", "quantity": 2, "because": "most_stock"},
        ],
        "shortages": [],
    }
    till = keys.client("orders", stores=("annex",))
    assert till.post("/api/inventory/sourcing/preview", json=asked).json() == {
        "allocations": [{"line": 1, "sku": "TEA", "store": "annex", "quantity": 3, "because": "only_source"}],
        "shortages": [{"line": 1, "sku": "TEA", "requested": 12, "available": 3}],
    }
    short = problem(till.post(ORDERS, json={"items": asked["items"]}), 409, "insufficient_stock")
    assert short["shortages"][0]["available"] == 3
    assert (lisbon.balances("TEA"), lisbon.balances("TEA", "annex")) == ((10, 0, 0), (3, 0, 0))
    placed = api.post(ORDERS, json={"items": asked["items"], "sourcing": "most_stock"}).json()
    taken = [(part["store"], part["quantity"]) for part in placed["items"][0]["allocations"]]
    assert sorted(taken) == [("annex", 2), ("main", 10)]
