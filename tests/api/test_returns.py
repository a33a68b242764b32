"""Returns over HTTP: announced, received, cancelled, listed."""

from tests.api.conftest import problem
from tests.shop import Shop


def sold(api, items):
    body = {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()], "paid": True}
    order = api.post("/api/orders", json=body).json()
    assert api.post(f"/api/orders/{order['number']}/shipments").status_code == 201
    return order


def test_a_return_is_announced_and_received_at_another_store(api, shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("east")
    order = sold(api, {"MUG": 4})
    body = {"order_id": order["number"], "items": [{"sku": "MUG", "quantity": 3}], "reason": "Too blue"}
    answer = api.post("/api/returns", json=body, headers={"Idempotency-Key": "return-1"})
    announced = answer.json()
    assert (answer.status_code, announced["status"]) == (201, "requested")
    assert answer.headers["location"] == f"/api/returns/{announced['id']}"
    assert announced["order_number"] == order["number"]
    (line,) = announced["lines"]
    assert (line["sku"], line["requested"], line["received"]) == ("MUG", 3, 0)
    again = api.post("/api/returns", json=body, headers={"Idempotency-Key": "return-1"})
    assert (again.json(), again.headers["idempotent-replayed"]) == (announced, "true")

    received = api.post(
        f"/api/returns/{announced['number']}/receive",
        json={
            "items": [
                {"sku": "MUG", "quantity": 1},
                {"sku": "MUG", "quantity": 1, "condition": "damaged"},
            ],
            "store": "east",
            "refund_amount": "12.50",
            "processed_by": "Ines",
        },
    ).json()
    assert (received["status"], received["store"], received["refund_amount"]) == ("received", "east", "12.50")
    assert [(item["condition"], item["quantity"], item["store"]) for item in received["items"]] == [
        ("sellable", 1, "east"),
        ("damaged", 1, "east"),
    ]
    names = ("requested", "received", "sellable", "damaged", "lost")
    assert [received["lines"][0][name] for name in names] == [3, 2, 1, 1, 0]
    assert api.get(f"/api/returns/{received['id']}").json() == received
    assert api.get("/api/returns?status=received&store=east").json()["data"] == [received]
    assert api.get("/api/returns?status=requested").json()["data"] == []
    timeline = api.get(f"/api/returns/{received['number']}/timeline").json()["data"]
    assert [entry["type"] for entry in timeline] == ["return.requested", "return.received"]
    assert [movement["kind"] for movement in timeline[1]["movements"]] == ["return", "return_damaged"]
    assert api.get(f"/api/orders/{order['number']}").json()["status"] == "partially_returned"


def test_what_does_not_fit_is_refused(api, shop: Shop):
    shop.stocks({"MUG": 10})
    order = sold(api, {"MUG": 2})
    body = {"order_id": order["order_id"], "items": [{"sku": "MUG", "quantity": 3}], "reason": "Too blue"}
    refusal = problem(api.post("/api/returns", json=body), 409, "return_exceeds_shipped")
    assert (refusal["sku"], refusal["requested"], refusal["returnable"]) == ("MUG", 3, 2)
    body["items"][0]["quantity"] = 2
    announced = api.post("/api/returns", json=body).json()
    cancelled = api.post(f"/api/returns/{announced['number']}/cancel", json={"reason": "Kept"}).json()
    assert cancelled["status"] == "cancelled"
    assert api.post(f"/api/returns/{announced['number']}/cancel").json() == cancelled
    late = api.post(f"/api/returns/{announced['id']}/receive", json={"items": [{"sku": "MUG", "quantity": 1}]})
    assert problem(late, 409, "invalid_transition")["from"] == "cancelled"
    for path in ("", "/timeline"):
        assert problem(api.get(f"/api/returns/none{path}"), 404, "return_not_found")["reference"] == "none"


def test_the_desk_answers_number_and_status_of_the_return(api, shop: Shop):
    shop.stocks({"MUG": 10})
    order = sold(api, {"MUG": 2})
    body = {"order_id": order["order_id"], "items": [{"sku": "MUG", "quantity": 2}], "reason": "Too blue"}
    answer = api.post("/api/orders/returns", json=body).json()
    assert (answer["status"], answer["return_status"], answer["return_number"][:2]) == ("returned", "received", "R-")


def test_a_key_takes_goods_back_only_at_its_own_store(api, keys, shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("east")
    order = sold(api, {"MUG": 2})
    desk = keys.client("orders", stores=(shop.store("east").id,))
    body = {"order_id": order["order_id"], "items": [{"sku": "MUG", "quantity": 2}], "reason": "Too blue"}
    number = desk.post("/api/returns", json=body).json()["number"]
    items = {"items": [{"sku": "MUG", "quantity": 2}]}
    problem(desk.post(f"/api/returns/{number}/receive", json={**items, "store": "main"}), 403, "forbidden")
    assert desk.post(f"/api/returns/{number}/receive", json={**items, "store": "east"}).status_code == 200
