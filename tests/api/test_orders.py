"""Every row of the contract's table of orders."""

from tests.api.conftest import problem
from tests.shop import Shop


def placed(api, items, **more):
    body = {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()], **more}
    answer = api.post("/api/orders", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_an_order_is_placed_and_all_of_it_is_answered(api, shop: Shop):
    shop.sells("MUG", "Blue Mug", "12.50")
    shop.sells("TEA", "Green Tea", "0.3333")
    shop.stocks({"MUG": 10, "TEA": 100})

    answer = api.post(
        "/api/orders",
        json={
            "customer_id": "c-7",
            "customer": {"name": "Ada", "email": "ada@example.com", "phone": "+351 1"},
            "items": [
                {"sku": "MUG", "quantity": 2},
                {"variant_id": shop.variant("TEA").id, "quantity": 30, "store": "main"},
                {"product_id": shop.variant("MUG").product_id, "quantity": 1, "unit_price": 9.95},
            ],
            "store": shop.store("main").id,
            "currency": "USD",
            "shipping_address": {"city": "Lisbon", "geo": [38.7, -9.1]},
            "priority": 3,
            "on_shortage": "reject",
            "hold_minutes": 0.5,
            "channel": "web",
            "reference": "basket-1",
            "note": "Ring twice",
            "metadata": {"campaign": "spring"},
        },
    )

    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/orders/{order['order_id']}"
    assert order["success"] is True
    assert (order["status"], order["payment_status"]) == ("pending", "unpaid")
    assert (order["stock_reserved"], order["stock_confirmed"]) == (True, False)
    assert order["total_amount"] == "44.95"  # 25.00 + 30 × 0.3333 rounded half up to 10.00 + 9.95
    assert [(item["line"], item["sku"], item["quantity"]) for item in order["items"]] == [
        (1, "MUG", 2),
        (2, "TEA", 30),
        (3, "MUG", 1),
    ]
    assert [(item["unit_price"], item["total_price"]) for item in order["items"]] == [
        ("12.50", "25.00"),
        ("0.3333", "10.00"),
        ("9.95", "9.95"),
    ]
    assert order["items"][0]["name"] == "Blue Mug"
    assert order["items"][0]["allocations"] == [{"store": "main", "quantity": 2, "state": "held"}]
    assert [order["items"][0][part] for part in ("backordered", "shipped", "returned")] == [0, 0, 0]
    assert order["customer"] == {"name": "Ada", "email": "ada@example.com", "phone": "+351 1"}
    assert order["shipping_address"] == {"city": "Lisbon", "geo": [38.7, -9.1]}
    assert order["metadata"] == {"campaign": "spring"}
    assert [order[name] for name in ("channel", "reference", "note", "priority", "currency", "customer_id")] == [
        *("web", "basket-1", "Ring twice", 3, "USD", "c-7")
    ]
    assert order["hold_expires_at"].endswith("Z")
    assert order["created_at"] < order["hold_expires_at"]
    assert shop.balances("MUG") == (7, 3, 0)


def test_paid_places_and_confirms_in_one_step(api, shop: Shop):
    shop.stocks({"MUG": 5})
    order = placed(api, {"MUG": 2}, paid=True)
    assert (order["status"], order["payment_status"], order["stock_confirmed"]) == ("confirmed", "paid", True)
    assert shop.balances("MUG") == (3, 0, 2)


def test_an_order_has_ten_thousand_items_at_most(api, shop: Shop):
    shop.stocks({"MUG": 10_000})
    order = api.post("/api/orders", json={"items": [{"sku": "MUG", "quantity": 1}] * 10_000})
    assert order.status_code == 201
    assert order.json()["total_amount"] == "100000.00"
    assert shop.balances("MUG") == (0, 10_000, 0)


def test_a_price_in_json_digits_is_exact(api, shop: Shop):
    shop.stocks({"MUG": 5})
    text = b'{"items": [{"sku": "MUG", "quantity": 3, "unit_price": 100000000.0001}]}'
    answer = api.post("/api/orders", content=text, headers={"Content-Type": "application/json"})
    assert answer.json()["items"][0]["unit_price"] == "100000000.0001"
    beyond = text.replace(b"100000000.0001", b"1.00000000000000000001")
    answer = api.post("/api/orders", content=beyond, headers={"Content-Type": "application/json"})
    assert problem(answer, 422, "validation_failed")["errors"][0]["path"] == "items.0.unit_price"


def test_every_short_item_is_named(api, shop: Shop):
    shop.sells("MUG", "Blue Mug")
    shop.stocks({"MUG": 2, "TEA": 1, "JAM": 9})
    body = {
        "items": [
            {"sku": "MUG", "quantity": 2},
            {"sku": "JAM", "quantity": 9},
            {"sku": "MUG", "quantity": 1},
            {"sku": "TEA", "quantity": 5},
        ]
    }
    refusal = problem(api.post("/api/orders", json=body), 409, "insufficient_stock")
    assert refusal["detail"] == "Insufficient stock for Blue Mug. Available: 2, Requested: 3"
    assert [(each["sku"], each["store"], each["requested"], each["available"]) for each in refusal["shortages"]] == [
        ("MUG", "main", 3, 2),
        ("TEA", "main", 5, 1),
    ]
    assert {"restock_at", "substitutes"} <= set(refusal["shortages"][0])


def test_what_an_order_names_must_be_there(api, shop: Shop):
    shop.stocks({"MUG": 2})
    unknown = api.post("/api/orders", json={"items": [{"sku": "mug", "quantity": 1}]})
    assert problem(unknown, 404, "variant_not_found")["reference"] == "mug"
    several = [{"sku": sku, "quantity": 1} for sku in ("cup", "MUG", "jug", "cup", "tin")]
    for path, more in (
        ("/api/orders", {}),
        ("/api/inventory/holds", {"reference": "basket"}),
        ("/api/inventory/availability", {}),
        ("/api/inventory/sourcing/preview", {}),
        ("/api/inventory/transfers", {"from": "main", "to": shop.opens("annex").code}),
    ):
        unknown = api.post(path, json={"items": several, **more})
        told = problem(unknown, 404, "variant_not_found")
        assert (told["reference"], told["references"]) == ("cup", ["cup", "jug", "tin"]), path
        assert told["detail"] == "There is no variant 'cup', 'jug' or 'tin'."
    for item in ({"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 1, "store": "main"}):
        nowhere = api.post("/api/orders", json={"items": [item], "store": "atlantis"})
        assert problem(nowhere, 404, "store_not_found")["reference"] == "atlantis"
    for path in ("", "/timeline"):
        problem(api.get(f"/api/orders/none{path}"), 404, "order_not_found")
    for method, path in (("PUT", "confirm"), ("PATCH", "cancel"), ("POST", "pick"), ("POST", "shipments")):
        assert problem(api.request(method, f"/api/orders/9/{path}"), 404, "order_not_found")["reference"] == "9"


def test_an_order_goes_all_the_way(api, shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 5})
    order = placed(api, {"MUG": 4, "TEA": 1})
    path, by_number = f"/api/orders/{order['order_id']}", f"/api/orders/{order['number']}"

    longer = api.put(f"{path}/extend", json={"hold_minutes": 60}).json()
    assert longer["hold_expires_at"] > order["hold_expires_at"]

    confirmed = api.put(f"{by_number}/confirm")
    assert confirmed.status_code == 200
    assert {name: confirmed.json()[name] for name in ("success", "order_id", "status", "stock_confirmed")} == {
        "success": True,
        "order_id": order["order_id"],
        "status": "confirmed",
        "stock_confirmed": True,
    }
    assert api.put(f"{path}/confirm", json={}).json() == confirmed.json()
    assert shop.balances("MUG") == (6, 0, 4)

    picked = api.post(f"{path}/pick").json()
    assert picked["status"] == "processing"
    assert picked["picking_lists"] == [
        {
            "store": "main",
            "lines": [
                {"line": 1, "sku": "MUG", "name": "MUG", "quantity": 4, "bin": None},
                {"line": 2, "sku": "TEA", "name": "TEA", "quantity": 1, "bin": None},
            ],
        }
    ]

    some = api.post(
        f"{path}/shipments", json={"items": [{"sku": "MUG", "quantity": 3}], "tracking_number": "T1", "carrier": "UPS"}
    )
    assert some.status_code == 201
    assert some.json()["status"] == "partially_shipped"
    assert some.json()["shipment"]["items"] == [{"sku": "MUG", "quantity": 3, "store": "main"}]
    refusal = problem(api.patch(f"{path}/cancel"), 409, "invalid_transition")
    assert (refusal["from"], refusal["to"]) == ("partially_shipped", "cancelled")
    too_many = api.post(f"{path}/shipments", json={"items": [{"sku": "MUG", "quantity": 2}]})
    problem(too_many, 409, "reservation_exceeded")

    rest = api.post(f"{path}/shipments").json()
    assert (rest["status"], rest["shipment"]["shipment"]) == ("shipped", 2)
    assert problem(api.patch(f"{path}/cancel"), 409, "invalid_transition")["detail"] == "Cannot cancel a shipped order"

    delivered = api.put(f"{path}/deliver").json()
    assert delivered["status"] == "delivered"
    assert api.put(f"{path}/deliver").json() == delivered

    back = api.post(
        "/api/orders/returns",
        json={
            "order_id": order["number"],
            "items": [{"sku": "MUG", "quantity": 1}, {"sku": "TEA", "quantity": 1, "condition": "damaged"}],
            "reason": "Broken",
            "refund_amount": "10.00",
            "processed_by": "Bo",
        },
    )
    assert back.status_code == 201
    assert (back.json()["status"], back.json()["refund_amount"]) == ("partially_returned", "10.00")
    assert [
        (item["sku"], item["quantity"], item["condition"], item["store"]) for item in back.json()["return_items"]
    ] == [
        ("MUG", 1, "sellable", "main"),
        ("TEA", 1, "damaged", "main"),
    ]
    assert shop.movements("MUG")[-1].on_behalf_of == "Bo"
    too_much = {"order_id": order["order_id"], "items": [{"sku": "MUG", "quantity": 4}], "reason": "Broken"}
    problem(api.post("/api/orders/returns", json=too_much), 409, "return_exceeds_shipped")
    whole = api.post("/api/orders/returns", json={**too_much, "items": [{"sku": "MUG", "quantity": 3}]})
    assert whole.json()["status"] == "returned"

    timeline = api.get(f"{by_number}/timeline").json()
    assert timeline["next_cursor"] is None
    assert [entry["type"] for entry in timeline["data"]] == [
        "order.placed",
        "order.hold_extended",
        "order.confirmed",
        "order.processing",
        "order.partially_shipped",
        "order.shipped",
        "order.delivered",
        "order.returned",
        "order.returned",
    ]
    assert timeline["data"][0]["movements"][0]["kind"] == "hold"
    assert timeline["data"][1]["data"]["hold_expires_at"].endswith("Z"), "a time, as everywhere"
    pages = [api.get(f"{by_number}/timeline?limit=2").json()]
    while pages[-1]["next_cursor"]:
        pages.append(api.get(f"{by_number}/timeline?limit=2&cursor={pages[-1]['next_cursor']}").json())
    assert [len(page["data"]) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert [entry for page in pages for entry in page["data"]] == timeline["data"]
    for cursor in ("x", "Wy0xXQ", "WyJhIl0"):  # The last two are [-1] and ["a"].
        problem(api.get(f"{by_number}/timeline?cursor={cursor}"), 422, "validation_failed")


def test_cancelling_gives_everything_back_once(api, shop: Shop):
    shop.stocks({"MUG": 10})
    order = placed(api, {"MUG": 4})
    cancelled = api.patch(f"/api/orders/{order['order_id']}/cancel", json={"reason": "Changed mind"})
    assert (cancelled.json()["status"], cancelled.json()["cancel_reason"]) == ("cancelled", "Changed mind")
    assert api.patch(f"/api/orders/{order['order_id']}/cancel").json() == cancelled.json()
    assert shop.balances("MUG") == (10, 0, 0)
    refusal = problem(api.put(f"/api/orders/{order['order_id']}/confirm"), 409, "invalid_transition")
    assert (refusal["from"], refusal["to"]) == ("cancelled", "confirmed")


def test_a_hold_that_ran_out_shows_at_once(api, shop: Shop):
    shop.stocks({"MUG": 4})
    order = placed(api, {"MUG": 4}, hold_minutes=1)
    before = api.get(f"/api/orders/{order['order_id']}")
    shop.moment.passes(seconds=61)
    seen = api.get(f"/api/orders/{order['order_id']}")
    assert (seen.json()["status"], seen.json()["cancel_reason"]) == ("cancelled", "expired")
    assert seen.headers["etag"] != before.headers["etag"]
    assert api.get("/api/inventory/products/MUG/stock").json()["available_stock"] == 4
    placed(api, {"MUG": 4})
    problem(api.put(f"/api/orders/{order['order_id']}/confirm"), 409, "invalid_transition")


def test_a_hold_may_not_be_longer_than_is_configured(api, shop: Shop):
    shop.stocks({"MUG": 4})
    body = {"items": [{"sku": "MUG", "quantity": 1}], "hold_minutes": 10_081}
    refusal = problem(api.post("/api/orders", json=body), 422, "validation_failed")
    assert refusal["errors"] == [{"path": "hold_minutes", "message": "at most 10080"}]


def test_orders_are_listed_narrowed_and_paged(api, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 50, "TEA": 50})
    shop.stocks({"MUG": 50}, "north")
    numbers = [placed(api, {"MUG": 1}, customer_id=f"c{n % 2}", reference=f"r-{n}")["number"] for n in range(5)]
    tea = placed(api, {"TEA": 1})["number"]
    north = placed(api, {"MUG": 1}, store="north", customer={"email": "Zoe@Example.com"})["number"]
    api.put(f"/api/orders/{numbers[0]}/confirm")

    def listed(**query):
        answer = api.get("/api/orders", params=query)
        assert answer.status_code == 200, answer.text
        return [order["number"] for order in answer.json()["data"]]

    newest_first = [north, tea, *reversed(numbers)]
    assert listed() == newest_first
    assert listed(status="confirmed") == [numbers[0]]
    assert listed(customer_id="c1") == [numbers[3], numbers[1]]
    assert listed(sku="TEA") == listed(sku=shop.variant("TEA").id) == [tea]
    assert listed(store="north") == [north]
    assert listed(reference="r-2") == [numbers[2]]
    assert listed(q="zoe@") == [north]
    assert listed(q=f"#{tea}") == [tea]
    created = api.get(f"/api/orders/{tea}").json()["created_at"]
    assert listed(created_from=created) == [north, tea]
    assert listed(created_to=created) == [*reversed(numbers)]
    offset = created.replace("Z", "+00:00")
    assert [each["number"] for each in api.get(f"/api/orders?created_from={offset}").json()["data"]] == [north, tea]

    paged, query = [], {"limit": 3}
    while True:
        page = api.get("/api/orders", params=query).json()
        paged += [order["number"] for order in page["data"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert paged == newest_first
