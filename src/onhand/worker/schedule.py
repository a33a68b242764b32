"""Every recurring duty on one screen: what it is for, how often it is looked at, and how much it takes at a time."""

from collections.abc import Callable
from typing import NamedTuple

from onhand import clock
from onhand.config import Settings
from onhand.engine import Engine
from onhand.rows import Batch, Session, SignInLink, StoredAnswer
from onhand.trade.holds import SWEEPER, ExpireOverdue
from onhand.trade.housekeeping import KEPT_FOR, Forget
from onhand.views import due


class Duty(NamedTuple):
    """`do` is given how much to take at most, and answers how much it took: as much means that there may be more."""

    name: str
    purpose: str
    every_seconds: float
    at_a_time: int
    do: Callable[[Engine, int], int]


def schedule(settings: Settings) -> tuple[Duty, ...]:
    return (
        Duty(
            name="expire-holds",
            purpose="End orders and holds whose time has run out, and give their stock back.",
            every_seconds=settings.expire_every_seconds,
            at_a_time=200,
            do=expire_holds,
        ),
        Duty(
            name="forget-answers",
            purpose="Delete answers to idempotency keys that are older than two days.",
            every_seconds=60,
            at_a_time=2_000,
            do=forget_answers,
        ),
        Duty(
            name="forget-batches",
            purpose="Delete the proofs of batches that were committed more than a day ago.",
            every_seconds=60,
            at_a_time=5_000,
            do=forget_batches,
        ),
        Duty(
            name="forget-sessions",
            purpose="Delete sign-ins to the console that ended more than a day ago.",
            every_seconds=600,
            at_a_time=1_000,
            do=forget_sessions,
        ),
    )


def expire_holds(engine: Engine, at_most: int) -> int:
    now = clock.now()
    with engine.database.reading() as connection:
        orders = due.overdue_orders(connection, now, at_most)
        holds = due.overdue_holds(connection, now, at_most - len(orders)) if len(orders) < at_most else ()
    if not orders and not holds:
        return 0
    ended: int = engine.run(ExpireOverdue(orders, holds), SWEEPER)
    return ended


def forget_answers(engine: Engine, at_most: int) -> int:
    return _forget(engine, StoredAnswer, at_most)


def forget_batches(engine: Engine, at_most: int) -> int:
    return _forget(engine, Batch, at_most)


def forget_sessions(engine: Engine, at_most: int) -> int:
    return max(_forget(engine, row_type, at_most) for row_type in (Session, SignInLink))


def _forget(engine: Engine, row_type: type, at_most: int) -> int:
    with engine.database.reading() as connection:
        old = due.older_rows(connection, row_type, clock.now() - KEPT_FOR[row_type], at_most)
    if old:
        engine.run(Forget(row_type, at_most), SWEEPER)
    return old
