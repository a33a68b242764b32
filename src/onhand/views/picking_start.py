"""What picking an order begins with: the order, and what to take from the shelves of each store."""

from dataclasses import dataclass

from onhand.trade.fulfilment import ToPick
from onhand.views.answers import fields_of
from onhand.views.orders import OrderAnswer, order_answer


@dataclass(slots=True)
class PickingLine:
    """Units of one SKU for one line of the order; of a kit, of one component."""

    line: int
    sku: str
    name: str
    quantity: int
    bin: str | None


@dataclass(slots=True)
class PickingList:
    """What to take from which store's shelves, in pick order: by bin, then SKU."""

    store: str
    lines: list[PickingLine]


@dataclass(slots=True)
class PickedOrder(OrderAnswer):
    """An order that is being picked, and what is still to be taken from the shelves."""

    picking_lists: list[PickingList]


def picked_order(begun: ToPick, now: int) -> PickedOrder:
    return PickedOrder(**fields_of(order_answer(begun.picture, now)), picking_lists=picking_lists(begun))


def picking_lists(begun: ToPick) -> list[PickingList]:
    """What is reserved and not yet shipped, one list a store."""
    wanted: dict[str, dict[tuple[int, str], int]] = {}
    for claim in begun.picture.reservations:
        if claim.state == "reserved":
            at_store = wanted.setdefault(claim.store_id, {})
            key = (claim.line, claim.variant_id)
            at_store[key] = at_store.get(key, 0) + claim.quantity
    stores = begun.picture.stores
    return [
        PickingList(stores[store_id].code, _in_pick_order(begun, store_id, at_store))
        for store_id, at_store in sorted(wanted.items(), key=lambda each: stores[each[0]].code)
    ]


def _in_pick_order(begun: ToPick, store_id: str, wanted: dict[tuple[int, str], int]) -> list[PickingLine]:
    lines = []
    for (line, variant_id), quantity in wanted.items():
        variant = begun.variants[variant_id]
        lines.append(PickingLine(line, variant.sku, variant.title, quantity, begun.bins.get((store_id, variant_id))))
    return sorted(lines, key=lambda each: (each.bin is None, each.bin or "", each.sku, each.line))
