"""Every row of the contract's table of stock."""

import pytest
from tests.api.conftest import problem
from tests.shop import Shop

STOCK = "/api/inventory/stock"


def test_the_stock_of_a_product(api, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 20})
    shop.stocks({"MUG": 3}, "north")
    shop.order({"MUG": 4})
    shop.order({"MUG": 2}, paid=True)
    shop.adjusts("MUG", "damage", 1)
    variant = shop.variant("MUG")
    answers = [api.get(f"/api/inventory/products/{ref}/stock") for ref in ("MUG", variant.id, variant.product_id)]
    stock = answers[0].json()
    assert all(answer.json() == stock for answer in answers)
    whole = {name: value for name, value in stock.items() if name != "stores"}
    assert whole == {
        "product_id": variant.product_id,
        "sku": "MUG",
        "current_stock": 23,
        "reserved_stock": 6,
        "available_stock": 16,
        "min_stock_level": 0,
        "reorder_point": 0,
        "in_stock": True,
        "stock_status": "IN_STOCK",
        "on_hold": 4,
        "reserved": 2,
        "unsellable": 1,
        "backordered": 0,
        "incoming": 0,
    }
    assert {level["store"]: level["quantity_available"] for level in stock["stores"]} == {"main": 13, "north": 3}
    main = next(level for level in stock["stores"] if level["store"] == "main")
    assert (main["quantity_on_hold"], main["quantity_reserved"], main["version"]) == (4, 2, 4)
    problem(api.get("/api/inventory/products/CUP/stock"), 404, "variant_not_found")


def test_the_grid_of_levels(api, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 20, "TEA": 5, "JAM": 1})
    shop.stocks({"MUG": 3}, "north")
    shop.adjusts("JAM", "decrement", 1)

    def listed(**query):
        return [(level["sku"], level["store"]) for level in api.get(STOCK, params=query).json()["data"]]

    assert listed() == [("JAM", "main"), ("MUG", "main"), ("MUG", "north"), ("TEA", "main")]
    assert listed(sku="MUG") == listed(sku=shop.variant("MUG").id) == [("MUG", "main"), ("MUG", "north")]
    assert listed(store="north") == [("MUG", "north")]
    assert listed(status="out") == [("JAM", "main")]
    assert listed(status="low") == [("MUG", "north"), ("TEA", "main")]
    assert listed(status="in") == [("MUG", "main")]
    assert listed(q="te") == [("TEA", "main")]
    problem(api.get(STOCK, params={"sku": "CUP"}), 404, "variant_not_found")
    problem(api.get(STOCK, params={"store": "south"}), 404, "store_not_found")
    page = api.get(STOCK, params={"limit": 2}).json()
    assert [(level["sku"], level["store"]) for level in page["data"]] == [("JAM", "main"), ("MUG", "main")]
    assert listed(limit=2, cursor=page["next_cursor"]) == [("MUG", "north"), ("TEA", "main")]


def test_a_change_by_hand_answers_the_level_and_its_movement(api, shop: Shop):
    shop.stocks({"MUG": 10})
    body = {"operation": "increment", "quantity": 5, "reason": "Delivery", "notes": "Box 3", "user_id": "Ada"}
    answer = api.patch(f"{STOCK}/MUG/main", json={**body, "stock_status": "IN_STOCK"})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["quantity_available"], changed["current_stock"], changed["version"]) == (15, 15, 2)
    movement = changed["movement"]
    assert {name: movement[name] for name in ("operation", "quantity", "previous_quantity", "new_quantity")} == {
        "operation": "increment",
        "quantity": 5,
        "previous_quantity": 10,
        "new_quantity": 15,
    }
    assert (movement["reason"], movement["notes"], movement["user"]) == ("Delivery", "Box 3", "Ada")
    assert movement["created_at"].endswith("Z")


def test_a_decrement_stops_at_zero(api, shop: Shop):
    shop.stocks({"MUG": 3})
    body = {"operation": "decrement", "quantity": 4, "reason": "Broken"}
    refusal = problem(api.patch(f"{STOCK}/MUG/main", json=body), 409, "insufficient_stock")
    assert refusal["detail"] == "Cannot decrement stock below 0. Current: 3, Decrement: 4"
    assert api.patch(f"{STOCK}/MUG/main", json={**body, "quantity": 3}).json()["stock_status"] == "OUT_OF_STOCK"


def test_set_needs_the_quantity_that_it_replaces(api, shop: Shop):
    shop.stocks({"MUG": 10})
    body = {"operation": "set", "quantity": 0, "reason": "Count"}
    problem(api.patch(f"{STOCK}/MUG/main", json=body), 422, "validation_failed")
    refusal = problem(api.patch(f"{STOCK}/MUG/main", json={**body, "expected_quantity": 9}), 409, "stock_changed")
    assert refusal["current"] == 10
    changed = api.patch(f"{STOCK}/MUG/main", json={**body, "expected_quantity": 10}).json()
    assert (changed["quantity_available"], changed["movement"]["operation"]) == (0, "decrement")
    again = api.patch(f"{STOCK}/MUG/main", json={**body, "expected_quantity": 0}).json()
    assert again["movement"] is None


def test_the_unsellable_bucket(api, shop: Shop):
    shop.stocks({"MUG": 10})
    for operation, quantity, left in (("damage", 4, (6, 4)), ("repair", 1, (7, 3)), ("write_off", 3, (7, 0))):
        body = {"operation": operation, "quantity": quantity, "reason": "Fell"}
        changed = api.patch(f"{STOCK}/MUG/main", json=body).json()
        assert (changed["quantity_available"], changed["unsellable"]) == left
        assert changed["movement"]["operation"] == operation
    body = {"operation": "repair", "quantity": 1, "reason": "Glue"}
    problem(api.patch(f"{STOCK}/MUG/main", json=body), 409, "insufficient_stock")


def test_if_match_keeps_what_was_seen(api, shop: Shop):
    shop.stocks({"MUG": 10})
    seen = api.get(f"{STOCK}/MUG/main")
    assert (seen.json()["quantity_available"], seen.headers["etag"]) == (10, '"1"')
    body = {"operation": "increment", "quantity": 1, "reason": "Found"}

    def change(if_match):
        return api.patch(f"{STOCK}/MUG/main", json=body, headers={"If-Match": if_match})

    assert change(seen.headers["etag"]).status_code == 200
    assert problem(change(seen.headers["etag"]), 412, "precondition_failed")["version"] == 2
    assert change("*").status_code == 200
    for none_of_ours in ('W/"3"', '"2", "3"', '"x"', "3", '"' + "9" * 30 + '"'):
        problem(change(none_of_ours), 412, "precondition_failed")
    assert shop.level("MUG").available == 12


def test_a_level_that_was_never_stocked_is_all_zero(api, shop: Shop):
    shop.sells("MUG")
    assert api.get(f"{STOCK}/MUG/main").json()["current_stock"] == 0
    problem(api.get(f"{STOCK}/MUG/atlantis"), 404, "store_not_found")
    problem(api.get(f"{STOCK}/CUP/main"), 404, "variant_not_found")
    body = {"operation": "increment", "quantity": 1, "reason": "Found"}
    problem(api.patch(f"{STOCK}/MUG/atlantis", json=body), 404, "store_not_found")


def test_thresholds(api, shop: Shop):
    shop.stocks({"MUG": 10})
    body = {"min_stock_level": 2, "reorder_point": 5, "reorder_quantity": 24, "safety_stock": 1}
    level = api.put(f"{STOCK}/MUG/main/thresholds", json={**body, "low_stock_threshold": 9}).json()
    assert {name: level[name] for name in body} == body
    assert (level["low_stock_threshold"], level["stock_status"]) == (9, "IN_STOCK")
    level = api.put(f"{STOCK}/MUG/main/thresholds", json={"low_stock_threshold": 10}).json()
    assert (level["stock_status"], level["reorder_point"], level["version"]) == ("LOW_STOCK", 5, 1)


def test_low_stock_is_listed_most_urgent_first(api, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 9, "TEA": 2, "JAM": 1, "NUT": 50})
    shop.stocks({"TEA": 5}, "north")
    shop.adjusts("JAM", "decrement", 1)

    def listed(**query):
        answer = api.get("/api/inventory/alerts/low-stock", params=query)
        assert answer.status_code == 200, answer.text
        return [(level["sku"], level["store"], level["quantity_available"]) for level in answer.json()["data"]]

    urgent = [("JAM", "main", 0), ("TEA", "main", 2), ("TEA", "north", 5), ("MUG", "main", 9)]
    assert listed() == urgent
    assert listed(store="north") == [("TEA", "north", 5)]
    assert listed(status="out") == [("JAM", "main", 0)]
    assert (listed(status="open"), listed(status="acknowledged")) == (urgent, [])
    first = api.get("/api/inventory/alerts/low-stock", params={"limit": 3}).json()
    assert listed(limit=3, cursor=first["next_cursor"]) == urgent[3:]


def test_movements_say_what_happened(api, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 10, "TEA": 10})
    shop.stocks({"MUG": 10}, "north")
    order = shop.order({"MUG": 4}).order

    def listed(path="", **query):
        answer = api.get(f"/api/inventory/movements{path}", params=query)
        assert answer.status_code == 200, answer.text
        return [(row["sku"], row["store"], row["kind"], row["quantity"]) for row in answer.json()["data"]]

    held, opened = ("MUG", "main", "hold", 4), ("MUG", "main", "increment", 10)
    assert listed()[0] == held
    assert len(listed()) == 4
    assert listed("/variant/MUG") == [held, ("MUG", "north", "increment", 10), opened]
    assert listed("/variant/MUG", store="main") == [held, opened]
    assert listed(kind="hold") == [held]
    assert listed(order=order.number) == [held]
    assert listed(order=order.id) == [held]
    assert listed(actor="clerk", kind="hold") == [held]
    assert listed(actor="nobody") == []
    row = api.get("/api/inventory/movements", params={"limit": 1}).json()["data"][0]
    assert (row["operation"], row["previous_quantity"], row["new_quantity"]) == ("decrement", 10, 6)
    assert (row["order"], row["user"], row["reason"]) == (order.number, "clerk", f"Customer order #{order.number}")
    assert listed(**{"from": row["created_at"]}) == [held]
    assert held not in listed(to=row["created_at"])
    problem(api.get("/api/inventory/movements/variant/CUP"), 404, "variant_not_found")
    problem(api.get("/api/inventory/movements?order=9999"), 404, "order_not_found")
    page = api.get("/api/inventory/movements", params={"limit": 3}).json()
    assert len(listed(limit=3, cursor=page["next_cursor"])) == 1


def test_the_balances_at_a_time_and_where_they_come_from(api, shop: Shop):
    shop.stocks({"MUG": 10})
    then = api.get("/api/inventory/movements").json()["data"][0]["created_at"]
    shop.moment.passes(seconds=1)
    order = shop.order({"MUG": 4}).order
    past = api.get(f"{STOCK}/MUG/main/as-of", params={"at": then}).json()
    assert (past["available"], past["on_hold"], past["version"]) == (10, 0, 1)
    explained = api.get(f"{STOCK}/MUG/main/explain").json()
    assert explained["agrees"] is True
    assert [(total["kind"], total["units"]) for total in explained["totals"]] == [("hold", 4), ("increment", 10)]
    assert [(claim["order"], claim["quantity"], claim["state"]) for claim in explained["claims"]] == [
        (order.number, 4, "held")
    ]
    for at in (None, "", "yesterday", "2026-11-20", "2026-11-20T10:00:00", "99999-01-01T00:00:00Z"):
        answer = api.get(f"{STOCK}/MUG/main/as-of", params={} if at is None else {"at": at})
        assert problem(answer, 422, "validation_failed")["errors"][0]["path"] == "at"


def test_availability_takes_nothing(api, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 3})
    shop.stocks({"MUG": 9}, "north")
    body = {
        "items": [{"sku": "MUG", "quantity": 10}, {"sku": "MUG", "quantity": 10, "store": "north"}],
        "ship_to": {"country": "PT"},
    }
    items = api.post("/api/inventory/availability", json=body).json()["items"]
    assert [(item["available"], item["sufficient"]) for item in items] == [(12, True), (9, False)]
    assert items[0]["sources"] == [{"store": "north", "available": 9}, {"store": "main", "available": 3}]
    assert {"estimated_delivery", "restock_at", "substitutes"} <= set(items[0])
    assert shop.level("MUG").version == 1
    unknown = api.post("/api/inventory/availability", json={"items": [{"sku": "CUP", "quantity": 1}]})
    problem(unknown, 404, "variant_not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=1.0", "limit=", "cursor=x", "cursor=WzFd"])
def test_a_page_that_cannot_be_is_refused(api, query: str):
    for path in ("/api/orders", STOCK, "/api/inventory/movements", "/api/products", "/api/stores", "/api/keys"):
        problem(api.get(f"{path}?{query}"), 422, "validation_failed")
