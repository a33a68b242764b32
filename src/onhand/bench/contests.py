"""Every contest on one screen. Each has a shop of its own, and checks after every turn that its orders were written."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from typing import NamedTuple

from onhand import clock
from onhand.bench import decided, http_contests, telling
from onhand.bench.databases import Databases
from onhand.bench.library import Library
from onhand.bench.pgbench import Pgbench, PgbenchMissing
from onhand.bench.session import Contestant, Session, percentiles
from onhand.bench.shop import PLACED, SHIPPED, Counts, Shop, WronglyWritten, check_growth, open_shop
from onhand.bench.sizes import BATCH, Sizes
from onhand.bench.targets import SERVER
from onhand.bench.textbook import Textbook
from onhand.views.verify import verify

FLOOR_ORDERS_PER_SECOND = 5_000
"""About: it says how many orders are made ready for the floor's turn."""


class Contest(NamedTuple):
    """`run` measures; `judged_by` names the targets that its figures are held against."""

    run: Callable[[Session, Databases, Sizes, int], None]
    judged_by: tuple[str, ...] = ()


def _orders(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """The library against the floor, the textbook and pgbench; against itself on one SKU, and with less in flight."""
    with open_shop(databases, sizes.skus) as shop, ExitStack() as ended:
        library = ended.enter_context(closing(Library(shop)))
        textbook = ended.enter_context(closing(Textbook(shop)))
        turn = sizes.seconds
        contestants = [
            _placing(shop, "floor", lambda: _write_prepared(shop, turn)),
            _placing(shop, "library_256", lambda: library.place_for(turn, 256)),
            _placing(shop, "textbook", lambda: textbook.place_for(turn)),
            _placing(shop, "library_hot_256", lambda: library.place_for(turn, 256, hot=True)),
            _placing(shop, "textbook_hot", lambda: textbook.place_for(turn, hot=True)),
            *_with_pgbench(session, shop, databases, turn),
            *(_in_flight(shop, f"library_{most}", library, turn, most) for most in sizes.in_flight if most != 256),
            _placing(shop, "library_shipped_256", lambda: library.place_for(turn, 256, shipped=True), SHIPPED),
        ]
        library.place_for(turn / 4, 256)
        textbook.place_for(turn / 4)
        session.hold(databases, contestants, rounds)
        if sizes.verified:
            _check_books(session, shop)


def _sourcing(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """Orders that are sourced over many stores, against orders that say where each line comes from."""
    with open_shop(databases, sizes.skus, sizes.stores) as shop, closing(Library(shop)) as library:
        turn = sizes.seconds
        contestants = [
            _placing(shop, "library_given", lambda: library.place_for(turn, 256, orders=shop.orders_at_stores())),
            _placing(shop, "library_sourced", lambda: library.place_for(turn, 256)),
        ]
        library.place_for(turn / 4, 256)
        session.hold(databases, contestants, rounds)


def _events(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """The library with three webhooks that want everything, against itself when it tells nothing."""
    with open_shop(databases, sizes.skus) as shop:
        telling.configure_receivers(shop)
        with closing(Library(shop)) as library:
            turn = sizes.seconds

            contestants = [
                _placing(
                    shop,
                    "library_untold",
                    lambda: telling.place_untold(shop, library, turn, 256),
                    telling.UNTOLD,
                ),
                _placing(shop, "library_told", lambda: library.place_for(turn, 256)),
            ]
            library.place_for(turn / 4, 256)
            session.hold(databases, contestants, rounds)


def _growth(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """The library on a long past against a short one, and in a large catalog against a small one."""
    with ExitStack() as ended:
        shops = {
            "library_small_ledger": ended.enter_context(open_shop(databases, sizes.skus)),
            "library_large_ledger": ended.enter_context(open_shop(databases, sizes.skus)),
            "library_few_skus": ended.enter_context(open_shop(databases, sizes.few_skus)),
            "library_many_skus": ended.enter_context(open_shop(databases, sizes.many_skus)),
        }
        session.say(f"{databases.name}: writing a past of {sizes.large_ledger:,} movements")
        decided.fill(shops["library_small_ledger"], sizes.small_ledger)
        decided.fill(shops["library_large_ledger"], sizes.large_ledger)
        contestants = []
        for name, shop in shops.items():
            library = ended.enter_context(closing(Library(shop)))
            library.place_for(sizes.seconds / 4, 256)
            contestants.append(_in_flight(shop, name, library, sizes.seconds, 256))
        session.hold(databases, contestants, rounds)


def _latency(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    """How long an order takes when half of what can be done is asked for: by the library, and over HTTP."""
    rounds = min(rounds, sizes.latency_rounds)
    with open_shop(databases, sizes.skus) as shop, closing(Library(shop)) as library:

        def run() -> Mapping[str, float]:
            most, seconds = library.place_for(sizes.seconds / 2, 256)
            return percentiles("library_latency", library.latencies(most / seconds / 2, sizes.seconds))

        session.hold(databases, [Contestant(run, "ms")], rounds)
    http_contests.latency(session, databases, sizes, rounds)


def _memory(session: Session, databases: Databases, sizes: Sizes, rounds: int) -> None:
    http_contests.memory(session, databases, sizes)


CONTESTS = {
    "orders": Contest(
        _orders,
        (
            "library_over_floor",
            "library_over_textbook",
            "hot_over_textbook_hot",
            "library_over_pgbench",
            "hot_over_spread",
        ),
    ),
    "http": Contest(http_contests.against_bare, ("http_over_bare", "batch_over_single")),
    "sourcing": Contest(_sourcing, ("sourcing_over_given",)),
    "events": Contest(_events, ("events_cost",)),
    "growth": Contest(_growth, ("growth",)),
    "latency": Contest(_latency),
    "memory": Contest(_memory, ("memory_mb",)),
}


# ── Contestants ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _placing(shop: Shop, name: str, place: Callable[[], tuple[int, float]], each: Counts = PLACED) -> Contestant:
    """Orders a second, when the tables have grown by just these orders."""

    def run() -> Mapping[str, float]:
        before = shop.counts()
        orders, seconds = place()
        check_growth(before, shop.counts(), orders, each, name)
        return {name: orders / seconds}

    return Contestant(run)


def _in_flight(shop: Shop, name: str, library: Library, seconds: float, most: int) -> Contestant:
    return _placing(shop, name, lambda: library.place_for(seconds, most))


def _with_pgbench(session: Session, shop: Shop, databases: Databases, seconds: float) -> list[Contestant]:
    if databases.name != SERVER:
        return []
    try:
        pgbench = Pgbench(shop, databases.programs)
    except PgbenchMissing as missing:
        session.say(str(missing))
        return []
    return [_placing(shop, "pgbench", lambda: pgbench.place_for(seconds))]


def _write_prepared(shop: Shop, seconds: float) -> tuple[int, float]:
    """The floor: orders decided beforehand, so that there is nothing left to do but to write them."""
    writer = shop.database.writer()
    count = round(seconds * FLOOR_ORDERS_PER_SECOND / BATCH) + 1
    desk = decided.Desk(shop, writer, count * BATCH)
    batches = [desk.decide(BATCH) for _ in range(count)]
    began = clock.stopwatch()
    for batch in batches:
        decided.write(writer, batch)
    spent = clock.stopwatch() - began
    writer.close()
    return BATCH * count, spent


def _check_books(session: Session, shop: Shop) -> None:
    """What all contestants have written together must be a ledger that `onhand verify` finds clean.

    But for the feed: the usual ways have no batches, so there is none of which their rows could be the facts.
    """
    found = verify(shop.database)
    broken = [each for each in found.broken if each.invariant != "feed"]
    if broken:
        raise WronglyWritten(f"The ledger of all contestants together is not clean: {broken[:3]}")
    session.say(f"{shop.database.name}: the ledger of all contestants together is clean ({found.rows:,} rows read)")
