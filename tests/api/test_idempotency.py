"""A change that is asked for twice is made once."""

import threading

from tests.api.conftest import ADMIN, client, problem
from tests.shop import CLERK, Shop

from onhand.trade.orders import ConfirmOrder
from onhand.views.verify import verify

ORDER = {"items": [{"sku": "MUG", "quantity": 2}], "store": "main"}


def under(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_the_same_request_gets_the_same_answer(api, shop: Shop):
    shop.stocks({"MUG": 10})
    first = api.post("/api/orders", json=ORDER, headers=under("k-1"))
    assert "idempotent-replayed" not in first.headers
    again = api.post("/api/orders", json=ORDER, headers=under('"k-1"'))
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    reordered = b'{ "store": "main",\n "items": [{"quantity": 2, "sku": "MUG"}] }'
    laid_out = {**under("k-1"), "Content-Type": "application/json"}
    assert api.post("/api/orders", content=reordered, headers=laid_out).content == first.content
    assert shop.balances("MUG") == (8, 2, 0)


def test_an_order_whose_every_step_had_a_key_of_its_own_verifies_clean(api, shop: Shop):
    shop.stocks({"MUG": 10})
    number = api.post("/api/orders", json=ORDER, headers=under("place")).json()["number"]
    back = {"order_id": number, "items": [{"sku": "MUG", "quantity": 1}], "reason": "Chipped"}
    for method, path, body in (
        ("PUT", f"/api/orders/{number}/confirm", None),
        ("POST", f"/api/orders/{number}/pick", None),
        ("POST", f"/api/orders/{number}/shipments", None),
        ("POST", "/api/orders/returns", back),
    ):
        assert api.request(method, path, json=body, headers=under(path)).is_success
    assert verify(shop.engine.database).broken == []


def test_another_request_under_the_same_key_is_refused(api, shop: Shop):
    shop.stocks({"MUG": 10})
    api.post("/api/orders", json=ORDER, headers=under("k-1"))
    other = {"items": [{"sku": "MUG", "quantity": 3}]}
    problem(api.post("/api/orders", json=other, headers=under("k-1")), 422, "idempotency_key_reused")
    path = f"/api/orders/{shop.order({'MUG': 1}).order.id}/confirm"
    problem(api.put(path, headers=under("k-1")), 422, "idempotency_key_reused")
    assert shop.balances("MUG") == (7, 3, 0)


def test_another_query_is_another_request(api, shop: Shop):
    shop.stocks({"MUG": 1})
    path, notice = "/api/inventory/purchase-orders/PO-A/asn", "sku,quantity\nMUG,5\n"
    headers = under("k-1") | {"Content-Type": "text/csv"}
    made = api.post(path, content=notice, params={"supplier": "Ann"}, headers=headers)
    assert made.json()["supplier"] == "Ann"
    other = api.post(path, content=notice, params={"supplier": "Bob"}, headers=headers)
    problem(other, 422, "idempotency_key_reused")
    again = api.post(path, content=notice, params={"supplier": "Ann"}, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"


def test_a_refusal_of_the_trade_is_stored_too(api, shop: Shop):
    shop.stocks({"MUG": 1})
    first = api.post("/api/orders", json=ORDER, headers=under("k-1"))
    problem(first, 409, "insufficient_stock")
    shop.stocks({"MUG": 10})
    again = api.post("/api/orders", json=ORDER, headers=under("k-1"))
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    problem(again, 409, "insufficient_stock")


def test_what_was_not_let_in_is_not_stored(api, keys, stranger, shop: Shop):
    shop.stocks({"MUG": 10})
    problem(stranger.post("/api/orders", json=ORDER, headers=under("k-1")), 401, "unauthenticated")
    reader = keys.client("read")
    problem(reader.post("/api/orders", json=ORDER, headers=under("k-1")), 403, "forbidden")
    bound = keys.client("orders", stores=(shop.opens("north").id,))
    problem(bound.post("/api/orders", json=ORDER, headers=under("k-1")), 403, "forbidden")
    here = bound.post("/api/orders", json={**ORDER, "store": "north"}, headers=under("k-1"))
    problem(here, 409, "insufficient_stock")
    assert api.post("/api/orders", json=ORDER, headers=under("k-1")).status_code == 201


def test_keys_of_different_callers_are_different(keys, shop: Shop):
    shop.stocks({"MUG": 10})
    for caller in (keys.client("orders", name="one"), keys.client("orders", name="two")):
        answer = caller.post("/api/orders", json=ORDER, headers=under("k-1"))
        assert (answer.status_code, "idempotent-replayed" in answer.headers) == (201, False)
    assert shop.level("MUG").on_hold == 4


def test_a_key_has_255_characters_at_most(api, shop: Shop):
    shop.stocks({"MUG": 10})
    for key in ("x" * 256, "", '""', "a\tb", "ö"):
        refusal = problem(
            api.post("/api/orders", json=ORDER, headers={"Idempotency-Key": key.encode()}), 422, "validation_failed"
        )
        assert refusal["errors"][0]["path"] == "Idempotency-Key"
    for key in ("x" * 255, '"' + "y" * 255 + '"'):
        assert api.post("/api/orders", json=ORDER, headers=under(key)).status_code == 201


def test_while_the_first_is_running_the_second_is_sent_away(api, url, shop: Shop):
    shop.stocks({"MUG": 10})
    order = shop.order({"MUG": 1}).order
    is_busy, may_go_on = threading.Event(), threading.Event()

    def keep_the_writer_busy(_: object) -> None:
        is_busy.set()
        may_go_on.wait(60)

    shop.engine.submit(ConfirmOrder(order.id), CLERK, keep_the_writer_busy)
    assert is_busy.wait(60)
    answers = []
    first = threading.Thread(target=lambda: answers.append(api.post("/api/orders", json=ORDER, headers=under("k-1"))))
    first.start()
    while not shop.engine.waiting:
        is_busy.wait(0.01)
    with client(url, ADMIN) as second:
        problem(second.post("/api/orders", json=ORDER, headers=under("k-1")), 409, "idempotency_in_flight")
    may_go_on.set()
    first.join(60)
    assert answers[0].status_code == 201
    assert api.post("/api/orders", json=ORDER, headers=under("k-1")).content == answers[0].content


def test_every_change_heeds_the_key(api, shop: Shop):
    shop.stocks({"MUG": 10})
    order = shop.order({"MUG": 1}).order
    hold = shop.hold({"MUG": 1}).hold
    changes = [
        ("POST", "/api/products", {"name": "Cup", "sku": "CUP", "price": "1"}),
        ("PATCH", "/api/products/MUG", {"price": "2"}),
        ("POST", "/api/stores", {"code": "north", "name": "North"}),
        ("PATCH", "/api/stores/main", {"name": "Main"}),
        ("PATCH", "/api/inventory/stock/MUG/main", {"operation": "increment", "quantity": 1, "reason": "Found"}),
        ("PUT", "/api/inventory/stock/MUG/main/thresholds", {"reorder_point": 4}),
        (
            "POST",
            "/api/inventory/stock/batch",
            {"changes": [{"sku": "MUG", "operation": "increment", "quantity": 1, "reason": "Found"}]},
        ),
        ("POST", "/api/orders/batch", {"orders": [ORDER]}),
        ("PUT", f"/api/orders/{order.id}/extend", {"hold_minutes": 60}),
        ("PUT", f"/api/orders/{order.id}/confirm", None),
        ("POST", f"/api/orders/{order.id}/pick", None),
        ("POST", f"/api/orders/{order.id}/shipments", None),
        ("PUT", f"/api/orders/{order.id}/deliver", None),
        (
            "POST",
            "/api/orders/returns",
            {"order_id": order.id, "items": [{"sku": "MUG", "quantity": 1}], "reason": "?"},
        ),
        ("PATCH", f"/api/orders/{order.id}/cancel", None),
        ("POST", "/api/inventory/holds", {"items": ORDER["items"], "reference": "r"}),
        ("POST", f"/api/inventory/holds/{hold.id}/extend", {"hold_minutes": 60}),
        ("POST", f"/api/inventory/holds/{hold.id}/confirm", None),
        ("POST", f"/api/inventory/holds/{hold.id}/fulfill", None),
        ("POST", f"/api/inventory/holds/{hold.id}/release", None),
    ]
    for number, (method, path, body) in enumerate(changes):
        first = api.request(method, path, json=body, headers=under(f"k-{number}"))
        assert first.status_code in (200, 201, 409), first.text
        before = shop.books()
        again = api.request(method, path, json=body, headers=under(f"k-{number}"))
        assert (again.status_code, again.content) == (first.status_code, first.content), path
        assert again.headers["idempotent-replayed"] == "true", path
        assert shop.books() == before
