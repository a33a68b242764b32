"""What happened in the demo shop before today: four weeks of orders, deliveries and returns, the same every time.

Without them every chart and report would be empty. While it is told, the engine asks a clock that is moved by hand, so
each row says when it would have happened.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, NamedTuple

from onhand import clock
from onhand.books import ONHAND, Actor
from onhand.engine import Engine
from onhand.rows import Order
from onhand.trade import money
from onhand.trade.fulfilment import DeliverOrder, ShipOrder
from onhand.trade.holds import ExpireOverdue
from onhand.trade.orders import CancelOrder, OrderPicture
from onhand.trade.payments import RecordPayment
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.receiving import CreatePurchaseOrder, PurchaseItem, ReceivedItem, ReceivePurchaseOrder
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.transfers import CreateTransfer, ReceiveTransfer, SendTransfer, TransferItem

WEEKS = 4
HOURS = (9, 12, 15, 19)
# Monday to Sunday: about so many orders are placed at each of the hours.
BUSY = (2, 2, 2, 2, 3, 4, 3)
# Of seven days, counted from today back: when what was sold is bought again, and when it comes.
BUYS, COMES = 5, 3
FIRST_PURCHASE, FIRST_TRANSFER, FIRST_PARCEL = 84, 33, 400_000
SUPPLIER = "Runwell Ltd"
CUSTOMERS = ("Anna Roth", "Ben Carter", "Café Lind", "Dana Kovac", "Emil Strand", "Finn Okafor", "Hotel Kai")
CARRIERS = ("Nordsped", "DHL", "UPS")
RETURN_REASONS = ("Changed their mind", "Not as pictured", "Arrived too late")


class Shelf(NamedTuple):
    """Where a SKU lies, and how many of it there were in the beginning."""

    store: str
    sku: str
    units: int


class HandClock:
    """A clock that is moved by hand. Each time that it is asked, a second has passed."""

    def __init__(self, time: int) -> None:
        self.time = time

    def now(self) -> int:
        self.time += clock.SECOND
        return self.time


@contextmanager
def clock_moved_by_hand(engine: Engine) -> Iterator[HandClock]:
    """It stands at the morning of four weeks ago. The engine has its own clock back in the end."""
    real = engine.now
    midnight = real() // clock.DAY * clock.DAY
    hands = HandClock(midnight - 7 * WEEKS * clock.DAY + 7 * clock.HOUR)
    engine.now = hands.now
    try:
        yield hands
    finally:
        engine.now = real


class Past:
    """The shop's trade from the clock's day on, up to the midnight before today."""

    def __init__(self, engine: Engine, hands: HandClock, clerk: Actor, shelves: Sequence[Shelf]) -> None:
        self._engine = engine
        self._hands = hands
        self._clerk = clerk
        self._shelves = shelves
        self._random = random.Random(7)
        self._sold: dict[Shelf, int] = {}
        self._ordered: dict[Shelf, int] = {}
        self._unpaid: list[str] = []
        self._to_ship: list[OrderPicture] = []
        self._on_the_road: list[OrderPicture] = []
        self._purchases, self._transfers, self._parcels = FIRST_PURCHASE, FIRST_TRANSFER, FIRST_PARCEL

    def happen(self) -> None:
        first = self._hands.time // clock.DAY * clock.DAY
        for day in range(7 * WEEKS):
            midnight = first + day * clock.DAY
            for hour in HOURS:
                self._hands.time = midnight + hour * clock.HOUR + self._random.randrange(clock.HOUR)
                self._expire()
                if hour == HOURS[0]:
                    self._hand_over()
                    self._refill((7 * WEEKS - day) % 7)
                self._sell(self._random.randint(1, 2 * BUSY[clock.as_datetime(midnight).weekday()]))
        self._hands.time += clock.HOUR
        self._expire()

    def _expire(self) -> None:
        """Those that nobody came back to pay. The worker would have done it some minutes after they were placed."""
        self._do([ExpireOverdue(orders=tuple(self._unpaid))], ONHAND)
        self._unpaid = []

    def _hand_over(self) -> None:
        """What was sold the day before leaves, what left then arrives, and one in twenty has something to send back."""
        arrived, self._on_the_road, self._to_ship = self._on_the_road, self._to_ship, []
        self._do([*map(self._shipped, self._on_the_road), *(DeliverOrder(sale.order.id) for sale in arrived)])
        self._do([self._returned(sale) for sale in arrived if self._random.random() < 0.05])

    def _shipped(self, sale: OrderPicture) -> ShipOrder:
        self._parcels += self._random.randint(1, 40)
        return ShipOrder(sale.order.id, tracking_number=f"NS{self._parcels}", carrier=self._random.choice(CARRIERS))

    def _returned(self, sale: OrderPicture) -> ReturnItems:
        condition = self._random.choice(("sellable", "sellable", "damaged"))
        item = ReturnItem(sale.lines[0].variant_id, 1, condition)
        return ReturnItems(sale.order.id, (item,), self._random.choice(RETURN_REASONS))

    def _refill(self, days_left: int) -> None:
        """Once a week what was sold is bought, and two days later it comes: for all stores to the warehouse."""
        if days_left == BUYS:
            self._ordered, self._sold = self._sold, {}
            items = tuple(PurchaseItem(sku, units) for sku, units in self._units_ordered().items())
            due = self._hands.time + (BUYS - COMES) * clock.DAY
            self._do([CreatePurchaseOrder(SUPPLIER, "main", items, f"PO-{self._purchases}", due)])
        if days_left == COMES and self._ordered:
            came = tuple(ReceivedItem(units, variant=sku) for sku, units in self._units_ordered().items())
            self._do([ReceivePurchaseOrder(f"PO-{self._purchases}", came)])
            self._purchases += 1
            for store in {shelf.store: None for shelf in self._ordered if shelf.store != "main"}:
                self._move_to(store)

    def _units_ordered(self) -> dict[str, int]:
        units: dict[str, int] = {}
        for shelf, quantity in self._ordered.items():
            units[shelf.sku] = units.get(shelf.sku, 0) + quantity
        return units

    def _move_to(self, store: str) -> None:
        number = f"T-{self._transfers}"
        self._transfers += 1
        items = tuple(
            TransferItem(shelf.sku, quantity) for shelf, quantity in self._ordered.items() if shelf.store == store
        )
        self._do([CreateTransfer("main", store, items, number)])
        self._do([SendTransfer(number)])
        self._hands.time += 20 * clock.MINUTE
        self._do([ReceiveTransfer(number)])

    def _sell(self, orders: int) -> None:
        """Most pay at once; of twelve, one changes their mind and one never comes back to pay."""
        steps: list[RecordPayment | CancelOrder] = []
        for sale in self._do([self._cart() for _ in range(orders)]):
            fate = self._random.randrange(12)
            if fate == 0:
                self._unpaid.append(sale.order.id)
            elif fate == 1:
                steps.append(CancelOrder(sale.order.id, "Changed their mind"))
            else:
                steps.append(_paid_by_card(sale.order))
                self._to_ship.append(sale)
        self._do(steps)

    def _cart(self) -> PlaceOrder:
        """One to three things from one store. What is scarce sells too, but the last two of it stay."""
        store = self._random.choices(("main", "old-town", "station"), (6, 2, 1))[0]
        here = [shelf for shelf in self._shelves if shelf.store == store and self._left(shelf) > 2]
        wanted = self._random.choices(here, [shelf.units**0.5 for shelf in here], k=self._random.randint(1, 3))
        items = dict.fromkeys(wanted, 1)
        if len(items) == 1 and wanted[0].units > 100:
            items[wanted[0]] = self._random.randint(1, 12)
        for shelf, quantity in items.items():
            self._sold[shelf] = self._sold.get(shelf, 0) + quantity
        lines = tuple(Item(shelf.sku, quantity) for shelf, quantity in items.items())
        name = self._random.choice(CUSTOMERS)
        return PlaceOrder(lines, store, customer_name=name, customer_email=address(name), channel="demo")

    def _left(self, shelf: Shelf) -> int:
        return shelf.units - self._sold.get(shelf, 0) - self._ordered.get(shelf, 0)

    def _do(self, commands: Sequence[Any], actor: Actor | None = None) -> list[Any]:
        """All at once, as they come in on a busy day; their outcomes in order."""
        answers: list[Future[Any]] = [Future() for _ in commands]
        for command, answer in zip(commands, answers, strict=True):
            self._engine.submit(command, actor or self._clerk, answer.set_result)
        outcomes = [answer.result() for answer in answers]
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return outcomes


def _paid_by_card(order: Order) -> RecordPayment:
    total = money.amount(order.total, order.currency)
    return RecordPayment(order.id, f"card-{order.number}", total, order.currency, "card")


def address(customer: str) -> str:
    """Where mail to a customer of the demo would go: nowhere."""
    return customer.lower().replace(" ", ".").replace("é", "e") + "@example.com"
