"""What finds the deliveries and mails that are old, and the mails that failed"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_mails_status_created_at", "mails")
    op.create_index("ix_mails_created_at", "mails", ["created_at"], unique=False)
    _create_index_of("ix_mails_failed", "mails", "created_at", "status = 'failed'")
    _create_index_of("ix_deliveries_settled", "deliveries", "updated_at", "state <> 'waiting'")


def _create_index_of(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(
        name, table, [column], unique=False, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )
