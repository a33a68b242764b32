"""What finds the movements that are not made by orders"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_RARE = " AND ".join(f"kind <> '{kind}'" for kind in ("hold", "confirm", "reserve", "ship", "release", "expire"))


def upgrade() -> None:
    op.create_index(
        "ix_movements_rare",
        "movements",
        ["kind", "recorded_at"],
        unique=False,
        sqlite_where=sa.text(_RARE),
        postgresql_where=sa.text(_RARE),
    )
