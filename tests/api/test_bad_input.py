"""What cannot be meant is refused with the right problem, and leaves no trace."""

from urllib.parse import quote

import orjson
import pytest
from tests.api.conftest import problem
from tests.shop import Shop

from onhand.console.refusals import in_words

JSON = {"Content-Type": "application/json"}


def order(**item) -> bytes:
    return orjson.dumps({"items": [{"sku": "MUG", "quantity": 1, **item}]})


def deep(levels: int) -> bytes:
    return b'{"items": [{"sku": "MUG", "quantity": 1}], "metadata": ' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


WRONG = {
    "unknown SKU": (order(sku="CUP"), 404, "variant_not_found", None),
    "unknown store": (order(store="atlantis"), 404, "store_not_found", None),
    "unknown field": (b'{"items": [{"sku": "MUG", "quantity": 1}], "color": 1}', 422, "validation_failed", "color"),
    "unknown field of an item": (order(color="red"), 422, "validation_failed", "items.0.color"),
    "quantity 0": (order(quantity=0), 422, "validation_failed", "items.0.quantity"),
    "quantity -1": (order(quantity=-1), 422, "validation_failed", "items.0.quantity"),
    "quantity 1.5": (order(quantity=1.5), 422, "validation_failed", "items.0.quantity"),
    "quantity 1.0": (order(quantity=1.0), 422, "validation_failed", "items.0.quantity"),
    "quantity 1e3": (order().replace(b":1}", b":1e3}"), 422, "validation_failed", "items.0.quantity"),
    'quantity "2"': (order(quantity="2"), 422, "validation_failed", "items.0.quantity"),
    "quantity true": (order(quantity=True), 422, "validation_failed", "items.0.quantity"),
    "quantity null": (order(quantity=None), 422, "validation_failed", "items.0.quantity"),
    "quantity 10^12": (order(quantity=10**12), 422, "validation_failed", "items.0.quantity"),
    "quantity 10^30": (order().replace(b":1}", b":1" + b"0" * 30 + b"}"), 422, "validation_failed", "items.0.quantity"),
    "quantity NaN": (order().replace(b":1}", b":NaN}"), 400, "malformed_request", None),
    "quantity Infinity": (order().replace(b":1}", b":-Infinity}"), 400, "malformed_request", None),
    "no quantity": (b'{"items": [{"sku": "MUG"}]}', 422, "validation_failed", "items.0.quantity"),
    "no name": (b'{"items": [{"quantity": 1}]}', 422, "validation_failed", "items.0"),
    "two names": (order(variant_id="x"), 422, "validation_failed", "items.0"),
    "empty name": (order(sku=""), 422, "validation_failed", "items.0.sku"),
    "no items": (b"{}", 422, "validation_failed", "items"),
    "empty items": (b'{"items": []}', 422, "validation_failed", "items"),
    "items that are no list": (b'{"items": {"sku": "MUG", "quantity": 1}}', 422, "validation_failed", "items"),
    "10,001 items": (
        orjson.dumps({"items": [{"sku": "MUG", "quantity": 1}] * 10_001}),
        422,
        "validation_failed",
        "items",
    ),
    "price -1": (order(unit_price=-1), 422, "validation_failed", "items.0.unit_price"),
    "price of five decimals": (order(unit_price="1.00001"), 422, "validation_failed", "items.0.unit_price"),
    "price in words": (order(unit_price="one"), 422, "validation_failed", "items.0.unit_price"),
    "price 1e300": (order(unit_price=1e300), 422, "validation_failed", "items.0.unit_price"),
    "hold of no time": (
        b'{"items": [{"sku": "MUG", "quantity": 1}], "hold_minutes": 0.001}',
        422,
        "validation_failed",
        "hold_minutes",
    ),
    "shortage policy to come": (
        b'{"items": [{"sku": "MUG", "quantity": 1}], "on_shortage": "wait"}',
        422,
        "validation_failed",
        "on_shortage",
    ),
    "no currency": (
        b'{"items": [{"sku": "MUG", "quantity": 1}], "currency": "usd"}',
        422,
        "validation_failed",
        "currency",
    ),
    "note of 5,001 characters": (
        orjson.dumps({"items": [{"sku": "MUG", "quantity": 1}], "note": "x" * 5_001}),
        422,
        "validation_failed",
        "note",
    ),
    "note of 1 MB": (
        orjson.dumps({"items": [{"sku": "MUG", "quantity": 1}], "note": "x" * (1 << 20)}),
        413,
        "body_too_large",
        None,
    ),
    "metadata of 20 kB": (
        orjson.dumps({"items": [{"sku": "MUG", "quantity": 1}], "metadata": {"x": "x" * 20_000}}),
        422,
        "validation_failed",
        "metadata",
    ),
    "metadata beyond 64 bits": (
        b'{"items": [{"sku": "MUG", "quantity": 1}], "metadata": {"n": 123456789012345678901234567890}}',
        422,
        "validation_failed",
        "metadata",
    ),
    "NUL": (order(sku="M\0G"), 400, "malformed_request", None),
    "NUL in a name": (b'{"items": [], "a\\u0000": 1}', 400, "malformed_request", None),
    "lone surrogate": (b'{"items": [{"sku": "\\ud800", "quantity": 1}]}', 400, "malformed_request", None),
    "not UTF-8": (b'{"items": [{"sku": "\xff", "quantity": 1}]}', 400, "malformed_request", None),
    "UTF-16": (order().decode().encode("utf-16"), 400, "malformed_request", None),
    "truncated": (order()[:-2], 400, "malformed_request", None),
    "two documents": (order() * 2, 400, "malformed_request", None),
    "not JSON": (b"sku=MUG&quantity=1", 400, "malformed_request", None),
    "101 deep": (deep(100), 400, "malformed_request", None),
    "200 deep": (deep(200), 400, "malformed_request", None),
    "100,000 deep": (b"[" * 100_000, 400, "malformed_request", None),
    "a list": (b"[]", 422, "validation_failed", "body"),
    "null": (b"null", 422, "validation_failed", "body"),
    "nothing": (b"", 422, "validation_failed", "body"),
}


def test_a_bad_order_is_refused_and_leaves_no_trace(api, shop: Shop):
    shop.stocks({"MUG": 100})
    before = shop.books()
    for name, (body, status, code, path) in WRONG.items():
        answer = api.post(
            "/api/orders", content=body, headers={**JSON, "Idempotency-Key": name} if status == 400 else JSON
        )
        members = problem(answer, status, code)
        if path is not None:
            assert path in [error["path"] for error in members["errors"]], name
        assert all(error["message"] for error in members.get("errors", ())), name
    assert shop.books() == before


def test_everything_that_is_wrong_is_listed(api):
    body = {"items": [{"sku": "MUG", "quantity": 0}, {"sku": "", "quantity": 1.5}], "color": 1, "note": 7}
    refusal = problem(api.post("/api/orders", json=body), 422, "validation_failed")
    assert [error["path"] for error in refusal["errors"]] == [
        "items.0.quantity",
        "items.1.sku",
        "items.1.quantity",
        "note",
        "color",
    ]


BODIES = {
    ("POST", "/api/products"): {"name": "Cup", "sku": "CUP", "price": "1"},
    ("PATCH", "/api/products/MUG"): {"name": "Cup"},
    ("POST", "/api/stores"): {"code": "north", "name": "North"},
    ("PATCH", "/api/stores/main"): {"name": "North"},
    ("POST", "/api/orders/batch"): {"orders": [{"items": [{"sku": "MUG", "quantity": 1}]}]},
    ("PATCH", "/api/inventory/stock/MUG/main"): {"operation": "increment", "quantity": 1, "reason": "Found"},
    ("PUT", "/api/inventory/stock/MUG/main/thresholds"): {"reorder_point": 1},
    ("POST", "/api/inventory/stock/batch"): {
        "changes": [{"sku": "MUG", "operation": "increment", "quantity": 1, "reason": "Found"}]
    },
    ("POST", "/api/inventory/holds"): {"items": [{"sku": "MUG", "quantity": 1}], "reference": "r"},
    ("POST", "/api/keys"): {"name": "till", "scopes": ["read"]},
}


@pytest.mark.parametrize(
    "spoil", ["truncated", "form", "no type", "compressed", "NUL", "surrogate", "deep", "large", "extra"]
)
def test_every_body_is_read_with_the_same_care(api, shop: Shop, spoil: str):
    shop.stocks({"MUG": 100})
    before = shop.books()
    for (method, path), body in BODIES.items():
        sent, headers, status, code = orjson.dumps(body), dict(JSON), 400, "malformed_request"
        if spoil == "truncated":
            sent = sent[:-1]
        elif spoil in ("form", "no type", "compressed"):
            status, code = 415, "unsupported_media_type"
            headers = {
                "form": {"Content-Type": "application/x-www-form-urlencoded"},
                "no type": {},
                "compressed": {**JSON, "Content-Encoding": "gzip"},
            }[spoil]
        elif spoil == "large":
            sent, status, code = sent[:-1] + b" " * (5 << 20) + b"}", 413, "body_too_large"
        else:
            worth = {"NUL": b'"\\u0000"', "surrogate": b'"\\udc00"', "deep": b"[" * 200 + b"]" * 200, "extra": b"1"}
            sent = sent[:-1] + b', "extra": ' + worth[spoil] + b"}"
            if spoil == "extra":
                status, code = 422, "validation_failed"
        answer = api.request(method, path, content=sent, headers=headers)
        members = problem(answer, status, code)
        if spoil == "extra":
            assert [error["path"] for error in members["errors"]] == ["extra"]
    assert shop.books() == before


def test_a_body_that_hides_its_length_is_counted(api):
    answer = api.post("/api/orders", content=iter([b" " * (1 << 16)] * 20), headers=JSON)
    problem(answer, 413, "body_too_large")


def test_json_by_other_names_is_json(api, shop: Shop):
    shop.stocks({"MUG": 100})
    for media_type in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"):
        assert api.post("/api/orders", content=order(), headers={"Content-Type": media_type}).status_code == 201


def test_texts_that_are_unusual_come_back_as_they_went(api, shop: Shop):
    shop.stocks({"MUG": 100})
    for note in ("Zoë 👩‍👩‍👧 \\u0000", "\u202e\ufeff", "a\tb\r\n", "'; DROP TABLE orders; --", "%00", "{}"):
        body = {
            "items": [{"sku": "MUG", "quantity": 1}],
            "note": note,
            "reference": note,
            "metadata": {note: [note, 1.5]},
        }
        made = api.post("/api/orders", json=body).json()
        seen = api.get(f"/api/orders/{made['order_id']}").json()
        assert (seen["note"], seen["reference"], seen["metadata"]) == (note, note, {note: [note, 1.5]})
        assert made["number"] in [each["number"] for each in api.get("/api/orders", params={"q": note}).json()["data"]]


def test_a_name_in_a_url_may_have_anything_in_it(api, shop: Shop):
    for sku in ("Ü/ñ 50%", "%2F", "a?b#c", "日本/🦄"):
        assert api.post("/api/products", json={"name": "Mug", "sku": sku, "price": 1}).status_code == 201
        named = quote(sku, safe="")
        body = {"operation": "increment", "quantity": 5, "reason": "Found"}
        assert api.patch(f"/api/inventory/stock/{named}/main", json=body).json()["sku"] == sku
        for path in (
            f"/api/products/{named}",
            f"/api/inventory/products/{named}/stock",
            f"/api/inventory/stock/{named.replace('%2F', '%2f')}/main",
            f"/api/inventory/stock/{named}/main/explain",
            f"/api/inventory/movements/variant/{named}",
        ):
            assert api.get(path).status_code == 200, path
    problem(api.get("/api/products/%ED%B0%AF"), 404, "product_not_found")
    problem(api.get("/api/inventory%2Fstock"), 404, "not_found")
    problem(api.delete("/api/products/a%2Fb"), 405, "method_not_allowed")


def test_people_and_customers_may_be_numbers(api, shop: Shop):
    shop.stocks({"MUG": 10})
    body = {"operation": "decrement", "quantity": 2, "reason": "Customer order #12345", "user_id": 124}
    assert api.patch("/api/inventory/stock/MUG/main", json=body).json()["movement"]["user"] == "124"
    ordered = {"items": [{"sku": "MUG", "quantity": 1}], "customer_id": 17, "paid": True}
    made = api.post("/api/orders", json=ordered).json()
    assert made["customer_id"] == "17"
    assert [each["number"] for each in api.get("/api/orders?customer_id=17").json()["data"]] == [made["number"]]
    for wrong in (True, 1.5, -1, 10**18):
        problem(api.post("/api/orders", json={**ordered, "customer_id": wrong}), 422, "validation_failed")


def test_what_stands_in_a_url_is_read_with_care(api, shop: Shop):
    shop.stocks({"MUG": 100})
    for path in ("/api/orders/%00", "/api/orders/a%00b/confirm", "/api/products?q=%00", "/nothing%00"):
        problem(api.get(path), 400, "malformed_request")
    for path in ("/api/orders/%ff", "/api/orders/%ED%A0%80", "/api/orders/" + "9" * 255, "/api/orders/%F0%9F%8D%B5"):
        problem(api.get(path), 404, "order_not_found")
    problem(api.get("/api/orders/" + "9" * 256), 422, "validation_failed")
    assert api.get("/api/products?q=%ff").json()["data"] == []
    for query in ("status=gone", "created_from=now", "sku=", f"q={'x' * 256}"):
        problem(api.get(f"/api/orders?{query}"), 422, "validation_failed")
    problem(api.get("/api/orders?sku=CUP"), 404, "variant_not_found")
    problem(api.get("/api/orders?store=atlantis"), 404, "store_not_found")


def test_a_parameter_that_a_route_does_not_ask_for_is_refused(api, shop: Shop):
    shop.stocks({"MUG": 100})
    path = f"/api/orders/{shop.order({'MUG': 1}).order.id}"
    before = shop.books()
    for method, asked, wrong in (
        ("GET", "/api/orders?statuss=paid&limit=5&Store=main", ["statuss", "Store"]),
        ("GET", "/api/orders?status=pending&status=confirmed", ["status"]),
        ("GET", f"{path}?expand=items", ["expand"]),
        ("GET", "/api/inventory/products/MUG/stock?store=main", ["store"]),
        ("GET", "/api/events/types?limit=5", ["limit"]),
        ("POST", "/api/inventory/stock/batch?dry_run=true", ["dry_run"]),
        ("POST", "/api/orders?hold_minutes=5", ["hold_minutes"]),
    ):
        refusal = problem(api.request(method, asked), 422, "validation_failed")
        assert [error["path"] for error in refusal["errors"]] == wrong
    assert shop.books() == before


def test_steps_take_no_body_or_an_empty_one(api, shop: Shop):
    shop.stocks({"MUG": 100})
    path = f"/api/orders/{shop.order({'MUG': 1}).order.id}/confirm"
    problem(api.put(path, json={"force": True}), 422, "validation_failed")
    problem(api.put(path, content=b"{", headers=JSON), 400, "malformed_request")
    problem(api.post(path.replace("confirm", "backorders/cancel"), json={"items": []}), 422, "validation_failed")
    assert api.put(path, content=b"{}", headers=JSON).status_code == 200


def test_what_is_missing_or_unknown_is_said_plainly_and_the_console_has_words_for_it(api):
    refused = problem(api.post("/api/orders", json={"itms": []}), 422, "validation_failed")
    said = {error["path"]: error["message"] for error in refused["errors"]}
    assert said == {"items": "Is required", "itms": "There is no such field"}
    assert in_words(said["items"]) == "This is needed."
