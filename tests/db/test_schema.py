"""The tables are the rows, the migrations make the tables, and the tables refuse what must never be."""

import re
import types
import typing
from typing import Any, cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from onhand import rows
from onhand.db import revision
from onhand.db.database import open_database
from onhand.db.migrate import current_revision, migrate, newest_revision
from onhand.db.storage import AGED_BY, KEYS, STORAGE, metadata
from onhand.rows import Batch, Level, Line, Movement, Reservation, Return, ReturnLine

ROW_TYPES = [each for each in vars(rows).values() if isinstance(each, type) and hasattr(each, "_fields")]
BOOKKEEPING = {"counters", "leases"}  # Tables that no row passes through: read and written where they are used.


def test_every_row_type_has_a_table_and_every_table_a_row_type():
    assert set(STORAGE) == set(ROW_TYPES)
    assert {storage.table.name for storage in STORAGE.values()} | BOOKKEEPING == set(metadata.tables)


@pytest.mark.parametrize("row_type", ROW_TYPES, ids=lambda row_type: row_type.__name__)
def test_columns_are_the_fields_in_order(row_type):
    storage = STORAGE[row_type]
    assert tuple(storage.columns) == row_type._fields
    hints = typing.get_type_hints(row_type)
    for column in storage.table.columns:
        hint = hints[column.name]
        allowed = set(hint.__args__) if isinstance(hint, types.UnionType) else {hint}
        assert column.nullable == (type(None) in allowed), column
        assert column.type.python_type in allowed, column


@pytest.mark.parametrize("row_type", ROW_TYPES, ids=lambda row_type: row_type.__name__)
def test_a_key_is_the_first_columns_and_never_changes(row_type):
    storage = STORAGE[row_type]
    assert storage.key == [column.name for column in storage.table.primary_key.columns]
    assert not set(storage.key) & set(storage.mutable)
    assert set(storage.mutable) <= set(storage.columns)
    row = row_type(*range(len(row_type._fields)))
    assert KEYS[row_type](row) == (tuple(range(storage.key_width)) if storage.key_width > 1 else 0)


def test_what_is_forgotten_has_an_age():
    assert all(column in STORAGE[row_type].columns for row_type, column in AGED_BY.items())


def test_migrations_make_exactly_the_schema(database):
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        made = {
            table: {check["name"] for check in inspect(connection).get_check_constraints(table)}
            for table in metadata.tables
        }
    meant = {
        table.name: {str(check.name) for check in table.constraints if type(check).__name__ == "CheckConstraint"}
        for table in metadata.tables.values()
    }
    assert made == meant


INDEXES = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
    "postgresql": "SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
    "AND tablename <> 'alembic_version' ORDER BY indexname",
}


def test_migrations_make_exactly_the_indexes(database, tmp_path):
    """With their conditions, which the comparison above does not see."""
    name = database.engine.dialect.name
    meant = open_database(f"sqlite:///{tmp_path / 'meant.db'}") if name == "sqlite" else database
    with database.reading() as connection:
        made = [tuple(row) for row in connection.execute(text(INDEXES[name]))]
    with meant.engine.begin() as connection:
        if meant is database:
            connection.execute(text("CREATE SCHEMA meant"))
            connection.execute(text("SET LOCAL search_path TO meant"))
        metadata.create_all(connection)
        wanted = [tuple(row) for row in connection.execute(text(INDEXES[name]))]
        connection.rollback()
    assert len(made) > 10
    assert [_plain(row) for row in made] == [_plain(row) for row in wanted]


def _plain(row):
    return [re.sub(r"\s+", " ", cell.replace(" meant.", " ").replace(" public.", " ")) for cell in row]


def test_a_second_migration_has_nothing_to_do(database):
    assert current_revision(database) == newest_revision() == revision.newest()
    assert migrate(database) == []
    assert revision.bring_up_to_date(database) == []


def test_a_new_file_is_brought_to_the_newest_revision(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'new.db'}")
    assert revision.present(database) is None
    assert revision.bring_up_to_date(database)[-1] == newest_revision()
    revision.require_up_to_date(database)
    database.close()


# ── The second guard: what a fault in the rules would write, the database refuses ───────────────────────────────────

S, V, ORDER = (f"00000000-0000-7000-8000-00000000000{digit}" for digit in "1ab")
LEVEL = Level(S, V, 1, 10, 0, 0, 0)
MOVEMENT = Movement(S, V, 1, "increment", 10, 10, 0, 0, 0, None, "adjustment", None, "clerk", None, "-", None, 1, 1)
LINE = Line(ORDER, 1, V, "A", "A", 4, 100, 400)
CLAIM = Reservation(ORDER, 1, 1, S, V, 4, "held", 2, None, None, None)
WRONG: dict[str, Any] = {
    "a bucket below zero": LEVEL._replace(available=-1),
    "a bucket on hold below zero": LEVEL._replace(on_hold=-1),
    "a bucket that is too full": LEVEL._replace(reserved=10**12 + 1),
    "unsellable below zero": LEVEL._replace(unsellable=-1),
    "a movement of nothing": MOVEMENT._replace(quantity=0),
    "a movement of less than nothing": MOVEMENT._replace(quantity=-5),
    "a line of less than nothing": LINE._replace(quantity=-1),
    "more shipped than ordered": LINE._replace(shipped=5),
    "shipped and released twice": LINE._replace(shipped=3, released=2),
    "less than nothing released": LINE._replace(released=-1),
    "more back than shipped": LINE._replace(shipped=2, returned=3),
    "a state that is none": CLAIM._replace(state="lost"),
    "a claim on nothing": CLAIM._replace(quantity=0),
    "resolved but open": CLAIM._replace(resolved_by=3),
    "closed but not resolved": CLAIM._replace(state="fulfilled"),
    "a text where a number belongs": cast(Any, LEVEL)._replace(available="ten"),
    "nothing where a number belongs": cast(Any, LEVEL)._replace(version=None),
    "nothing where a name belongs": cast(Any, MOVEMENT)._replace(actor=None),
    "a return line of no return": ReturnLine(ORDER, 1, 1, V, S, 1, "sellable", None),
}


@pytest.fixture
def writer(database):
    writer = database.writer()
    writer.begin()
    yield writer
    writer.rollback()
    writer.close()


def commit_rows(writer, *written):
    for row in written:
        writer.insert(STORAGE[type(row)], [row])
    writer.commit()


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_the_database_refuses(writer, database, row):
    with pytest.raises(Exception) as refused:  # noqa: PT011 (each driver has its own)
        commit_rows(writer, row)
    assert not database.is_lost(refused.value)
    assert not database.is_transient(refused.value)
    assert type(refused.value).__module__.split(".")[0] in ("sqlite3", "pysqlite3", "psycopg")


@pytest.mark.parametrize("row", [LEVEL, MOVEMENT, LINE, CLAIM], ids=lambda row: type(row).__name__)
def test_the_database_takes_what_is_right_once(writer, database, row):
    commit_rows(writer, row)
    assert writer.select(STORAGE[type(row)], STORAGE[type(row)].key, [KEYS[type(row)](row)]) == [tuple(row)]
    writer.begin()
    with pytest.raises(Exception, match=r"(?i)unique"):
        commit_rows(writer, row)


def test_rows_come_back_as_they_went_in(writer):
    returned = Return(ORDER, V, None, "Wrong size", None, None, "Jane", 2**62)
    commit_rows(writer, Batch(V, 2**53 + 1, 1), returned)
    assert writer.select(STORAGE[Return], ["id"], [ORDER]) == [tuple(returned)]
    assert writer.select(STORAGE[Batch], ["id"], [V]) == [(V, 2**53 + 1, 1, None, 0, 0)]


def test_readers_see_only_what_is_committed(writer, database):
    writer.insert(STORAGE[Level], [LEVEL])
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM levels")).scalar() == 0
        writer.commit()
        assert connection.execute(text("SELECT count(*) FROM levels")).scalar() == 0, "not one snapshot"
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM levels")).scalar() == 1


def test_readers_cannot_leave_anything_behind(database):
    with database.reading() as connection:
        try:
            connection.execute(text("DELETE FROM stores"))
        except DBAPIError:
            return  # Refused outright: better still.
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM stores")).scalar() == 1
