"""Transfers over HTTP."""

from tests.api.conftest import problem
from tests.shop import Shop

TRANSFERS = "/api/inventory/transfers"
SIX_MUGS = {"from": "main", "to": "annex", "items": [{"sku": "MUG", "quantity": 6}]}


def test_a_transfer_from_draft_to_received(api, shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("annex")
    made = api.post(TRANSFERS, json={**SIX_MUGS, "number": "VAN-1", "note": "With the morning van"})
    assert made.status_code == 201
    draft = made.json()
    path = f"{TRANSFERS}/{draft['id']}"
    assert made.headers["location"] == path
    assert (draft["status"], draft["from_store"], draft["to_store"], draft["in_transit"]) == (
        "draft",
        "main",
        "annex",
        0,
    )
    assert api.get(f"{TRANSFERS}/VAN-1").json() == draft

    sent = api.post(f"{TRANSFERS}/VAN-1/send").json()
    assert (sent["status"], sent["in_transit"]) == ("sent", 6)
    assert api.post(f"{path}/send").json() == sent
    assert shop.balances("MUG") == (4, 0, 0)

    crushed = {"sku": "MUG", "received": 3, "damaged": 1, "lost": 1, "reason": "The box was crushed"}
    part = api.post(f"{path}/receive", json={"items": [crushed]}).json()
    assert part["status"] == "partially_received"
    line = {"line": 1, "sku": "MUG", "name": "MUG", "quantity": 6, "received": 3, "damaged": 1, "lost": 1}
    assert part["lines"] == [{**line, "recalled": 0, "in_transit": 1}]
    too_many = api.post(f"{path}/receive", json={"items": [{"sku": "MUG", "received": 2}]})
    assert problem(too_many, 409, "receipt_exceeds_in_transit")["in_transit"] == 1

    done = api.post(f"{path}/receive").json()
    assert (done["status"], done["in_transit"]) == ("received", 0)
    assert api.post(f"{path}/receive").json() == done
    assert shop.balances("MUG", "annex") == (4, 0, 0)
    assert shop.level("MUG", "annex").unsellable == 1
    timeline = api.get(f"{path}/timeline").json()["data"]
    assert [entry["type"] for entry in timeline] == [
        "transfer.created",
        "transfer.sent",
        "transfer.received",
        "transfer.received",
    ]
    assert timeline[2]["data"]["items"] == [crushed]
    assert [move["kind"] for move in timeline[2]["movements"]] == ["transfer_in", "transfer_in_damaged"]


def test_a_transfer_that_is_recalled_or_cancelled(api, shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("annex")
    path = f"{TRANSFERS}/{api.post(TRANSFERS, json=SIX_MUGS).json()['number']}"
    problem(api.post(f"{path}/recall"), 409, "invalid_transition")
    api.post(f"{path}/send")
    problem(api.post(f"{path}/cancel"), 409, "invalid_transition")
    assert api.post(f"{path}/recall").json()["lines"][0]["recalled"] == 6
    assert api.post(f"{path}/recall").json()["status"] == "recalled"
    assert shop.balances("MUG") == (10, 0, 0)
    problem(api.post(f"{path}/receive"), 409, "invalid_transition")

    other = api.post(TRANSFERS, json=SIX_MUGS).json()
    assert api.post(f"{TRANSFERS}/{other['id']}/cancel").json()["status"] == "cancelled"
    problem(api.post(f"{TRANSFERS}/{other['id']}/send"), 409, "invalid_transition")


def test_refused_transfers(api, shop: Shop):
    shop.stocks({"MUG": 5})
    shop.opens("annex")
    draft = api.post(TRANSFERS, json=SIX_MUGS).json()
    short = problem(api.post(f"{TRANSFERS}/{draft['id']}/send"), 409, "insufficient_stock")
    assert short["shortages"][0]["requested"] == 6
    problem(api.post(f"{TRANSFERS}/none/send"), 404, "transfer_not_found")
    problem(api.post(TRANSFERS, json={**SIX_MUGS, "to": "main"}), 422, "validation_failed")
    problem(api.post(TRANSFERS, json={**SIX_MUGS, "to": "nowhere"}), 404, "store_not_found")
    problem(api.post(TRANSFERS, json={"to": "annex", "items": SIX_MUGS["items"]}), 422, "validation_failed")
    for nothing in ([{"sku": "MUG"}], []):
        refused = api.post(f"{TRANSFERS}/{draft['id']}/receive", json={"items": nothing})
        problem(refused, 422, "validation_failed")


def test_what_was_lost_and_damaged_is_booked_without_a_reason(api, shop: Shop):
    shop.stocks({"MUG": 6})
    shop.opens("annex")
    path = f"{TRANSFERS}/{api.post(TRANSFERS, json=SIX_MUGS).json()['number']}"
    api.post(f"{path}/send")
    came = api.post(f"{path}/receive", json={"items": [{"sku": "MUG", "received": 4, "lost": 1, "damaged": 1}]}).json()
    assert came["status"] == "received"
    assert [(came["lines"][0][name]) for name in ("received", "lost", "damaged")] == [4, 1, 1]
    damaged = api.get("/api/inventory/movements?kind=transfer_in_damaged").json()["data"]
    assert [moved["notes"] for moved in damaged] == ["Damaged or lost on the way"]


def test_only_a_key_of_the_store_sends_or_receives(api, keys, shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("annex")
    here, there = (keys.client("stock", name=store, stores=(store,)) for store in ("main", "annex"))
    path = f"{TRANSFERS}/{here.post(TRANSFERS, json=SIX_MUGS).json()['id']}"
    problem(there.post(TRANSFERS, json=SIX_MUGS), 403, "forbidden")
    problem(there.post(f"{path}/send"), 403, "forbidden")
    assert here.post(f"{path}/send").status_code == 200
    lost = {"items": [{"sku": "MUG", "lost": 1, "reason": "Fell off the van"}]}
    problem(here.post(f"{path}/receive", json=lost), 403, "forbidden")
    assert there.post(f"{path}/receive", json=lost).status_code == 200
    problem(there.post(f"{path}/recall"), 403, "forbidden")


def test_a_list_of_transfers_and_many_at_once(api, shop: Shop):
    shop.stocks({"MUG": 100})
    shop.opens("annex")
    shop.opens("shed")
    rows = [{**SIX_MUGS, "number": f"VAN-{number}", "note": f"Row {number}"} for number in range(3)]
    rows[2]["to"] = "shed"
    results = api.post(f"{TRANSFERS}/batch", json={"transfers": [*rows, rows[0], {"from": 7}]}).json()["results"]
    assert [result["status"] for result in results] == [201, 201, 201, 409, 422]
    assert results[3]["problem"]["code"] == "already_exists"
    api.post(f"{TRANSFERS}/VAN-1/send")
    for query, numbers in (
        ("", ["VAN-2", "VAN-1", "VAN-0"]),
        ("?status=sent", ["VAN-1"]),
        ("?store=shed", ["VAN-2"]),
        ("?store=main", ["VAN-2", "VAN-1", "VAN-0"]),
        ("?q=van-0", ["VAN-0"]),
        ("?q=row 1", ["VAN-1"]),
    ):
        assert sorted(row["number"] for row in api.get(TRANSFERS + query).json()["data"]) == sorted(numbers), query
    first = api.get(f"{TRANSFERS}?limit=2").json()
    rest = api.get(TRANSFERS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert len(first["data"]) + len(rest["data"]) == 3
    assert rest["next_cursor"] is None
    spoilt = api.post(f"{TRANSFERS}/batch", json={"atomic": True, "transfers": [SIX_MUGS, {**SIX_MUGS, "to": "moon"}]})
    assert [result["status"] for result in spoilt.json()["results"]] == [409, 404]


def test_the_same_key_drafts_once(api, shop: Shop):
    shop.stocks({"MUG": 10})
    shop.opens("annex")
    answers = [api.post(TRANSFERS, json=SIX_MUGS, headers={"Idempotency-Key": "van"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert len(api.get(TRANSFERS).json()["data"]) == 1
