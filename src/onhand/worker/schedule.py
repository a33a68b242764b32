"""Every recurring duty on one screen: what it is for, how often it is looked at, and how much it takes at a time."""

from collections.abc import Callable

from onhand import clock
from onhand.books import ONHAND
from onhand.config import Settings
from onhand.engine import Engine
from onhand.rows import Batch, Delivery, Mail, Session, SignInLink, StoredAnswer
from onhand.trade.holds import ExpireOverdue
from onhand.trade.housekeeping import KEPT_FOR, Forget, ForgetLogs
from onhand.views import due
from onhand.views.events import last_before
from onhand.views.webhooks import all_webhook_ids
from onhand.worker import brokers, mail, watch, webhooks
from onhand.worker.duty import Duty


def schedule(settings: Settings) -> tuple[Duty, ...]:
    return (*_upkeep(settings), *_watching(), *_telling(settings))


def _upkeep(settings: Settings) -> tuple[Duty, ...]:
    """What keeps stock free and the database small."""
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
            purpose="Delete the proofs of batches that told nothing, a day after they were committed.",
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
        Duty(
            name="forget-logs",
            purpose="Delete deliveries and mails that were settled longer ago than ONHAND_LOGS_KEPT_DAYS.",
            every_seconds=60,
            at_a_time=5_000,
            do=forget_logs(settings),
        ),
    )


def _watching() -> tuple[Duty, ...]:
    """What looks for things that no movement tells."""
    return (
        Duty(
            name="wake-alerts",
            purpose="Open alerts again whose snooze is over.",
            every_seconds=15,
            at_a_time=500,
            do=watch.wake_alerts,
        ),
        Duty(
            name="watch-levels",
            purpose="Judge levels that were there before alerts were.",
            every_seconds=60,
            at_a_time=1_000,
            do=watch.watch_levels,
        ),
        Duty(
            name="retire-news",
            purpose="Close the news that something is back in stock, a day later.",
            every_seconds=600,
            at_a_time=500,
            do=watch.retire_news,
        ),
        Duty(
            name="find-stuck-transfers",
            purpose="Open alerts for goods sent a week ago that have not all arrived, and close them when they have.",
            every_seconds=300,
            at_a_time=500,
            do=watch.look_for_stuck_transfers,
        ),
        Duty(
            name="find-hoarding",
            purpose="Open alerts where one customer holds, unpaid, half of what could be sold; close them after that.",
            every_seconds=60,
            at_a_time=500,
            do=watch.look_for_hoarding,
        ),
        Duty(
            name="verify-ledger",
            purpose="Replay the ledger, and open an alert when a number does not follow from it.",
            every_seconds=86_400,
            at_a_time=2,
            do=watch.verify_ledger,
            outward=True,
        ),
    )


def _telling(settings: Settings) -> tuple[Duty, ...]:
    """What tells the world."""
    return (
        Duty(
            name="plan-mail",
            purpose="Write down the mails that follow from what was told.",
            every_seconds=2,
            at_a_time=200,
            do=mail.plan_mail(settings),
        ),
        Duty(
            name="plan-digests",
            purpose="Write down, once a day, who is to be told what is low.",
            every_seconds=300,
            at_a_time=1_000,
            do=mail.plan_digests(settings),
        ),
        Duty(
            name="send-mail",
            purpose="Send the mails that are due.",
            every_seconds=2,
            at_a_time=50,
            do=mail.send_mail(settings),
            outward=True,
        ),
        Duty(
            name=webhooks.DUTY,
            purpose="Tell webhooks what they want of the feed, and again what they did not take.",
            every_seconds=webhooks.LOOKS_EVERY_SECONDS,
            at_a_time=webhooks.AT_A_TIME,
            do=webhooks.deliver(settings),
            outward=True,
            by_itself=True,
        ),
        Duty(
            name="publish-events",
            purpose="Publish the feed to the broker.",
            every_seconds=1,
            at_a_time=500,
            do=brokers.publish_events(settings),
            outward=True,
        ),
    )


def expire_holds(engine: Engine, at_most: int) -> int:
    now = clock.now()
    with engine.database.reading() as connection:
        orders = due.overdue_orders(connection, now, at_most)
        holds = due.overdue_holds(connection, now, at_most - len(orders)) if len(orders) < at_most else ()
    if not orders and not holds:
        return 0
    ended: int = engine.run(ExpireOverdue(orders, holds), ONHAND)
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
        engine.run(Forget(row_type, at_most), ONHAND)
    return old


def forget_logs(settings: Settings) -> Callable[[Engine, int], int]:
    """What is still to be told or sent is never old. What was told an hour after the moment counts as told by then: the
    clocks of two machines may differ, and a log that is said to be whole has to be.
    """

    def forget(engine: Engine, at_most: int) -> int:
        before = clock.now() - settings.logs_kept_days * 24 * clock.HOUR
        with engine.database.reading() as connection:
            old = max(due.older_rows(connection, row_type, before, at_most) for row_type in (Delivery, Mail))
            if not old:
                return 0
            whole_from = last_before(connection, before + clock.HOUR)
            command = ForgetLogs(before, at_most, all_webhook_ids(connection), whole_from)
        engine.run(command, ONHAND)
        return old

    return forget
