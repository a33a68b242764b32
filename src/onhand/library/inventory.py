"""Stock, from Python."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from onhand import clock
from onhand.library import items as items_
from onhand.library.items import Item
from onhand.library.service import Service
from onhand.trade import allocation, holds, orders, stock
from onhand.trade.errors import ValidationFailed
from onhand.views import availability as level_views
from onhand.views import holds as hold_views
from onhand.views import ledger, promise, sourcing
from onhand.views.pages import DEFAULT_LIMIT, Page


class InventoryService(Service):
    """Stock: how much there is, changes by hand, and claims under a caller's own reference."""

    def stock(self, reference: str) -> level_views.ProductStock:
        """The stock of a product or variant, in all and in each store. VariantNotFound."""
        return self._ask(level_views.product_stock, reference, clock.now())

    def level(self, sku: str, store: str = orders.DEFAULT_STORE) -> level_views.LevelAnswer:
        """The stock of one variant in one store. VariantNotFound, StoreNotFound."""
        return self._ask(level_views.find_level, sku, store, clock.now())

    def availability(
        self, items: Sequence[Item], ship_to: Mapping[str, Any] | None = None
    ) -> list[promise.ItemAvailability]:
        """What each item could have now, when it would be delivered, and what there is instead of what is short.

        Takes nothing. `items` have `sku`, `quantity` and perhaps `store`. Raises VariantNotFound, StoreNotFound.
        """
        wanted = items_.wanted_items(items)
        return self._ask(promise.check_availability, wanted, ship_to, clock.now(), self._engine.policy)

    def preview(
        self, items: Sequence[Item], *, ship_to: Mapping[str, Any] | None = None, rule: str | None = None
    ) -> sourcing.SourcingPreview:
        """Where the items of an order would come from, by a rule and then the shop's own. Takes nothing.

        Raises VariantNotFound, StoreNotFound, ValidationFailed.
        """
        rules = allocation.rules_of(items_.rule(rule), self._engine.policy.sourcing)
        return self._ask(sourcing.preview, items_.wanted_items(items), rules, ship_to, clock.now())

    def adjust(
        self,
        sku: str,
        store: str = orders.DEFAULT_STORE,
        *,
        reason: str,
        increment: int | None = None,
        decrement: int | None = None,
        to: int | None = None,
        expected_quantity: int | None = None,
        notes: str | None = None,
    ) -> ledger.StockChangeAnswer:
        """Change a level by hand: one of `increment`, `decrement`, or `to` with the `expected_quantity` it replaces.

        Raises InsufficientStock, StockChanged, VariantNotFound, StoreNotFound.
        """
        chosen = [
            (operation, quantity)
            for operation, quantity in (("increment", increment), ("decrement", decrement), ("set", to))
            if quantity is not None
        ]
        if len(chosen) != 1:
            raise ValidationFailed(("operation", "give one of increment, decrement and to"))
        ((operation, quantity),) = chosen
        least = 0 if operation == "set" else 1
        command = stock.AdjustStock(
            sku, store, operation, items_.quantity(quantity, operation, least), reason, notes, expected_quantity
        )
        change: stock.StockChange = self._engine.run(command, self._actor)
        found = self.level(sku, store)
        return ledger.stock_change_answer(change, found.sku, found.store)

    def set_thresholds(
        self, sku: str, store: str = orders.DEFAULT_STORE, *, bin: str | None = None, **thresholds: int
    ) -> level_views.LevelAnswer:
        """Change what a level is judged by, and its `bin`: see SetThresholds. VariantNotFound, StoreNotFound."""
        self._engine.run(stock.SetThresholds(sku, store, **thresholds, bin=bin), self._actor)
        return self.level(sku, store)

    def movements(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[ledger.MovementAnswer]:
        """The ledger, newest first, narrowed by the fields of `views.ledger.MovementFilter`."""
        return self._ask(ledger.list_movements, ledger.MovementFilter(**narrowed), limit, cursor)

    def as_of(self, sku: str, store: str, at: datetime) -> ledger.BalancesAsOf:
        """What a level held at a time. VariantNotFound, StoreNotFound."""
        return self._ask(ledger.as_of, sku, store, clock.as_microseconds(at))

    def explain(self, sku: str, store: str = orders.DEFAULT_STORE) -> ledger.Explanation:
        """Where each number of a level comes from, and who holds it. VariantNotFound, StoreNotFound."""
        return self._ask(ledger.explain, sku, store, clock.now())

    def place_hold(
        self, items: Sequence[Item], reference: str, hold_minutes: float | None = None
    ) -> hold_views.HoldAnswer:
        """Hold stock under the caller's own reference: available → on hold, all or nothing. InsufficientStock."""
        if not items:
            raise ValidationFailed(("items", "a hold needs at least one item"))
        return self._hold(holds.PlaceHold(items_.hold_items(items), reference, hold_minutes))

    def release_hold(self, hold: str, items: Sequence[Item] = (), reason: str | None = None) -> hold_views.HoldAnswer:
        """Give stock back, all of it or the named items. HoldNotFound, HoldExceeded."""
        return self._hold(holds.ReleaseHold(hold, items_.hold_items(items), reason))

    def confirm_reservation(self, hold: str, items: Sequence[Item] = ()) -> hold_views.HoldAnswer:
        """Hold → reservation, all of it or the named items. HoldNotFound, HoldExceeded, InvalidTransition."""
        return self._hold(holds.ConfirmHold(hold, items_.hold_items(items)))

    def fulfill_order(self, hold: str, items: Sequence[Item] = ()) -> hold_views.HoldAnswer:
        """The reserved goods leave. HoldNotFound, ReservationExceeded, InvalidTransition."""
        return self._hold(holds.FulfillHold(hold, items_.hold_items(items)))

    def extend_hold(self, hold: str, hold_minutes: float) -> hold_views.HoldAnswer:
        """Keep a hold for so many minutes from now. HoldNotFound, InvalidTransition."""
        return self._hold(holds.ExtendBareHold(hold, hold_minutes))

    def hold(self, hold: str) -> hold_views.HoldAnswer:
        """The bare hold of that id. HoldNotFound."""
        return self._ask(hold_views.find_hold, hold, clock.now())

    def _hold(self, command: Any) -> hold_views.HoldAnswer:
        return hold_views.hold_answer(self._engine.run(command, self._actor), clock.now())
