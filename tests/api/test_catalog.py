"""Products and stores."""

from tests.api.conftest import problem
from tests.shop import Shop


def test_a_product_with_one_variant(api):
    body = {"name": "Mug", "sku": "MUG", "price": "12.5", "currency": "EUR", "barcode": "59", "substitutes": ["CUP"]}
    made = api.post("/api/products", json=body)
    assert made.status_code == 201
    product = made.json()
    assert made.headers["location"] == f"/api/products/{product['id']}"
    assert (product["sku"], product["price"], product["currency"]) == ("MUG", "12.50", "EUR")
    assert product["variants"][0]["substitutes"] == ["CUP"]
    for ref in (product["id"], "MUG", product["variants"][0]["id"]):
        assert api.get(f"/api/products/{ref}").json() == product
    again = api.post("/api/products", json={**body, "name": "Other"})
    assert problem(again, 409, "already_exists")["reference"] == "MUG"
    problem(api.get("/api/products/none"), 404, "product_not_found")


def test_a_product_with_variants(api):
    sizes = [{"sku": f"SOCK-{size}", "price": 7.5, "options": {"size": size}} for size in ("S", "M")]
    product = api.post("/api/products", json={"name": "Sock", "variants": sizes}).json()
    assert [variant["title"] for variant in product["variants"]] == ["Sock (S)", "Sock (M)"]
    assert (product["sku"], product["price"], product["currency"]) == (None, None, "USD")
    order = {"items": [{"product_id": product["id"], "quantity": 1}]}
    refusal = problem(api.post("/api/orders", json=order), 422, "validation_failed")
    assert refusal["errors"][0]["path"] == "product_id"

    ref = f"/api/products/{product['id']}"
    changes = [{"sku": "SOCK-S", "price": "8.00"}, {"sku": "SOCK-L", "price": "9.00", "options": {"size": "L"}}]
    changed = api.patch(ref, json={"name": "Warm sock", "variants": changes}).json()
    assert [(variant["title"], variant["price"]) for variant in changed["variants"]] == [
        ("Warm sock (S)", "8.00"),
        ("Warm sock (M)", "7.50"),
        ("Warm sock (L)", "9.00"),
    ]
    problem(api.patch(ref, json={"price": "1.00"}), 422, "validation_failed")
    problem(api.patch(ref, json={"variants": [{"sku": "SOCK-XL"}]}), 422, "validation_failed")


def test_a_kit_says_what_it_is_made_of(api, shop: Shop):
    shop.sells("POT")
    shop.sells("LID")
    parts = [{"sku": "LID", "quantity": 2}, {"sku": "POT", "quantity": 1}]
    body = {"name": "Pot set", "sku": "SET", "price": 30, "components": parts}
    made = api.post("/api/products", json=body).json()
    (found,) = api.get("/api/products?q=pot set").json()["data"]
    for product in (made, found, api.get("/api/products/SET").json()):
        components = product["variants"][0]["components"]
        assert sorted((part["sku"], part["quantity"]) for part in components) == [("LID", 2), ("POT", 1)]
    assert api.patch("/api/products/SET", json={"price": 31}).json()["variants"][0]["components"] == components
    shop.stocks({"POT": 3, "LID": 5})
    stock = "/api/inventory/stock/SET/main"
    allowed = [api.get(stock).json(), api.get(f"{stock}/explain").json()["level"]]
    assert [(level["quantity_available"], level["stock_status"]) for level in allowed] == [(2, "LOW_STOCK")] * 2
    shop.opens("north")
    assert api.get("/api/inventory/stock/SET/north").json()["quantity_available"] == 0


def test_a_product_is_changed_only_as_it_was_seen(api, shop: Shop):
    shop.sells("MUG")
    seen = api.get("/api/products/MUG").headers["etag"]
    first = api.patch("/api/products/MUG", json={"price": "9.99"}, headers={"If-Match": seen})
    assert first.json()["price"] == "9.99"
    second = api.patch("/api/products/MUG", json={"price": "8.88"}, headers={"If-Match": seen})
    problem(second, 412, "precondition_failed")


def test_products_are_searched_and_paged(api, shop: Shop):
    for sku, name in (("MUG", "Blue Mug"), ("TEA", "Green Tea"), ("CUP", "Blue Cup")):
        shop.sells(sku, name)
    found = api.get("/api/products", params={"q": "blue"}).json()["data"]
    assert [product["sku"] for product in found] == ["MUG", "CUP"]
    shop.sells("TÜR", "Tür aus Öl_holz")
    for text in ("Tür", "TÜR", "Öl_h", "öl_h" if not shop.engine.database.is_shared else "l_H"):
        assert [product["sku"] for product in api.get("/api/products", params={"q": text}).json()["data"]] == ["TÜR"]
    page = api.get("/api/products", params={"limit": 2}).json()
    rest = api.get("/api/products", params={"cursor": page["next_cursor"]}).json()
    assert [product["sku"] for product in page["data"] + rest["data"]] == ["MUG", "TEA", "CUP", "TÜR"]


def test_what_is_no_product(api):
    for body in (
        {"name": "Mug"},
        {"name": "Mug", "sku": "MUG"},
        {"name": "Mug", "sku": "MUG", "price": "1", "variants": [{"sku": "A", "price": "1"}]},
        {"name": "Mug", "variants": []},
        {"name": "", "sku": "MUG", "price": "1"},
        {"name": "Mug", "sku": " MUG", "price": "1"},
        {"name": "Mug", "sku": "01a1fd44-6ba4-7248-abe1-2443e5767bbb", "price": "1"},
        {"name": "Mug", "sku": "MUG", "price": "1.23456"},
        {"name": "Mug", "sku": "MUG", "price": "-1"},
        {"name": "Mug", "sku": "MUG", "price": "1e3"},
        {"name": "Mug", "sku": "MUG", "price": "NaN"},
        {"name": "Mug", "sku": "MUG", "price": True},
        {"name": "Mug", "sku": "MUG", "price": 10**9},
        {"name": "Mug", "sku": "MUG", "price": "1", "currency": "XYZ"},
        {"name": "Mug", "sku": "MUG", "price": "1", "options": {"size": 3}},
    ):
        problem(api.post("/api/products", json=body), 422, "validation_failed")


def test_stores(api):
    main = api.get("/api/stores/main").json()
    assert main["code"] == "main"
    body = {
        "code": "lisbon",
        "name": "Lisbon",
        "priority": 5,
        "handling_days": 1,
        "cutoff": "16:00",
        "time_zone": "Europe/Lisbon",
        "address": {"city": "Lisbon"},
    }
    made = api.post("/api/stores", json=body)
    assert made.status_code == 201
    store = made.json()
    assert made.headers["location"] == f"/api/stores/{store['id']}"
    assert {name: store[name] for name in body} == body
    assert api.get("/api/stores/lisbon").json() == api.get(f"/api/stores/{store['id']}").json() == store
    changed = api.patch("/api/stores/lisbon", json={"name": "Lisboa", "cutoff": "17:30"}).json()
    assert (changed["name"], changed["cutoff"], changed["priority"]) == ("Lisboa", "17:30", 5)
    assert api.patch("/api/stores/lisbon", json={"cutoff": ""}).json()["cutoff"] is None
    assert [each["code"] for each in api.get("/api/stores").json()["data"]] == ["lisbon", "main"]
    assert problem(api.post("/api/stores", json=body), 409, "already_exists")["reference"] == "lisbon"
    problem(api.patch("/api/stores/none", json={"name": "x"}), 404, "store_not_found")
    for wrong in ({"cutoff": "24:00"}, {"cutoff": "9:00"}, {"time_zone": "Mars/Olympus"}, {"handling_days": -1}):
        refusal = problem(api.post("/api/stores", json={**body, "code": "x", **wrong}), 422, "validation_failed")
        assert refusal["errors"][0]["path"] == next(iter(wrong))
