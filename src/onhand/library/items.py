"""From plain dictionaries to the items of commands, with the checks that a schema does for HTTP."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from onhand import clock
from onhand.trade import allocation, catalog, fulfilment, holds, money, picking, placing, returns
from onhand.trade.errors import ValidationFailed
from onhand.views.sourcing import WantedItem

Item = Mapping[str, Any]
MOST_QUANTITY = 10**9


NAMES = ("sku", "variant_id", "product_id")


def closed(item: Item, path: str, *fields: str) -> None:
    """Refuse what is not asked for: to leave a misspelt field out in silence would do something else."""
    unknown = [(f"{path}.{field}", "there is no such field") for field in item if field not in fields]
    if unknown:
        raise ValidationFailed(*unknown)


def named(item: Item, path: str, *fields: str) -> str:
    """Which variant an item is of. Beside its name it has these fields and no others."""
    closed(item, path, *NAMES, *fields)
    names = [item[key] for key in NAMES if item.get(key) is not None]
    if len(names) != 1 or not isinstance(names[0], str):
        raise ValidationFailed((path, "name it by one of sku, variant_id and product_id"))
    return names[0]


def quantity(value: Any, path: str, least: int = 1) -> int:
    if type(value) is not int or not least <= value <= MOST_QUANTITY:
        raise ValidationFailed((path, f"a whole number from {least} to {MOST_QUANTITY}"))
    return value


def named_units(item: Item, path: str) -> tuple[str, int]:
    """The variant and the quantity of an item that says no more."""
    return named(item, path, "quantity"), quantity(item.get("quantity"), f"{path}.quantity")


def price(value: Any, path: str) -> int:
    try:
        amount = value if isinstance(value, Decimal) else Decimal(str(value))
        scaled = amount.scaleb(money.PRICE_DECIMALS)
        if not amount.is_finite() or scaled != scaled.to_integral_value() or not 0 <= scaled <= money.MOST_PRICE:
            raise ValueError
    except (ArithmeticError, ValueError):
        raise ValidationFailed((path, "an amount of at most 4 decimals, not negative")) from None
    return int(scaled)


def variant_spec(spec: Item, path: str) -> catalog.VariantSpec:
    closed(spec, path, "sku", "price", "barcode", "options", "substitutes", "components", "lead_days", "preorder_until")
    sku = spec.get("sku")
    if not isinstance(sku, str) or not sku:
        raise ValidationFailed((f"{path}.sku", "a variant needs a SKU"))
    substitutes, parts = spec.get("substitutes"), spec.get("components")
    return catalog.VariantSpec(
        sku=sku,
        price=price(spec.get("price"), f"{path}.price"),
        barcode=spec.get("barcode"),
        options=spec.get("options"),
        substitutes=tuple(substitutes) if substitutes else None,
        components=None if parts is None else tuple(_component(part, path, place) for place, part in enumerate(parts)),
        lead_days=None if spec.get("lead_days") is None else quantity(spec["lead_days"], f"{path}.lead_days", least=0),
        preorder_until=clock.as_microseconds(spec.get("preorder_until")),
    )


def _component(part: Item, path: str, place: int) -> tuple[str, int]:
    return named_units(part, f"{path}.components.{place}")


def order_item(item: Item, path: str) -> placing.Item:
    unit_price = item.get("unit_price")
    return placing.Item(
        variant=named(item, path, "quantity", "unit_price", "store", "discount", "tax"),
        quantity=quantity(item.get("quantity"), f"{path}.quantity"),
        unit_price=None if unit_price is None else price(unit_price, f"{path}.unit_price"),
        store=item.get("store"),
        discount=amount(item.get("discount"), f"{path}.discount"),
        tax=amount(item.get("tax"), f"{path}.tax"),
    )


def wanted_items(items: Sequence[Item]) -> list[WantedItem]:
    if not items:
        raise ValidationFailed(("items", "name at least one item"))
    return [
        WantedItem(
            named(item, f"items.{place}", "quantity", "store"),
            quantity(item.get("quantity"), f"items.{place}.quantity"),
            item.get("store"),
        )
        for place, item in enumerate(items)
    ]


def rule(name: str | None) -> str | None:
    if name is not None and name not in allocation.RULES:
        raise ValidationFailed(("rule", f"one of {', '.join(allocation.RULES)}"))
    return name


def amount(value: Any, path: str) -> Decimal | None:
    """An amount of money, not negative; None where there is none."""
    return None if value is None else Decimal(price(value, path)).scaleb(-money.PRICE_DECIMALS)


def hold_items(items: Sequence[Item]) -> tuple[holds.HoldItem, ...]:
    return tuple(
        holds.HoldItem(
            named(item, f"items.{place}", "quantity", "store"),
            quantity(item.get("quantity"), f"items.{place}.quantity"),
            item.get("store"),
        )
        for place, item in enumerate(items)
    )


def return_item(item: Item, path: str) -> returns.ReturnItem:
    condition = item.get("condition", "sellable")
    if condition not in returns.CONDITIONS:
        raise ValidationFailed((f"{path}.condition", f"one of {', '.join(returns.CONDITIONS)}"))
    return returns.ReturnItem(
        named(item, path, "quantity", "condition"), quantity(item.get("quantity"), f"{path}.quantity"), condition
    )


def short_pick(short: Item) -> picking.Short:
    closed(short, "short", "quantity", "reason", "then", "sku")
    reason, then = short.get("reason"), short.get("then")
    if not isinstance(reason, str) or not reason:
        raise ValidationFailed(("short.reason", "say why"))
    if then not in picking.THEN:
        raise ValidationFailed(("short.then", f"one of {', '.join(picking.THEN)}"))
    return picking.Short(quantity(short.get("quantity"), "short.quantity"), reason, then, short.get("sku"))


def ship_item(item: Item, path: str) -> fulfilment.ShipItem:
    return fulfilment.ShipItem(
        named(item, path, "quantity", "store"), quantity(item.get("quantity"), f"{path}.quantity"), item.get("store")
    )
