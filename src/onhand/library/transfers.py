"""Goods moved between stores, from Python."""

from collections.abc import Sequence
from typing import Any

from onhand.library import items as items_
from onhand.library.items import Item
from onhand.library.service import Service
from onhand.rows import Transfer
from onhand.trade import transfers
from onhand.trade.errors import ValidationFailed
from onhand.views import transfers as views
from onhand.views.documents import DocumentFilter, document_timeline
from onhand.views.pages import DEFAULT_LIMIT, Page
from onhand.views.timeline import TimelineEntry


class TransferService(Service):
    """Transfers between stores: drafted, sent, received or recalled."""

    def create(
        self,
        from_store: str,
        to_store: str,
        items: Sequence[Item],
        *,
        number: str | None = None,
        note: str | None = None,
    ) -> views.TransferAnswer:
        """Draft a transfer; `items` have `sku` and `quantity`. No stock moves yet.

        Raises AlreadyExists, VariantNotFound, StoreNotFound, ValidationFailed.
        """
        if not items:
            raise ValidationFailed(("items", "a transfer needs at least one item"))
        wanted = tuple(
            transfers.TransferItem(*items_.named_units(item, f"items.{place}")) for place, item in enumerate(items)
        )
        return self._transfer(transfers.CreateTransfer(from_store, to_store, wanted, number, note))

    def send(self, transfer: str) -> views.TransferAnswer:
        """The goods leave. Again: the same answer. TransferNotFound, InsufficientStock, InvalidTransition."""
        return self._transfer(transfers.SendTransfer(transfer))

    def receive(self, transfer: str, items: Sequence[Item] = ()) -> views.TransferAnswer:
        """The goods arrive: all that is in transit, or the items.

        Items have `sku` and `received`, `damaged` or `lost`, and a `reason` where units are damaged or lost.
        Raises TransferNotFound, ReceiptExceedsInTransit, InvalidTransition, ValidationFailed.
        """
        arrivals = tuple(_arrival(item, f"items.{place}") for place, item in enumerate(items))
        return self._transfer(transfers.ReceiveTransfer(transfer, arrivals))

    def recall(self, transfer: str) -> views.TransferAnswer:
        """What is in transit comes back. Again: the same answer. TransferNotFound, InvalidTransition."""
        return self._transfer(transfers.RecallTransfer(transfer))

    def cancel(self, transfer: str) -> views.TransferAnswer:
        """Give up a draft. Again: the same answer. TransferNotFound, InvalidTransition."""
        return self._transfer(transfers.CancelTransfer(transfer))

    def get(self, transfer: str) -> views.TransferAnswer:
        """The transfer of that id or number. TransferNotFound."""
        return self._ask(views.find_transfer, transfer)

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[views.TransferAnswer]:
        """Transfers, newest first, narrowed by the fields of `views.documents.DocumentFilter`."""
        return self._ask(views.list_transfers, DocumentFilter(**narrowed), limit, cursor)

    def timeline(self, transfer: str) -> Sequence[TimelineEntry]:
        """Everything that happened to it, oldest first. TransferNotFound."""
        return self._ask(document_timeline, Transfer, transfer)

    def _transfer(self, command: Any) -> views.TransferAnswer:
        return views.transfer_answer(self._engine.run(command, self._actor))


def _arrival(item: Item, path: str) -> transfers.Arrival:
    received, damaged, lost = (
        items_.quantity(item.get(word, 0), f"{path}.{word}", least=0) for word in ("received", "damaged", "lost")
    )
    return transfers.Arrival(
        items_.named(item, path, "received", "damaged", "lost", "reason"), received, damaged, lost, item.get("reason")
    )
