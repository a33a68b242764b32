"""What every test may ask for. The same tests run on both databases: `pytest -k sqlite` runs one half of them.

    moment      the clock, which a test can move
    database    an empty, migrated database: SQLite, then PostgreSQL
    engine      the write path, started on it
    shop        a shop on that engine, with short verbs (tests/shop.py); when the test is over, its books are checked
                and its feed is read (tests/feeds.py)

PostgreSQL is the server of ONHAND_TEST_POSTGRES_URL, or one that is started for the run (tests/db/server.py).
"""

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import make_url
from tests.db import server
from tests.feeds import faults_of_feed
from tests.shop import Moment, Shop
from tests.trade.invariants import broken

from onhand import clock
from onhand.db.database import Database, open_database
from onhand.db.migrate import migrate
from onhand.db.storage import metadata
from onhand.engine import Engine

# The usual run is the same every time. `pytest --hypothesis-profile search` looks for what it has not found yet.
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
hypothesis.settings.register_profile(
    "same", deadline=None, derandomize=True, max_examples=60, suppress_health_check=SLOW_IS_FINE
)
hypothesis.settings.register_profile(
    "search", deadline=None, max_examples=2_000, suppress_health_check=SLOW_IS_FINE, print_blob=True
)
hypothesis.settings.load_profile("same")

GIVEN_URL = "ONHAND_TEST_POSTGRES_URL"
KEEPER = pytest.StashKey[Path]()
NAME_PREFIX = "onhand_test_"


# What takes long comes first: at the end no process is left alone with it.
LONG = ["console/test_access", "api/test_openapi", "bench", "console", "cli", "stories/test_readme", "races"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((number for number, start in enumerate(LONG) if path.startswith(start)), len(LONG))

    items.sort(key=place)


# ── One PostgreSQL server for the whole run, whichever process asks first ───────────────────────────────────────────


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--replay-orders", type=int, default=1_000, help="How many orders tests/cli/test_replay.py replays"
    )
    parser.addoption("--feed-events", type=int, default=3_000, help="How many events tests/races/test_feed.py writes")


def pytest_configure(config: pytest.Config) -> None:
    """Start the keeper, which starts the server only when a test wants it; workers are told where it is."""
    # Some machines tell Python to keep no compiled code: each of the programs started here would compile Onhand again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if os.environ.get(GIVEN_URL):
        return
    if hasattr(config, "workerinput"):
        config.stash[KEEPER] = Path(config.workerinput["postgres_keeper"])
        return
    keeper, config.stash[KEEPER] = server.start_keeper()
    config.add_cleanup(lambda: _end(keeper))


def _end(keeper: Any) -> None:
    keeper.stdin.close()
    keeper.wait()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    if KEEPER in node.config.stash:
        node.workerinput["postgres_keeper"] = str(node.config.stash[KEEPER])


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> str:
    """The URL of a database on the server, in which other databases can be made."""
    return os.environ.get(GIVEN_URL) or server.ask_keeper(pytestconfig.stash[KEEPER])


# ── Databases ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[tuple[str, "psycopg.Connection[Any]", str]]:
    """This process's own migrated database: its URL, a connection, and the statements that make it as new."""
    name = f"{NAME_PREFIX}{uuid.uuid4().hex}"
    url = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext('onhand tests'))")
        _drop_leftovers(admin)
        admin.execute(f"CREATE DATABASE {name}")
        connection = psycopg.connect(url, autocommit=True)  # While this is open, the database is no leftover.
        admin.execute("SELECT pg_advisory_unlock(hashtext('onhand tests'))")
    _migrate(url)
    yield url, connection, _as_new(connection)
    connection.close()
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _drop_leftovers(admin: "psycopg.Connection[Any]") -> None:
    """Remove what runs that were killed have left on a server that outlived them."""
    unused = admin.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) "
        "AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)",
        [NAME_PREFIX],
    )
    for (name,) in unused.fetchall():
        admin.execute(f"DROP DATABASE {name}")


def _as_new(connection: "psycopg.Connection[Any]") -> str:
    """Delete everything, then insert again what the migrations had put there."""
    statements = [f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables)]
    for table in metadata.sorted_tables:
        for row in connection.execute(f"SELECT * FROM {table.name}").fetchall():
            values = psycopg.sql.SQL(", ").join(map(psycopg.sql.Literal, row)).as_string(connection)
            statements.append(f"INSERT INTO {table.name} VALUES ({values});")
    return "".join(statements)


def _migrate(url: str) -> None:
    database = open_database(url)
    migrate(database)
    database.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'onhand.db')}"


@pytest.fixture
def postgres_url(postgres_database: Any) -> str:
    url, connection, as_new = postgres_database
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    connection.execute(as_new)
    return str(url)


@pytest.fixture(scope="session")
def first_of() -> dict[str, SqlEngine]:
    """The first engine of SQLAlchemy's for each kind of database."""
    return {}


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database that nobody has open, on SQLite and then on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str, first_of: dict[str, SqlEngine]) -> Iterator[Database]:
    opened = open_database(database_url)
    # What one has compiled all others of the kind may use: to compile it again takes a test longer than to run it.
    first = first_of.setdefault(opened.engine.dialect.name, opened.engine)
    if first is opened.engine:
        first.connect().close()  # Then its dialect has met the server.
    opened.engine.dialect, opened.engine._compiled_cache = first.dialect, first._compiled_cache
    yield opened
    opened.close()


# ── What runs on them ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    """The wall clock, and `moment.passes(minutes=16)` to move it."""
    moment = Moment(clock.now)
    monkeypatch.setattr(clock, "now", moment.now)
    return moment


@pytest.fixture
def engine(database: Database, moment: Moment) -> Iterator[Engine]:
    engine = Engine(database)
    engine.start()
    yield engine
    engine.close()


@pytest.fixture
def shop(engine: Engine, moment: Moment) -> Iterator[Shop]:
    shop = Shop(engine, moment)
    yield shop
    assert broken(shop.books()) == []
    assert faults_of_feed(shop) == []
