"""`onhand verify`: replay the whole ledger in one snapshot, and say whether what the tables hold follows from it.

Independent of the code that wrote the rows, except for two tables of rules: what a kind of movement does to a level
(`trade.stock.EFFECTS`) and which steps an order may take (`trade.orders.TRANSITIONS`). Rows are streamed in the order
of their keys, so memory does not grow with the ledger. Each invariant is named by its number in
docs/invariants.md; `order_number` is that no two orders share one, and `receiving` that what arrived of purchase
orders is what their deliveries brought and the ledger took in, and `fulfilment` that nothing was picked, packed or
announced to come back that is not there.
"""

from typing import NamedTuple

from sqlalchemy import func, select

from onhand import clock
from onhand.db import schema
from onhand.db.database import Database
from onhand.views.verify_answers import check_answers, check_numbers
from onhand.views.verify_counts import check_counts
from onhand.views.verify_documents import check_documents
from onhand.views.verify_findings import Broken, Findings, Progress
from onhand.views.verify_fulfilment import check_fulfilment
from onhand.views.verify_levels import check_levels
from onhand.views.verify_orders import check_orders
from onhand.views.verify_receiving import check_receiving
from onhand.views.verify_transfers import check_transfers
from onhand.views.verify_waiting import check_waiting

INVARIANTS = (
    *("1", "2", "3", "4", "5", "6", "7", "8", "9", "11", "12", "14", "16", "17", "18", "19", "20", "21"),
    *("order_number", "receiving", "fulfilment"),
)


class Verification(NamedTuple):
    """What was found: how many rows each invariant was checked on, and the rows for which one does not hold."""

    clean: bool
    seconds: float
    rows: int
    checked: dict[str, int]
    broken: list[Broken]


def verify(database: Database, progress: Progress | None = None) -> Verification:
    """Check every invariant that the tables alone can show. `progress` is told how many more rows were read."""
    began = clock.stopwatch()
    with database.reading() as connection:
        findings = Findings(connection, progress)
        totals = check_levels(findings)
        check_orders(findings, database.bytewise, totals.claim_movements)
        check_fulfilment(findings)
        check_waiting(findings)
        check_receiving(findings, database.bytewise)
        check_transfers(findings, database.bytewise, totals.on_hand_by_kind)
        check_counts(findings, database.bytewise)
        check_documents(findings, database.bytewise)
        check_answers(findings)
        check_numbers(findings)
    checked = {invariant: findings.checked[invariant] for invariant in INVARIANTS}
    broken = findings.broken
    return Verification(not broken, clock.stopwatch() - began, findings.rows, checked, broken)


def rows_to_read(database: Database) -> int:
    """About how many rows a verification will read."""
    tables = (schema.movements, schema.levels, schema.orders, schema.order_lines, schema.reservations, schema.events)
    with database.reading() as connection:
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
