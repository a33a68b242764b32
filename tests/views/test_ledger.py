"""The ledger, narrowed to a kind of movement: the same rows however they are found."""

from typing import Any

from sqlalchemy import event
from tests.shop import Shop

from onhand.db.schema import MADE_BY_ORDERS
from onhand.rows import Movement
from onhand.trade.stock import EFFECTS
from onhand.views.ledger import MovementFilter, list_movements


def test_rare_kinds_are_found_without_reading_the_ledger(shop: Shop):
    assert set(MADE_BY_ORDERS) < set(EFFECTS)
    shop.stocks({"MUG": 50})
    shop.cancel(shop.order({"MUG": 1}))
    shop.cancel(shop.order({"MUG": 2}, paid=True))
    sent = shop.order({"MUG": 3}, paid=True)
    shop.ship(sent)
    shop.take_back(sent, {"MUG": 1}, condition="damaged")
    asked: list[tuple[str, Any]] = []
    database = shop.engine.database

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    with database.reading() as connection:
        found = {
            kind: [each.version for each in list_movements(connection, MovementFilter(kind=kind), 50, None).data]
            for kind in EFFECTS
        }
    event.remove(database.engine, "before_cursor_execute", hear)
    there = sorted(shop.rows(Movement), key=lambda row: row.version, reverse=True)
    assert found == {kind: [row.version for row in there if row.kind == kind] for kind in EFFECTS}
    assert len(there) >= 8
    if database.engine.dialect.name != "sqlite":
        return  # Of so few rows PostgreSQL reads all, whatever there is to find them by.
    with database.reading() as connection:
        plans = [
            " ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
            for statement, parameters in asked
            if "FROM movements" in statement
        ]
    by_index = [kind for kind, plan in zip(EFFECTS, plans, strict=True) if "ix_movements_rare (kind=?" in plan]
    assert by_index == [kind for kind in EFFECTS if kind not in MADE_BY_ORDERS]
