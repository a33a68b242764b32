"""Picking, shipping and returns, from Python."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from onhand import clock
from onhand.library import items as items_
from onhand.library.items import Item
from onhand.library.service import Service
from onhand.trade import fulfilment, packing, picking, returns, waves
from onhand.trade.errors import ValidationFailed
from onhand.views import orders as order_views
from onhand.views import packing as packing_views
from onhand.views import picking as picking_views
from onhand.views import returns as return_views
from onhand.views.pages import DEFAULT_LIMIT, Page
from onhand.views.picking_start import PickingList, picking_lists


class FulfillmentService(Service):
    """From a confirmed order to goods delivered, and back."""

    def pick(self, order: str) -> list[PickingList]:
        """Start picking: what to take from which store. OrderNotFound, InvalidTransition."""
        return picking_lists(self._engine.run(fulfilment.PickOrder(order), self._actor))

    def queue(
        self, store: str | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[picking_views.QueuedOrder]:
        """Orders to pick, most urgent first. StoreNotFound."""
        return self._ask(picking_views.queue, store, limit, cursor)

    def picking_list(self, order: str, store: str | None = None) -> picking_views.OrderPickList:
        """What to take from the shelves for an order, by bin, then SKU. OrderNotFound, StoreNotFound."""
        return self._ask(picking_views.find_pick_list, order, store)

    def wave(self, store: str, orders: Sequence[str] = (), *, limit: int = 20) -> picking_views.WaveAnswer:
        """Begin a wave of the orders, or of the most urgent ones in no other wave. NothingToPick, InAnotherWave."""
        chosen = orders or [order.order_id for order in self._ask(picking_views.free_orders, store, limit)]
        return self._wave(waves.CreateWave(store, tuple(chosen), skip=not orders))

    def finish_wave(self, wave: str) -> picking_views.WaveAnswer:
        """The walk is over. Again: the same answer. WaveNotFound, InvalidTransition."""
        return self._wave(waves.FinishWave(wave))

    def cancel_wave(self, wave: str, reason: str | None = None) -> picking_views.WaveAnswer:
        """Give the walk up; what was picked stays picked. WaveNotFound, InvalidTransition."""
        return self._wave(waves.CancelWave(wave, reason))

    def pick_line(
        self,
        order: str,
        line: int,
        store: str,
        quantity: int,
        *,
        short: Item | None = None,
        substitute: str | None = None,
    ) -> packing_views.RecordedPick:
        """What a picker did about a line; `short` has `quantity`, `reason`, `then`, and of a kit `sku`.

        OrderNotFound, InvalidTransition, PickExceedsReserved.
        """
        missing = None if short is None else items_.short_pick(short)
        units = items_.quantity(quantity, "quantity", 0)
        command = picking.RecordPick(order, line, store, units, missing, substitute)
        return packing_views.recorded_pick(self._engine.run(command, self._actor), clock.now())

    def pack(
        self, order: str, items: Sequence[Item], *, weight_grams: int | None = None, checked_by: str | None = None
    ) -> packing_views.PackedOrder:
        """Pack a parcel of what was picked. OrderNotFound, InvalidTransition, ParcelExceedsPicked."""
        inside = tuple(
            packing.PackItem(*items_.named_units(item, f"items.{place}")) for place, item in enumerate(items)
        )
        if not inside:
            raise ValidationFailed(("items", "a parcel needs at least one item"))
        command = packing.PackParcel(order, inside, weight_grams, checked_by)
        return packing_views.packed_order(self._engine.run(command, self._actor), clock.now())

    def _wave(self, command: Any) -> picking_views.WaveAnswer:
        return picking_views.wave_answer(self._engine.run(command, self._actor))

    def ship(
        self,
        order: str,
        items: Sequence[Item] = (),
        *,
        tracking_number: str | None = None,
        carrier: str | None = None,
        parcels: Sequence[int] = (),
    ) -> order_views.OrderAnswer:
        """Ship the named items, the numbered parcels, or all that is outstanding; what was picked goes first.

        OrderNotFound, InvalidTransition, ReservationExceeded, ParcelNotFound, PackedElsewhere.
        """
        leaving = tuple(items_.ship_item(item, f"items.{place}") for place, item in enumerate(items))
        command = fulfilment.ShipOrder(order, leaving, tracking_number, carrier, parcels=tuple(parcels))
        shipped: fulfilment.Shipped = self._engine.run(command, self._actor)
        return order_views.order_answer(shipped.picture, clock.now())

    def deliver(self, order: str) -> order_views.OrderAnswer:
        """The goods arrived. OrderNotFound, InvalidTransition."""
        return order_views.order_answer(self._engine.run(fulfilment.DeliverOrder(order), self._actor), clock.now())

    def take_back(
        self,
        order: str,
        items: Sequence[Item],
        reason: str,
        *,
        store: str | None = None,
        refund_amount: Decimal | str | None = None,
        processed_by: str | None = None,
    ) -> order_views.OrderAnswer:
        """Goods come back; `items` may have a `condition`: sellable, damaged or lost. ReturnExceedsShipped."""
        coming = tuple(items_.return_item(item, f"items.{place}") for place, item in enumerate(items))
        if not coming:
            raise ValidationFailed(("items", "a return needs at least one item"))
        refund = None if refund_amount is None else Decimal(refund_amount)
        command = returns.ReturnItems(order, coming, reason, store, refund, processed_by)
        returned: returns.Returned = self._engine.run(command, self._actor)
        return order_views.order_answer(returned.picture, clock.now())

    def request_return(self, order: str, items: Sequence[Item], reason: str) -> return_views.ReturnAnswer:
        """Announce that goods will come back; no stock moves. OrderNotFound, ReturnExceedsShipped."""
        expected = tuple(
            returns.RequestedItem(*items_.named_units(item, f"items.{place}")) for place, item in enumerate(items)
        )
        if not expected:
            raise ValidationFailed(("items", "a return needs at least one item"))
        return self._return(returns.RequestReturn(order, expected, reason))

    def receive_return(
        self,
        return_: str,
        items: Sequence[Item],
        *,
        store: str | None = None,
        refund_amount: Decimal | str | None = None,
        processed_by: str | None = None,
    ) -> return_views.ReturnAnswer:
        """What came back of an announced return, at any store. ReturnNotFound, ReturnExceedsShipped."""
        came = tuple(items_.return_item(item, f"items.{place}") for place, item in enumerate(items))
        if not came:
            raise ValidationFailed(("items", "a return needs at least one item"))
        refund = None if refund_amount is None else Decimal(refund_amount)
        return self._return(returns.ReceiveReturn(return_, came, store, refund, processed_by))

    def cancel_return(self, return_: str, reason: str | None = None) -> return_views.ReturnAnswer:
        """Nothing will come back after all. Again: the same answer. ReturnNotFound, InvalidTransition."""
        return self._return(returns.CancelReturn(return_, reason))

    def get_return(self, return_: str) -> return_views.ReturnAnswer:
        """The return of that id or number. ReturnNotFound."""
        return self._ask(return_views.find_return, return_)

    def _return(self, command: Any) -> return_views.ReturnAnswer:
        return return_views.return_answer(self._engine.run(command, self._actor))
