"""The library: the engine in this process, asked by callbacks, with so many commands in flight and no more."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from onhand import clock
from onhand.bench.shop import BUYER, POLICY, Shop
from onhand.engine import Engine
from onhand.trade.fulfilment import ShipOrder, Shipped
from onhand.trade.orders import ConfirmOrder, OrderPicture
from onhand.trade.placing import PlaceOrder

Next = Callable[[Any], Any]
"""What to ask after an outcome; None when the order is where it should be."""


class Refused(Exception):
    """The engine said no to an order that it had the stock for."""


class Library:
    """An engine, started on the shop's database."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._engine = Engine(shop.database, POLICY)
        self._engine.start()

    def close(self) -> None:
        self._engine.close()

    def place_for(
        self,
        seconds: float,
        in_flight: int,
        *,
        hot: bool = False,
        shipped: bool = False,
        orders: Iterator[PlaceOrder] | None = None,
    ) -> tuple[int, float]:
        """Place orders for so long, and take them on to shipped if so wished; answers how many, and the seconds."""
        room = threading.Semaphore(in_flight)
        failures: list[Any] = []
        step = _towards_shipped if shipped else _no_further

        def done(outcome: Any) -> None:
            if isinstance(outcome, BaseException):
                failures.append(outcome)
                room.release()
            elif (command := step(outcome)) is None:
                room.release()
            else:
                self._engine.submit(command, BUYER, done)

        count = 0
        began = clock.stopwatch()
        for command in orders or self._shop.orders(hot=hot):
            room.acquire()
            if clock.stopwatch() - began > seconds:
                break
            self._engine.submit(command, BUYER, done)
            count += 1
        for _ in range(in_flight - 1):  # One place is still taken by the loop itself.
            room.acquire()
        spent = clock.stopwatch() - began
        _check(failures)
        return count, spent

    def latencies(self, rate: float, seconds: float) -> list[float]:
        """Seconds from the moment that each order was due to its answer, with so many due each second.

        Orders are due whether or not the earlier ones were answered (an open loop), so waiting is counted.
        """
        waits: list[float] = []
        failures: list[Any] = []
        commands: Iterator[PlaceOrder] = islice(self._shop.orders(), int(rate * seconds))
        answered = threading.Semaphore(0)
        began = clock.stopwatch()

        def answer_to(due: float) -> Callable[[Any], None]:
            def done(outcome: Any) -> None:
                waits.append(clock.stopwatch() - due)
                if isinstance(outcome, BaseException):
                    failures.append(outcome)
                answered.release()

            return done

        submitted = 0
        for place, command in enumerate(commands):
            due = began + place / rate
            if (early := due - clock.stopwatch()) > 0:
                time.sleep(early)
            self._engine.submit(command, BUYER, answer_to(due))
            submitted += 1
        for _ in range(submitted):
            answered.acquire()
        _check(failures)
        return waits


def _no_further(_outcome: OrderPicture) -> None:
    """Placed is where the order should be."""


def _towards_shipped(outcome: OrderPicture | Shipped) -> ConfirmOrder | ShipOrder | None:
    if isinstance(outcome, Shipped):
        return None
    order = outcome.order
    return ConfirmOrder(order.id) if order.status == "pending" else ShipOrder(order.id)


def _check(failures: list[Any]) -> None:
    if failures:
        raise Refused(repr(failures[0])) from failures[0]
