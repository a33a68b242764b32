"""Money over HTTP, by keys: totals, payments, refunds, reviews, amendments."""

import pytest
from tests.api.conftest import problem

from onhand.rows import Order


@pytest.fixture
def mugs(shop):
    shop.stocks({"MUG": 5, "BOWL": 5})
    return shop


def place(api, **more):
    answer = api.post("/api/orders", json={"items": [{"sku": "MUG", "quantity": 2}], **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def pay(api, order, payment_id="CASH-1", amount="20.00", **more):
    body = {"payment_id": payment_id, "amount": amount, "currency": "USD", "method": "cash", **more}
    return api.post(f"/api/orders/{order['number']}/payments", json=body)


# ── Totals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_amounts_enter_the_total(api, mugs):
    items = [{"sku": "MUG", "quantity": 3, "unit_price": "9.99", "discount": "1.00", "tax": "2.50"}]
    order = place(api, items=items, discount_total="3", shipping_total=4.25, tax_total="0.75", expected_total="33.47")
    assert order["total_amount"] == "33.47"
    assert [order[name] for name in ("discount_total", "shipping_total", "tax_total")] == ["3.00", "4.25", "0.75"]
    (item,) = order["items"]
    assert [item[name] for name in ("unit_price", "discount", "tax", "total_price")] == [
        "9.99",
        "1.00",
        "2.50",
        "31.47",
    ]
    assert api.get(f"/api/orders/{order['number']}").json()["total_amount"] == "33.47"


@pytest.mark.parametrize(
    ("currency", "price", "total"),
    [("JPY", "333.5", "1001"), ("USD", "0.335", "1.01"), ("KWD", "0.3335", "1.001"), ("CLF", "0.3333", "0.9999")],
)
def test_rounding_by_currency(api, mugs, currency, price, total):
    items = [{"sku": "MUG", "quantity": 3, "unit_price": price}]
    assert place(api, items=items, currency=currency, expected_total=total)["total_amount"] == total


def test_another_total_is_refused(api, mugs):
    body = {"items": [{"sku": "MUG", "quantity": 2}], "expected_total": "19.99"}
    refused = problem(api.post("/api/orders", json=body), 422, "total_mismatch")
    assert (refused["expected_total"], refused["total_amount"], refused["currency"]) == ("19.99", "20.00", "USD")
    assert mugs.rows(Order) == []


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"discount_total": "20.01"}, "discount_total"),
        ({"tax_total": "0.001"}, "tax_total"),
        ({"items": [{"sku": "MUG", "quantity": 1, "discount": "10.01"}]}, "items.0.discount"),
        ({"items": [{"sku": "MUG", "quantity": 1, "tax": "-1"}]}, "items.0.tax"),
    ],
)
def test_amounts_that_cannot_be(api, mugs, wrong, path):
    answer = api.post("/api/orders", json={"items": [{"sku": "MUG", "quantity": 2}], **wrong})
    assert path in {error["path"] for error in problem(answer, 422, "validation_failed")["errors"]}


# ── Payments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_payment_by_a_persons_word(api, mugs):
    order = place(api)
    paid = pay(api, order)
    assert (paid.status_code, paid.json()["outcome"], paid.json()["order_status"]) == (201, "confirmed", "confirmed")
    assert pay(api, order).json()["outcome"] == "repeated"
    problem(pay(api, order, amount="21"), 409, "already_exists")
    problem(pay(api, {"number": "999999"}), 404, "order_not_found")
    (listed,) = api.get(f"/api/orders/{order['order_id']}/payments").json()["data"]
    assert (listed["payment_id"], listed["status"], listed["amount"], listed["actor"]) == (
        *("CASH-1", "captured", "20.00"),
        "bootstrap",
    )
    types = [entry["type"] for entry in api.get(f"/api/orders/{order['number']}/timeline").json()["data"]]
    assert types == ["order.placed", "payment.received", "order.confirmed"]


def test_paid_at_the_till_can_be_refunded(api, mugs):
    order = place(api, paid=True)
    (payment,) = api.get(f"/api/orders/{order['number']}/payments").json()["data"]
    refunds = f"/api/payments/{payment['payment_id']}/refunds"
    first = api.post(refunds, json={"amount": "5.50", "reason": "Scratched"}, headers={"Idempotency-Key": "r-1"})
    assert (first.status_code, first.json()["status"], first.json()["refundable"]) == (
        *(201, "partially_refunded"),
        "14.50",
    )
    again = api.post(refunds, json={"amount": "5.50", "reason": "Scratched"}, headers={"Idempotency-Key": "r-1"})
    assert again.headers["idempotent-replayed"] == "true"
    refused = problem(api.post(refunds, json={"amount": "14.51", "reason": "More"}), 409, "refund_exceeds_captured")
    assert (refused["captured"], refused["refunded"], refused["requested"]) == ("20.00", "5.50", "14.51")
    whole = api.post(refunds, json={"amount": 14.5, "reason": "All of it"}).json()
    assert (whole["status"], whole["payment_status"], [each["amount"] for each in whole["refunds"]]) == (
        *("refunded", "refunded"),
        ["5.50", "14.50"],
    )
    problem(api.post("/api/payments/none/refunds", json={"amount": "1", "reason": "-"}), 404, "payment_not_found")


def test_what_is_due_and_undecided_is_listed(api, mugs):
    orders = [place(api) for _ in range(2)]
    pay(api, orders[0], "A-1")
    pay(api, orders[0], "A-2")
    pay(api, orders[1], "B-1", "12.00")

    def listed(**query):
        return [each["payment_id"] for each in api.get("/api/payments", params=query).json()["data"]]

    assert listed(status="refund_due") == ["A-2"]
    assert listed(status="payment_review") == ["B-1"]
    assert listed(status="captured") == ["A-1"]
    assert listed(order=orders[0]["number"]) == ["A-1", "A-2"]
    assert listed(provider="stripe") == []
    first = api.get("/api/payments", params={"limit": 2}).json()
    rest = api.get("/api/payments", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [each["payment_id"] for each in first["data"] + rest["data"]] == ["A-1", "A-2", "B-1"]
    problem(api.get("/api/payments", params={"status": "lost"}), 422, "validation_failed")


def test_cancelling_a_paid_order_makes_its_money_due(api, mugs):
    order = place(api, paid=True)
    cancelled = api.patch(f"/api/orders/{order['number']}/cancel", json={}).json()
    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "refund_due")
    assert [each["number"] for each in api.get("/api/payments?status=refund_due").json()["data"]] == [order["number"]]


@pytest.mark.parametrize(
    ("decision", "status", "payment"),
    [("refund", "cancelled", "refund_due"), ("accept_amount", "confirmed", "captured")],
)
def test_a_review_is_resolved(api, mugs, decision, status, payment):
    order = place(api)
    assert pay(api, order, amount="12.00").json()["order_status"] == "payment_review"
    assert [each["number"] for each in api.get("/api/orders?status=payment_review").json()["data"]] == [order["number"]]
    problem(api.put(f"/api/orders/{order['number']}/confirm"), 409, "invalid_transition")
    url = f"/api/orders/{order['number']}/resolve"
    problem(api.post(url, json={"decision": "retry"}), 409, "invalid_transition")
    resolved = api.post(url, json={"decision": decision, "note": "Talked to them"}).json()
    assert resolved["status"] == status
    assert api.get(f"/api/orders/{order['number']}/payments").json()["data"][0]["status"] == payment
    problem(api.post(url, json={"decision": decision}), 409, "invalid_transition")
    problem(api.post(url, json={"decision": "guess"}), 422, "validation_failed")


def test_reading_does_not_pay(keys, mugs, api):
    order = place(api)
    reader = keys.client("read")
    assert reader.get(f"/api/orders/{order['number']}/payments").status_code == 200
    problem(pay(reader, order), 403, "forbidden")


# ── Amending ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_amended(api, mugs):
    order = place(api, paid=True)
    url = f"/api/orders/{order['number']}/items"
    items = [{"sku": "MUG", "quantity": 1}, {"sku": "BOWL", "quantity": 3}]
    amended = api.patch(url, json={"items": items}).json()
    assert [(item["sku"], item["quantity"]) for item in amended["items"]] == [("MUG", 1), ("BOWL", 3)]
    assert (amended["total_amount"], amended["payment_difference"], amended["balance_due"]) == (
        "40.00",
        "20.00",
        "20.00",
    )
    less = api.patch(url, json={"items": [{"sku": "BOWL", "quantity": 1}]}).json()
    assert [(item["sku"], item["quantity"]) for item in less["items"]] == [("BOWL", 1)]
    assert (less["payment_difference"], less["balance_due"]) == ("-30.00", "-10.00")
    short = problem(api.patch(url, json={"items": [{"sku": "MUG", "quantity": 6}]}), 409, "insufficient_stock")
    assert short["shortages"][0]["available"] == 5
    wrong = {"items": [{"sku": "MUG", "quantity": 1}], "expected_total": "9.99"}
    problem(api.patch(url, json=wrong), 422, "total_mismatch")
    api.post(f"/api/orders/{order['number']}/shipments", json={})
    problem(api.patch(url, json={"items": items}), 409, "invalid_transition")
