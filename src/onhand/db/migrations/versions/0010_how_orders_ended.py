"""How a cancelled order ended, apart from the words of whoever cancelled it"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What happened to the orders that are stored: their reasons may be the words of a caller, their events and payments
# are not.
HOW_THEY_ENDED = """
UPDATE orders SET ending = CASE
    WHEN cancel_reason = 'expired' AND EXISTS (
        SELECT 1 FROM events WHERE subject = 'order/' || CAST(orders.id AS TEXT)
        AND type = 'order.expired' AND occurred_at = orders.cancelled_at
    ) THEN 'expired'
    WHEN cancel_reason = 'payment_failed' AND EXISTS (
        SELECT 1 FROM payments WHERE order_id = orders.id AND state = 'failed' AND updated_at = orders.cancelled_at
    ) THEN 'payment_failed'
    ELSE 'called_off' END
WHERE status = 'cancelled'
"""


def upgrade() -> None:
    # With the column, both databases take its check as it is; SQLite would copy the whole table for one of its own.
    op.execute(
        "ALTER TABLE orders ADD COLUMN ending TEXT "
        "CONSTRAINT ck_orders_ending_known CHECK (ending IN ('expired', 'payment_failed', 'called_off'))"
    )
    op.execute(HOW_THEY_ENDED)
