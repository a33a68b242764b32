"""`onhand verify`: replay the whole ledger in one snapshot, and say whether what the tables hold follows from it.

Each file of this folder checks one noun. They are independent of the code that wrote the rows, except for two tables of
rules: what a kind of movement does to a level (`trade.stock.EFFECTS`) and which steps an order may take
(`trade.orders.TRANSITIONS`). Rows are streamed in the order of their keys, so memory does not grow with the ledger.
"""

from typing import NamedTuple

from sqlalchemy import func, select

from onhand import clock
from onhand.db import schema
from onhand.db.database import Database
from onhand.views.verify.alerts import check_alerts
from onhand.views.verify.answers import check_answers, check_numbers
from onhand.views.verify.counts import check_counts
from onhand.views.verify.documents import check_documents
from onhand.views.verify.feed import check_feed
from onhand.views.verify.findings import Broken, Findings, Progress
from onhand.views.verify.fulfilment import check_fulfilment
from onhand.views.verify.levels import check_levels
from onhand.views.verify.orders import check_orders
from onhand.views.verify.payments import check_payments
from onhand.views.verify.receiving import check_receiving
from onhand.views.verify.transfers import check_transfers
from onhand.views.verify.waiting import check_waiting
from onhand.views.verify.webhooks import check_webhooks

# The numbers are names, in answers and in tests: they stay as they are, and a new invariant gets a name of its own.
INVARIANTS = {
    "1": "no bucket of a level is below zero or beyond what a level can hold",
    "2": "each bucket is the sum of its movements' effects, and the version their number",
    "3": "a level's movements are numbered 1, 2, 3 …, and each leaves what the one before left and its own effect",
    "4": "what is on hold is what held reservations claim, what is reserved what reserved ones claim",
    "5": "each reservation names the movements that opened, confirmed and resolved it, and each of those is named",
    "6": "nothing expired before its deadline",
    "7": "an order that ended claims nothing",
    "8": "of each line, ordered = outstanding + shipped + released + backordered, and returned is within shipped",
    "9": "nothing that happens once was done twice: confirming, cancelling, a parcel, a return, a payment, a refund",
    "10": "no more was refunded than captured, and what is paid was paid by a recorded word",
    "11": "an order's history is a path of its states, and ends where the order is",
    "12": "each step was told once, and an order's events are numbered 1, 2, 3 …",
    "13": "every event that a webhook wants was told to it once: delivered, waiting with a next try, or dead",
    "14": "an answer kept for an idempotency key says what is so",
    "15": "a message of a provider was heard once, and a payment belongs to one order",
    "16": "of each transfer line, what left is what arrived, came damaged, was lost, came back or is on the way",
    "17": "what is on hand changes only by kinds that bring or take goods",
    "18": "a shipment took only what its own order had reserved in that store",
    "19": "a count changed a level by what was found, less what was booked at the moment of counting",
    "20": "what is backordered waits in its queues, and nothing lies there that it could use",
    "21": "every movement has an actor, a reason and a cause",
    "money": "an order costs the sum of its parts, and what was captured stands in one place",
    "feed": "every fact has one place in the feed, and the places are numbered 1, 2, 3 …",
    "order_number": "no two orders share a number",
    "receiving": "what arrived of a purchase order is what its deliveries brought, and the ledger took in",
    "alerts": "an alert stands for each line that a level has crossed, once, and the level knows it",
    "fulfilment": "nothing was picked, packed or announced to come back that is not there",
}


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
        check_payments(findings)
        check_waiting(findings)
        check_receiving(findings, database.bytewise)
        check_transfers(findings, database.bytewise, totals.on_hand_by_kind)
        check_counts(findings, database.bytewise)
        check_documents(findings, database.bytewise)
        check_alerts(findings, database.bytewise)
        check_feed(findings)
        check_webhooks(findings, connection)
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
