"""What a database URL may say, and what is said of one that cannot be used."""

import psycopg
import pytest
from psycopg import errors

from onhand.db.database import DatabaseUnusable, open_database
from onhand.db.dialect import Interfered

UNUSABLE = [
    ("nonsense", "it is not a database URL"),
    ("mysql://root@localhost/shop", "use sqlite:///FILE or postgresql://USER@HOST/NAME"),
    ("sqlite://", "an in-memory database would forget the stock; name a file"),
    ("sqlite:///:memory:", "an in-memory database would forget the stock; name a file"),
    ("sqlite:////no/such/folder/shop.db", "there is no folder /no/such/folder"),
]


@pytest.mark.parametrize(("url", "problem"), UNUSABLE)
def test_a_url_that_cannot_be_used(url, problem):
    with pytest.raises(DatabaseUnusable) as refused:
        open_database(url)
    assert str(refused.value) == f"Cannot use {url}: {problem}."


def test_a_server_that_does_not_answer_is_named_without_its_password():
    database = open_database("postgresql://shop:secret@127.0.0.1:1/shop")
    with pytest.raises(DatabaseUnusable) as refused:
        database.writer()
    assert str(refused.value).startswith("Cannot use postgresql://shop:***@127.0.0.1:1/shop: ")
    assert "secret" not in str(refused.value)
    assert database.is_lost(refused.value)
    database.close()


@pytest.mark.parametrize("url", ["postgresql://shop:cat@/fish@db/shop", "postgresql://db/shop?user=a&password=catfish"])
def test_no_password_is_told_however_it_was_given(url: str):
    told = str(DatabaseUnusable(url=url, problem="it is no URL"))
    assert "cat" not in told
    assert "fish" not in told


FAILURES = {
    # what came from the server: (the batch is run again, nobody knows what became of it)
    errors.SerializationFailure: (True, False),
    errors.DeadlockDetected: (True, False),
    errors.UniqueViolation: (True, False),
    Interfered: (True, False),
    errors.AdminShutdown: (True, True),
    errors.CrashShutdown: (True, True),
    errors.CannotConnectNow: (True, True),
    errors.ConnectionFailure: (True, True),
    psycopg.OperationalError: (True, True),
    errors.CheckViolation: (False, False),
    errors.ForeignKeyViolation: (False, False),
    errors.UndefinedTable: (False, False),
    errors.InvalidTextRepresentation: (False, False),
    errors.DiskFull: (False, False),
    RuntimeError: (False, False),
}


@pytest.mark.parametrize(("failure", "means"), FAILURES.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_what_a_failure_means(failure, means):
    database = open_database("postgresql://shop@127.0.0.1:1/shop")
    error = failure("…")
    assert (database.is_transient(error), database.is_lost(error)) == means
    database.close()


def test_postgres_says_what_it_is(postgres_url):
    database = open_database(postgres_url)
    assert database.name.startswith("PostgreSQL 1")
    assert database.is_shared
    database.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgres_is_understood(postgres_url, scheme):
    database = open_database(postgres_url.replace("postgresql", scheme, 1))
    writer = database.writer()
    assert writer.run("SELECT code FROM stores") == [("main",)]
    writer.close()
    database.close()
