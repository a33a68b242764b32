"""Which schema a database has, found without the migration tool, which takes a second to import."""

import time
from importlib import import_module
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from onhand.db.dialect import Database, DatabaseUnusable

MOST_TRIES = 10
_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The revision that this program works with: the migrations are named by it, and numbered."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def present(database: Database) -> str | None:
    """The revision of the database; None where nothing was ever made. Raises DatabaseUnusable."""
    if not database.is_there:
        return None
    try:
        with database.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        raise DatabaseUnusable(url=database.url, problem=_in_a_line(error)) from error


def _in_a_line(error: DBAPIError) -> str:
    lines = [line.strip() for line in str(error.orig).splitlines()]
    return ". ".join(line for line in lines if line).rstrip(".")


def bring_up_to_date(database: Database) -> list[str]:
    """Run the migrations that are missing, if any; answers their revisions. Raises DatabaseUnusable.

    Of several processes that start at once on a shared database one migrates; the others fail, wait, and look again.
    """
    tries = 0
    while (revision := present(database)) != newest():
        _refuse_newer(database, revision)
        try:
            done: list[str] = import_module("onhand.db.migrate").migrate(database)
            return done
        except DBAPIError:
            tries += 1
            if tries == MOST_TRIES:
                raise
            time.sleep(0.3)
    return []


def require_up_to_date(database: Database) -> None:
    """Raises DatabaseUnusable when the schema is not the one that this program works with."""
    revision = present(database)
    _refuse_newer(database, revision)
    if revision != newest():
        problem = "it has no Onhand schema yet" if revision is None else f"its schema is of revision {revision}"
        raise DatabaseUnusable(url=database.url, problem=f"{problem}: run `onhand migrate` first")


def _refuse_newer(database: Database, revision: str | None) -> None:
    if revision is not None and revision > newest():
        problem = f"its schema is of revision {revision}, and this Onhand knows those up to {newest()}: upgrade Onhand"
        raise DatabaseUnusable(url=database.url, problem=problem)
