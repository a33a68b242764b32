"""Many in one request, each answered in its place."""

from tests.api.conftest import problem
from tests.shop import Shop


def order(quantity, sku="MUG"):
    return {"items": [{"sku": sku, "quantity": quantity}]}


def change(operation, quantity, sku="MUG", **more):
    return {"sku": sku, "operation": operation, "quantity": quantity, "reason": "Count", **more}


def outcomes(answer, what):
    """`what` of each that was done, the code of each that was refused."""
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    for result in results:
        assert set(result) == {"status", "problem"} if result["status"] >= 400 else {"status", what}
        if "problem" in result:
            assert result["problem"]["status"] == result["status"]
            assert result["problem"]["instance"] == answer.request.url.path
    return [result["problem"]["code"] if "problem" in result else result["status"] for result in results]


MIXED = [order(4), order(9), order(1, "CUP"), order(0), 7, order(6)]
EACH = [201, "insufficient_stock", "variant_not_found", "validation_failed", "validation_failed", 201]


def test_each_order_stands_alone(api, shop: Shop):
    shop.stocks({"MUG": 10})
    answer = api.post("/api/orders/batch", json={"orders": MIXED})
    assert outcomes(answer, "order") == EACH
    results = answer.json()["results"]
    assert results[3]["problem"]["errors"] == [
        {"path": "items.0.quantity", "message": "Input should be greater than or equal to 1"}
    ]
    assert [api.get(f"/api/orders/{results[at]['order']['number']}").json() for at in (0, 5)] == [
        results[at]["order"] for at in (0, 5)
    ]
    assert shop.balances("MUG") == (0, 10, 0)


def test_under_a_key_the_whole_batch_is_done_once(api, shop: Shop):
    shop.stocks({"MUG": 10})
    first = api.post("/api/orders/batch", json={"orders": MIXED}, headers={"Idempotency-Key": "k-1"})
    assert outcomes(first, "order") == EACH
    again = api.post("/api/orders/batch", json={"orders": MIXED}, headers={"Idempotency-Key": "k-1"})
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert shop.balances("MUG") == (0, 10, 0)


def test_atomic_is_all_or_none(api, shop: Shop):
    shop.stocks({"MUG": 10})
    before = shop.books()
    short = api.post("/api/orders/batch", json={"orders": [order(4), order(7)], "atomic": True})
    assert outcomes(short, "order") == ["not_applied", "insufficient_stock"]
    wrong = api.post("/api/orders/batch", json={"orders": [order(4), order(0)], "atomic": True})
    assert problem(wrong, 422, "validation_failed")["errors"][0]["path"] == "orders.1.items.0.quantity"
    assert shop.books() == before
    both = api.post("/api/orders/batch", json={"orders": [order(4), order(6)], "atomic": True})
    assert outcomes(both, "order") == [201, 201]


def test_a_thousand_orders_at_most(api, shop: Shop):
    shop.stocks({"MUG": 2_000})
    assert set(outcomes(api.post("/api/orders/batch", json={"orders": [order(1)] * 1_000}), "order")) == {201}
    assert shop.balances("MUG") == (1_000, 1_000, 0)
    for orders in ([], [order(1)] * 1_001):
        refusal = problem(api.post("/api/orders/batch", json={"orders": orders}), 422, "validation_failed")
        assert refusal["errors"][0]["path"] == "orders"
    problem(api.post("/api/orders/batch", json={"orders": [order(1)], "fast": True}), 422, "validation_failed")


CHANGES = [
    change("increment", 5),
    change("decrement", 99),
    change("set", 3, expected_quantity=15),
    change("set", 3),
    change("increment", 0),
    change("increment", 1, "CUP"),
    change("increment", 1, store="atlantis"),
    change("damage", 1, user_id="Ada"),
]
EACH_CHANGE = [
    *(200, "insufficient_stock", 200, "validation_failed", "validation_failed"),
    *("variant_not_found", "store_not_found", 200),
]


def test_each_change_of_stock_stands_alone(api, shop: Shop):
    shop.stocks({"MUG": 10})
    answer = api.post("/api/inventory/stock/batch", json={"changes": CHANGES})
    assert outcomes(answer, "stock") == EACH_CHANGE
    results = answer.json()["results"]
    assert [results[at]["stock"]["quantity_available"] for at in (0, 2, 7)] == [15, 3, 2]
    assert results[7]["stock"]["movement"]["user"] == "Ada"


def test_a_dry_run_tells_and_changes_nothing(api, shop: Shop):
    shop.stocks({"MUG": 10})
    before = shop.books()
    answer = api.post("/api/inventory/stock/batch", json={"changes": CHANGES, "dry_run": True})
    assert outcomes(answer, "stock") == EACH_CHANGE
    assert answer.json()["results"][7]["stock"]["quantity_available"] == 2
    assert shop.books() == before


def test_changes_together_or_not_at_all(api, shop: Shop):
    shop.stocks({"MUG": 10})
    both = [change("decrement", 6), change("decrement", 5)]
    before = shop.books()
    answer = api.post("/api/inventory/stock/batch", json={"changes": both, "atomic": True})
    assert outcomes(answer, "stock") == ["not_applied", "insufficient_stock"]
    assert shop.books() == before
    fitting = [*both[:1], change("decrement", 4)]
    assert outcomes(api.post("/api/inventory/stock/batch", json={"changes": fitting, "atomic": True}), "stock") == [
        200,
        200,
    ]


def test_ten_thousand_changes_at_most(api, shop: Shop):
    shop.stocks({"MUG": 1})
    answer = api.post("/api/inventory/stock/batch", json={"changes": [change("increment", 1)] * 10_000})
    assert set(outcomes(answer, "stock")) == {200}
    assert shop.level("MUG").available == 10_001
    beyond = api.post("/api/inventory/stock/batch", json={"changes": [change("increment", 1)] * 10_001})
    assert problem(beyond, 422, "validation_failed")["errors"][0]["path"] == "changes"
