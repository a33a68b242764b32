"""Bring a database's schema to the newest revision. Loaded only when it is needed: Alembic takes a second to import."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from onhand.db.database import Database


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database) -> list[str]:
    """Run what is missing; answers the revisions that were run, oldest first."""
    config = alembic_config()
    before = current_revision(database)
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    script = ScriptDirectory.from_config(config)
    pending = script.iterate_revisions("head", before or "base")
    return [revision.revision for revision in reversed(list(pending)) if revision.revision != before]


def current_revision(database: Database) -> str | None:
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None, "the package holds no migrations"
    return head
