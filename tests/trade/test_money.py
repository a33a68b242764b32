"""Money is exact: no price is rounded, a line's total is rounded once, half up, to the currency's smallest coin."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trade.keeper import Keeper
from tests.trade.programs import OPENING

from onhand.trade import money
from onhand.trade.errors import ValidationFailed
from onhand.trade.orders import OrderPicture
from onhand.trade.placing import Item, PlaceOrder

TOTALS = """
quantity  unit price  currency  total
1         19.99       USD       19.99
3         19.99       USD       59.97
1         0.001       USD       0.00
4         0.001       USD       0.00
5         0.001       USD       0.01
14        0.001       USD       0.01
15        0.001       USD       0.02
1000      0.001       USD       1.00
1         0.005       EUR       0.01
1         0.0049      EUR       0.00
3         0.3333      EUR       1.00
7         1.1250      GBP       7.88
1         2.345       USD       2.35
1         2.355       USD       2.36
1         149.5       JPY       150
1         149.4999    JPY       149
3         0.5         JPY       2
2         0.25        JPY       1
1         1.2345      KWD       1.235
1         1.2344      KWD       1.234
5         0.0001      KWD       0.001
4         0.0001      KWD       0.000
1         1.2345      CLF       1.2345
1         0           USD       0.00
1000000000 1000000    USD       1000000000000000.00
"""


def rows(table):
    return [row.split() for row in table.strip().splitlines()[1:]]


@pytest.mark.parametrize(("quantity", "price", "currency", "total"), rows(TOTALS))
def test_line_total(quantity, price, currency, total):
    minor = money.line_total(int(quantity), money.price(Decimal(price)), currency)
    assert str(money.amount(minor, currency)) == total


@given(st.integers(1, 10**9), st.integers(0, 10**13), st.sampled_from(["JPY", "USD", "KWD", "CLF"]))
def test_a_line_total_is_the_nearest_coin_and_the_upper_of_two(quantity, price, currency):
    exact = Fraction(quantity * price, 10**4) * 10 ** money.decimals(currency)
    total = money.line_total(quantity, price, currency)
    assert Fraction(-1, 2) < total - exact <= Fraction(1, 2)


DECIMALS = {
    **dict.fromkeys(["USD", "EUR", "GBP", "INR", "LKR", "CNY", "CHF", "MXN"], 2),
    **dict.fromkeys(["JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG"], 0),
    **dict.fromkeys(["KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


@pytest.mark.parametrize(("currency", "decimals"), DECIMALS.items())
def test_decimals_of_a_currency(currency, decimals):
    assert money.decimals(money.known_currency(currency)) == decimals


@pytest.mark.parametrize("code", ["usd", "US", "XXX", "BTC", "", "EURO"])
def test_what_is_no_currency(code):
    with pytest.raises(ValidationFailed, match="not an ISO 4217 currency code"):
        money.known_currency(code)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.99", "USD", 1999), ("20", "USD", 2000), ("150", "JPY", 150), ("1.234", "KWD", 1234), ("1E+2", "USD", 10000)],
)
def test_an_amount_in_its_smallest_coin(amount, currency, minor):
    assert money.minor(Decimal(amount), currency, "refund_amount") == minor


@pytest.mark.parametrize(("amount", "currency"), [("19.999", "USD"), ("150.5", "JPY"), ("1.2345", "KWD")])
def test_an_amount_smaller_than_any_coin_is_refused(amount, currency):
    with pytest.raises(ValidationFailed, match=f"refund_amount: {currency} has"):
        money.minor(Decimal(amount), currency, "refund_amount")


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("19.9", "19.90"),
        ("19.99", "19.99"),
        ("0.001", "0.001"),
        ("0.0001", "0.0001"),
        ("5", "5.00"),
        ("100", "100.00"),
    ],
)
def test_a_price_as_people_read_it(price, shown):
    assert str(money.price_text(money.price(Decimal(price)))) == shown


ORDERS = """
items                          total
A:1                            1.99
A:3,B:2                        10.97
A:1@0.005,A:1@0.005            0.02
A:2@0.005                      0.01
A:1@0.0001,B:1@0               0.00
"""


@pytest.mark.parametrize(("items", "total"), rows(ORDERS))
def test_an_orders_total_is_the_sum_of_its_lines(items, total):
    """Rounded by line: two lines of half a cent are two cents, one line of two is one."""
    keeper = Keeper()
    for command in OPENING[:8]:
        keeper.run(command)
    prices = {"A": "1.99", "B": "2.50"}
    asked = []
    for item in items.split(","):
        sku, _, rest = item.partition(":")
        quantity, _, price = rest.partition("@")
        asked.append(Item(sku, int(quantity), money.price(Decimal(price or prices[sku]))))
    placed = keeper.run(PlaceOrder(tuple(asked)))
    assert isinstance(placed, OrderPicture)
    assert str(money.amount(placed.order.total, "USD")) == total


def test_a_total_that_no_column_holds_is_refused():
    keeper = Keeper()
    for command in OPENING[:8]:
        keeper.run(command)
    refusal = keeper.run(PlaceOrder((Item("A", 10**9, money.MOST_PRICE),)))
    assert refusal.problem()["errors"] == [{"path": "items", "message": "the total is too large"}]


def test_prices_in_another_currency_have_to_be_given():
    keeper = Keeper()
    for command in OPENING[:8]:
        keeper.run(command)
    refusal = keeper.run(PlaceOrder((Item("A", 1),), currency="JPY"))
    assert refusal.detail == "items: A is priced in USD, the order is in JPY: give a unit_price"
    placed = keeper.run(PlaceOrder((Item("A", 1, money.price(Decimal("150.5"))),), currency="JPY"))
    assert (placed.order.total, placed.order.currency) == (151, "JPY")
