"""`onhand replay`: a shop's documents, in their order, through the door."""

import gzip
from pathlib import Path

import pytest
from tests.cli import retail
from tests.cli.running import Ended, onhand

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "uci-online-retail.dev-2010-12_2011-06.csv.gz"

KEYS = ["accepted", "refused", "units_opened", "units_shipped", "units_available", "seconds", "orders_per_second"]

# Two tins; an order that repeats a SKU; one that is interrupted by another; SKUs that differ by case; goods given
# away; money codes; a write-off; bad debt.
DOCUMENTS = [
    ("100", "TIN", 4, "2.50", "17850"),
    ("100", "tin", 6, "2.50", "17850"),
    ("100", "TIN", 2, "2.10", "17850"),
    ("101", "TIN", 3, "2.50", ""),
    ("102", "POST", 1, "18.00", "13047"),
    ("101", "CUP", 8, "0.001", ""),
    ("103", "TIN", 9, "0", "13047"),
    ("104", "TIN", -2, "0", ""),
    ("A105", "B", 1, "11062.06", ""),
    ("106", "TIN", 5, "2.50", "17850"),
    ("106", "CUP", 1, "0.95", "17850"),
]


def replayed(path: Path, url: str, *options: str) -> Ended:
    return onhand("replay", str(path), "--json", *options, database_url=url)


def level(url: str, sku: str) -> dict[str, int]:
    shown: dict[str, int] = onhand("stock", "show", sku, "--json", database_url=url).document
    return shown


def is_clean(url: str) -> bool:
    return onhand("verify", "--json", database_url=url).code == 0


def test_every_order_that_the_stock_allows_is_accepted_in_file_order(tmp_path: Path, database_url: str):
    path = retail.busy_shop(tmp_path / "shop.csv", 200)
    figures = replayed(path, database_url, "--opening", "half").document
    accepted, left = retail.expected(path, 200)
    assert 0 < accepted < 200
    assert list(figures) == KEYS
    assert (figures["accepted"], figures["refused"]) == (accepted, 200 - accepted)
    assert figures["units_available"] == left
    assert figures["units_opened"] == left + figures["units_shipped"]
    assert is_clean(database_url)


@pytest.mark.timeout(600)
@pytest.mark.skipif(not DATA.exists(), reason="the real shop's data is not beside this checkout")
def test_a_real_shops_half_year(sqlite_url: str, pytestconfig: pytest.Config):
    """Its first weeks, that is; all 9,659 orders with `--replay-orders 9659`."""
    orders = pytestconfig.getoption("replay_orders")
    figures = replayed(DATA, sqlite_url, "--opening", "half", "--limit", str(orders)).document
    accepted, left = retail.expected(DATA, orders)
    assert (figures["accepted"], figures["refused"]) == (accepted, orders - accepted)
    assert (figures["units_opened"], figures["units_available"]) == (figures["units_shipped"] + left, left)
    if orders == 9_659:
        assert (accepted, left, figures["units_opened"]) == (5_358, 311_203, 1_250_051)
    verified = onhand("verify", "--json", database_url=sqlite_url)
    assert verified.code == 0
    assert verified.document["clean"]
    assert verified.document["broken"] == []
    assert verified.document["checked"]["2"] > 1_500


def test_what_counts_as_an_order(tmp_path: Path, sqlite_url: str):
    path = retail.write(tmp_path / "shop.csv", DOCUMENTS)
    figures = replayed(path, sqlite_url, "--opening", "enough").document
    assert (figures["accepted"], figures["refused"]) == (4, 0)
    assert figures["units_opened"] == figures["units_shipped"] == 4 + 6 + 2 + 3 + 1 + 8 + 5 + 1
    orders = onhand("orders", "list", "--json", database_url=sqlite_url).document["data"]
    assert {order["reference"]: len(order["items"]) for order in orders} == {"100": 3, "101": 2, "102": 1, "106": 2}
    first = next(order for order in orders if order["reference"] == "100")
    assert (first["customer_id"], first["status"], first["currency"]) == ("17850", "shipped", "GBP")
    assert first["total_amount"] == "29.20"
    assert first["shipping_address"] == {"country": "France"}
    assert {(item["sku"], item["unit_price"]) for item in first["items"]} == {
        ("TIN", "2.50"),
        ("tin", "2.50"),
        ("TIN", "2.10"),
    }


def test_lines_of_one_sku_in_an_order_are_one_demand(tmp_path: Path, sqlite_url: str):
    path = retail.write(tmp_path / "shop.csv", [("100", "TIN", 6, "1", ""), ("100", "TIN", 6, "1", "")])
    assert replayed(path, sqlite_url, "--opening", "11").document["refused"] == 1


@pytest.mark.parametrize(
    ("until", "on_hold", "reserved", "on_hand"), [("placed", 3, 0, 3), ("confirmed", 0, 3, 3), ("shipped", 0, 0, 0)]
)
def test_orders_go_as_far_as_they_are_told(
    tmp_path: Path, sqlite_url: str, until: str, on_hold: int, reserved: int, on_hand: int
):
    path = retail.write(tmp_path / "shop.csv", [("100", "TIN", 3, "1", "")])
    figures = replayed(path, sqlite_url, "--opening", "enough", "--until", until).document
    assert figures["units_shipped"] == 3 - on_hand
    shown = level(sqlite_url, "TIN")
    assert (shown["on_hold"], shown["reserved"], shown["current_stock"]) == (on_hold, reserved, on_hand)


def test_write_offs_take_what_is_there_and_count_the_rest(tmp_path: Path, sqlite_url: str):
    rows = [
        ("100", "TIN", 4, "1", ""),
        ("101", "TIN", -3, "0", ""),
        ("102", "TIN", -9, "0", ""),
        ("103", "CUP", -1, "0", ""),
    ]
    path = retail.write(tmp_path / "shop.csv", rows)
    figures = replayed(path, sqlite_url, "--opening", "10", "--write-offs").document
    assert (figures["units_written_off"], figures["units_not_written_off"]) == (6, 7)
    assert figures["units_available"] == 0
    assert is_clean(sqlite_url)


def test_cancellations_come_back_from_the_latest_orders_of_that_customer(tmp_path: Path, sqlite_url: str):
    rows = [
        ("100", "TIN", 4, "1", "17850"),
        ("101", "TIN", 5, "1", "17850"),
        ("102", "TIN", 7, "1", "13047"),
        ("C103", "TIN", -6, "1", "17850"),
        ("C104", "TIN", -9, "1", "17850"),
        ("C105", "TIN", -1, "1", ""),
        ("C106", "CUP", -1, "1", "13047"),
        ("107", "TIN", 8, "1", "12583"),
    ]
    path = retail.write(tmp_path / "shop.csv", rows)
    figures = replayed(path, sqlite_url, "--opening", "17", "--cancellations").document
    assert (figures["units_returned"], figures["units_not_returned"]) == (9, 8)
    assert figures["accepted"] == 4, "what came back is there for a later order"
    assert figures["units_available"] == 17 - 4 - 5 - 7 + 9 - 8
    orders = onhand("orders", "list", "--json", database_url=sqlite_url).document["data"]
    returned = {order["reference"]: order["items"][0]["returned"] for order in orders}
    assert returned == {"100": 4, "101": 5, "102": 0, "107": 0}
    assert is_clean(sqlite_url)


def test_a_second_replay_uses_what_is_there(tmp_path: Path, sqlite_url: str):
    path = retail.write(tmp_path / "shop.csv", [("100", "TIN", 4, "1", "")])
    more = retail.write(tmp_path / "more.csv", [("100", "TIN", 4, "1", ""), ("101", "CUP", 2, "1", "")])
    assert replayed(path, sqlite_url, "--opening", "6").document["units_available"] == 2
    figures = replayed(more, sqlite_url, "--opening", "6").document
    assert (figures["accepted"], figures["refused"]) == (1, 1)
    assert (figures["units_opened"], figures["units_available"]) == (6, 2 + 4)


def test_a_limit_takes_the_first_orders_and_their_stock(tmp_path: Path, sqlite_url: str):
    path = retail.busy_shop(tmp_path / "shop.csv", 60)
    figures = replayed(path, sqlite_url, "--limit", "25", "--opening", "half").document
    accepted, left = retail.expected(path, 25)
    assert (figures["accepted"], figures["refused"], figures["units_available"]) == (accepted, 25 - accepted, left)


def test_a_compressed_file_is_read_as_it_is(tmp_path: Path, sqlite_url: str):
    plain = retail.write(tmp_path / "shop.csv", [("100", "TIN", 4, "1", "")])
    path = tmp_path / "shop.csv.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    assert replayed(path, sqlite_url, "--opening", "enough").document["accepted"] == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "Cannot read"),
        ("a,b\n1,2\n", "no column InvoiceNo"),
        (",".join(retail.HEADINGS) + "\n1,TIN,,four,2010-12-01 08:26:00,1,,\n", "line 2"),
        (",".join(retail.HEADINGS) + "\n1,TIN,,4,yesterday,1,,\n", "line 2"),
        (",".join(retail.HEADINGS) + "\n1,TIN,,4\n", "line 2"),
    ],
)
def test_a_file_that_is_not_one_is_wrong_use(tmp_path: Path, sqlite_url: str, text: str | None, complaint: str):
    path = tmp_path / "shop.csv"
    if text is not None:
        path.write_text(text)
    ended = replayed(path, sqlite_url)
    assert ended.code == 2
    assert complaint in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "options", [["--opening", "plenty"], ["--cancellations", "--until", "placed"], ["--limit", "0"]]
)
def test_options_that_make_no_sense_are_wrong_use(tmp_path: Path, sqlite_url: str, options: list[str]):
    path = retail.write(tmp_path / "shop.csv", DOCUMENTS)
    assert replayed(path, sqlite_url, *options).code == 2


def test_people_get_words_and_scripts_one_document(tmp_path: Path, sqlite_url: str):
    path = retail.write(tmp_path / "shop.csv", DOCUMENTS)
    said = onhand("replay", str(path), database_url=sqlite_url)
    assert "accepted\t" in said.out
    assert said.err == ""
