"""Categories of products, and who is told about them"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("category", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("category", sa.Text(), nullable=True))
