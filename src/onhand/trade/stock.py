"""Stock as double entry: the kinds of movement, the one function that applies them, and manual changes.

A movement's kind fixes what it does to the four buckets of a level. `post` is the only place that writes a level's
stock or a movement; no bucket goes below zero, and nothing is clamped.
"""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Level, Movement, Store, Variant
from onhand.trade import catalog
from onhand.trade.errors import (
    Forbidden,
    HoldExceeded,
    InsufficientStock,
    PreconditionFailed,
    ReservationExceeded,
    Shortage,
    StockChanged,
    ValidationFailed,
)

MOST_UNITS = 10**12


class Effect(NamedTuple):
    """What one unit of a movement does to each bucket."""

    available: int = 0
    on_hold: int = 0
    reserved: int = 0
    unsellable: int = 0


EFFECTS: dict[str, Effect] = {
    "hold": Effect(available=-1, on_hold=+1),
    "release": Effect(available=+1, on_hold=-1),
    "expire": Effect(available=+1, on_hold=-1),
    "confirm": Effect(on_hold=-1, reserved=+1),
    "reserve": Effect(available=-1, reserved=+1),
    "unreserve": Effect(available=+1, reserved=-1),
    "ship": Effect(reserved=-1),
    "receive": Effect(available=+1),
    "receive_damaged": Effect(unsellable=+1),
    "return": Effect(available=+1),
    "found": Effect(available=+1),
    "increment": Effect(available=+1),
    "decrement": Effect(available=-1),
    "lost": Effect(available=-1),
    "return_damaged": Effect(unsellable=+1),
    "damage": Effect(available=-1, unsellable=+1),
    "repair": Effect(available=+1, unsellable=-1),
    "write_off": Effect(unsellable=-1),
    "transfer_out": Effect(available=-1),
    "transfer_in": Effect(available=+1),
    "transfer_in_damaged": Effect(unsellable=+1),
}


class Cause(NamedTuple):
    """Why a movement is made: for which order or bare hold, by which document, by whom, and in what words."""

    actor: Actor
    cause: str
    reason: str
    order_id: str | None = None
    cause_id: str | None = None
    notes: str | None = None
    occurred_at: int | None = None


def level(books: Books, store_id: str, variant_id: str) -> Level:
    """The level as it is now. One that was never stocked is all zero."""
    return books.levels.get((store_id, variant_id)) or Level(store_id, variant_id)


def sellable(books: Books, store_id: str, variant_id: str, *, use_safety_stock: bool = False) -> int:
    """Units that an order may take: what is available, less the safety stock that is kept back."""
    found = books.levels.get((store_id, variant_id))
    if found is None:
        return 0
    return found.available if use_safety_stock else max(0, found.available - found.safety_stock)


def post(books: Books, store_id: str, variant_id: str, kind: str, quantity: int, cause: Cause) -> Movement:
    """Apply one movement to one level. Refuses what would take a bucket below zero."""
    actor = cause.actor
    if actor.stores is not None and store_id not in actor.stores:
        raise Forbidden(f"This key may not change the stock of store {books.catalog.stores[store_id].code!r}.")
    before = books.levels.get((store_id, variant_id)) or Level(store_id, variant_id)
    effect = EFFECTS[kind]
    available = before.available + effect.available * quantity
    on_hold = before.on_hold + effect.on_hold * quantity
    reserved = before.reserved + effect.reserved * quantity
    unsellable = before.unsellable + effect.unsellable * quantity
    if available < 0 or on_hold < 0 or reserved < 0 or unsellable < 0:
        raise _too_much(books, before, kind, quantity)
    # Of all buckets together, so that what was let in can always go from one to another: giving back is never refused.
    if sum(effect) > 0 and available + on_hold + reserved + unsellable > MOST_UNITS:
        raise ValidationFailed(("quantity", f"a level holds at most {MOST_UNITS} units"))
    version = before.version + 1
    books.levels.put(
        Level(store_id, variant_id, version, available, on_hold, reserved, unsellable, *before[7:]),
    )
    movement = Movement(
        store_id,
        variant_id,
        version,
        kind,
        quantity,
        available,
        on_hold,
        reserved,
        unsellable,
        cause.order_id,
        cause.cause,
        cause.cause_id,
        actor.name,
        actor.on_behalf_of,
        cause.reason,
        cause.notes,
        cause.occurred_at or books.now,
        books.now,
    )
    books.movements.append(movement)
    if effect.available > 0:
        books.risen.add(variant_id)
        if version == 1:
            books.opened.setdefault(variant_id, set()).add(store_id)
    # Numbers that are at hand anyway: only a level near one of its lines is looked at again (trade/alerts.py).
    if (
        before.alerts
        or available <= before.low_stock_threshold
        or available <= before.reorder_point
        or available <= before.min_stock_level
    ):
        books.crossed.add((store_id, variant_id))
    return movement


def _too_much(books: Books, before: Level, kind: str, quantity: int) -> Exception:
    effect = EFFECTS[kind]
    variant = books.catalog.variants[before.variant_id]
    names = {"sku": variant.sku, "store": books.catalog.stores[before.store_id].code, "requested": quantity}
    if before.available + effect.available * quantity < 0:
        return InsufficientStock([shortage(books, before.variant_id, before.store_id, quantity, before.available)])
    if before.on_hold + effect.on_hold * quantity < 0:
        return HoldExceeded(**names, on_hold=before.on_hold)
    if before.reserved + effect.reserved * quantity < 0:
        return ReservationExceeded(**names, reserved=before.reserved)
    return InsufficientStock(
        [shortage(books, before.variant_id, before.store_id, quantity, before.unsellable)],
        f"Cannot {kind.replace('_', ' ')} {quantity}: {before.unsellable} are unsellable.",
    )


def shortage(books: Books, variant_id: str, store_id: str | None, requested: int, available: int) -> Shortage:
    """What is short, at one store or (None) at all of them. In a shop of one store, that one is named."""
    if store_id is None and len(books.catalog.ranked_stores) == 1:
        store_id = books.catalog.ranked_stores[0].id
    variant = books.catalog.variants[variant_id]
    return Shortage(
        sku=variant.sku,
        name=variant.title,
        store=books.catalog.stores[store_id].code if store_id else None,
        requested=requested,
        available=available,
        variant_id=variant.id,
        store_id=store_id,
    )


# ── Changes by hand ─────────────────────────────────────────────────────────────────────────────────────────────────

OPERATIONS = ("increment", "decrement", "set", "damage", "repair", "write_off")


class AdjustStock(NamedTuple):
    """Change a level by hand. `set` takes the quantity that was seen, and is refused when that no longer holds."""

    variant: str
    store: str
    operation: str
    quantity: int
    reason: str
    notes: str | None = None
    expected_quantity: int | None = None
    cause: str = "adjustment"
    cause_id: str | None = None
    occurred_at: int | None = None
    expected_version: int | None = None
    on_behalf_of: str | None = None


class StockChange(NamedTuple):
    """A level after a change, and the movement that made it: none when the level already was as wanted."""

    level: Level
    movement: Movement | None
    variant: Variant
    store: Store


def needs_to_adjust(command: AdjustStock) -> Needs:
    return Needs(levels=((command.variant, command.store),))


def adjust(books: Books, command: AdjustStock, actor: Actor) -> StockChange:
    store = catalog.store(books, command.store)
    variant = catalog.stocked_variant(books, command.variant)
    before = level(books, store.id, variant.id)
    if command.expected_version not in (None, before.version):
        raise PreconditionFailed(f"The level is at version {before.version} now.", version=before.version)
    expected = command.expected_quantity
    if expected is not None and expected != before.available:
        raise StockChanged(expected=expected, current=before.available)
    kind, quantity = command.operation, command.quantity
    if kind not in OPERATIONS:
        raise ValidationFailed(("operation", f"{kind!r} is none of {', '.join(OPERATIONS)}"))
    if quantity < (0 if kind == "set" else 1):
        raise ValidationFailed(("quantity", "is too small"))
    if kind == "set":
        if expected is None:
            raise ValidationFailed(("expected_quantity", "`set` needs the quantity that it replaces"))
        kind = "increment" if quantity > before.available else "decrement"
        quantity = abs(quantity - before.available)
        if quantity == 0:
            return StockChange(before, None, variant, store)
    if kind == "decrement" and quantity > before.available:
        raise InsufficientStock(
            [shortage(books, variant.id, store.id, quantity, before.available)],
            f"Cannot decrement stock below 0. Current: {before.available}, Decrement: {quantity}",
        )
    behind = actor._replace(on_behalf_of=command.on_behalf_of or actor.on_behalf_of)
    cause = Cause(behind, command.cause, command.reason, None, command.cause_id, command.notes, command.occurred_at)
    movement = post(books, store.id, variant.id, kind, quantity, cause)
    return StockChange(level(books, store.id, variant.id), movement, variant, store)


class SetThresholds(NamedTuple):
    """Change a level's thresholds, and the bin where its goods lie. None leaves a value as it is, "" clears the bin."""

    variant: str
    store: str
    min_stock_level: int | None = None
    reorder_point: int | None = None
    reorder_quantity: int | None = None
    safety_stock: int | None = None
    low_stock_threshold: int | None = None
    bin: str | None = None


def needs_to_set_thresholds(command: SetThresholds) -> Needs:
    return Needs(levels=((command.variant, command.store),))


def set_thresholds(books: Books, command: SetThresholds, actor: Actor) -> StockChange:
    store = catalog.store(books, command.store)
    if actor.stores is not None and store.id not in actor.stores:
        raise Forbidden(f"This key may not change store {store.code!r}.")
    variant = catalog.stocked_variant(books, command.variant)
    before = level(books, store.id, variant.id)
    wanted = {name: value for name, value in command._asdict().items() if name in Level._fields and value is not None}
    if command.bin == "":
        wanted["bin"] = None
    if wanted.get("safety_stock", before.safety_stock) < before.safety_stock:
        books.risen.add(variant.id)  # What is no longer kept back goes to those who wait.
    books.crossed.add((store.id, variant.id))
    return StockChange(books.levels.put(before._replace(**wanted)), None, variant, store)


def status(available: int, low_stock_threshold: int) -> str:
    """OUT_OF_STOCK at zero, LOW_STOCK up to and including the threshold, else IN_STOCK."""
    if available == 0:
        return "OUT_OF_STOCK"
    return "LOW_STOCK" if available <= low_stock_threshold else "IN_STOCK"


def check_available(books: Books, summed: dict[tuple[str, str], int]) -> None:
    """Refuse the whole demand, naming every short item, when any part of it cannot be met."""
    short = [
        shortage(books, variant_id, store_id, quantity, free)
        for (store_id, variant_id), quantity in summed.items()
        if (free := sellable(books, store_id, variant_id)) < quantity
    ]
    if short:
        raise InsufficientStock(short)
