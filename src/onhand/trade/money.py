"""Exact money: unit prices in ten-thousandths of the major unit, totals in the currency's minor unit.

The number of decimals of a currency is that of ISO 4217 (2024).
"""

from decimal import Decimal

from onhand.trade.errors import ValidationFailed

PRICE_DECIMALS = 4
PRICE_SCALE = 10**PRICE_DECIMALS
MOST_PRICE = 10**9 * PRICE_SCALE
MOST_TOTAL = 10**15

_TWO_DECIMALS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
    CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
    KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_DECIMALS = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
}
CURRENCIES = frozenset(_DECIMALS)
_ZEROS = {currency: Decimal(0).scaleb(-decimals) for currency, decimals in _DECIMALS.items()}


def decimals(currency: str) -> int:
    """How many decimals an amount in this currency has."""
    return _DECIMALS[currency]


def line_total(quantity: int, unit_price: int, currency: str) -> int:
    """Quantity times unit price in minor units, rounded half up."""
    divisor: int = 10 ** (PRICE_DECIMALS - decimals(currency))
    return (2 * quantity * unit_price + divisor) // (2 * divisor)


def share(amount: int, part: int, whole: int) -> int:
    """The share of an amount that falls to a part of a quantity, rounded half up."""
    return (2 * amount * part + whole) // (2 * whole)


def known_currency(code: str, path: str = "currency") -> str:
    if code not in CURRENCIES:
        raise ValidationFailed((path, f"{code!r} is not an ISO 4217 currency code"))
    return code


def price(amount: Decimal) -> int:
    """A unit price as ten-thousandths. The amount has at most four decimals."""
    return int(amount.scaleb(PRICE_DECIMALS))


def price_text(price_: int) -> Decimal:
    """A unit price for people: at least two decimals, and no more than it needs."""
    amount = Decimal(price_).scaleb(-PRICE_DECIMALS)
    return amount.quantize(Decimal("0.01")) if price_ % 100 == 0 else amount.normalize()


def minor(amount: Decimal, currency: str, path: str) -> int:
    """An amount in minor units. Refuses one that has more decimals than the currency."""
    scaled = amount.scaleb(decimals(currency))
    if scaled != scaled.to_integral_value():
        raise ValidationFailed((path, f"{currency} has {decimals(currency)} decimals"))
    return int(scaled)


def amount(minor_units: int, currency: str) -> Decimal:
    """Minor units as an amount with exactly the currency's decimals."""
    if minor_units == 0:  # Most discounts, and all that is on every line of an answer.
        return _ZEROS[currency]
    return Decimal(minor_units).scaleb(-decimals(currency))
