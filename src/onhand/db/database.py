"""Open the database that a URL names."""

from sqlalchemy import make_url

from onhand.db.dialect import Database, DatabaseUnusable
from onhand.db.postgres import PostgresDatabase
from onhand.db.sqlite import SqliteDatabase

__all__ = ["Database", "DatabaseUnusable", "open_database"]


def open_database(url: str, *, distributed: bool = False) -> Database:
    """The database that the URL names: `sqlite:///shop.db` or `postgresql://user@host/name`.

    `distributed` says that it is a PostgreSQL-compatible engine that shards its rows. Raises DatabaseUnusable.
    """
    try:
        parsed = make_url(url)
    except Exception as error:
        raise DatabaseUnusable(url=url, problem="it is not a database URL") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.host:
            raise DatabaseUnusable(url=url, problem="a file is named after three slashes: sqlite:///shop.db")
        return SqliteDatabase(url, parsed.database or "")
    if backend in ("postgresql", "postgres"):
        return PostgresDatabase(url, distributed=distributed)
    raise DatabaseUnusable(url=url, problem="use sqlite:///FILE or postgresql://USER@HOST/NAME")
