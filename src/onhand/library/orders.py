"""Orders, from Python."""

from collections.abc import Sequence
from typing import Any

from onhand import clock
from onhand.library import items as items_
from onhand.library.items import Item
from onhand.library.service import Service
from onhand.trade import amend, backorders, orders, placing, reallocation, reviews
from onhand.trade.errors import ValidationFailed
from onhand.views import orders as order_views
from onhand.views import payments as payment_views
from onhand.views import timeline as timeline_views
from onhand.views.pages import DEFAULT_LIMIT, Page


class OrderService(Service):
    """Orders, from placed to cancelled. Shipping and returns are with `fulfillment`."""

    def place(self, items: Sequence[Item], **details: Any) -> order_views.OrderAnswer:
        """Place an order, all or nothing, and hold its stock.

        `items` have `sku` (or `variant_id`), `quantity`, and perhaps `unit_price` and `store`; `details` are the
        other fields of PlaceOrder: `store`, `customer_id`, `hold_minutes`, `paid`, `reference`, `note` …
        Raises InsufficientStock, VariantNotFound, StoreNotFound, TotalMismatch, ValidationFailed.
        """
        if not items:
            raise ValidationFailed(("items", "an order needs at least one item"))
        for name in ("discount", "shipping", "tax", "expected_total"):
            details[name] = items_.amount(details.get(name), name)
        asked = tuple(items_.order_item(item, f"items.{place}") for place, item in enumerate(items))
        return self._order(placing.PlaceOrder(items=asked, **details))

    def confirm(self, order: str) -> order_views.OrderAnswer:
        """Payment succeeded: hold → reservation. Again: the same answer. OrderNotFound, InvalidTransition."""
        return self._order(orders.ConfirmOrder(order))

    def cancel(self, order: str, reason: str | None = None) -> order_views.OrderAnswer:
        """Give every unit back, once. Again: the same answer. OrderNotFound, InvalidTransition."""
        return self._order(orders.CancelOrder(order, reason))

    def extend(self, order: str, hold_minutes: float) -> order_views.OrderAnswer:
        """Keep the hold for so many minutes from now. OrderNotFound, InvalidTransition."""
        return self._order(orders.ExtendHold(order, hold_minutes))

    def amend(self, order: str, items: Sequence[Item], **amounts: Any) -> payment_views.AmendedOrder:
        """Give a pending or confirmed order a whole new list of items; `amounts` are `discount`, `shipping`, `tax` and
        `expected_total`. OrderNotFound, InvalidTransition, InsufficientStock, TotalMismatch, ValidationFailed.
        """
        asked = tuple(items_.order_item(item, f"items.{place}") for place, item in enumerate(items))
        if not asked:
            raise ValidationFailed(("items", "an order needs at least one item"))
        given = {name: items_.amount(value, name) for name, value in amounts.items()}
        amended = self._engine.run(amend.AmendOrder(order, asked, **given), self._actor)
        return payment_views.amended_order(amended, clock.now())

    def resolve(self, order: str, decision: str, note: str | None = None) -> order_views.OrderAnswer:
        """Decide on an order in review: `refund`, `retry`, `backorder` or `accept_amount`. OrderNotFound,
        InvalidTransition, InsufficientStock, ValidationFailed.
        """
        if decision not in reviews.DECISIONS:
            raise ValidationFailed(("decision", f"one of {', '.join(reviews.DECISIONS)}"))
        return self._order(reviews.ResolveReview(order, decision, note))

    def get(self, order: str) -> order_views.OrderAnswer:
        """The order of that id or number. OrderNotFound."""
        return self._ask(order_views.find_order, order, clock.now(), self._engine.policy)

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[order_views.OrderAnswer]:
        """Orders, newest first, narrowed by the fields of `views.orders.OrderFilter`."""
        wanted = order_views.OrderFilter(**narrowed)
        return self._ask(order_views.list_orders, wanted, clock.now(), limit, cursor, self._engine.policy)

    def reallocate(self, order: str, store: str | None = None, rule: str | None = None) -> order_views.OrderAnswer:
        """Plan an order again before anything of it has shipped: at one store, or by a rule. All, or nothing changes.

        Raises OrderNotFound, StoreNotFound, InsufficientStock, InvalidTransition, ValidationFailed.
        """
        return self._order(reallocation.Reallocate(order, store, items_.rule(rule)))

    def cancel_backorders(
        self, order: str, items: Sequence[Item] = (), reason: str | None = None
    ) -> order_views.OrderAnswer:
        """Give up what an order waits for, or the named items of it. OrderNotFound, ValidationFailed."""
        given_up = tuple(
            backorders.GiveUpItem(*items_.named_units(item, f"items.{place}")) for place, item in enumerate(items)
        )
        return self._order(backorders.GiveUpBackorder(order, given_up, reason))

    def timeline(self, order: str) -> Sequence[timeline_views.TimelineEntry]:
        """Everything that happened to the order, oldest first. OrderNotFound."""
        return self._ask(timeline_views.timeline, order)

    def _order(self, command: Any) -> order_views.OrderAnswer:
        return order_views.order_answer(self._engine.run(command, self._actor), clock.now())
