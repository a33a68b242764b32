"""What somebody should look at."""

from typing import NamedTuple


class Alert(NamedTuple):
    """A line that was crossed: open, acknowledged, snoozed until a time, then closed.

    `subject` is what it is about (`level/<store id>/<variant id>`, `order/<id>`, …): of each kind at most one stands
    for a subject. `data` is JSON: what was so when it opened.
    """

    id: str
    kind: str
    subject: str
    store_id: str | None
    variant_id: str | None
    status: str
    data: str
    opened_at: int
    updated_at: int
    closed_at: int | None
    snoozed_until: int | None
    assigned_to: str | None
    acknowledged_by: str | None
    events: int
