"""Who may do what."""

import asyncio
from typing import Any

import pytest
from tests.api.conftest import client, problem
from tests.shop import Shop

from onhand import clock
from onhand.api import auth
from onhand.trade.errors import Overloaded

ORDER = {"items": [{"sku": "MUG", "quantity": 1}]}
CHANGE = {"operation": "increment", "quantity": 1, "reason": "Found"}

# What is asked, the scope that it needs, and the body.
NEEDS: list[tuple[str, str, str, Any]] = [
    ("GET", "/api/orders", "read", None),
    ("GET", "/api/inventory/stock", "read", None),
    ("GET", "/api/products/MUG", "read", None),
    ("POST", "/api/inventory/availability", "read", ORDER),
    ("POST", "/api/orders", "orders", ORDER),
    ("POST", "/api/orders/batch", "orders", {"orders": [ORDER]}),
    ("PUT", "/api/orders/1/confirm", "orders", None),
    ("PATCH", "/api/orders/1/cancel", "orders", None),
    ("POST", "/api/inventory/holds", "orders", {**ORDER, "reference": "r"}),
    ("PATCH", "/api/inventory/stock/MUG/main", "stock", CHANGE),
    ("PUT", "/api/inventory/stock/MUG/main/thresholds", "stock", {}),
    ("POST", "/api/inventory/stock/batch", "stock", {"changes": [{"sku": "MUG", **CHANGE}]}),
    ("POST", "/api/products", "admin", {"name": "Cup", "sku": "CUP", "price": "1"}),
    ("PATCH", "/api/products/MUG", "admin", {}),
    ("POST", "/api/stores", "admin", {"code": "north", "name": "North"}),
    ("GET", "/api/keys", "admin", None),
    ("POST", "/api/keys", "admin", {"name": "till", "scopes": ["read"]}),
]
INCLUDED = {
    "read": {"read"},
    "orders": {"read", "orders"},
    "stock": {"read", "stock"},
    "admin": {"read", "orders", "stock", "admin"},
}


@pytest.mark.parametrize("scope", INCLUDED)
def test_a_key_does_what_its_scope_includes(keys, shop: Shop, scope: str):
    shop.stocks({"MUG": 100})
    caller = keys.client(scope)
    for method, path, needed, body in NEEDS:
        answer = caller.request(method, path, json=body)
        if needed in INCLUDED[scope]:
            assert answer.status_code in (200, 201, 404), f"{method} {path}: {answer.text}"
        else:
            problem(answer, 403, "forbidden")
            assert "insufficient_scope" in answer.headers["www-authenticate"]


def test_without_a_key_nothing_is_answered(url, stranger, shop: Shop):
    shop.stocks({"MUG": 100})
    before = shop.books()
    for method, path, _, body in NEEDS:
        answer = stranger.request(method, path, json=body)
        problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for authorization in ("Bearer", "Bearer nobody", "Basic YTpi", "admin-of-the-tests", "Bearer \xff"):
        answer = stranger.get("/api/orders", headers={"Authorization": authorization.encode("latin-1")})
        problem(answer, 401, "unauthenticated")
    assert shop.books() == before
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert stranger.get(path).status_code == 200


def test_the_body_of_a_stranger_is_not_read(stranger):
    problem(stranger.post("/api/orders", content=b"{", headers={"Content-Type": "text/plain"}), 401, "unauthenticated")


def test_a_key_that_is_bound_to_a_store_acts_only_there(keys, shop: Shop):
    north = shop.opens("north")
    shop.stocks({"MUG": 10})
    shop.stocks({"MUG": 10}, "north")
    elsewhere = shop.order({"MUG": 1}, paid=True).order
    unpaid = shop.order({"MUG": 1}).order
    bound = keys.client("orders", "stock", name="north till", stores=(north.id,))
    path = "/api/inventory/stock/MUG"
    assert bound.post("/api/orders", json={**ORDER, "store": "north"}).status_code == 201
    assert bound.patch(f"{path}/north", json=CHANGE).json()["movement"]["actor"] == "north till"
    assert bound.get(f"{path}/main").status_code == 200
    hold = {"items": [{"sku": "MUG", "quantity": 1}], "reference": "r"}
    held = keys.client("orders").post("/api/inventory/holds", json=hold).json()["id"]
    before = shop.books()
    for method, at, body in (
        ("POST", "/api/orders", {**ORDER, "store": "main"}),
        ("PATCH", f"{path}/main", CHANGE),
        ("PUT", f"{path}/main/thresholds", {"reorder_point": 1}),
        ("POST", f"/api/orders/{elsewhere.id}/shipments", None),
        ("PATCH", f"/api/orders/{elsewhere.id}/cancel", None),
        ("PUT", f"/api/orders/{unpaid.id}/extend", {"hold_minutes": 60}),
        ("POST", f"/api/inventory/holds/{held}/extend", {"hold_minutes": 60}),
        ("POST", "/api/inventory/holds", {**hold, "items": [{"sku": "MUG", "quantity": 1, "store": "main"}]}),
    ):
        problem(bound.request(method, at, json=body), 403, "forbidden")
    two = {"items": [{"sku": "MUG", "quantity": 1, "store": store} for store in ("north", "main")]}
    problem(bound.post("/api/orders", json=two), 403, "forbidden")
    results = bound.post(
        "/api/inventory/stock/batch",
        json={"changes": [{"sku": "MUG", "store": store, **CHANGE} for store in ("main", "atlantis")]},
    ).json()["results"]
    assert [result["status"] for result in results] == [403, 404]
    assert shop.books() == before


def test_a_key_is_made_shown_once_used_and_revoked(api, url, shop: Shop):
    shop.opens("north")
    body = {"name": "web shop", "scopes": ["orders", "orders"], "stores": ["north"]}
    made = api.post("/api/keys", json=body, headers={"Idempotency-Key": "k-1"})
    assert made.status_code == 201
    key = made.json()
    assert (key["scopes"], key["stores"], key["revoked_at"]) == (["orders"], ["north"], None)
    assert key["secret"].startswith(key["prefix"])
    again = api.post("/api/keys", json=body, headers={"Idempotency-Key": "k-1"}).json()
    assert again == {**key, "secret": None}
    listed = api.get("/api/keys").json()["data"]
    assert listed == [{name: value for name, value in key.items() if name != "secret"}]
    assert key["secret"] not in str(shop.books())

    with client(url, key["secret"]) as caller:
        assert caller.get("/api/orders").status_code == 200
        revoked = api.delete(f"/api/keys/{key['id']}")
        assert revoked.json()["revoked_at"] is not None
        problem(caller.get("/api/orders"), 401, "unauthenticated")
    assert api.delete(f"/api/keys/{key['id']}").json() == revoked.json()
    problem(api.delete("/api/keys/none"), 404, "key_not_found")
    problem(api.post("/api/keys", json={**body, "stores": ["atlantis"]}), 404, "store_not_found")
    problem(api.post("/api/keys", json={**body, "scopes": []}), 422, "validation_failed")
    problem(api.post("/api/keys", json={**body, "scopes": ["root"]}), 422, "validation_failed")


def test_a_key_that_is_bound_to_stores_makes_no_rules(api, keys, shop: Shop):
    bound = keys.client("admin", stores=(shop.store("main").id,))
    for method, path, body in (
        ("POST", "/api/products", {"name": "Cup", "sku": "CUP", "price": "1"}),
        ("POST", "/api/stores", {"code": "north", "name": "North"}),
        ("POST", "/api/keys", {"name": "till", "scopes": ["read"]}),
        ("DELETE", "/api/keys/none", None),
    ):
        problem(bound.request(method, path, json=body), 403, "forbidden")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whom_it_knows_is_let_in_while_the_database_is_away(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """A change waits for the database; it must not be sent away at the door because nobody can look up the key."""

    def away(*_: Any) -> None:
        raise Overloaded("The database does not answer.")

    keys = auth.KeyRing(shop.engine.database, "oh_known")
    caller = asyncio.run(keys.identify("Bearer oh_known"))
    monkeypatch.setattr(auth, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(auth, "ask", away)
    for _ in range(2):
        assert asyncio.run(keys.identify("Bearer oh_known")) == caller
    with pytest.raises(Overloaded):
        asyncio.run(keys.identify("Bearer oh_unknown"))
    later = clock.stopwatch() + auth.TRUSTED_SECONDS + 1
    monkeypatch.setattr(clock, "stopwatch", lambda: later)
    with pytest.raises(Overloaded):
        asyncio.run(keys.identify("Bearer oh_known"))
