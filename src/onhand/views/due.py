"""What waits for the worker: orders and holds whose time has run out, and bookkeeping older than it is kept."""

from sqlalchemy import Connection, select, text

from onhand.db.schema import holds, orders
from onhand.db.storage import AGED_BY, FORGETTABLE, STORAGE


def overdue_orders(connection: Connection, now: int, at_most: int) -> tuple[str, ...]:
    """Ids of pending orders whose hold has run out, the longest overdue first."""
    question = select(orders.c.id).where(orders.c.status == "pending", orders.c.hold_expires_at <= now)
    return tuple(connection.execute(question.order_by(orders.c.hold_expires_at).limit(at_most)).scalars())


def overdue_holds(connection: Connection, now: int, at_most: int) -> tuple[str, ...]:
    """Ids of bare holds whose time has run out, the longest overdue first."""
    question = select(holds.c.id).where(holds.c.state == "held", holds.c.expires_at <= now)
    return tuple(connection.execute(question.order_by(holds.c.expires_at).limit(at_most)).scalars())


def older_rows(connection: Connection, row_type: type, before: int, at_most: int) -> int:
    """How many rows of bookkeeping are older than a moment, counted up to a limit."""
    table = STORAGE[row_type].table
    age = table.c[AGED_BY[row_type]]
    question = select(age).where(text(FORGETTABLE.get(row_type, "1 = 1")), age < before).limit(at_most)
    return len(connection.execute(question).all())
