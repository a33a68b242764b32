"""Cycle counts over HTTP."""

import pytest
from tests.api.conftest import problem
from tests.shop import Shop

COUNTS = "/api/inventory/counts"


@pytest.fixture
def pantry(shop: Shop) -> Shop:
    shop.sells("TEA", "Green Tea", price="4.50")
    shop.stocks({"TEA": 137, "CUP": 6, "POT": 2})
    return shop


def begin(api, **body) -> str:
    made = api.post(COUNTS, json={"store": "main", **body})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{COUNTS}/{made.json()['id']}"
    return str(made.headers["location"])


def test_a_count_from_begun_to_applied(api, pantry: Shop):
    path = begin(api, skus=["TEA", "CUP"], number="MONDAY")
    empty = api.get(path).json()
    assert (empty["number"], empty["status"], empty["blind"]) == ("MONDAY", "counting", True)
    assert (empty["lines_total"], empty["lines_counted"], empty["origin"]) == (2, 0, "asked")
    saved = api.put(f"{COUNTS}/MONDAY/lines/TEA", json={"counted": 135, "reason": "Two tins open", "user_id": "Ana"})
    (line,) = saved.json()["lines"]
    assert (line["sku"], line["name"], line["counted"], line["counted_by"]) == ("TEA", "Green Tea", 135, "Ana")
    problem(api.post(f"{path}/submit"), 409, "count_incomplete")
    api.put(f"{path}/lines/CUP", json={"counted": 6})
    done = api.post(f"{path}/submit").json()
    assert done["status"] == "applied"
    assert [(line["book_quantity"], line["difference"]) for line in done["lines"]] == [(137, -2), (6, 0)]
    assert api.post(f"{path}/submit").json() == done
    assert pantry.balances("TEA") == (135, 0, 0)
    assert [entry["type"] for entry in api.get(f"{path}/timeline").json()["data"]] == ["count.created", "count.applied"]
    moved = api.get(f"{path}/timeline").json()["data"][1]["movements"]
    assert [(move["kind"], move["quantity"], move["cause"]) for move in moved] == [("lost", 2, "count")]


def test_while_blind_and_counting_no_answer_tells_what_the_books_say(api, pantry: Shop):
    """137 in the books, 35 of it reserved: neither number, nor what it is off by, is in any answer."""
    pantry.order({"TEA": 35}, paid=True)
    path = begin(api, skus=["TEA", "CUP"], approval_over={"units": 4})
    answers = [
        api.put(f"{path}/lines/TEA", json={"counted": 120, "user_id": "Ana"}),
        api.put(f"{path}/lines/TEA", json={"counted": 119, "second": True, "user_id": "Ben"}),
        api.put(f"{path}/lines", json={"lines": [{"sku": "CUP", "counted": 5}]}),
        api.post(f"{path}/submit"),
        api.get(path),
        api.get(COUNTS),
        api.get(f"{path}/timeline"),
        api.put(f"{path}/lines/TEA", json={"counted": 1, "user_id": "Ana"}),
        api.post(f"{path}/submit", json={"prefer": "first"}),
        api.post(f"{path}/recount", json={"skus": ["TEA"]}),
        api.put(f"{path}/lines/TEA", json={"counted": 120, "user_id": "Ana"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409, 200, 200, 200, 200, 409, 200, 200]
    for answer in answers:
        told = numbers_in(answer.json())
        assert not told & {137, 102, 136, 17, 18, -17, -18, 101}, answer.text
    assert api.post(f"{path}/submit").json()["status"] == "needs_approval"
    assert {line["book_quantity"] for line in api.get(path).json()["lines"]} == {137, 6}
    api.post(f"{path}/recount", json={"skus": ["CUP"]})
    for answer in (api.get(path), api.get(f"{path}/timeline")):
        assert not numbers_in(answer.json()) & {137, -17}


def numbers_in(answer) -> set[int]:
    if isinstance(answer, dict):
        return set().union(*map(numbers_in, answer.values()))
    if isinstance(answer, list):
        return set().union(*map(numbers_in, answer))
    return {answer} if isinstance(answer, int) else set()


def test_a_count_that_is_not_blind_tells_at_once(api, pantry: Shop):
    path = begin(api, skus=["TEA"], blind=False)
    (line,) = api.put(f"{path}/lines/TEA", json={"counted": 130}).json()["lines"]
    assert (line["book_quantity"], line["book_version"], line["difference"]) == (137, 1, -7)


def test_somebody_else_approves(api, keys, pantry: Shop):
    path = begin(api, skus=["TEA"], approval_over={"units": 50, "value": "10.00"})
    ana, ben = (keys.client("stock", "read", name=name) for name in ("Ana", "Ben"))
    ana.put(f"{path}/lines/TEA", json={"counted": 134})
    waiting = ana.post(f"{path}/submit").json()
    assert (waiting["status"], waiting["approval_over"]) == (
        "needs_approval",
        {"units": 50, "value": "10.00", "currency": "USD"},
    )
    assert problem(ana.post(f"{path}/approve"), 409, "second_person_needed")["person"] == "Ana"
    problem(ben.post(f"{path}/approve", json={"user_id": "Ana"}), 409, "second_person_needed")
    problem(ana.put(f"{path}/lines/TEA", json={"counted": 137}), 409, "invalid_transition")
    done = ben.post(f"{path}/approve").json()
    assert (done["status"], done["approved_by"]) == ("applied", "Ben")
    assert pantry.balances("TEA") == (134, 0, 0)


def test_who_is_alone_in_the_shop_counts_twice_and_approves(api, pantry: Shop):
    path = begin(api, skus=["TEA"], approval_over={"units": 0})
    api.put(f"{path}/lines/TEA", json={"counted": 130})
    (line,) = api.put(f"{path}/lines/TEA", json={"counted": 130, "second": True}).json()["lines"]
    assert line["agrees"] is True
    assert api.post(f"{path}/submit").json()["status"] == "needs_approval"
    assert api.post(f"{path}/approve").json()["status"] == "applied"
    assert pantry.balances("TEA") == (130, 0, 0)


def test_two_counters_who_disagree(api, pantry: Shop):
    path = begin(api, skus=["CUP"])
    api.put(f"{path}/lines/CUP", json={"counted": 5, "user_id": "Ana"})
    (line,) = api.put(f"{path}/lines/CUP", json={"counted": 4, "second": True, "user_id": "Ben"}).json()["lines"]
    assert (line["counted"], line["second_counted"], line["second_by"], line["agrees"]) == (5, 4, "Ben", False)
    differ = problem(api.post(f"{path}/submit"), 409, "counts_differ")
    assert differ["lines"] == [{"sku": "CUP", "counted": 5, "second_counted": 4}]
    assert api.post(f"{path}/submit", json={"prefer": "second"}).json()["lines"][0]["difference"] == -2


def test_what_is_claimed_is_not_counted_away(api, pantry: Shop):
    order = pantry.order({"CUP": 5}, paid=True).order
    path = begin(api, skus=["CUP"])
    api.put(f"{path}/lines/CUP", json={"counted": 2})
    refused = problem(api.post(f"{path}/submit"), 409, "count_exceeds_available")
    holder = {"order": order.number, "reference": None, "state": "reserved", "quantity": 5}
    assert refused["lines"] == [{"sku": "CUP", "held_by": [holder]}]
    assert pantry.level("CUP").on_hand == 6


def test_what_was_counted_before_stock_moved(api, pantry: Shop):
    path = begin(api, skus=["CUP"])
    version = api.get(path).json()["lines"][0]["level_version"]
    pantry.ship(pantry.order({"CUP": 1}, paid=True))
    stale = api.put(f"{path}/lines/CUP", json={"counted": 6, "expected_version": version})
    fresh = problem(stale, 412, "precondition_failed")["version"]
    assert api.put(f"{path}/lines/CUP", json={"counted": 5, "expected_version": fresh}).status_code == 200


def test_everything_that_was_ever_stocked_or_only_what_is_due(api, pantry: Shop):
    pantry.sells("NEVER-STOCKED")
    pantry.stocks({"CUP": 3}, store="annex")
    whole = begin(api)
    assert [line["sku"] for line in api.get(whole).json()["lines"]] == ["CUP", "POT", "TEA"]
    api.put(f"{whole}/lines/TEA", json={"counted": 137})
    api.post(f"{whole}/submit", json={"skip_uncounted": True})
    assert [line["sku"] for line in api.get(begin(api, due_since="2020-01-01T00:00:00Z")).json()["lines"]] == [
        "CUP",
        "POT",
    ]
    pantry.ship(pantry.order({"TEA": 100}, paid=True))
    pantry.ship(pantry.order({"POT": 1}, paid=True))
    best = begin(api, **{"class": "A"})
    assert [line["sku"] for line in api.get(best).json()["lines"]] == ["TEA"]
    assert {line["sku"] for line in api.get(begin(api, **{"class": "C"})).json()["lines"]} == {"CUP", "POT"}
    problem(api.post(COUNTS, json={"store": "annex", "class": "A"}), 422, "validation_failed")
    problem(api.post(COUNTS, json={"store": "nowhere"}), 404, "store_not_found")
    problem(api.post(COUNTS, json={"store": "main", "skus": ["CUP"], "class": "A"}), 422, "validation_failed")


def test_the_accuracy_of_stores(api, pantry: Shop):
    pantry.stocks({"CUP": 3}, store="annex")
    assert api.get(f"{COUNTS}/accuracy").json() == {"data": []}
    path = begin(api, skus=["TEA", "CUP", "POT"])
    api.put(
        f"{path}/lines",
        json={"lines": [{"sku": "TEA", "counted": 135}, {"sku": "CUP", "counted": 6}, {"sku": "POT", "counted": 3}]},
    )
    api.post(f"{path}/submit")
    begin(api, skus=["TEA"])
    main = {"store": "main", "counts": 1, "lines_counted": 3, "lines_exact": 1, "units_off": 3, "net_units": -1}
    assert api.get(f"{COUNTS}/accuracy?store=main").json() == {"data": [{**main, "accuracy": "33.33"}]}
    assert api.get(f"{COUNTS}/accuracy?store=annex").json() == {"data": []}
    problem(api.get(f"{COUNTS}/accuracy?store=nowhere"), 404, "store_not_found")


def test_a_list_of_counts(api, pantry: Shop):
    pantry.stocks({"CUP": 3}, store="annex")
    begin(api, skus=["TEA"], number="MONDAY")
    api.post(COUNTS, json={"store": "annex", "skus": ["CUP"], "number": "ANNEX-1"})
    api.post(f"{COUNTS}/ANNEX-1/cancel")
    for query, numbers in (
        ("", {"MONDAY", "ANNEX-1"}),
        ("?status=cancelled", {"ANNEX-1"}),
        ("?store=main", {"MONDAY"}),
        ("?q=annex", {"ANNEX-1"}),
    ):
        assert {row["number"] for row in api.get(COUNTS + query).json()["data"]} == numbers
    summary = api.get(f"{COUNTS}?store=main").json()["data"][0]
    assert (summary["lines_total"], summary["lines_counted"]) == (1, 0)


def test_refused_over_http(api, keys, pantry: Shop):
    path = begin(api, skus=["TEA"])
    problem(api.put(f"{path}/lines/CUP", json={"counted": 1}), 404, "count_line_not_found")
    problem(api.put(f"{path}/lines/NOSUCH", json={"counted": 1}), 404, "variant_not_found")
    problem(api.put(f"{path}/lines/TEA", json={"counted": -1}), 422, "validation_failed")
    problem(api.post(f"{path}/approve"), 409, "invalid_transition")
    problem(api.post(f"{COUNTS}/none/submit"), 404, "count_not_found")
    problem(api.get(f"{COUNTS}/none"), 404, "count_not_found")
    problem(keys.client("read").post(f"{path}/submit"), 403, "forbidden")
    fine_amount = {"store": "main", "skus": ["TEA"], "approval_over": {"value": "1.005"}}
    problem(api.post(COUNTS, json=fine_amount), 422, "validation_failed")


def test_many_counts_are_begun_at_once(api, shop: Shop):
    shop.stocks({"MUG": 5, "TEA": 5})
    rows = [{"store": "main", "skus": [sku], "number": f"ROUND-{sku}"} for sku in ("MUG", "TEA")]
    results = api.post(f"{COUNTS}/batch", json={"counts": [*rows, rows[0], {"store": "main"}]}).json()["results"]
    assert [result["status"] for result in results] == [201, 201, 409, 422]
    assert [line["sku"] for line in results[1]["count"]["lines"]] == ["TEA"]
    spoilt = api.post(f"{COUNTS}/batch", json={"atomic": True, "counts": [{"store": "main", "skus": ["MUG"]}, rows[0]]})
    assert [result["status"] for result in spoilt.json()["results"]] == [409, 409]
    assert len(api.get(COUNTS).json()["data"]) == 2
