"""What keeps the database from taking changes is said plainly, once, and all goes on by itself when it is over."""

import psycopg
import pytest
from structlog.testing import capture_logs
from tests.shop import Shop

from onhand.db.database import open_database
from onhand.rows import Order
from onhand.trade.errors import Overloaded
from onhand.views.verify import verify


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk(shop: Shop):
    """The limit of pages stands for the end of the disk: the library meets both with the same error."""
    shop.stocks({"A": 1_000})
    writer = shop.engine._writer
    assert writer is not None
    ((pages,),) = writer.run("PRAGMA page_count")
    writer.run(f"PRAGMA max_page_count = {pages}")
    acknowledged = set()
    with capture_logs() as logged:
        for _ in range(300):
            try:
                acknowledged.add(shop.order({"A": 1}).order.id)
            except Overloaded as refused:
                told = refused.detail
                break
        assert told == "The disk of the database is full: make room on it. Nothing was done."
        with pytest.raises(Overloaded):
            shop.order({"A": 1})
        assert shop.engine.takes_no_changes_because == "The disk of the database is full: make room on it."
        writer.run("PRAGMA max_page_count = 1000000")
        acknowledged.add(shop.order({"A": 1}).order.id)
        assert not shop.engine.takes_no_changes_because
    said = [(line["event"], line["log_level"]) for line in logged]
    assert said == [("database_takes_no_changes", "error"), ("database_takes_changes_again", "warning")]
    assert {row.id for row in shop.rows(Order)} == acknowledged
    assert verify(shop.engine.database).clean


def test_a_role_without_rights():
    """As after an upgrade whose new table was made by a role that granted nothing."""
    database = open_database("postgresql://nobody@127.0.0.1/shop")
    error = psycopg.errors.InsufficientPrivilege("permission denied for table waves\nmore")
    assert database.hindrance(error) == (
        "The database refuses: permission denied for table waves. Grant the role of ONHAND_DATABASE_URL the right."
    )
    assert database.hindrance(psycopg.errors.DiskFull("could not extend file")) is not None
    assert database.hindrance(psycopg.errors.DeadlockDetected("deadlock detected")) is None
    database.close()
