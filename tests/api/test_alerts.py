"""Alerts over HTTP."""

from tests.api.conftest import problem
from tests.shop import Moment, Shop

from onhand.trade.mail import ClaimMail, Failure, PlanMail, PlannedMail, SettleMail

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


def test_mails_that_failed_are_seen_and_sent_again(api, keys, shop: Shop):
    """One was refused for good, one is on its way, one was sent: only the first needs somebody."""
    to = "ana@shop.example"
    shop.run(
        PlanMail(tuple(PlannedMail(fact, to, "alert", "a", "{}") for fact in ("alert/1/1", "alert/2/1", "alert/3/1")))
    )
    shop.run(ClaimMail((("alert/1/1", to), ("alert/2/1", to))))
    refused = Failure("550 No such user", is_final=True)
    shop.run(SettleMail((("alert/1/1", to, 1, refused), ("alert/2/1", to, 1, None))))
    (failed,) = api.get("/api/mails?status=failed").json()["data"]
    assert (failed["fact"], failed["error"], failed["next_try_at"]) == ("alert/1/1", "550 No such user", None)
    pages = [api.get("/api/mails?limit=2").json()]
    pages.append(api.get("/api/mails", params={"cursor": pages[0]["next_cursor"]}).json())
    assert [mail["status"] for each in pages for mail in each["data"]] == ["due", "sent", "failed"]
    mail = {"fact": failed["fact"], "recipient": to}
    again = api.post("/api/mails/resend", json=mail).json()
    assert (again["status"], again["tries"]) == ("due", 0)
    assert api.post("/api/mails/resend", json=mail).json()["status"] == "due"
    sent = problem(api.post("/api/mails/resend", json={**mail, "fact": "alert/2/1"}), 409, "invalid_transition")
    assert (sent["from"], sent["to"]) == ("sent", "due")
    problem(api.post("/api/mails/resend", json={**mail, "fact": "alert/9/1"}), 404, "mail_not_found")
    problem(keys.client("stock").get("/api/mails"), 403, "forbidden")
