"""Alerts over HTTP."""

from tests.api.conftest import problem
from tests.shop import Moment, Shop

ALERTS = "/api/inventory/alerts"


def listed(api, **query):
    answer = api.get(ALERTS, params=query)
    assert answer.status_code == 200, answer.text
    return [(alert["kind"], alert["subject"], alert["status"]) for alert in answer.json()["data"]]


def test_alerts_from_the_crossing_to_the_recovery(api, shop: Shop, moment: Moment):
    shop.opens("annex")
    shop.stocks({"MUG": 12})
    shop.stocks({"MUG": 4}, "annex")
    shop.order([("MUG", 4, "main")])
    low, annex = ("low_stock", "level/main/MUG"), ("low_stock", "level/annex/MUG")
    assert listed(api) == [(*low, "open"), (*annex, "open")]
    assert listed(api, store="annex", kind="low_stock", status="open") == [(*annex, "open")]
    assert listed(api, kind="out_of_stock") == listed(api, status="closed") == []
    page = api.get(ALERTS, params={"limit": 1}).json()
    assert listed(api, limit=1, cursor=page["next_cursor"]) == [(*annex, "open")]

    path = f"{ALERTS}/{page['data'][0]['id']}"
    alert = api.get(path).json()
    assert alert == page["data"][0]
    assert (alert["store"], alert["sku"], alert["data"]["available"], alert["data"]["mark"]) == ("main", "MUG", 8, 10)
    seen = api.post(f"{path}/acknowledge").json()
    assert (seen["status"], seen["acknowledged_by"]) == ("acknowledged", "bootstrap")
    assert api.post(f"{path}/acknowledge", json={}).json() == seen
    until = "2090-01-01T08:00:00Z"
    assert api.post(f"{path}/snooze", json={"until": until}).json()["snoozed_until"] == until
    assert listed(api, status="snoozed") == [(*low, "snoozed")]
    moment.passes(days=27_000)
    assert listed(api, status="snoozed") == []
    assert listed(api, status="open") == [(*low, "open"), (*annex, "open")], "whether the worker was there or not"
    assert api.post(f"{path}/assign", json={"to": "Ana"}).json()["assigned_to"] == "Ana"

    shop.adjusts("MUG", "increment", 50)
    assert api.get(path).json()["status"] == "closed"
    assert problem(api.post(f"{path}/acknowledge"), 409, "invalid_transition")["from"] == "closed"


def test_refused(api, keys, shop: Shop):
    shop.stocks({"MUG": 5})
    (alert,) = shop.alerts()
    path = f"{ALERTS}/{alert.id}"
    problem(api.get(f"{ALERTS}/{shop.store('main').id}"), 404, "alert_not_found")
    problem(api.post(f"{ALERTS}/none/acknowledge"), 404, "alert_not_found")
    problem(api.post(f"{path}/snooze", json={"until": "2001-01-01T00:00:00Z"}), 422, "validation_failed")
    problem(api.post(f"{path}/snooze", json={}), 422, "validation_failed")
    problem(api.post(f"{path}/assign", json={"to": ""}), 422, "validation_failed")
    problem(api.get(ALERTS, params={"store": "nowhere"}), 404, "store_not_found")
    problem(api.get(ALERTS, params={"status": "mislaid"}), 422, "validation_failed")
    problem(keys.client("read").post(f"{path}/acknowledge"), 403, "forbidden")
    problem(keys.client("orders").post(f"{path}/acknowledge"), 403, "forbidden")


def test_what_will_be_missed_first_comes_first(api, shop: Shop, moment: Moment):
    shop.sells("RARE", price="100.00")
    shop.stocks({"SLOW": 20, "QUICK": 100, "GONE": 28, "RARE": 14})
    moment.passes(days=14)
    shop.order({"SLOW": 14, "QUICK": 91, "RARE": 14, "GONE": 28}, paid=True)
    shop.cancel(shop.order({"QUICK": 2}, paid=True))
    rows = api.get(f"{ALERTS}/low-stock").json()["data"]
    shown = [
        (row["sku"], row["units_per_day"], row["days_of_cover"], row["lost_sales_per_day"], row["alert_status"])
        for row in rows
    ]
    assert shown == [
        ("RARE", "1.00", "0.0", "100.00", "open"),
        ("GONE", "2.00", "0.0", "20.00", "open"),
        ("QUICK", "6.50", "1.4", "0.00", "open"),
        ("SLOW", "1.00", "6.0", "0.00", "open"),
    ]
    api.post(f"{ALERTS}/{rows[0]['alert_id']}/snooze", json={"until": "2090-01-01T00:00:00Z"})
    rest = [row["sku"] for row in api.get(f"{ALERTS}/low-stock").json()["data"]]
    assert rest == ["GONE", "QUICK", "SLOW"]
    moment.passes(days=14)
    assert api.get(f"{ALERTS}/low-stock").json()["data"][0]["units_per_day"] == "2.00", "not less for being out"


def test_subscriptions(api, keys, shop: Shop):
    shop.opens("annex")
    shop.stocks({"MUG": 50})
    path = f"{ALERTS}/subscriptions"
    api.patch("/api/products/MUG", json={"category": "Crockery"})
    asked = {"email": "tess@shop.example", "kinds": ["low_stock", "low_stock"], "store": "annex", "product": "MUG"}
    asked["category"] = "Crockery"
    made = api.post(path, json={**asked, "language": "pt"})
    assert made.status_code == 201, made.text
    subscription = made.json()
    assert (subscription["kinds"], subscription["store"], subscription["ended_at"]) == (["low_stock"], "annex", None)
    assert subscription["category"] == api.get("/api/products/MUG").json()["category"] == "Crockery"
    assert api.patch("/api/products/MUG", json={"category": ""}).json()["category"] is None
    assert subscription["product_id"] == shop.variant("MUG").product_id
    assert api.get(path).json()["data"] == [subscription]
    ended = api.delete(f"{path}/{subscription['id']}").json()
    assert ended["ended_at"] is not None
    assert api.delete(f"{path}/{subscription['id']}").json() == ended
    problem(api.delete(f"{path}/none"), 404, "subscription_not_found")
    problem(api.post(path, json={**asked, "kinds": ["gossip"]}), 422, "validation_failed")
    problem(api.post(path, json={**asked, "email": "two@a.example, b@b.example"}), 422, "validation_failed")
    problem(api.post(path, json={**asked, "product": "NOSUCH"}), 404, "product_not_found")
    problem(keys.client("read").post(path, json=asked), 403, "forbidden")


def test_the_duties_of_the_worker(api, keys, shop: Shop):
    duties = {duty["duty"]: duty for duty in api.get("/api/duties").json()["data"]}
    assert {"expire-holds", "send-mail", "publish-events", "verify-ledger"} <= set(duties)
    assert duties["expire-holds"]["last_ended_at"] is None
    problem(keys.client("stock").get("/api/duties"), 403, "forbidden")
