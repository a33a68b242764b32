"""Purchase orders and their arrival, from Python."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from onhand import clock
from onhand.library import items as items_
from onhand.library.items import Item
from onhand.library.service import Service
from onhand.rows import PurchaseOrder
from onhand.trade import orders, receiving
from onhand.trade.errors import ValidationFailed
from onhand.views import purchase_orders as views
from onhand.views.documents import DocumentFilter, document_timeline
from onhand.views.pages import DEFAULT_LIMIT, Page
from onhand.views.timeline import TimelineEntry


class ReceivingService(Service):
    """Goods ordered of suppliers: what is on its way, and what came of it."""

    def create(
        self,
        supplier: str,
        lines: Sequence[Item],
        *,
        store: str = orders.DEFAULT_STORE,
        number: str | None = None,
        expected_at: datetime | None = None,
        note: str | None = None,
    ) -> views.PurchaseOrderAnswer:
        """Order goods. `lines` have `sku` and `quantity`, and perhaps `unit_cost` and `expected_at`.

        Raises AlreadyExists, VariantNotFound, StoreNotFound, ValidationFailed.
        """
        if not lines:
            raise ValidationFailed(("lines", "a purchase order needs at least one line"))
        wanted = tuple(_purchase_item(line, f"lines.{place}") for place, line in enumerate(lines))
        command = receiving.CreatePurchaseOrder(
            supplier, store, wanted, number, clock.as_microseconds(expected_at), note
        )
        return views.purchase_order_answer(self._engine.run(command, self._actor))

    def receive(
        self,
        purchase_order: str,
        items: Sequence[Item],
        *,
        received_at: datetime | None = None,
        return_rejected: bool = False,
        allow_over: bool = False,
    ) -> views.ReceivedPurchaseOrder:
        """Book a delivery. `items` have `line` or `sku`, `received`, and perhaps `rejected` and `reason`.

        What is rejected is kept as unsellable, or goes back when `return_rejected`. Raises PurchaseOrderNotFound,
        InvalidTransition, ReceiptExceedsOrdered unless `allow_over`, ValidationFailed.
        """
        if not items:
            raise ValidationFailed(("items", "a delivery needs at least one item"))
        came = tuple(
            _received_item(item, f"items.{place}", sent_back=return_rejected) for place, item in enumerate(items)
        )
        command = receiving.ReceivePurchaseOrder(purchase_order, came, clock.as_microseconds(received_at), allow_over)
        return views.received_purchase_order(self._engine.run(command, self._actor))

    def close(self, purchase_order: str, reason: str) -> views.PurchaseOrderAnswer:
        """Expect no more of it. Again: the same answer. PurchaseOrderNotFound, InvalidTransition."""
        command = receiving.ClosePurchaseOrder(purchase_order, reason)
        return views.purchase_order_answer(self._engine.run(command, self._actor))

    def get(self, purchase_order: str) -> views.PurchaseOrderHistory:
        """The purchase order of that id or number, with its deliveries. PurchaseOrderNotFound."""
        return self._ask(views.find_purchase_order, purchase_order)

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[views.PurchaseOrderAnswer]:
        """Purchase orders, newest first, narrowed by the fields of `views.documents.DocumentFilter`."""
        return self._ask(views.list_purchase_orders, DocumentFilter(**narrowed), limit, cursor)

    def timeline(self, purchase_order: str) -> Sequence[TimelineEntry]:
        """Everything that happened to it, oldest first. PurchaseOrderNotFound."""
        return self._ask(document_timeline, PurchaseOrder, purchase_order)


def _purchase_item(line: Item, path: str) -> receiving.PurchaseItem:
    cost = line.get("unit_cost")
    return receiving.PurchaseItem(
        variant=items_.named(line, path, "quantity", "unit_cost", "expected_at"),
        quantity=items_.quantity(line.get("quantity"), f"{path}.quantity"),
        unit_cost=None if cost is None else items_.price(cost, f"{path}.unit_cost"),
        expected_at=clock.as_microseconds(line.get("expected_at")),
    )


def _received_item(item: Item, path: str, *, sent_back: bool) -> receiving.ReceivedItem:
    fields = ("line", "received", "rejected", "reason")
    line, variant = item.get("line"), None
    if line is None:
        variant = items_.named(item, path, *fields)
    else:
        items_.closed(item, path, *fields)
    return receiving.ReceivedItem(
        received=items_.quantity(item.get("received"), f"{path}.received"),
        rejected=items_.quantity(item.get("rejected", 0), f"{path}.rejected", least=0),
        variant=variant,
        line=line,
        sent_back=sent_back,
        reason=item.get("reason"),
    )
