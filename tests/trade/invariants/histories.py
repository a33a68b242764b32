"""Events: the way that everything with a status has come."""

import json
from collections.abc import Iterator

from tests.trade.invariants.reading import Books, grouped

from onhand.rows import (
    Alert,
    Count,
    Event,
    Hold,
    Order,
    PurchaseOrder,
    Return,
    Transfer,
    Wave,
)

STEPS_TABLES = {
    "order": """
        (new)               pending
        pending             pending confirmed cancelled payment_review
        confirmed           confirmed processing partially_shipped shipped cancelled
        processing          processing partially_shipped shipped cancelled
        partially_shipped   partially_shipped shipped
        shipped             shipped delivered partially_returned returned
        delivered           delivered partially_returned returned
        partially_returned  partially_returned returned
        returned            returned
        cancelled           cancelled confirmed payment_review
        payment_review      payment_review confirmed cancelled
    """,
    "transfer": """
        (new)               draft
        draft               sent cancelled
        sent                partially_received received recalled
        partially_received  partially_received received recalled
    """,
    "count": """
        (new)               counting
        counting            counting needs_approval applied cancelled
        needs_approval      counting applied cancelled
    """,
    "purchase_order": """
        (new)               open
        open                open partially_received received closed
        partially_received  partially_received received closed
        received            received
    """,
    "return": """
        (new)               requested received
        requested           received cancelled
    """,
    "wave": """
        (new)               picking
        picking             picked cancelled
    """,
}
STEPS = {
    noun: {row.split()[0]: row.split()[1:] for row in table.strip().splitlines()}
    for noun, table in STEPS_TABLES.items()
}
STATUSES = {
    "order": Order,
    "transfer": Transfer,
    "count": Count,
    "purchase_order": PurchaseOrder,
    "return": Return,
    "wave": Wave,
}


def histories_are_legal_paths(books: Books) -> Iterator[str]:
    events = grouped(books[Event], lambda event: event.subject)
    states = {f"{noun}/{row.id}": row.status for noun, kind in STATUSES.items() for row in books[kind]}
    states |= {f"hold/{hold.id}": hold.state for hold in books[Hold]}
    states |= {f"alert/{alert.id}": alert.status for alert in books[Alert]}
    for subject, state in states.items():
        present = None
        for event in sorted(events.get(subject, []), key=lambda event: event.seq):
            told = json.loads(event.data)
            if "to" not in told:
                continue  # A fact about it that is no step.
            if told["from"] != present:
                yield f"{event} is told of one that was {present}"
            steps = STEPS.get(subject.partition("/")[0])
            if steps is not None and told["to"] not in steps.get(present or "(new)", ()):
                yield f"{event} is no legal step"
            if subject.startswith("alert/") and present == "closed":
                yield f"{event} of an alert that was over"
            present = told["to"]
        if present != state:
            yield f"{subject} is {state}, but its events end at {present}"


def events_are_numbered_without_gaps(books: Books) -> Iterator[str]:
    told = {f"{noun}/{row.id}": row.events for noun, kind in STATUSES.items() for row in books[kind]}
    told |= {f"hold/{hold.id}": hold.events for hold in books[Hold]}
    told |= {f"alert/{alert.id}": alert.events for alert in books[Alert]}
    numbered = grouped(books[Event], lambda event: event.subject)
    for subject, events in numbered.items():
        if sorted(event.seq for event in events) != list(range(1, len(events) + 1)):
            yield f"{subject} has events {sorted(event.seq for event in events)}"
    for subject, count in told.items():
        if len(numbered.get(subject, [])) != count:
            yield f"{subject} counts {count} events and has {len(numbered.get(subject, []))}"
