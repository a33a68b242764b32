"""What is known of a database that is away or takes no changes. The log says when it begins and when it is over."""

import structlog

from onhand import clock
from onhand.db.database import Database

log = structlog.get_logger()


class Outage:
    """Shared by all batches of an engine, so that they wait for the database together, and not one after the other.

    `takes_none_because` is what kept the last change from being taken; None when it was taken.
    """

    def __init__(self, database: Database) -> None:
        self.failures = 0
        self.takes_none_because: str | None = None
        self._database = database
        self._away_since: float | None = None

    @property
    def seconds(self) -> float:
        """For how long the database has not answered."""
        return 0.0 if self._away_since is None else clock.stopwatch() - self._away_since

    def failed(self, lost: bool, error: Exception) -> None:
        """A try has failed. When the connection was not lost, the database is there."""
        if not lost:
            self.is_over()
            return
        self.failures += 1
        if self._away_since is None:
            self._away_since = clock.stopwatch()
            log.warning("database_away", error=repr(error)[:200])

    def is_over(self) -> None:
        """The database has answered."""
        if self._away_since is not None:
            log.warning("database_back", after_seconds=round(self.seconds, 1))
        self.failures = 0
        self._away_since = None

    def hindrance(self, error: Exception) -> str | None:
        """What keeps the database from taking any change, if that is why it failed."""
        hindrance = self._database.hindrance(error)
        if hindrance is not None and hindrance != self.takes_none_because:
            self.takes_none_because = hindrance
            log.error("database_takes_no_changes", problem=hindrance)
        return hindrance

    def committed(self) -> None:
        """The database has taken a change."""
        if self.takes_none_because is not None:
            self.takes_none_because = None
            log.warning("database_takes_changes_again")
