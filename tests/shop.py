"""A shop with short verbs, so that a test reads like a shopkeeper's day.

Items are `{"SKU": quantity}`, or `(sku, quantity)` and `(sku, quantity, store)` where a SKU repeats or a store matters.
A verb answers what the command answers, and raises the Refusal when the answer is no.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, select, text

from onhand import clock
from onhand.books import Actor
from onhand.db.storage import STORAGE
from onhand.engine import Engine
from onhand.rows import Alert, Batch, Hold, Level, Movement, Order, Store, Variant
from onhand.trade import (
    alerts,
    catalog,
    counts,
    fulfilment,
    holds,
    money,
    orders,
    placing,
    returns,
    stock,
    transfers,
    variances,
)
from onhand.trade.holds import ExpireOverdue

CLERK = Actor("clerk")
Items = Mapping[str, int] | Iterable[tuple[Any, ...]]
Row = TypeVar("Row")
FILLED = text("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {stored.table.name})" for stored in STORAGE.values()))


class Moment:
    """A clock that runs as the real one does, and jumps when it is told to."""

    def __init__(self, real: Callable[[], int]) -> None:
        self._real = real
        self._ahead = 0

    def now(self) -> int:
        return self._real() + self._ahead

    def comes(self, text: str) -> None:
        """It is that time now (RFC 3339)."""
        self._ahead = clock.as_microseconds(datetime.fromisoformat(text)) - self._real()

    def passes(self, *, seconds: float = 0, minutes: float = 0, days: float = 0) -> None:
        self._ahead += round(seconds * clock.SECOND + minutes * clock.MINUTE + days * clock.DAY)


class Shop:
    def __init__(self, engine: Engine, moment: Moment) -> None:
        self.engine = engine
        self.moment = moment

    def run(self, command: Any, actor: Actor = CLERK) -> Any:
        return self.engine.run(command, actor)

    # ── Catalog and stock ───────────────────────────────────────────────────────────────────────────────────────────

    def sells(self, sku: str, name: str | None = None, price: str = "10.00", **more: Any) -> Variant:
        """A new product with one variant. `more` goes to CreateProduct."""
        spec = catalog.VariantSpec(sku, money.price(Decimal(price)))
        variant: Variant = self.run(catalog.CreateProduct(name or sku, (spec,), **more)).variants[0]
        return variant

    def opens(self, code: str, name: str | None = None, **more: Any) -> Store:
        """A new store, beside `main`, which is there from the start."""
        store: Store = self.run(catalog.CreateStore(code, name or code, **more))
        return store

    def stocks(self, quantities: Mapping[str, int], store: str = "main", reason: str = "Opening stock") -> None:
        """So many more units of each SKU. A SKU or a store that is not there yet is made."""
        if store not in {row.code for row in self.rows(Store)}:
            self.opens(store)
        known = {row.sku for row in self.rows(Variant)}
        for sku, quantity in quantities.items():
            if sku not in known:
                self.sells(sku)
            if quantity:
                self.adjusts(sku, "increment", quantity, store, reason=reason)

    def adjusts(
        self,
        sku: str,
        operation: str,
        quantity: int,
        store: str = "main",
        reason: str = "Manual adjustment",
        **more: Any,
    ) -> stock.StockChange:
        change: stock.StockChange = self.run(stock.AdjustStock(sku, store, operation, quantity, reason, **more))
        return change

    # ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def order(self, items: Items, **more: Any) -> orders.OrderPicture:
        """Place an order. `more` goes to PlaceOrder: paid, store, hold_minutes, customer_id …"""
        picture: orders.OrderPicture = self.run(
            placing.PlaceOrder(
                tuple(placing.Item(sku, quantity, None, *store) for sku, quantity, *store in _listed(items)), **more
            )
        )
        return picture

    def confirm(self, order: Any) -> orders.OrderPicture:
        picture: orders.OrderPicture = self.run(orders.ConfirmOrder(_id(order)))
        return picture

    def cancel(self, order: Any, reason: str | None = None) -> orders.OrderPicture:
        picture: orders.OrderPicture = self.run(orders.CancelOrder(_id(order), reason))
        return picture

    def extend(self, order: Any, minutes: float) -> orders.OrderPicture:
        picture: orders.OrderPicture = self.run(orders.ExtendHold(_id(order), minutes))
        return picture

    def pick(self, order: Any) -> orders.OrderPicture:
        begun: fulfilment.ToPick = self.run(fulfilment.PickOrder(_id(order)))
        return begun.picture

    def ship(self, order: Any, items: Items = (), **more: Any) -> fulfilment.Shipped:
        """Ship the items, or all that is outstanding."""
        listed = tuple(fulfilment.ShipItem(*item) for item in _listed(items))
        shipped: fulfilment.Shipped = self.run(fulfilment.ShipOrder(_id(order), listed, **more))
        return shipped

    def deliver(self, order: Any) -> orders.OrderPicture:
        picture: orders.OrderPicture = self.run(fulfilment.DeliverOrder(_id(order)))
        return picture

    def take_back(
        self, order: Any, items: Items, condition: str = "sellable", reason: str = "Wrong size", **more: Any
    ) -> returns.Returned:
        """Items that come back from a customer, all in one condition: sellable, damaged or lost."""
        listed = tuple(returns.ReturnItem(sku, quantity, condition) for sku, quantity in _listed(items))
        returned: returns.Returned = self.run(returns.ReturnItems(_id(order), listed, reason, **more))
        return returned

    def expire(self, *overdue: Any, holds: Iterable[Any] = ()) -> int:
        """What the worker's sweep does for these orders and bare holds; answers how many have ended."""
        ended: int = self.run(ExpireOverdue(tuple(map(_id, overdue)), tuple(map(_id, holds))))
        return ended

    # ── Bare holds ──────────────────────────────────────────────────────────────────────────────────────────────────

    def hold(self, items: Items, reference: str = "their-order-1", minutes: float | None = None) -> holds.HoldPicture:
        picture: holds.HoldPicture = self.run(holds.PlaceHold(_hold_items(items), reference, minutes))
        return picture

    def release_hold(self, hold: Any, items: Items = ()) -> holds.HoldPicture:
        picture: holds.HoldPicture = self.run(holds.ReleaseHold(_id(hold), _hold_items(items)))
        return picture

    def confirm_hold(self, hold: Any, items: Items = ()) -> holds.HoldPicture:
        picture: holds.HoldPicture = self.run(holds.ConfirmHold(_id(hold), _hold_items(items)))
        return picture

    def fulfill_hold(self, hold: Any, items: Items = ()) -> holds.HoldPicture:
        picture: holds.HoldPicture = self.run(holds.FulfillHold(_id(hold), _hold_items(items)))
        return picture

    def extend_hold(self, hold: Any, minutes: float) -> holds.HoldPicture:
        picture: holds.HoldPicture = self.run(holds.ExtendBareHold(_id(hold), minutes))
        return picture

    # ── Transfers and counts ────────────────────────────────────────────────────────────────────────────────────────

    def transfer(self, items: Items, origin: str, target: str, **more: Any) -> transfers.TransferPicture:
        """Draft a transfer. `more` goes to CreateTransfer."""
        listed = tuple(transfers.TransferItem(sku, quantity) for sku, quantity in _listed(items))
        picture: transfers.TransferPicture = self.run(transfers.CreateTransfer(origin, target, listed, **more))
        return picture

    def send(self, transfer: Any) -> transfers.TransferPicture:
        picture: transfers.TransferPicture = self.run(transfers.SendTransfer(_id(transfer)))
        return picture

    def arrive(self, transfer: Any, *arrivals: transfers.Arrival) -> transfers.TransferPicture:
        """What came of a transfer; without arrivals, all that is in transit."""
        picture: transfers.TransferPicture = self.run(transfers.ReceiveTransfer(_id(transfer), arrivals))
        return picture

    def recall(self, transfer: Any) -> transfers.TransferPicture:
        picture: transfers.TransferPicture = self.run(transfers.RecallTransfer(_id(transfer)))
        return picture

    def begin_count(self, *skus: str, store: str = "main", **more: Any) -> counts.CountPicture:
        """Have SKUs counted. `more` goes to CreateCount."""
        picture: counts.CountPicture = self.run(counts.CreateCount(store, skus, **more))
        return picture

    def write_down(self, count: Any, found: Mapping[str, int], by: str = "clerk", **more: Any) -> counts.CountPicture:
        """What was found, by whom. `more` goes to Counted: reason, second, expected_version."""
        items = tuple(counts.Counted(sku, units, **more) for sku, units in found.items())
        picture: counts.CountPicture = self.run(counts.SaveCounted(_id(count), items), Actor(by))
        return picture

    def submit(self, count: Any, by: str = "clerk", **more: Any) -> counts.CountPicture:
        picture: counts.CountPicture = self.run(variances.SubmitCount(_id(count), **more), Actor(by))
        return picture

    def approve(self, count: Any, by: str = "manager") -> counts.CountPicture:
        picture: counts.CountPicture = self.run(variances.ApproveCount(_id(count)), Actor(by))
        return picture

    def recount(self, count: Any, *skus: str) -> counts.CountPicture:
        picture: counts.CountPicture = self.run(counts.RecountLines(_id(count), skus))
        return picture

    # ── What the books say: read from the database, past every view ─────────────────────────────────────────────────

    def rows(self, row_type: type[Row]) -> list[Row]:
        """Every row of a type, in key order."""
        with self.engine.database.reading() as connection:
            return _all(connection, row_type)

    def books(self) -> dict[type, list[Any]]:
        """Every row of every table. Places in the feed are given a moment later, so they are left out."""
        with self.engine.database.reading() as connection:
            # After most tests most tables are empty, which one question tells sooner than one for each.
            filled = zip(STORAGE, connection.execute(FILLED).one(), strict=True)
            found: dict[type, list[Any]] = {
                row_type: _all(connection, row_type) if is_filled else [] for row_type, is_filled in filled
            }
        found[Batch] = [batch._replace(position=None, events=0, movements=0) for batch in found[Batch]]
        return found

    def alerts(self, kind: str | None = None) -> list[Alert]:
        """Every alert there ever was, or those of a kind, oldest first."""
        return [row for row in self.rows(Alert) if kind in (None, row.kind)]

    def standing(self, sku: str, store: str = "main") -> set[str]:
        """The kinds of alerts that stand for a level."""
        subject = alerts.level_subject(self.store(store).id, self.variant(sku).id)
        return {row.kind for row in self.rows(Alert) if row.subject == subject and row.closed_at is None}

    def level(self, sku: str, store: str = "main") -> Level:
        """The stock of a SKU in a store; all zero where it was never stocked."""
        variant_id, store_id = self.variant(sku).id, self.store(store).id
        levels = {(row.variant_id, row.store_id): row for row in self.rows(Level)}
        return levels.get((variant_id, store_id), Level(store_id, variant_id))

    def balances(self, sku: str, store: str = "main") -> tuple[int, int, int]:
        """(available, on hold, reserved)."""
        level = self.level(sku, store)
        return level.available, level.on_hold, level.reserved

    def movements(self, sku: str, store: str = "main") -> list[Movement]:
        """The ledger of a SKU in a store, oldest first."""
        variant_id, store_id = self.variant(sku).id, self.store(store).id
        return [row for row in self.rows(Movement) if (row.store_id, row.variant_id) == (store_id, variant_id)]

    def status(self, order: Any) -> str:
        return next(row.status for row in self.rows(Order) if row.id == _id(order))

    def hold_state(self, hold: Any) -> str:
        return next(row.state for row in self.rows(Hold) if row.id == _id(hold))

    def variant(self, sku: str) -> Variant:
        return next(row for row in self.rows(Variant) if row.sku == sku)

    def store(self, code: str) -> Store:
        return next(row for row in self.rows(Store) if row.code == code)


def _all(connection: Connection, row_type: type[Row]) -> list[Row]:
    table = STORAGE[row_type].table
    return [row_type(*row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


def _listed(items: Items) -> list[tuple[Any, ...]]:
    return list(items.items()) if isinstance(items, Mapping) else list(items)


def _hold_items(items: Items) -> tuple[holds.HoldItem, ...]:
    return tuple(holds.HoldItem(*item) for item in _listed(items))


def _id(thing: Any) -> str:
    """An order or a hold by what a verb answered, by its row, or by its id or number as it is."""
    for name in ("picture", "order", "hold", "transfer", "head"):
        thing = getattr(thing, name, thing)
    return thing if isinstance(thing, str) else thing.id
