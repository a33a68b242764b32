"""Duties that look for what no movement tells: what is late, and what is hoarded."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from onhand import clock
from onhand.books import ONHAND
from onhand.engine import Engine
from onhand.trade.alerts import LookAtLevels, ReportTroubles, Trouble, WakeAlerts
from onhand.views import troubles
from onhand.views.verify import verify

Look = Callable[[Connection, int], Sequence[Trouble]]


def watch_levels(engine: Engine, at_most: int) -> int:
    """Levels that were there before alerts were."""
    with engine.database.reading() as connection:
        unwatched = troubles.unwatched_levels(connection, at_most)
    return _run(engine, LookAtLevels(unwatched)) if unwatched else 0


def retire_news(engine: Engine, at_most: int) -> int:
    """That something is back in stock is news for a day."""
    with engine.database.reading() as connection:
        old = troubles.old_news(connection, clock.now() - clock.DAY, at_most)
    return _run(engine, LookAtLevels(old, is_old_news=True)) if old else 0


def wake_alerts(engine: Engine, at_most: int) -> int:
    with engine.database.reading() as connection:
        slept = troubles.alerts_to_wake(connection, clock.now(), at_most)
    return _run(engine, WakeAlerts(slept)) if slept else 0


def look_for_stuck_transfers(engine: Engine, at_most: int) -> int:
    return _compare(engine, "stuck_transfer", troubles.stuck_transfers, at_most)


def look_for_hoarding(engine: Engine, at_most: int) -> int:
    return _compare(engine, "hold_hoarding", troubles.hoarded_levels, at_most)


def verify_ledger(engine: Engine, at_most: int) -> int:
    """All of it is looked at each time, so there is never more to do."""
    found = verify(engine.database)
    told = {"invariants": sorted({broken.invariant for broken in found.broken}), "rows": len(found.broken)}

    def look(_connection: Connection, _now: int) -> Sequence[Trouble]:
        return () if found.clean else [Trouble("ledger", told)]

    return _compare(engine, "drift_found", look, at_most)


def _compare(engine: Engine, kind: str, look: Look, at_most: int) -> int:
    """Open what is found, close what is found no more. Answers how many were new or over."""
    now = clock.now()
    with engine.database.reading() as connection:
        found = {trouble.subject: trouble for trouble in look(connection, now)}
        standing = troubles.standing(connection, kind)
    new = [found[subject] for subject in sorted(found.keys() - standing)][:at_most]
    over = sorted(standing - found.keys())[: at_most - len(new)]
    if not new and not over:
        return 0
    return _run(engine, ReportTroubles(kind, tuple(new), tuple(over)))


def _run(engine: Engine, command: object) -> int:
    done: int = engine.run(command, ONHAND)
    return done
