"""What is known of the last runs of the worker's duties."""

from sqlalchemy import Connection, select

from onhand.db.outside import duty_runs
from onhand.rows import DutyRun


def last_runs(connection: Connection) -> dict[str, DutyRun]:
    """The last run of each duty that was ever done, by its name."""
    return {row.name: DutyRun._make(row) for row in connection.execute(select(duty_runs))}
