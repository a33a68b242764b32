"""How commands open the database: those that only ask work beside a running server, those that write claim it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import Any

import structlog
from pydantic_settings import DotEnvSettingsSource
from sqlalchemy import Connection, func, select

from onhand import clock
from onhand.books import Actor, Policy
from onhand.cli.logs import log_to_stderr
from onhand.cli.screen import say
from onhand.config import Settings, unknown_settings
from onhand.db.database import Database, open_database
from onhand.db.revision import bring_up_to_date, require_up_to_date
from onhand.db.schema import batches
from onhand.engine import Engine

log = structlog.get_logger()

SECONDS_CLOCKS_DIFFER = 5


def settings(**given: Any) -> Settings:
    """The settings of the environment, with what was given on the command line instead where it was given."""
    with _reading_dot_env():
        return Settings(**{name: value for name, value in given.items() if value is not None})


@contextmanager
def _reading_dot_env() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise OSError(f"The file .env is not text in UTF-8: {error}.") from error


def warn_of_unknown_settings() -> None:
    """A name that is mistyped, in the environment or in `.env`, would else be silence."""
    with _reading_dot_env():
        in_file = DotEnvSettingsSource(Settings, case_sensitive=True).env_vars
    for sentence in unknown_settings({**in_file, **os.environ}):
        say(f"Warning: {sentence}" + ("" if sentence.endswith("?") else "."))


def open_chosen(chosen: Settings) -> Database:
    """The database that the settings name. Raises DatabaseUnusable."""
    return open_database(chosen.database_url, distributed=chosen.database_distributed)


@contextmanager
def to_read(database_url: str | None) -> Iterator[Database]:
    """The database, for questions only. Raises DatabaseUnusable when it is not there or of another schema."""
    warn_of_unknown_settings()
    database = open_chosen(settings(database_url=database_url))
    try:
        require_up_to_date(database)
        yield database
    finally:
        database.close()


@contextmanager
def to_ask(database_url: str | None) -> Iterator[Connection]:
    """A connection for questions, on which everything is of one moment. Raises as `to_read` does."""
    with to_read(database_url) as database, database.reading() as connection:
        yield connection


@contextmanager
def to_write(chosen: Settings, policy: Policy | None = None) -> Iterator[Engine]:
    """An engine on the newest schema. Raises DatabaseUnusable when another process has the database for itself."""
    database = open_chosen(chosen)
    try:
        database.own()
        bring_up_to_date(database)
        engine = Engine(database, policy or chosen.policy)
        engine.start()
        _look_at_the_clock(database)
        try:
            yield engine
        finally:
            engine.close()
    finally:
        database.close()


def _look_at_the_clock(database: Database) -> None:
    """Nothing is lost when it is wrong, but holds run out by it, and the ledger tells its times."""
    with database.reading() as connection:
        last = connection.execute(select(func.max(batches.c.committed_at))).scalar() or 0
    behind = round((last - clock.now()) / clock.SECOND)
    if behind > SECONDS_CLOCKS_DIFFER:
        log.warning("clock_is_behind", seconds=behind, of="the last change in the database", advice="set the clock")


@contextmanager
def to_change(database_url: str | None, policy: Policy | None = None) -> Iterator[Engine]:
    """As `to_write`, for a command that does one thing and ends: the log says only what needs a person."""
    warn_of_unknown_settings()
    chosen = settings(database_url=database_url)
    log_to_stderr(chosen.log_format, quiet=True)
    with to_write(chosen, policy) as engine:
        yield engine


def operator() -> Actor:
    """Whom the ledger names for what is done on the command line: the person who is signed in to the machine."""
    try:
        return Actor(f"cli:{getuser()}")
    except (KeyError, OSError):  # A container's user may have no name.
        return Actor("cli")
