"""The warehouse over HTTP: the queue, waves, picks, parcels, shipments, and the lists on paper."""

import re
from pathlib import Path

import pytest
import reportlab
from tests.api.conftest import problem
from tests.shop import Shop

from onhand.api import paper, pdf
from onhand.api.answers import JSON
from onhand.config import Settings

QUEUE, WAVES, PICKS = "/api/fulfillment/queue", "/api/fulfillment/waves", "/api/fulfillment/picks"


def paid(api, items, **more):
    body = {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()], "paid": True, **more}
    answer = api.post("/api/orders", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def numbers(answer):
    return [order["number"] for order in answer.json()["data"]]


def picks(api, order, line, quantity, **more):
    body = {"order_id": order["number"], "line": line, "store": "main", "quantity": quantity, **more}
    return api.post(PICKS, json=body)


def test_the_queue_has_the_most_urgent_first_page_by_page(api, shop: Shop):
    shop.stocks({"MUG": 20})
    shop.stocks({"MUG": 20}, store="east")
    plain = paid(api, {"MUG": 1}, store="main")
    urgent = paid(api, {"MUG": 1}, store="main", priority=5)
    east = paid(api, {"MUG": 1}, store="east")
    api.post("/api/orders", json={"items": [{"sku": "MUG", "quantity": 1}]})
    wanted = [urgent["number"], plain["number"], east["number"]]
    assert numbers(api.get(QUEUE)) == wanted
    assert numbers(api.get(QUEUE, params={"store": "main"})) == wanted[:2]
    seen, cursor = [], None
    while True:
        page = api.get(QUEUE, params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        seen += numbers(page)
        if (cursor := page.json()["next_cursor"]) is None:
            break
    assert seen == wanted
    assert picks(api, urgent, 1, 1).status_code == 201
    assert numbers(api.get(QUEUE)) == wanted[1:]
    (first, *_) = api.get(QUEUE).json()["data"]
    assert (first["to_pick"], first["stores"]) == (1, [{"store": "main", "to_pick": 1, "picked": 0}])
    problem(api.get(QUEUE, params={"store": "atlantis"}), 404, "store_not_found")


def test_a_pick_answers_the_order_and_what_was_written_down(api, shop: Shop):
    shop.stocks({"MUG": 5})
    shop.stocks({"MUG": 1}, store="east")
    order = paid(api, {"MUG": 4}, store="main")
    key = {"Idempotency-Key": "pick-1"}
    short = {"quantity": 1, "reason": "missing", "then": "reallocate"}
    body = {"order_id": order["order_id"], "line": 1, "store": "main", "quantity": 3, "short": short}
    answer = api.post(PICKS, json=body, headers=key)
    picked = answer.json()
    assert (answer.status_code, picked["status"]) == (201, "processing")
    assert [(pick["outcome"], pick["quantity"], pick["reason"]) for pick in picked["picks"]] == [
        ("picked", 3, None),
        ("short", 1, "missing"),
    ]
    assert {(each["store"], each["state"]): each["quantity"] for each in picked["items"][0]["allocations"]} == {
        ("main", "reserved"): 3,
        ("main", "released"): 1,
        ("east", "reserved"): 1,
    }
    assert api.post(PICKS, json=body, headers=key).json() == picked
    refusal = problem(picks(api, order, 1, 1), 409, "pick_exceeds_reserved")
    assert (refusal["requested"], refusal["to_pick"], refusal["store"]) == (1, 0, "main")
    problem(picks(api, order, 1, 0), 422, "validation_failed")
    problem(picks(api, order, 9, 1), 422, "validation_failed")
    problem(api.post(PICKS, json={**body, "short": {**short, "then": "shrug"}}), 422, "validation_failed")


def test_a_substitute_is_a_line_of_its_own(api, shop: Shop):
    shop.stocks({"MUG": 5, "CUP": 5})
    order = paid(api, {"MUG": 2})
    answer = picks(api, order, 1, 1, substitute_sku="CUP").json()
    assert [(item["sku"], item["quantity"], item["total_price"]) for item in answer["items"]] == [
        ("MUG", 2, "10.00"),
        ("CUP", 1, "10.00"),
    ]
    assert answer["total_amount"] == order["total_amount"]


def test_a_wave_is_walked_by_bin(api, shop: Shop):
    shop.stocks({"MUG": 9, "TEA": 9, "JAM": 9})
    assert api.put("/api/inventory/stock/TEA/main/bin", json={"bin": "A-01"}).json()["bin"] == "A-01"
    assert api.put("/api/inventory/stock/MUG/main/thresholds", json={"bin": "B-07"}).json()["bin"] == "B-07"
    one, two = paid(api, {"MUG": 2, "JAM": 1}), paid(api, {"TEA": 3, "MUG": 1})
    late = paid(api, {"TEA": 1})
    answer = api.post(WAVES, json={"store": "main", "limit": 2})
    wave = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{WAVES}/{wave['id']}")
    assert [(line["bin"], line["sku"], line["to_pick"]) for line in wave["lines"]] == [
        ("A-01", "TEA", 3),
        ("B-07", "MUG", 3),
        (None, "JAM", 1),
    ]
    assert [(share["number"], share["quantity"]) for share in wave["lines"][1]["orders"]] == [
        (one["number"], 2),
        (two["number"], 1),
    ]
    assert {order["status"] for order in wave["orders"]} == {"processing"}
    assert api.get(f"{WAVES}/{wave['number']}").json() == wave
    assert api.get(WAVES, params={"status": "picking", "store": "main"}).json()["data"] == [wave]
    assert [order["wave"] for order in api.get(QUEUE).json()["data"]] == [wave["number"], wave["number"], None]

    taken = api.post(WAVES, json={"store": "main", "order_ids": [late["number"], one["number"]]})
    assert problem(taken, 409, "in_another_wave")["wave"] == wave["number"]
    picks(api, one, 1, 2)
    finished = api.post(f"{WAVES}/{wave['number']}/finish").json()
    assert (finished["status"], finished["lines"][1]["picked"]) == ("picked", 2)
    assert api.post(f"{WAVES}/{wave['number']}/finish").json() == finished
    problem(api.post(f"{WAVES}/{wave['number']}/cancel"), 409, "invalid_transition")
    again = api.post(WAVES, json={"store": "main", "order_ids": [one["number"], two["number"]]}).json()
    assert api.post(f"{WAVES}/{again['id']}/cancel", json={"reason": "Fire drill"}).json()["status"] == "cancelled"
    told = api.get(f"{WAVES}/{again['id']}/timeline").json()["data"]
    assert [entry["type"] for entry in told] == ["wave.created", "wave.cancelled"]
    problem(api.get(f"{WAVES}/W-none"), 404, "wave_not_found")
    problem(api.post(WAVES, json={"store": "main"}), 422, "validation_failed")
    shop.opens("east")
    problem(api.post(WAVES, json={"store": "east", "limit": 2}), 409, "nothing_to_pick")


def test_pickers_share_a_wave_by_zone(api, shop: Shop):
    bins = {"TEA": "A-01", "MUG": "A-02", "CUP": "A-10", "POT": "AB-1", "JAM": "B-07", "OIL": "12"}
    shop.stocks(dict.fromkeys([*bins, "EGG"], 9))
    for sku, bin_ in bins.items():
        api.put(f"/api/inventory/stock/{sku}/main/bin", json={"bin": bin_})
    paid(api, dict.fromkeys([*bins, "EGG"], 1))
    wave = api.post(WAVES, json={"store": "main", "limit": 1}).json()
    assert [(line["zone"], line["walk"], line["sku"]) for line in wave["lines"]] == [
        *[("A", None, "TEA"), ("A", None, "MUG"), ("A", None, "CUP")],
        *[("AB", None, "POT"), ("B", None, "JAM"), (None, None, "OIL"), (None, None, "EGG")],
    ]
    path = f"{WAVES}/{wave['number']}"

    def lines(**query):
        return [(line["sku"], line["walk"]) for line in api.get(path, params=query).json()["lines"]]

    assert lines(zone="A", zone_size=2) == [("TEA", 1), ("MUG", 1), ("CUP", 2)]
    assert lines(zone="B", zone_size=2) == [("JAM", 1)]
    assert lines(zone="") == [("OIL", None), ("EGG", None)]
    assert lines(zone="C") == []
    problem(api.get(path, params={"zone_size": 0}), 422, "validation_failed")
    page = api.get(path, params={"zone_size": 2}, headers={"Accept": "text/html"}).text
    headings = ["main · Zone A · walk 1", "main · Zone A · walk 2", "main · Zone AB · walk 1", "main · Zone B · walk 1"]
    assert re.findall("<h2>(.*?)</h2>", page) == [*headings, "main · walk 1"]
    assert re.findall("<h2>(.*?)</h2>", api.get(path, headers={"Accept": "text/html"}).text)[-1] == "main"


def test_a_bin_is_cleared(api, shop: Shop):
    shop.stocks({"TEA": 9})
    path = "/api/inventory/stock/TEA/main"
    api.put(f"{path}/bin", json={"bin": "A-01"})
    assert api.put(f"{path}/thresholds", json={"reorder_point": 3}).json()["bin"] == "A-01"
    assert api.put(f"{path}/bin", json={"bin": None}).json()["bin"] is None
    assert api.get(path).json()["bin"] is None


def test_lines_have_states_on_the_picking_list(api, shop: Shop):
    shop.stocks({"MUG": 2, "TEA": 2, "JAM": 2, "CUP": 2, "POT": 2})
    order = paid(api, {"MUG": 2, "TEA": 1, "JAM": 1, "CUP": 1})
    picks(api, order, 1, 1)
    picks(api, order, 2, 1)
    picks(api, order, 3, 0, short={"quantity": 1, "reason": "missing", "then": "release"})
    picks(api, order, 4, 1, substitute_sku="POT")
    found = api.get(f"/api/orders/{order['number']}/picking-list").json()
    (at_main,) = found["lists"]
    assert [(line["sku"], line["state"], line["to_pick"], line["picked"]) for line in at_main["lines"]] == [
        ("CUP", "substituted", 0, 0),
        ("JAM", "short", 0, 0),
        ("MUG", "to_pick", 1, 1),
        ("POT", "picked", 0, 1),
        ("TEA", "picked", 0, 1),
    ]
    assert api.get(f"/api/orders/{order['number']}/picking-list?store=main").json() == found
    shop.opens("east")
    assert api.get(f"/api/orders/{order['number']}/picking-list?store=east").json()["lists"] == []


def test_the_lists_are_printed_as_a_page_or_as_pdf(api, shop: Shop):
    shop.sells("MUG<1>", "Mug & saucer")
    shop.stocks({"MUG<1>": 2, "TEÄ": 2})
    order = paid(api, {"MUG<1>": 2, "TEÄ": 1})
    wave = api.post(WAVES, json={"store": "main", "order_ids": [order["number"]]}).json()
    for path in (f"/api/orders/{order['number']}/picking-list", f"{WAVES}/{wave['number']}"):
        page = api.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["vary"] == "Accept"
        assert "Mug &amp; saucer" in page.text
        assert "MUG&lt;1&gt;" in page.text
        assert page.text.count("<svg") == 2  # The number's and one SKU's: Code 128 cannot spell the other.
        pdf = api.get(path, headers={"Accept": "application/pdf"})
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF-")
        assert api.get(path, headers={"Accept": "image/png"}).headers["content-type"] == "application/json"


def test_a_row_taller_than_a_page_goes_on_on_the_next():
    orders = ", ".join(f"1 × {number}" for number in range(1_000, 1_200))
    row = paper.Row(("A-1", "MUG", "Mug", "200", "0", orders), "MUG")
    document = pdf.document(paper.Sheet("Wave W-1", "W-1", "picking", [paper.Table("main", [row])]))
    assert document.count(b"/Type /Page\n") > 1


@pytest.mark.parametrize(
    ("name", "printed"),
    [("Café – €5", "Café – €5"), ("Plzeň <1>", "Plzen &lt;1&gt;"), ("日本", r"\u65e5\u672c"), ("Łódź", r"\u0141ódz")],
)
def test_a_pdf_shows_every_letter_or_says_which_it_is(name: str, printed: str):
    assert pdf.escape(name) == printed


def test_a_pdf_takes_other_letters_from_a_font():
    """Bitstream Vera comes with the PDF library, and has the letter Ł, but neither ź nor any of Japan's."""
    font = str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")
    spelled = pdf.escape("Łódź <日>", font)
    assert spelled == '<font name="onhand-print">Ł</font>ódz &lt;\\u65e5&gt;'
    sheet = paper.Sheet(
        "Łódź", "1001", "", [paper.Table("Łódź", [paper.Row(("A-1", "Ź", "Zdzblo", "1", "0", ""), "Ź")])]
    )
    assert b"BitstreamVeraSans" in pdf.document(sheet, font)
    assert b"BitstreamVeraSans" not in pdf.document(sheet)
    assert Settings(_env_file=None, print_font=font).print_font == font  # type: ignore[call-arg]
    for missing in ("/nowhere.ttf", __file__):
        with pytest.raises(ValueError, match="TrueType"):
            Settings(_env_file=None, print_font=missing)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        *[("", JSON), ("*/*", JSON), ("application/*", JSON), ("image/png", JSON)],
        *[("text/html", paper.HTML), ("text/*", paper.HTML), ("text/html;q=0", JSON)],
        ("application/pdf, application/json;q=0.9", paper.PDF),
        ("text/html;q=0.5, application/pdf;q=0.8, */*;q=0.1", paper.PDF),
        ("application/json;q=0.5, text/html;q=x", JSON),
    ],
)
def test_what_an_accept_header_prefers(accept: str, form: str):
    assert paper.preferred(accept) == form


def test_parcels_are_packed_and_shipped(api, shop: Shop):
    shop.stocks({"MUG": 9})
    order = paid(api, {"MUG": 4})
    path = f"/api/orders/{order['number']}/parcels"
    picks(api, order, 1, 3)
    body = {"items": [{"sku": "MUG", "quantity": 2}], "weight_grams": 750, "checked_by": "Ines"}
    answer = api.post(path, json=body)
    assert (answer.status_code, answer.json()["parcel"]["items"][0]["quantity"]) == (201, 2)
    assert problem(api.post(path, json=body), 409, "parcel_exceeds_picked")["to_pack"] == 1
    (parcel,) = api.get(path).json()["data"]
    assert (parcel["parcel"], parcel["weight_grams"], parcel["checked_by"]) == (1, 750, "Ines")
    assert parcel["shipment"] is None
    ship = f"/api/orders/{order['number']}/shipments"
    both = {"parcels": [1], "items": [{"sku": "MUG", "quantity": 1}]}
    problem(api.post(ship, json=both), 422, "validation_failed")
    problem(api.post(ship, json={"parcels": [7]}), 404, "parcel_not_found")
    sent = api.post(ship, json={"parcels": [1], "carrier": "UPS", "tracking_number": "1Z"}).json()
    assert (sent["status"], sent["parcels"], sent["shipment"]["shipment"]) == ("partially_shipped", [1], 1)
    assert api.get(path).json()["data"][0]["shipment"] == 1


def test_many_orders_are_shipped_in_one_request(api, shop: Shop):
    shop.stocks({"MUG": 9})
    one, two = paid(api, {"MUG": 1}), paid(api, {"MUG": 2})
    rows = [
        {"order_id": one["number"], "carrier": "UPS"},
        {"order_id": "none"},
        {"order_id": two["order_id"], "items": [{"sku": "MUG", "quantity": 1}]},
        {"order_id": 7},
    ]
    results = api.post("/api/shipments/batch", json={"shipments": rows}).json()["results"]
    assert [result["status"] for result in results] == [201, 404, 201, 422]
    assert [results[0]["order"]["status"], results[2]["order"]["status"]] == ["shipped", "partially_shipped"]
    refused = api.post("/api/shipments/batch", json={"shipments": [rows[2], rows[1]], "atomic": True}).json()
    assert [result["status"] for result in refused["results"]] == [409, 404]
    assert shop.balances("MUG") == (6, 0, 1)


def test_picking_begins_with_a_list_in_the_order_of_the_bins(api, shop: Shop):
    shop.stocks({"MUG": 9, "TEA": 9, "CUP": 9})
    for sku, place in (("TEA", "A-01"), ("MUG", "B-02")):
        api.put(f"/api/inventory/stock/{sku}/main/bin", json={"bin": place})
    order = paid(api, {"MUG": 4, "CUP": 1, "TEA": 2})
    (main,) = api.post(f"/api/orders/{order['number']}/pick").json()["picking_lists"]
    assert [(line["bin"], line["sku"], line["line"], line["quantity"]) for line in main["lines"]] == [
        ("A-01", "TEA", 3, 2),
        ("B-02", "MUG", 1, 4),
        (None, "CUP", 2, 1),
    ]
