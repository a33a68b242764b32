"""Every row of the contract about purchase orders and deliveries."""

import pytest
from tests.api.conftest import problem
from tests.shop import Shop

PURCHASES = "/api/inventory/purchase-orders"
BATCH = "/api/inventory/receipts/batch"


@pytest.fixture
def buy(api, shop: Shop):
    """Order so much of each SKU; answers the purchase order."""
    shop.stocks({"MUG": 0, "TEA": 0})

    def order(*lines, **more):
        listed = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
        answer = api.post(PURCHASES, json={"supplier": "Potter & Son", "store": "main", "lines": listed, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return order


def receive(api, order, *items, **more):
    return api.post(f"{PURCHASES}/{order['number']}/receipts", json={"items": list(items), **more})


def test_what_is_ordered_is_open(api, shop: Shop):
    shop.stocks({"MUG": 0})
    body = {
        "number": "2026/17",
        "supplier": "Potter & Son",
        "store": "main",
        "expected_at": "2026-12-01T09:00:00Z",
        "note": "By boat",
        "lines": [
            {"sku": "MUG", "quantity": 12, "unit_cost": "3.1250"},
            {"sku": "MUG", "quantity": 8, "expected_at": "2026-12-24T00:00:00+01:00"},
        ],
    }
    answer = api.post(PURCHASES, json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"{PURCHASES}/{made['id']}"
    assert {
        name: made[name] for name in ("number", "status", "supplier", "store", "note", "actor", "close_reason")
    } == {
        "number": "2026/17",
        "status": "open",
        "supplier": "Potter & Son",
        "store": "main",
        "note": "By boat",
        "actor": "bootstrap",
        "close_reason": None,
    }
    assert made["lines"][0] == {
        "line": 1,
        "sku": "MUG",
        "name": "MUG",
        "ordered": 12,
        "received": 0,
        "rejected": 0,
        "outstanding": 12,
        "unit_cost": "3.125",
        "currency": "USD",
        "expected_at": "2026-12-01T09:00:00Z",
    }
    assert made["lines"][1]["expected_at"] == "2026-12-23T23:00:00Z"
    assert made["created_at"].endswith("Z")
    assert api.get(f"{PURCHASES}/{made['id']}").json() == {**made, "receipts": []}
    problem(api.post(PURCHASES, json=body), 409, "already_exists")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 422, "validation_failed"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, 422, "validation_failed"),
        ({"lines": [{"sku": "NOSUCH", "quantity": 1}]}, 404, "variant_not_found"),
        ({"store": "nowhere"}, 404, "store_not_found"),
        ({"supplier": ""}, 422, "validation_failed"),
        ({"supplyer": "X"}, 422, "validation_failed"),
    ],
)
def test_what_cannot_be_ordered(api, shop: Shop, change, status, code):
    shop.stocks({"MUG": 0})
    body = {"supplier": "Potter & Son", "store": "main", "lines": [{"sku": "MUG", "quantity": 1}], **change}
    problem(api.post(PURCHASES, json=body), status, code)


def test_a_delivery_is_booked_and_told(api, shop: Shop, buy):
    order = buy(("MUG", 12), ("TEA", 5))
    arrived = {"sku": "MUG", "received": 10, "rejected": 2, "reason": "Cracked"}
    answer = receive(api, order, arrived, received_at="2026-01-05T08:00:00Z")
    assert answer.status_code == 201, answer.text
    received = answer.json()
    assert received["status"] == "partially_received"
    counts = [(line["received"], line["rejected"], line["outstanding"]) for line in received["lines"]]
    assert counts == [(10, 2, 2), (0, 0, 5)]
    receipt = received["receipt"]
    assert (receipt["receipt"], receipt["received_at"], receipt["actor"]) == (1, "2026-01-05T08:00:00Z", "bootstrap")
    assert receipt["items"] == [
        {
            "line": 1,
            "sku": "MUG",
            "received": 10,
            "rejected": 2,
            "accepted": 8,
            "return_rejected": False,
            "reason": "Cracked",
        }
    ]
    assert (shop.balances("MUG"), shop.level("MUG").unsellable) == ((8, 0, 0), 2)
    rest = receive(api, order, {"line": 1, "received": 2}, {"line": 2, "received": 5}).json()
    assert rest["status"] == "received"
    assert [each["receipt"] for each in api.get(f"{PURCHASES}/{order['id']}").json()["receipts"]] == [1, 2]
    timeline = api.get(f"{PURCHASES}/{order['number']}/timeline").json()["data"]
    assert [entry["type"] for entry in timeline] == [
        "purchase_order.created",
        "purchase_order.received",
        "purchase_order.received",
    ]
    moved = [(each["sku"], each["kind"], each["quantity"]) for each in timeline[1]["movements"]]
    assert moved == [("MUG", "receive", 8), ("MUG", "receive_damaged", 2)]
    assert timeline[1]["movements"][0]["cause_id"] == order["id"]


def test_what_is_rejected_may_go_back_at_once(api, shop: Shop, buy):
    order = buy(("MUG", 12))
    answer = receive(api, order, {"sku": "MUG", "received": 12, "rejected": 5}, return_rejected=True)
    assert answer.json()["receipt"]["items"][0]["return_rejected"] is True
    assert (shop.balances("MUG"), shop.level("MUG").unsellable) == ((7, 0, 0), 0)
    one, other = ({"sku": "MUG", "received": 2, "rejected": 2, **more} for more in ({"return_rejected": False}, {}))
    receive(api, buy(("MUG", 4)), one, other, return_rejected=True)
    assert (shop.balances("MUG"), shop.level("MUG").unsellable) == ((7, 0, 0), 2)


def test_more_than_ordered(api, shop: Shop, buy):
    order = buy(("MUG", 12))
    refused = problem(receive(api, order, {"sku": "MUG", "received": 13}), 409, "receipt_exceeds_ordered")
    assert {name: refused[name] for name in ("sku", "received", "outstanding", "ordered")} == {
        "sku": "MUG",
        "received": 13,
        "outstanding": 12,
        "ordered": 12,
    }
    over = receive(api, order, {"sku": "MUG", "received": 13}, allow_over=True).json()
    assert (over["status"], over["lines"][0]["received"], over["lines"][0]["outstanding"]) == ("received", 13, 0)


@pytest.mark.parametrize(
    ("item", "status", "code"),
    [
        ({"received": 1}, 422, "validation_failed"),
        ({"sku": "MUG", "line": 1, "received": 1}, 422, "validation_failed"),
        ({"sku": "MUG", "received": 1, "rejected": 2}, 422, "validation_failed"),
        ({"sku": "TEA", "received": 1}, 422, "validation_failed"),
        ({"line": 2, "received": 1}, 422, "validation_failed"),
        ({"sku": "NOSUCH", "received": 1}, 404, "variant_not_found"),
    ],
)
def test_a_delivery_that_makes_no_sense(api, buy, item, status, code):
    problem(receive(api, buy(("MUG", 12)), item), status, code)


def test_a_repeated_delivery_is_booked_once(api, shop: Shop, buy):
    order = buy(("MUG", 12))
    path, body = f"{PURCHASES}/{order['id']}/receipts", {"items": [{"sku": "MUG", "received": 6}]}
    first, second = (api.post(path, json=body, headers={"Idempotency-Key": "van-1"}) for _ in range(2))
    assert (first.content, second.headers["idempotent-replayed"]) == (second.content, "true")
    assert shop.balances("MUG") == (6, 0, 0)


def test_closing(api, shop: Shop, buy):
    order = buy(("MUG", 12))
    receive(api, order, {"sku": "MUG", "received": 7})
    path = f"{PURCHASES}/{order['number']}/close"
    closed = api.post(path, json={"reason": "Sold out"}).json()
    assert (closed["status"], closed["close_reason"], closed["lines"][0]["outstanding"]) == ("closed", "Sold out", 0)
    assert api.post(path, json={"reason": "Sold out"}).json() == closed
    refused = problem(receive(api, order, {"sku": "MUG", "received": 1}), 409, "invalid_transition")
    assert (refused["from"], refused["to"]) == ("closed", "received")
    problem(api.post(f"{PURCHASES}/PO-0/close", json={"reason": "?"}), 404, "purchase_order_not_found")
    problem(api.post(path, json={}), 422, "validation_failed")


def test_the_list_is_narrowed_and_paged(api, shop: Shop, buy):
    shop.opens("north")
    first = buy(("MUG", 1), number="A-1")
    second = buy(("TEA", 1), number="A-2", supplier="Leaf Ltd", note="100% green")
    third = buy(("MUG", 1), number="B-1", store="north")
    receive(api, first, {"line": 1, "received": 1})

    def listed(**query):
        return [order["number"] for order in api.get(PURCHASES, params=query).json()["data"]]

    assert listed() == [third["number"], second["number"], first["number"]] == ["B-1", "A-2", "A-1"]
    assert listed(status="received") == ["A-1"]
    assert listed(status="open") == ["B-1", "A-2"]
    assert listed(store="north") == ["B-1"]
    assert listed(q="a-") == ["A-2", "A-1"]
    assert listed(q="leaf") == ["A-2"]
    assert listed(q="100%") == ["A-2"]
    page = api.get(PURCHASES, params={"limit": 2}).json()
    assert [order["number"] for order in page["data"]] == ["B-1", "A-2"]
    assert page["data"][1]["lines"][0]["sku"] == "TEA"
    assert listed(limit=2, cursor=page["next_cursor"]) == ["A-1"]
    problem(api.get(PURCHASES, params={"status": "lost"}), 422, "validation_failed")
    problem(api.get(PURCHASES, params={"store": "nowhere"}), 404, "store_not_found")
    problem(api.get(f"{PURCHASES}/PO-0"), 404, "purchase_order_not_found")
    problem(api.get(f"{PURCHASES}/PO-0/timeline"), 404, "purchase_order_not_found")


def test_many_deliveries_are_each_answered_in_their_place(api, shop: Shop, buy):
    mugs, tea = buy(("MUG", 5)), buy(("TEA", 5))
    rows = [
        {"purchase_order": mugs["number"], "items": [{"sku": "MUG", "received": 5}]},
        {"purchase_order": tea["id"], "items": [{"sku": "TEA", "received": 6}]},
        {"purchase_order": "PO-0", "items": [{"sku": "TEA", "received": 6}]},
        {"purchase_order": tea["id"], "items": [{"sku": "TEA"}]},
        {"purchase_order": tea["id"], "items": [{"sku": "TEA", "received": 2}]},
    ]
    results = api.post(BATCH, json={"receipts": rows}).json()["results"]
    assert [result["status"] for result in results] == [201, 409, 404, 422, 201]
    assert results[0]["purchase_order"]["status"] == "received"
    assert results[1]["problem"]["code"] == "receipt_exceeds_ordered"
    assert results[4]["purchase_order"]["receipt"]["items"][0]["received"] == 2
    assert (shop.balances("MUG"), shop.balances("TEA")) == ((5, 0, 0), (2, 0, 0))
    rows = [{"purchase_order": tea["id"], "items": [{"sku": "TEA", "received": received}]} for received in (3, 1)]
    results = api.post(BATCH, json={"receipts": rows, "atomic": True}).json()["results"]
    assert [result["status"] for result in results] == [409, 409]
    assert [result["problem"]["code"] for result in results] == ["not_applied", "receipt_exceeds_ordered"]
    assert shop.balances("TEA") == (2, 0, 0)


def test_what_is_coming_is_told_of_the_product_and_of_the_level(api, shop: Shop, buy):
    shop.opens("north")
    buy(("MUG", 12), ("TEA", 5), expected_at="2026-12-01T00:00:00Z", number="A-1")
    early = buy(("MUG", 3), expected_at="2026-11-01T00:00:00Z", number="A-2")
    buy(("MUG", 7), store="north", number="A-3")
    receive(api, early, {"sku": "MUG", "received": 1})
    stock = api.get("/api/inventory/products/MUG/stock").json()
    assert stock["incoming"] == 21
    by_store = {level["store"]: (level["quantity_available"], level["incoming"]) for level in stock["stores"]}
    assert by_store == {"main": (1, 14), "north": (0, 7)}
    explained = api.get("/api/inventory/stock/MUG/main/explain").json()
    assert explained["incoming"] == [
        {"expected_at": "2026-11-01T00:00:00Z", "quantity": 2, "purchase_order": "A-2"},
        {"expected_at": "2026-12-01T00:00:00Z", "quantity": 12, "purchase_order": "A-1"},
    ]
    api.post(f"{PURCHASES}/A-1/close", json={"reason": "Sunk"})
    assert api.get("/api/inventory/products/MUG/stock").json()["incoming"] == 9


# ── Shipping notices ────────────────────────────────────────────────────────────────────────────────────────────────


def notify(api, number, text, **query):
    headers = {"Content-Type": "text/csv"}
    return api.post(f"{PURCHASES}/{number}/asn", content=text, params=query, headers=headers)


def test_a_notice_says_when_it_comes(api, buy):
    order = buy(("MUG", 12), ("TEA", 5))
    notice = "\ufeffsku,quantity,expected_at\r\nMUG,12,2026-12-01T09:00:00Z\r\n\r\nTEA,2,2026-12-03\r\n"
    told = notify(api, order["number"], notice)
    assert told.status_code == 200, told.text
    assert [line["expected_at"] for line in told.json()["lines"]] == ["2026-12-01T09:00:00Z", "2026-12-03T00:00:00Z"]
    assert [line["outstanding"] for line in told.json()["lines"]] == [12, 5]
    timeline = api.get(f"{PURCHASES}/{order['number']}/timeline").json()["data"]
    assert timeline[-1]["type"] == "purchase_order.announced"


def test_a_notice_of_something_new_is_a_purchase_order(api, buy, shop: Shop):
    shop.opens("north")
    shop.stocks({"MUG": 0})
    made = notify(api, "SUP-9", "quantity,sku\n12,MUG\n3,MUG\n", supplier="Potter & Son", store="north").json()
    assert (made["number"], made["status"], made["supplier"], made["store"]) == (
        "SUP-9",
        "open",
        "Potter & Son",
        "north",
    )
    assert [line["ordered"] for line in made["lines"]] == [12, 3]
    for no_name in ("00000000-0000-7000-8000-00000000000A", "PO-1%0A", "%1B[2J", "%20PO-1"):
        problem(notify(api, no_name, "sku,quantity\nMUG,1\n"), 404, "purchase_order_not_found")


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", ["lines.1", "lines.1"]),
        ("sku,quantity\n", ["lines"]),
        ("sku,quantity,expectedat\nMUG,1,\n", ["lines.1"]),
        ("sku,quantity\nMUG,1.5\n,3\nMUG\nMUG,1\n", ["lines.2.quantity", "lines.3.sku", "lines.4.quantity"]),
        ("sku,quantity,expected_at\nMUG,1,tomorrow\n", ["lines.2.expected_at"]),
        ("sku,quantity\nMUG,1,2\n", ["lines.2"]),
        ("sku,quantity\nMUG,13\nTEA,1\nNOSUCH,2\n", ["lines.2.quantity", "lines.3.sku", "lines.4.sku"]),
    ],
)
def test_every_row_that_is_wrong_is_named(api, buy, text, paths):
    order = buy(("MUG", 12))
    refused = problem(notify(api, order["number"], text), 422, "validation_failed")
    assert sorted(error["path"] for error in refused["errors"]) == paths
    assert api.get(f"{PURCHASES}/{order['number']}").json()["lines"][0]["expected_at"] is None


def test_a_notice_is_csv(api, buy):
    order = buy(("MUG", 12))
    problem(api.post(f"{PURCHASES}/{order['number']}/asn", json={}), 415, "unsupported_media_type")
    problem(notify(api, order["number"], b"sku,quantity\n\xff,1\n"), 400, "malformed_request")
    problem(notify(api, order["number"], 'sku,quantity\n"MUG,1\n'), 400, "malformed_request")


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_receive(shop: Shop, keys, buy):
    north = shop.opens("north")
    order = buy(("MUG", 12))
    body = {"items": [{"sku": "MUG", "received": 1}]}
    path = f"{PURCHASES}/{order['number']}/receipts"
    problem(keys.client("orders").post(path, json=body), 403, "forbidden")
    bound = keys.client("stock", stores=(north.code,))
    problem(bound.post(path, json=body), 403, "forbidden")
    problem(bound.post(f"{PURCHASES}/{order['number']}/close", json={"reason": "?"}), 403, "forbidden")
    assert bound.get(f"{PURCHASES}/{order['number']}").status_code == 200
    assert keys.client("stock").post(path, json=body).status_code == 201
