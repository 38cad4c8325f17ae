"""Units: what one piece of a line is, as it was sold."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("production_order_lines", sa.Column("unit", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("production_order_lines", "unit")
