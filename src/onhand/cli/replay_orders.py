"""A shop's documents sent through the door in their order, many in flight.

One thread submits, so orders are placed in file order; what follows for an order that was accepted (its
payment, its parcel) is submitted from the writer's answers and takes nothing from what is available, so it cannot
change who is accepted. A write-off and a return do change it, and are queued at their place in the file.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from onhand.books import Actor, Policy
from onhand.cli import backlog
from onhand.cli.online_retail import Article, Document
from onhand.cli.window import Window
from onhand.engine import Engine
from onhand.trade.catalog import CreateProduct, VariantSpec
from onhand.trade.errors import InsufficientStock, Overloaded, Refusal
from onhand.trade.fulfilment import ShipOrder, Shipped
from onhand.trade.orders import ConfirmOrder, OrderPicture
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.stock import AdjustStock

STORE = "main"
CHANNEL = "replay"
A_YEAR_IN_MINUTES = 366 * 24 * 60
POLICY = Policy(hold_minutes=A_YEAR_IN_MINUTES, hold_minutes_max=A_YEAR_IN_MINUTES, currency="GBP")
MOST_IN_FLIGHT = 512

PLACED, CONFIRMED, SHIPPED = "placed", "confirmed", "shipped"
Told = Callable[[str, str | None], None]


def _nobody(_step: str, _order_id: str | None) -> None:
    pass


class Replay:
    """`told` hears of each answer, from the writer's thread: the step reached (or `refused`), and the order's id."""

    def __init__(
        self,
        engine: Engine,
        actor: Actor,
        until: str = SHIPPED,
        told: Told = _nobody,
        *,
        on_shortage: str = "reject",
        currency: str = POLICY.currency,
    ) -> None:
        self.refused: Counter[str] = Counter()
        self.accepted = 0
        self.units_shipped = 0
        self.units_written_off = 0
        self.units_not_written_off = 0
        self.units_returned = 0
        self.units_not_returned = 0
        self.units_backordered = 0
        self.units_received = 0
        self._on_shortage = on_shortage
        self._currency = currency
        self._engine = engine
        self._actor = actor
        self._until = until
        self._told = told
        self._window = Window(MOST_IN_FLIGHT)
        # What each customer was sent of each SKU and has not brought back: [order, units], the latest last.
        self._sent: defaultdict[tuple[str, str], list[list[Any]]] = defaultdict(list)

    # ── Catalog and opening stock ───────────────────────────────────────────────────────────────────────────────────

    def open_shop(self, articles: Sequence[Article], opening: Callable[[Article], int]) -> int:
        """Put the articles on sale, with so many units of each in the store; answers how many units those are."""
        for article in articles:
            self._submit(
                CreateProduct(article.title, (VariantSpec(article.sku, article.price),), currency=self._currency)
            )
        self._window.drain()
        stocked = [(article.sku, units) for article in articles if (units := opening(article)) > 0]
        for sku, units in stocked:
            self._submit(AdjustStock(sku, STORE, "increment", units, "Opening stock", cause="import"))
        self._window.drain()
        return sum(units for _, units in stocked)

    def _submit(self, command: Any, whose: str | None = None, done: Callable[[Any], None] | None = None) -> None:
        self._window.enter(whose)
        try:
            self._engine.submit(command, self._actor, done or self._settled)
        except BaseException:
            self._window.leave(whose)
            raise

    def _settled(self, outcome: Any) -> None:
        self._window.leave(None, outcome if isinstance(outcome, BaseException) else None)

    # ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, documents: Iterable[Document], *, write_offs: bool = False, cancellations: bool = False) -> None:
        for document in documents:
            if document.cancels:
                if cancellations:
                    self._take_back(document)
                continue
            if document.ordered:
                self._place(document)
            if write_offs and document.taken_off:
                self._write_off(document)
        self._window.drain()

    def _place(self, document: Document) -> None:
        command = PlaceOrder(
            tuple(Item(sku, quantity, unit_price) for sku, quantity, unit_price in document.ordered),
            store=STORE,
            currency=self._currency,
            customer_id=document.customer_id,
            shipping_address={"country": document.country} if document.country else None,
            channel=CHANNEL,
            reference=document.number,
            occurred_at=document.at,
            on_shortage=self._on_shortage,
        )
        self._submit(command, document.customer_id, partial(self._placed, document))

    def _placed(self, document: Document, outcome: OrderPicture | BaseException) -> None:
        if isinstance(outcome, Refusal) and not isinstance(outcome, Overloaded):
            self.refused[outcome.code] += 1
            self._told("refused", None)
            self._window.leave(document.customer_id)
            return
        if not isinstance(outcome, BaseException):
            self.accepted += 1
            self.units_backordered += sum(line.backordered for line in outcome.lines)
        self._go_on(PLACED, document, outcome, lambda order: ConfirmOrder(order, document.at), self._confirmed)

    def _confirmed(self, document: Document, outcome: OrderPicture | BaseException) -> None:
        def ship(order: str) -> ShipOrder | None:
            claims = () if isinstance(outcome, BaseException) else outcome.reservations
            return ShipOrder(order, occurred_at=document.at) if claims else None  # All of it may have to wait.

        self._go_on(CONFIRMED, document, outcome, ship, self._shipped)

    def _shipped(self, document: Document, outcome: Shipped | BaseException) -> None:
        if isinstance(outcome, Shipped):
            self._count_shipped(document.customer_id, outcome)
        answered = outcome.picture if isinstance(outcome, Shipped) else outcome
        self._go_on(SHIPPED, document, answered, None, self._shipped)

    def _count_shipped(self, customer_id: str | None, shipped: Shipped) -> None:
        """Count what left with this very shipment."""
        order = shipped.picture.order
        skus = {line.line: line.sku for line in shipped.picture.lines}
        for claim in shipped.picture.reservations:
            if claim.shipment == shipped.shipment.shipment:
                self.units_shipped += claim.quantity
                if customer_id is not None:
                    self._sent[customer_id, skus[claim.line]].append([order.id, claim.quantity])

    def _go_on(
        self,
        reached: str,
        document: Document,
        outcome: OrderPicture | BaseException,
        step: Callable[[str], Any | None] | None,
        done: Callable[..., None],
    ) -> None:
        """Send an order its next step, or let the next one in when it is where it should go."""
        try:
            if isinstance(outcome, BaseException):
                raise outcome
            self._told(reached, outcome.order.id)
            command = step(outcome.order.id) if step is not None and reached != self._until else None
            if command is not None:
                self._engine.submit(command, self._actor, partial(done, document))
                return
        except BaseException as failure:
            self._window.leave(document.customer_id, failure)
        else:
            self._window.leave(document.customer_id)

    # ── What waits ──────────────────────────────────────────────────────────────────────────────────────────────────

    def buy_what_waits(self) -> None:
        """Buy what orders wait for. It comes in two deliveries, and what each of them fills is shipped.

        The first brings half, so that it has to be shared out by the order of the queue.
        """
        with self._engine.database.reading() as connection:
            missing = backlog.missing(connection)
        purchases = {
            sku: self._engine.run(CreatePurchaseOrder("Replay", STORE, (PurchaseItem(sku, units),)), self._actor)
            for sku, units in missing.items()
        }
        half = {sku: (units + 1) // 2 for sku, units in missing.items()}
        for delivery in (half, {sku: missing[sku] - half[sku] for sku in missing}):
            for sku, units in delivery.items():
                if units:
                    command = ReceivePurchaseOrder(purchases[sku].order.id, (ReceivedItem(units, variant=sku),))
                    self._submit(command)
                    self.units_received += units
            self._window.drain()
            if self._until == SHIPPED:
                self._ship_what_came()

    def _ship_what_came(self) -> None:
        with self._engine.database.reading() as connection:
            ready = backlog.ready(connection, CHANNEL)
        for order_id, customer_id in ready:
            self._submit(ShipOrder(order_id), customer_id, partial(self._shipped_later, customer_id))
        self._window.drain()

    def _shipped_later(self, customer_id: str | None, outcome: Shipped | BaseException) -> None:
        if isinstance(outcome, Shipped):
            self._count_shipped(customer_id, outcome)
        self._window.leave(customer_id, outcome if isinstance(outcome, BaseException) else None)

    # ── Write-offs and cancellations ────────────────────────────────────────────────────────────────────────────────

    def _write_off(self, document: Document) -> None:
        """Take off what is there. Waits for the answer: what the shelf does not hold is counted, not invented."""
        for line in document.taken_off:
            wanted, booked = -line.quantity, 0
            try:
                self._decrement(line.sku, wanted, document)
                booked = wanted
            except InsufficientStock as short:
                booked = short.data["shortages"][0]["available"]
                if booked:
                    self._decrement(line.sku, booked, document)
            except Refusal:
                pass  # The file writes off what it never sold: there is no such SKU here.
            self.units_written_off += booked
            self.units_not_written_off += wanted - booked

    def _decrement(self, sku: str, units: int, document: Document) -> None:
        command = AdjustStock(
            sku,
            STORE,
            "decrement",
            units,
            "Written off",
            cause="import",
            cause_id=document.number,
            occurred_at=document.at,
        )
        self._engine.run(command, self._actor)

    def _take_back(self, document: Document) -> None:
        """Book a cancellation against what the customer was sent before, the latest order first."""
        customer_id = document.customer_id
        wanted = sum(-line.quantity for line in document.taken_off)
        back: dict[str, Counter[str]] = {}
        if customer_id is not None:
            self._window.wait_for(customer_id)
            for line in document.taken_off:
                self._match(customer_id, line.sku, -line.quantity, back)
        for order_id, units in back.items():
            command = ReturnItems(
                order_id,
                tuple(ReturnItem(sku, quantity) for sku, quantity in units.items()),
                f"Cancelled by {document.number}",
                occurred_at=document.at,
            )
            self._submit(command, customer_id, partial(self._returned, customer_id))
        matched = sum(units.total() for units in back.values())
        self.units_returned += matched
        self.units_not_returned += wanted - matched

    def _match(self, customer_id: str, sku: str, rest: int, back: dict[str, Counter[str]]) -> None:
        sent = self._sent[customer_id, sku]
        while rest and sent:
            order_id, left = sent[-1]
            taken = min(rest, left)
            back.setdefault(order_id, Counter())[sku] += taken
            rest -= taken
            sent[-1][1] -= taken
            if not sent[-1][1]:
                sent.pop()

    def _returned(self, customer_id: str | None, outcome: Any) -> None:
        self._window.leave(customer_id, outcome if isinstance(outcome, BaseException) else None)
