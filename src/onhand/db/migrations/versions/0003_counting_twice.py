"""Counting twice, and counting what a picker did not find"""

import sqlalchemy as sa
from alembic import op

from onhand.db.dialect import Whole

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SHORT_PICKS = "status = 'counting' AND origin = 'short_pick'"


def upgrade() -> None:
    op.add_column("counts", sa.Column("origin", sa.Text(), server_default="asked", nullable=False))
    op.add_column("counts", sa.Column("approved_by", sa.Text(), nullable=True))
    op.create_index(
        "ix_counts_short_picks",
        "counts",
        ["store_id"],
        unique=False,
        sqlite_where=sa.text(_SHORT_PICKS),
        postgresql_where=sa.text(_SHORT_PICKS),
    )

    op.add_column("count_lines", sa.Column("second_book_quantity", Whole, nullable=True))
    op.add_column("count_lines", sa.Column("second_book_version", Whole, nullable=True))
    op.add_column("count_lines", sa.Column("second_at", Whole, nullable=True))
    op.create_index("uq_count_lines_variant_id_count_id", "count_lines", ["variant_id", "count_id"], unique=True)
