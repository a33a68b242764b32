"""The inventory half alone."""

from tests.api.conftest import problem
from tests.shop import Shop

HOLDS = "/api/inventory/holds"


def test_a_hold_in_parts(api, shop: Shop):
    shop.stocks({"MUG": 10, "TEA": 5})
    items = [{"sku": "MUG", "quantity": 6}, {"sku": "TEA", "quantity": 5, "store": "main"}]
    made = api.post(HOLDS, json={"items": items, "reference": "cart-1", "hold_minutes": 2})
    assert made.status_code == 201
    hold = made.json()
    path = f"{HOLDS}/{hold['id']}"
    assert made.headers["location"] == path
    assert (hold["status"], hold["reference"], hold["success"]) == ("held", "cart-1", True)
    assert api.get(path).json() == hold

    longer = api.post(f"{path}/extend", json={"hold_minutes": 30}).json()
    assert longer["expires_at"] > hold["expires_at"]
    some = api.post(f"{path}/release", json={"items": [{"sku": "MUG", "quantity": 2}], "reason": "Too many"})
    assert some.json()["status"] == "held"
    assert shop.balances("MUG") == (6, 4, 0)
    too_many = api.post(f"{path}/release", json={"items": [{"sku": "MUG", "quantity": 5}]})
    assert problem(too_many, 409, "hold_exceeded")["detail"] == "Cannot release more items than are on hold."

    assert api.post(f"{path}/confirm").json()["status"] == "reserved"
    assert shop.balances("MUG") == (6, 0, 4)
    partly = api.post(f"{path}/fulfill", json={"items": [{"sku": "MUG", "quantity": 1}]})
    assert partly.json()["status"] == "reserved"
    beyond = api.post(f"{path}/fulfill", json={"items": [{"sku": "MUG", "quantity": 4}]})
    problem(beyond, 409, "reservation_exceeded")
    assert api.post(f"{path}/fulfill").json()["status"] == "fulfilled"
    assert shop.balances("TEA") == (0, 0, 0)
    problem(api.post(f"{path}/release"), 409, "invalid_transition")


def test_a_hold_needs_the_stock(api, shop: Shop):
    shop.stocks({"MUG": 1})
    body = {"items": [{"sku": "MUG", "quantity": 2}], "reference": "cart-1"}
    problem(api.post(HOLDS, json=body), 409, "insufficient_stock")
    problem(api.post(HOLDS, json={"items": body["items"]}), 422, "validation_failed")
    hold = shop.hold({"MUG": 1}).hold.id
    for path in ("release", "confirm", "fulfill"):
        problem(api.post(f"{HOLDS}/{hold}/{path}", json={"items": []}), 422, "validation_failed")
        problem(api.post(f"{HOLDS}/none/{path}"), 404, "hold_not_found")
    problem(api.get(f"{HOLDS}/none"), 404, "hold_not_found")


def test_a_hold_that_ran_out_gives_back(api, shop: Shop):
    shop.stocks({"MUG": 2})
    body = {"items": [{"sku": "MUG", "quantity": 2}], "reference": "cart-1", "hold_minutes": 0.0167}
    hold = api.post(HOLDS, json=body).json()
    shop.moment.passes(seconds=2)
    assert api.get(f"{HOLDS}/{hold['id']}").json()["status"] == "expired"
    assert api.post(HOLDS, json={**body, "reference": "cart-2"}).status_code == 201
